/* Lanes of a dense layer decoded side by side, for machines that run several instructions at once: each
 * survivor waits for the one before it in its lane, and does not wait for other lanes. For
 * kgl_rows_flat.c alone, whose loop this is; a row's sum is finished as it ends. */
#ifndef KGL_ROWS_LANES_H
#define KGL_ROWS_LANES_H

/* What all lanes of a layer share. */
typedef struct layer_rows {
  kgl_filters *filters;
  const kgl_finish *finish;
  uint8_t *y;
  kgl_status status; /* KGL_ERR_CORRUPT where the bits of a lane are not right */
} layer_rows;

/* A lane at hand: its loop's registers. */
typedef struct lane_walk {
  walk at;
  target into;
} lane_walk;

KGL_INLINE void get_lane(lane_walk *w, const kgl_lane_state *lane) {
  w->at.position = lane->bits.position;
  w->at.column = lane->column;
  w->into.integer = lane->sum;
}

KGL_INLINE void keep_lane(const lane_walk *w, kgl_lane_state *lane) {
  lane->bits.position = w->at.position;
  lane->column = w->at.column;
  lane->sum = w->into.integer;
}

/* Finishes rows until one has a survivor that has not been met. 0: the lane is done, or wrong. */
KGL_INLINE int finish_lane_rows(layer_rows *rows, kgl_lane_state *lane) {
  const int32_t columns = (int32_t)rows->filters->weights->columns;
  while (lane->column >= 0 && lane->left > 0) {
    if (lane->bits.position > lane->bits.end) {
      rows->status = KGL_ERR_CORRUPT;
      return 0;
    }
    rows->y[lane->row] = kgl_finish_sum(rows->finish, lane->row, lane->sum);
    lane->row++;
    lane->left--;
    lane->sum = 0;
    lane->column -= columns;
  }
  if (lane->left > 0) return 1;
  if (lane->bits.position != lane->bits.end) rows->status = KGL_ERR_CORRUPT;
  return 0;
}

/* A row may have ended: `entry` led to a column behind it, or is a jump. 0: as finish_lane_rows. */
KGL_NOINLINE int ends_row(layer_rows *rows, kgl_lane_state *lane, uint32_t entry) {
  kgl_filters *filters = rows->filters;
  if (lane->left == 1 || (entry & KGL_GAP_RARE) != 0) {
    place_in_lane at;
    filters->bits = lane->bits;
    at = end_row(filters, lane->bits.position, lane->column, entry, lane->left - 1);
    lane->bits.position = POSITION_OF(at);
    lane->column = COLUMN_OF(at);
    if (lane->column < 0) return 1;
  }
  return finish_lane_rows(rows, lane);
}

KGL_INLINE int goes_on(layer_rows *rows, kgl_lane_state *lane, lane_walk *w) {
  keep_lane(w, lane);
  if (!ends_row(rows, lane, w->at.entry)) return 0;
  get_lane(w, lane);
  return 1;
}

/* Two survivors of a lane: a window holds both. 0: the lane is done, or wrong. */
KGL_INLINE int take_two(layer_rows *rows, kgl_lane_state *lane, const uint8_t *base, lane_walk *w,
                        const tables *t, uint32_t columns, uint32_t flip) {
  uint32_t window = kgl_bits_window(base, w->at.position);
  take(t, &w->at, window, &w->into, MULTIPLY_INTEGERS, columns, flip);
  if (w->at.column >= 0) {
    if (!goes_on(rows, lane, w)) return 0;
    window = kgl_bits_window(base, w->at.position);
  } else {
    window = KGL_SHIFT_DOWN(window, w->at.entry);
  }
  take(t, &w->at, window, &w->into, MULTIPLY_INTEGERS, columns, flip);
  return w->at.column < 0 || goes_on(rows, lane, w);
}

/* Four lanes until one of them is done. */
KGL_INLINE void four_lanes(layer_rows *rows, kgl_lane_state *lanes, const uint8_t *x_end,
                           uint32_t bits, uint32_t flip) {
  const uint32_t columns = rows->filters->weights->columns;
  const tables t = tables_of(rows->filters, bits);
  const uint8_t *const a_base = lanes[0].bits.base, *const b_base = lanes[1].bits.base;
  const uint8_t *const c_base = lanes[2].bits.base, *const d_base = lanes[3].bits.base;
  lane_walk a, b, c, d;
  a.into.integers_end = b.into.integers_end = c.into.integers_end = d.into.integers_end = x_end;
  get_lane(&a, &lanes[0]);
  get_lane(&b, &lanes[1]);
  get_lane(&c, &lanes[2]);
  get_lane(&d, &lanes[3]);
  while (take_two(rows, &lanes[0], a_base, &a, &t, columns, flip) &&
         take_two(rows, &lanes[1], b_base, &b, &t, columns, flip) &&
         take_two(rows, &lanes[2], c_base, &c, &t, columns, flip) &&
         take_two(rows, &lanes[3], d_base, &d, &t, columns, flip)) {
  }
  keep_lane(&a, &lanes[0]);
  keep_lane(&b, &lanes[1]);
  keep_lane(&c, &lanes[2]);
  keep_lane(&d, &lanes[3]);
}

/* The rest of a lane. */
KGL_NOINLINE void one_lane(layer_rows *rows, kgl_lane_state *lane, const uint8_t *x_end) {
  const kgl_filters *filters = rows->filters;
  const uint32_t columns = filters->weights->columns;
  const tables t = tables_of(filters, filters->flat_bits);
  lane_walk w;
  w.into.integers_end = x_end;
  get_lane(&w, lane);
  while (take_two(rows, lane, lane->bits.base, &w, &t, columns, filters->x_flip)) {
  }
}

/* Bits and flip as constants make a shorter loop. */
KGL_NOINLINE void four_lanes_of(layer_rows *rows, kgl_lane_state *lanes, const uint8_t *x_end) {
  const uint32_t bits = rows->filters->flat_bits, flip = rows->filters->x_flip;
  if (bits == 4 && flip == 0) {
    four_lanes(rows, lanes, x_end, 4, 0);
  } else {
    four_lanes(rows, lanes, x_end, bits, flip);
  }
}

/* A lane at hand, before its first survivor. 0: it is done, or wrong. */
static int begin_lane(layer_rows *rows, kgl_lane_state *lane) {
  kgl_filters *filters = rows->filters;
  place_in_lane at;
  filters->bits = lane->bits;
  filters->rows_left = lane->left;
  at = first_survivor(filters);
  lane->sum = 0;
  lane->bits.position = POSITION_OF(at);
  lane->column = COLUMN_OF(at);
  return finish_lane_rows(rows, lane);
}

kgl_status kgl_flat_lanes(kgl_filters *filters, kgl_lane_state *lanes,
                          const kgl_finish *finish, const uint8_t *x, uint8_t *y) {
  const uint8_t *x_end = x + filters->weights->columns;
  int is_four = 1;
  layer_rows rows;
  uint32_t i;
  rows.filters = filters;
  rows.finish = finish;
  rows.y = y;
  rows.status = KGL_OK;
  for (i = 0; i < KGL_LANES_AT_ONCE; i++) {
    if (!begin_lane(&rows, &lanes[i])) is_four = 0;
  }
  if (is_four) four_lanes_of(&rows, lanes, x_end);
  for (i = 0; i < KGL_LANES_AT_ONCE && rows.status == KGL_OK; i++) {
    if (lanes[i].left > 0) one_lane(&rows, &lanes[i], x_end);
  }
  filters->rows_left = 0;
  return rows.status;
}
#endif
