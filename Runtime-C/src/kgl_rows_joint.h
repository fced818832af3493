/* Rows of joint symbols, each a gap and the value behind it. For kgl_rows.c alone. */
#ifndef KGL_ROWS_JOINT_H
#define KGL_ROWS_JOINT_H

#include "kgl_rows_plain.h"

#if KGL_JOINT_ROWS
/* A joint symbol that the table does not hold. Cold. */
KGL_NOINLINE kgl_value long_joint(const kgl_filters *filters, uint32_t window) {
  kgl_value found;
  uint32_t symbol, bits = long_symbol(&filters->weights->codes[0], &filters->value_codes[0], window,
                                      &symbol);
  found.length = kgl_joint_symbol(filters, symbol, &found.value) | bits;
  return found;
}

KGL_INLINE kgl_value any_joint(const kgl_filters *filters, uint32_t window) {
#if KGL_TABLES
  return filters->values[kgl_low_bits(window, filters->value_window)];
#else
  return long_joint(filters, window);
#endif
}

/* A row of joint symbols; looks before every load. A symbol whose survivor lies in a later row is
 * not taken: that row begins with it, and with a column before its first. As the same bits give the
 * same symbol, the survivor then lies in the row or behind it. Only what ends the lane is taken
 * without one. */
KGL_INLINE kgl_status joint_row(kgl_filters *filters, target *into, int kind) {
  const kgl_bits bits = filters->bits;
  const uint32_t columns = filters->weights->columns;
  uint32_t position = bits.position;
  int32_t column = (int32_t)(filters->position - columns);
  if (filters->weights->codes[0].used == 0) column = 0; /* no survivors */
  while (column < 0) {
    uint32_t window;
    kgl_value symbol;
    int32_t at;
    if (position > bits.end) return KGL_ERR_CORRUPT;
    window = kgl_bits_window(bits.base, position);
    symbol = any_joint(filters, window);
    at = column + (int32_t)(symbol.length >> KGL_JOINT_SHIFT);
    if (at >= 0) { /* behind the row, or rare */
      if (symbol.length == KGL_JOINT_ESCAPE) {
        symbol = long_joint(filters, window);
        at = column + (int32_t)(symbol.length >> KGL_JOINT_SHIFT);
      }
      if ((symbol.length & KGL_GAP_RARE) != 0) {
        column += (int32_t)filters->weights->jump;
        position += symbol.length & 15u;
        continue;
      }
      if (at >= 0) {
        if (filters->rows_left > 1) break;
        column = 0; /* the end of the lane */
        position += symbol.length & 15u;
        break;
      }
    }
    column = at;
    consume(into, kind, column, columns, &symbol.value, filters->x_flip);
    column++;
    position += symbol.length & 15u;
  }
  filters->bits.position = position;
  filters->position = (uint32_t)column + columns;
  return KGL_OK;
}
#endif

#endif
