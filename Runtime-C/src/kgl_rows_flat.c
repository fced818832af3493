/* Dense rows whose codes all have the same number of bits: the fastest way through a stream.
 *
 * A code and the gap behind it are so few bits that a window of 25 holds two such pairs, and the gap
 * table counts the code's bits with the gap's: a survivor is two look-ups and a multiplication. The
 * column of the next survivor is carried from row to row as its distance from the row's end, which is
 * below 0 while it lies in the row: one sign test is the row's end, the bound of x and, because a
 * jump's slot adds 2^23, the way to what is rare. Reads are bounded by the bank's pad and a look at
 * the position after each row (Blob.md, "Banks"). */
#include <stddef.h>

#include "kgl_weights.h"

#if KGL_OP_DENSE && KGL_INTEGER && KGL_FAST_ROWS
/* A lane in the middle of it. */
typedef struct flat {
  const kgl_filters *filters;
  uint32_t position; /* of the next bit */
  int32_t column;    /* of the next survivor, from the end of the row at hand; behind the lane's end
                        if there is none */
  int32_t behind;    /* positions of the lane behind that row */
} flat;

/* Read gap symbols from column `at`, the first that is not known, to the next survivor or the lane's
 * end. */
KGL_NOINLINE kgl_status next_gap(flat *f, int32_t at) {
  const kgl_filters *filters = f->filters;
  const uint32_t mask = (1u << filters->gap_window) - 1;
  while (at < f->behind) {
    uint32_t entry;
    if (f->position > filters->bits.end) return KGL_ERR_CORRUPT;
    entry = filters->gaps[kgl_bits_window(filters->bits.base, f->position) & mask];
    f->position += (entry & 255u) - filters->flat_bits;
    if ((entry & KGL_GAP_RARE) == 0) {
      f->column = at + (int32_t)(entry >> 8) - 1;
      return KGL_OK;
    }
    at += (int32_t)filters->weights->jump;
  }
  f->column = at;
  return KGL_OK;
}

/* The loop has read `entry` behind a survivor, which took the column to the row's end or beyond, and
 * it was a jump or the row is the lane's last. */
KGL_NOINLINE kgl_status leave_row(flat *f, uint32_t entry) {
  const int32_t last = f->column - (int32_t)(entry >> 8); /* the survivor */
  if (last == -1 && f->behind == 0) { /* the lane's last position: no gap follows */
    f->position -= (entry & 255u) - f->filters->flat_bits;
    f->column = 0;
    return KGL_OK;
  }
  if ((entry & KGL_GAP_RARE) == 0) return KGL_OK;
  return next_gap(f, last + 1 + (int32_t)f->filters->weights->jump);
}

/* Rows of a lane. bits: of a code, a constant or the layer's; x_end: behind the row's last input;
 * flip: of kgl_element. */
#define PAIR(shift)                                                                          \
  {                                                                                          \
    sum += (uint32_t)(values[window & code_mask].value.level *                               \
                      kgl_element(x_end[column], flip));                                     \
    entry = gaps[window >> (shift) & gap_mask];                                              \
    position += entry & 255u;                                                                \
    column += (int32_t)(entry >> 8);                                                         \
  }

KGL_INLINE kgl_status rows_of(kgl_filters *filters, const kgl_finish *finish, const uint8_t *x_end,
                              uint8_t *y, uint32_t bits, uint32_t flip) {
  const uint8_t *base = filters->bits.base;
  const uint32_t *gaps = filters->gaps;
  const kgl_value *values = filters->values;
  const uint32_t code_mask = (1u << bits) - 1, gap_mask = (1u << filters->gap_window) - 1;
  const int32_t columns = (int32_t)filters->weights->columns;
  const uint32_t past = filters->row + filters->rows_left;
  kgl_status status;
  flat f;
  f.filters = filters;
  f.position = 0;
  f.behind = (int32_t)(filters->rows_left - 1) * columns;
  status = next_gap(&f, -columns);
  for (; status == KGL_OK && filters->row < past; filters->row++) {
    uint32_t sum = 0;
    while (f.column < 0) {
      uint32_t position = f.position, entry;
      int32_t column = f.column;
      do {
        uint32_t window = kgl_bits_window(base, position);
        PAIR(bits)
        if (column >= 0) break;
        window >>= entry & 31u;
        PAIR(bits)
      } while (column < 0);
      f.position = position;
      f.column = column;
      if ((entry & KGL_GAP_RARE) != 0 || f.behind == 0) {
        status = leave_row(&f, entry);
        if (status != KGL_OK) return status;
      }
    }
    y[filters->row] = kgl_finish_sum(finish, filters->row, sum);
    if (f.position > filters->bits.end) return KGL_ERR_CORRUPT;
    f.column -= columns;
    f.behind -= columns;
  }
  filters->rows_left = 0;
  if (status != KGL_OK) return status;
  return f.position == filters->bits.end ? KGL_OK : KGL_ERR_CORRUPT;
}

kgl_status kgl_flat_rows(kgl_filters *filters, const kgl_finish *finish, const uint8_t *x,
                         uint8_t *y) {
  const uint8_t *x_end = x + filters->weights->columns;
  if (filters->flat_bits != 4) {
    return rows_of(filters, finish, x_end, y, filters->flat_bits, filters->x_flip);
  }
  if (filters->x_flip) return rows_of(filters, finish, x_end, y, 4, 128);
  return rows_of(filters, finish, x_end, y, 4, 0);
}
#endif
