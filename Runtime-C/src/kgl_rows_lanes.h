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
} layer_rows;

/* A row may have ended: `entry` led to a column behind it, or is a jump. */
KGL_NOINLINE int ends_row(const layer_rows *rows, kgl_lane_state *lane, uint32_t entry) {
  kgl_filters *filters = rows->filters;
  const int32_t columns = (int32_t)filters->weights->columns;
  if (lane->left == 1 || (entry & KGL_GAP_RARE) != 0) {
    place_in_lane at;
    filters->bits = lane->bits;
    at = end_row(filters, lane->bits.position, lane->column, entry, lane->left - 1);
    lane->bits.position = POSITION_OF(at);
    lane->column = COLUMN_OF(at);
    if (lane->column < 0) return 1;
  }
  do { /* this row, and those behind it without a survivor */
    if (lane->bits.position > lane->bits.end) return 0;
    rows->y[lane->row] = kgl_finish_sum(rows->finish, lane->row, lane->sum);
    lane->row++;
    lane->left--;
    lane->sum = 0;
    lane->column -= columns;
  } while (lane->column >= 0 && lane->left > 0);
  return lane->left > 0 || lane->bits.position == lane->bits.end;
}

/* A lane's registers. */
#define LANE(i)                                             \
  const uint8_t *const base##i = lanes[i].bits.base;        \
  uint32_t position##i = lanes[i].bits.position;            \
  int32_t column##i = lanes[i].column;                      \
  uint32_t sum##i = lanes[i].sum;

#define KEEP(i)                          \
  lanes[i].bits.position = position##i;  \
  lanes[i].column = column##i;           \
  lanes[i].sum = sum##i;

/* Two survivors of a lane: a window holds both. */
#define STEP(i)                                                       \
  {                                                                   \
    uint32_t window = kgl_bits_window(base##i, position##i), entry;   \
    MULTIPLY(i)                                                       \
    if (column##i >= 0) {                                             \
      END(i)                                                          \
      window = kgl_bits_window(base##i, position##i);                 \
    } else {                                                          \
      window = KGL_SHIFT_DOWN(window, entry);                         \
    }                                                                 \
    MULTIPLY(i)                                                       \
    if (column##i >= 0) {                                             \
      END(i)                                                          \
    }                                                                 \
  }

#define MULTIPLY(i)                                                                   \
  entry = gaps[window >> bits & gap_mask];                                            \
  sum##i += (uint32_t)(values[window & code_mask].value.level *                       \
                       kgl_element(x_end[column##i], flip));                          \
  position##i += entry & 255u;                                                        \
  column##i += (int32_t)(entry >> 8);

#define END(i)                                                     \
  KEEP(i)                                                          \
  if (!ends_row(rows, &lanes[i], entry)) return KGL_ERR_CORRUPT;   \
  position##i = lanes[i].bits.position;                            \
  column##i = lanes[i].column;                                     \
  sum##i = lanes[i].sum;                                           \
  if (lanes[i].left == 0) break;

#define TABLES                                                    \
  const uint32_t *const gaps = rows->filters->gaps;               \
  const kgl_value *const values = rows->filters->values;          \
  const uint32_t gap_mask = (1u << rows->filters->gap_window) - 1; \
  const uint32_t code_mask = (1u << bits) - 1;

/* Four lanes until one of them is done. */
KGL_INLINE kgl_status four_lanes(const layer_rows *rows, kgl_lane_state *lanes,
                                 const uint8_t *x_end, uint32_t bits, uint32_t flip) {
  TABLES
  LANE(0) LANE(1) LANE(2) LANE(3)
  for (;;) {
    STEP(0) STEP(1) STEP(2) STEP(3)
  }
  KEEP(0) KEEP(1) KEEP(2) KEEP(3)
  return KGL_OK;
}

/* The rest of a lane. */
KGL_NOINLINE kgl_status one_lane(const layer_rows *rows, kgl_lane_state *lanes,
                                 const uint8_t *x_end, uint32_t bits, uint32_t flip) {
  TABLES
  LANE(0)
  for (;;) {
    STEP(0)
  }
  KEEP(0)
  return KGL_OK;
}

/* Bits and flip as constants make a shorter loop. */
KGL_NOINLINE kgl_status four_lanes_of(const layer_rows *rows, kgl_lane_state *lanes,
                                      const uint8_t *x_end) {
  const uint32_t bits = rows->filters->flat_bits, flip = rows->filters->x_flip;
  if (bits == 4 && flip == 0) return four_lanes(rows, lanes, x_end, 4, 0);
  return four_lanes(rows, lanes, x_end, bits, flip);
}

/* A lane at hand, before its first survivor; 0 if its bits are not right. */
static int begin_lane(const layer_rows *rows, kgl_lane_state *lane) {
  kgl_filters *filters = rows->filters;
  place_in_lane at;
  filters->bits = lane->bits;
  filters->rows_left = lane->left;
  at = first_survivor(filters);
  lane->sum = 0;
  lane->bits.position = POSITION_OF(at);
  lane->column = COLUMN_OF(at);
  while (lane->column >= 0 && lane->left > 0) { /* rows without a survivor */
    if (lane->bits.position > lane->bits.end) return 0;
    rows->y[lane->row] = kgl_finish_sum(rows->finish, lane->row, 0);
    lane->row++;
    lane->left--;
    lane->column -= (int32_t)filters->weights->columns;
  }
  return lane->left > 0 || lane->bits.position == lane->bits.end;
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
  for (i = 0; i < KGL_LANES_AT_ONCE; i++) {
    if (!begin_lane(&rows, &lanes[i])) return KGL_ERR_CORRUPT;
    if (lanes[i].left == 0) is_four = 0;
  }
  if (is_four) {
    kgl_status status = four_lanes_of(&rows, lanes, x_end);
    if (status != KGL_OK) return status;
  }
  for (i = 0; i < KGL_LANES_AT_ONCE; i++) {
    kgl_status status = KGL_OK;
    if (lanes[i].left > 0) {
      status = one_lane(&rows, &lanes[i], x_end, filters->flat_bits, filters->x_flip);
    }
    if (status != KGL_OK) return status;
  }
  filters->rows_left = 0;
  return KGL_OK;
}

#undef LANE
#undef KEEP
#undef STEP
#undef MULTIPLY
#undef END
#undef TABLES
#endif
