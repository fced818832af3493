/* Loops of their own for rows with table values: of gaps, most of all layers, and without zeros. For
 * kgl_rows.c alone.
 *
 * Column counters run from -columns up to 0, so that one sign test is the end of the row, the bound
 * of x and, because rare slots of the gap table add 2^23, the way to them. */
#ifndef KGL_ROWS_FAST_H
#define KGL_ROWS_FAST_H

#include <string.h>

#include "kgl_rows_plain.h"

#if KGL_FAST_ROWS
#define FAST_COLUMNS_MAX 0x400000u /* so that a sum with 2^23 is never negative */

/* Whether a lane may be decoded without a check for each code. */
static int has_fast_rows(const kgl_weights *weights, const kgl_bits *lane) {
  return lane->end > 0 && weights->columns < FAST_COLUMNS_MAX && weights->gap_alphabets > 0 &&
         weights->gaps[0].used > 0 && weights->values != KGL_VALUES_RAW &&
         weights->codes[0].used > 0;
}

/* The fast loop has read `entry` behind a survivor, which took the column to the row's end or
 * beyond, and it is not simply the next survivor's gap. Puts the state right; 1 if the row may go
 * on. */
KGL_NOINLINE int leave_fast_loop(kgl_filters *filters, int32_t column, uint32_t entry,
                                 uint32_t position) {
  uint32_t columns = filters->weights->columns;
  int32_t last = column - (int32_t)(entry >> 8); /* the row's last survivor, or that before K */
  filters->is_at_survivor = 0;
  filters->bits.position = position;
  if (last == -1 && filters->rows_left == 1) { /* the lane's last position: no gap follows */
    filters->bits.position -= entry & 255u;
    filters->position = columns;
    return 0;
  }
  if ((entry & KGL_GAP_RARE) == 0) {
    filters->is_at_survivor = 1;
    filters->position = (uint32_t)column + columns;
    return 0;
  }
  filters->position = (uint32_t)(last + 1) + columns;
  if (entry == KGL_GAP_ESCAPE) {
    filters->is_behind = 1;
  } else {
    filters->position += filters->weights->jump;
  }
  return 1;
}

/* A row of gaps and table values. Reads as far as into the bank's pad, never past it. by_neighbours:
 * codes are of three alphabets. */
KGL_INLINE kgl_status gap_row(kgl_filters *filters, target *into, int kind, int by_neighbours) {
  const uint8_t *base = filters->bits.base;
  const kgl_value *values = filters->values;
  const uint32_t gap_mask = (1u << filters->gap_window) - 1;
  const uint32_t value_mask = (1u << filters->value_window) - 1;
  const uint32_t columns = filters->weights->columns, flip = filters->x_flip;
  for (;;) {
    const uint32_t *gaps;
    uint32_t position, entry, behind = 0;
    kgl_value rare;
    int32_t column;
    if (!filters->is_at_survivor) {
      kgl_status status = finish_gap(filters);
      if (status != KGL_OK) return status;
    }
    if (filters->position >= columns) break; /* no survivor, or not in this row */
    gaps = gap_table(filters);
    position = filters->bits.position;
    column = (int32_t)(filters->position - columns);
    if (by_neighbours) values = value_table(filters, filters->alphabet);
    do {
      const uint32_t window = kgl_bits_window(base, position);
      const kgl_value *slot = value_slot(filters, values, value_mask, window, &rare);
      const uint32_t length = slot->length; /* there is one, for the alphabet has symbols */
      if (by_neighbours) behind = side_of(filters, slot->value);
      consume(into, kind, column, columns, &slot->value, flip);
      entry = gaps[window >> length & gap_mask];
      position += length;
      position += entry & 255u;
      column += (int32_t)(entry >> 8);
      if (by_neighbours) values = value_table(filters, entry >> 8 == 1 ? behind : 0);
    } while (column < 0);
    if (by_neighbours) {
      filters->alphabet = entry >> 8 == 1 || entry == KGL_GAP_ESCAPE ? behind : 0;
    }
    if ((entry & KGL_GAP_RARE) != 0 || filters->rows_left == 1) {
      if (leave_fast_loop(filters, column, entry, position)) continue;
      break;
    }
    filters->bits.position = position; /* the gap has ended in a later row */
    filters->position = (uint32_t)column + columns;
    break;
  }
  return KGL_OK;
}

/* Whether all codes have as many bits as the table's index. */
KGL_INLINE int has_flat_codes(const kgl_filters *filters) {
  const kgl_alphabet *codes = &filters->weights->codes[0];
  return codes->longest == filters->value_window && codes->used == 1u << codes->longest && codes->longest > 0;
}

