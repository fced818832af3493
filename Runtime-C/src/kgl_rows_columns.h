/* Layers that are stored by columns (Blob.md, "Lanes"): an input of zero passes its column over, any other
 * adds its products to the sums of their rows. For kgl_rows_flat.c alone, whose loop this is: what is a row
 * there is a column here, and its columns are rows.
 *
 * The length before a column is looked at against the lane's end before anything is made of it, and where a
 * column has ended against that length; between the two the bank's pad bounds what is read, as for rows, and
 * the sign of the row what is written. */
#ifndef KGL_ROWS_COLUMNS_H
#define KGL_ROWS_COLUMNS_H

/* A number of bytes of more than seven bits, whose first byte is known: 2^21, which no lane has room for, where
 * it is not one of three bytes in its shortest form. `at` has at least two bytes before the bank's end. */
KGL_NOINLINE uint32_t long_count(const uint8_t *at, uint32_t first) {
  if (at[0] < 128) return at[0] == 0 ? 1u << 21 : (first & 127u) | (uint32_t)at[0] << 7;
  if (at[1] - 1u >= 127u) return 1u << 21;
  return (first & 127u) | (at[0] & 127u) << 7 | (uint32_t)at[1] << 14;
}

/* What all columns of a lane are added by. */
typedef struct column_work {
  const kgl_filters *filters;
  const uint8_t *base;
  tables t;
  uint32_t *sums_end; /* behind the sum of the lane's last row */
  uint32_t rows;
} column_work;

/* A jump has been read that led to `column`: goes on to the next survivor, or the column's end. */
KGL_NOINLINE place_in_lane behind_jump(const kgl_filters *filters, uint32_t position, int32_t column) {
  const int32_t past_jump = 1 + (int32_t)filters->weights->jump - (int32_t)(KGL_GAP_RARE >> 8);
  return next_survivor(filters, position, column + past_jump, 0);
}

/* The survivors of the column that begins at a byte, times its input: gives the bit behind it. t: of the work, a copy
 * whose bits and mask may be constants. */
KGL_INLINE uint32_t add_column_by(const column_work *work, tables t, uint32_t byte, int32_t input) {
  const uint8_t *base = work->base;
  target into = {0};
  walk at;
  into.sums_end = work->sums_end;
  into.input = input;
  at.entry = t.gaps[kgl_load32(base + byte) & t.gap_mask];
  at.position = 8 * byte + (at.entry & 255u) - t.bits;
  at.column = (int32_t)(at.entry >> 8) - (int32_t)work->rows - 1;
  for (;;) {
    if (at.column < 0) take_row(&t, &at, base, &into, ONTO_ROWS, work->rows, 0);
    if ((at.entry & KGL_GAP_RARE) == 0) return at.position;
    go_to(&at, behind_jump(work->filters, at.position, at.column));
    if (at.column >= 0) return at.position;
  }
}

/* Functions of their own, for the registers of their caller's loop, which passes over most columns. */
KGL_NOINLINE uint32_t add_any_column(const column_work *work, uint32_t byte, int32_t input) {
  return add_column_by(work, work->t, byte, input);
}

/* Codes of 4 bits and a table of 8, as most layers for speed have. */
KGL_NOINLINE uint32_t add_usual_column(const column_work *work, uint32_t byte, int32_t input) {
  tables t = work->t;
  t.bits = 4;
  t.gap_mask = 255;
  return add_column_by(work, t, byte, input);
}

kgl_status kgl_flat_columns(kgl_filters *filters, const kgl_finish *finish, uint32_t *sums, const uint8_t *x,
                            uint8_t *y) {
  const kgl_bits lane = filters->bits;
  const uint32_t rows = filters->rows_left, end = lane.end / 8, flip = filters->x_flip;
  const uint8_t *x_end = x + filters->weights->columns;
  uint32_t at = 0, i, is_usual;
  column_work work;
  work.filters = filters;
  work.base = lane.base;
  work.t = tables_of(filters, filters->flat_bits);
  work.sums_end = sums + rows;
  work.rows = rows;
  is_usual = work.t.bits == 4 && work.t.gap_mask == 255;
  for (i = 0; i < rows; i++) sums[i] = 0;
  for (; x < x_end; x++) {
    uint32_t count, next;
    if (at >= end) return KGL_ERR_CORRUPT;
    count = lane.base[at++];
    if (count >= 128) {
      count = long_count(lane.base + at, count);
      at += count < 1u << 14 ? 1 : 2;
    }
    next = at + count; /* below 2^30 */
    if (next > end) return KGL_ERR_CORRUPT;
    if (*x != 0 && count > 0) {
      const int32_t input = kgl_element(*x, flip);
      const uint32_t behind = is_usual ? add_usual_column(&work, at, input) : add_any_column(&work, at, input);
      if (8 * next - behind > 7) return KGL_ERR_CORRUPT;
    }
    at = next;
  }
  if (at != end || lane.end % 8 != 0) return KGL_ERR_CORRUPT;
  kgl_finish_rows(finish, filters->row, sums, rows, y);
  filters->row += rows;
  filters->rows_left = 0;
  return KGL_OK;
}
#endif