/* A row without zeros, with table values; looks before every load. */
KGL_INLINE kgl_status full_row(kgl_filters *filters, target *into, int kind) {
  const kgl_bits bits = filters->bits;
  const kgl_value *values = filters->values;
  const uint32_t value_mask = (1u << filters->value_window) - 1;
  const uint32_t columns = filters->weights->columns, flip = filters->x_flip;
  uint32_t position = bits.position;
  int32_t column;
  for (column = -(int32_t)columns; column < 0; column++) {
    const kgl_value *slot;
    kgl_value rare;
    uint32_t window, length;
    if (position > bits.end) return KGL_ERR_CORRUPT;
    window = kgl_bits_window(bits.base, position);
    slot = value_slot(filters, values, value_mask, window, &rare);
    if (slot == NULL) return KGL_ERR_CORRUPT;
    length = slot->length;
    consume(into, kind, column, columns, &slot->value, flip);
    position += length;
    if (kind == LEVELS && column + 1 < 0) { /* a second code of 12 bits at most is in the window too */
      column++;
      slot = value_slot(filters, values, value_mask, window >> length, &rare);
      if (slot == NULL) return KGL_ERR_CORRUPT;
      position += slot->length;
      consume(into, kind, column, columns, &slot->value, flip);
    }
  }
  filters->bits.position = position;
  filters->position = columns;
  return KGL_OK;
}

#if KGL_BITMAP
#define BITMAP_TURN 12u /* bits of a bitmap that are looked at together */
#define BITMAP_ROOM (BITMAP_TURN + 1 + 12) /* and a code behind them */

/* What is looked at: of 64 bits on a PC, where several survivors lie. */
#if KGL_WIDE
typedef uint64_t bitmap_window;
#else
typedef uint32_t bitmap_window;
#endif

/* The coming bits, at least BITMAP_ROOM; gives how many. */
KGL_INLINE uint32_t bitmap_load(const kgl_bits *bits, uint32_t position, bitmap_window *window) {
#if KGL_WIDE
  if (bits->end - position >= 64) { /* the bytes are in the lane */
    memcpy(window, bits->base + (position >> 3), sizeof *window);
    *window >>= position & 7u;
    return 57;
  }
#endif
  *window = kgl_bits_window(bits->base, position);
  return 25;
}

/* Zeros below the lowest one of a number that is not 0. */
KGL_INLINE uint32_t zeros_below(uint32_t x) {
#if defined(__GNUC__) && (defined(__ARM_FEATURE_CLZ) || KGL_WIDE)
  return (uint32_t)__builtin_ctz(x);
#else
  uint32_t zeros = 0;
  for (; (x & 1u) == 0; x >>= 1) zeros++;
  return zeros;
#endif
}

/* A row of a bitmap and table values; looks before every load. is_flat: all codes have as many bits as the table's index. */
KGL_INLINE kgl_status bitmap_row(kgl_filters *filters, target *into, int kind, int is_flat) {
  const kgl_bits bits = filters->bits;
  const kgl_value *values = filters->values;
  const uint32_t value_mask = (1u << filters->value_window) - 1, flat_bits = filters->value_window;
  const uint32_t columns = filters->weights->columns, flip = filters->x_flip;
  uint32_t position = bits.position, left = 0;
  bitmap_window window = 0;
  int32_t column = -(int32_t)columns;
  while (column < 0) {
    const kgl_value *slot;
    kgl_value rare;
    uint32_t zeros, length;
    if (!KGL_WIDE || left < BITMAP_ROOM) {
      if (position > bits.end) return KGL_ERR_CORRUPT;
      left = bitmap_load(&bits, position, &window);
    }
    zeros = zeros_below((uint32_t)window | 1u << BITMAP_TURN);
    if (zeros > ~(uint32_t)column) zeros = 0u - (uint32_t)column; /* no survivor in the row's rest */
    column += (int32_t)zeros;
    length = zeros;
    if (zeros < BITMAP_TURN && column < 0) {
      slot = value_slot(filters, values, value_mask, (uint32_t)(window >> (zeros + 1)), &rare);
      if (slot == NULL) return KGL_ERR_CORRUPT;
      length += 1 + (is_flat ? flat_bits : slot->length);
      consume(into, kind, column++, columns, &slot->value, flip);
    }
    position += length;
    left -= length;
    window >>= length;
  }
  filters->bits.position = position;
  filters->position = columns;
  return KGL_OK;
}
#endif

#if KGL_INTEGER
/* A row without zeros where all codes have so many bits: its levels as int8. 0 if the lane ends before. */
KGL_INLINE int flat_levels(kgl_filters *filters, uint8_t *levels, uint32_t bits) {
  const uint8_t *base = filters->bits.base, *end = levels + filters->weights->columns;
  const kgl_value *values = filters->values;
  const uint32_t mask = (1u << bits) - 1, most = 25 / bits;
  uint32_t position = filters->bits.position;
  if (position > filters->bits.end) return 0;
  if (filters->weights->columns > (filters->bits.end - position) / bits) return 0;
  while (levels < end) {
    uint32_t window = kgl_bits_window(base, position);
    const uint8_t *now = (uint32_t)(end - levels) < most ? end : levels + most;
    position += bits * (uint32_t)(now - levels);
    do {
      *levels++ = (uint8_t)values[window & mask].value.level;
      window >>= bits;
    } while (levels < now);
  }
  filters->bits.position = position;
  return 1;
}
#endif
#endif

#endif
