/* Decoding rows of a sparse matrix whose survivors are coded as gap, value, gap, value, ...
 *
 * State between rows: rows run on in the stream, so a gap may end in a later row than it began in.
 * `position` counts from the beginning of the coming row, and `is_at_survivor` tells whether the
 * gap is complete (a value comes next) or a gap symbol comes next.
 *
 * There are two decoders of gaps. The plain one (kgl_rows_plain.h) does any masks and values, and
 * looks before every load whether the lane's end has been passed. The fast one (kgl_rows_fast.h) does
 * gaps with table values, most of all layers, and checks once a row: the bank's pad, checked when the
 * blob was opened, makes every row end before the bank does (Blob.md, "Banks"). Layers without zeros
 * and bitmaps, with table values, have short loops of their own there, and so have joint symbols
 * (kgl_rows_joint.h); all check every load. Codes of one length are for kgl_rows_flat.c. */
#include "kgl_kernel.h"

#include <stddef.h>

#include "kgl_exact.h"
#include "kgl_rows_fast.h"
#include "kgl_rows_joint.h"
#include "kgl_rows_plain.h"

/* --- Lanes ----------------------------------------------------------------------------------- */

/* Whether a lane lies before its bank's pad, and that is as long as the layer asks: as they were when the
 * blob was opened. And whether the bits behind the lane's last, up to the byte's end, are 0. */
static int is_lane_allowed(const kgl_filters *filters, const kgl_lane *lane, const uint8_t *bank) {
  const uint32_t spare = lane->bits % 8;
  uint32_t behind = 0;
  if (KGL_RECHECK) {
    const uint32_t pad = kgl_weights_pad_bytes(filters->weights);
    const uint8_t *end = bank + kgl_bank_bytes(filters->model, lane->bank);
    if (!kgl_is_in_bank(filters->model, lane, &behind) || behind < pad) return 0;
    if (!kgl_is_pad(end - pad, pad)) return 0;
  }
  return spare == 0 || bank[lane->offset + lane->bits / 8] >> spare == 0;
}

/* Go to the next lane that has rows; there is one, because the lanes cover the rows. One that is not
 * allowed is as one whose end has been passed. */
KGL_NOINLINE void next_lane(kgl_filters *filters) {
  kgl_bits *bits = &filters->bits;
  kgl_lane lane;
  do {
    kgl_read_lane(filters->model, &filters->lanes, &lane);
  } while (lane.rows == 0 && filters->lanes.failed == NULL);
  bits->base = kgl_bits_none;
  bits->position = 0;
  bits->end = 0;
  if (lane.bits > 0) {
    const uint8_t *bank = kgl_bank(filters->model, lane.bank);
    if (is_lane_allowed(filters, &lane, bank)) {
      bits->base = bank + lane.offset;
      bits->end = lane.bits;
    } else {
      bits->position = 1;
    }
  }
  filters->rows_left = lane.rows;
  filters->position = 0;
  filters->is_at_survivor = 0;
  filters->alphabet = 0;
  filters->is_behind = 0;
#if KGL_FAST_ROWS
  filters->has_fast_rows = has_fast_rows(filters->weights, bits);
#endif
}

/* --- Rows ------------------------------------------------------------------------------------ */

#if KGL_EXACT && KGL_INTEGER
/* The bytes of a row whose values are bytes, or null where they are not in the lane. */
KGL_INLINE const uint8_t *row_bytes(kgl_filters *filters) {
  const uint32_t columns = filters->weights->columns, position = filters->bits.position;
  const uint8_t *at = filters->bits.base + position / 8; /* rows are whole bytes, and so begins each */
  if (position > filters->bits.end || columns > (filters->bits.end - position) / 8) return NULL;
  filters->bits.position = position + 8 * columns;
  filters->position = columns;
  return at;
}

/* The same consumed. */
KGL_INLINE kgl_status bytes_row(kgl_filters *filters, target *into, int kind) {
  const uint32_t columns = filters->weights->columns;
  const uint8_t *at = row_bytes(filters);
  int32_t column;
  if (at == NULL) return KGL_ERR_CORRUPT;
  for (column = -(int32_t)columns; column < 0; column++) {
    kgl_weight weight;
    weight.level = kgl_signed8(*at++);
    consume(into, kind, column, columns, &weight, filters->x_flip);
  }
  return KGL_OK;
}

const uint8_t *kgl_filters_bytes(kgl_filters *filters, uint32_t *count) {
  const uint32_t columns = filters->weights->columns;
  const uint8_t *bytes;
  if (filters->rows_left == 0) next_lane(filters);
  if (*count > filters->rows_left) *count = filters->rows_left;
  bytes = row_bytes(filters);
  if (bytes == NULL || *count - 1 > (filters->bits.end - filters->bits.position) / 8 / columns) return NULL;
  filters->bits.position += 8 * columns * (*count - 1);
  filters->rows_left -= *count - 1;
  filters->row += *count - 1;
  filters->position = 0;
  return close_row(filters) == KGL_OK ? bytes : NULL;
}
#endif

/* A row, by the decoder that its layer takes. */
KGL_INLINE kgl_status any_row(kgl_filters *filters, target *into, int kind) {
  const kgl_weights *weights = filters->weights;
  kgl_status status;
  if (filters->rows_left == 0) next_lane(filters);
  choose_class(filters);
  into->real = 0.0f;
  into->integer = 0;
#if KGL_EXACT && KGL_INTEGER
  if (weights->values == KGL_VALUES_BYTES) {
    status = bytes_row(filters, into, kind);
  } else
#endif
#if KGL_JOINT_ROWS
  if (weights->mask == KGL_MASK_JOINT) {
    status = joint_row(filters, into, kind);
  } else
#endif
#if KGL_FAST_ROWS
  if (filters->has_fast_rows && filters->flat_bits == 0) {
    status = is_beside(weights) ? gap_row(filters, into, kind, 1)
                                : gap_row(filters, into, kind, 0);
  } else if (weights->mask == KGL_MASK_NONE && weights->values == KGL_VALUES_TABLE) {
    status = full_row(filters, into, kind);
  } else
#if KGL_BITMAP
  if (weights->mask == KGL_MASK_BITMAP && weights->values == KGL_VALUES_TABLE) {
    status = KGL_WIDE && has_flat_codes(filters) ? bitmap_row(filters, into, kind, 1) : bitmap_row(filters, into, kind, 0);
  } else
#endif
#endif
  {
    status = plain_row(filters, into, kind);
  }
  filters->position -= weights->columns;
  return status == KGL_OK ? close_row(filters) : status;
}

#if KGL_LISTS
kgl_status kgl_filters_list(kgl_filters *filters, kgl_survivor *list, uint32_t *count) {
  target into = {0};
  kgl_status status;
#if KGL_INTEGER && KGL_FAST_ROWS
  if (filters->flat_bits > 0) {
    if (filters->rows_left == 0) next_lane(filters);
    if (filters->has_fast_rows) return kgl_flat_list(filters, list, count);
  }
#endif
  into.list = list;
  status = any_row(filters, &into, LIST);
  *count = (uint32_t)(into.list - list);
  KGL_ASSERT(*count <= filters->weights->columns);
  return status;
}
#endif

#if KGL_INTEGER && KGL_OP_CONVOLUTION && KGL_TILES
const uint8_t *kgl_filters_levels(kgl_filters *filters, kgl_survivor *room) {
  uint32_t count = 1;
#if KGL_FAST_ROWS
  const kgl_alphabet *codes = &filters->weights->codes[0];
  target into = {0};
#else
  uint32_t i;
#endif
  (void)count;
#if KGL_EXACT
  if (filters->weights->values == KGL_VALUES_BYTES) return kgl_filters_bytes(filters, &count);
#endif
#if KGL_FAST_ROWS
  if (filters->rows_left == 0) next_lane(filters);
  into.levels = (uint8_t *)room;
  if (has_flat_codes(filters)) {
    if (!flat_levels(filters, into.levels, codes->longest)) return NULL;
  } else if (full_row(filters, &into, LEVELS) != KGL_OK) {
    return NULL;
  }
  filters->position = 0;
  if (close_row(filters) != KGL_OK) return NULL;
#else
  if (kgl_filters_list(filters, room, &count) != KGL_OK) return NULL;
  for (i = 0; i < count; i++) ((uint8_t *)room)[i] = (uint8_t)room[i].value.level;
#endif
  return (const uint8_t *)room;
}
#endif

#if KGL_OP_DENSE && KGL_FLOAT
kgl_status kgl_filters_product(kgl_filters *filters, const float *x, float *y) {
  const float *y_end = y + filters->weights->rows;
  target into = {0};
  into.reals_end = x + filters->weights->columns;
  for (; y < y_end; y++) {
    kgl_status status = any_row(filters, &into, MULTIPLY_FLOATS);
    if (status != KGL_OK) return status;
    *y = into.real;
  }
  return KGL_OK;
}
#endif

#if KGL_OP_DENSE && KGL_INTEGER
#if KGL_LANES_AT_ONCE > 1 && KGL_FAST_ROWS
/* The coming lanes together, as far as they may be; a lane that may not is left at hand. */
static kgl_status lanes_together(kgl_filters *filters, const kgl_finish *finish, const uint8_t *x,
                                 uint8_t *y) {
  kgl_lane_state lanes[KGL_LANES_AT_ONCE];
  uint32_t count = 0, row = filters->row, left = 0, i;
  kgl_bits bits = {NULL, 0, 0};
  kgl_status status;
  while (count < KGL_LANES_AT_ONCE && row < filters->weights->rows) {
    next_lane(filters);
    if (!filters->has_fast_rows) {
      bits = filters->bits;
      left = filters->rows_left;
      break;
    }
    lanes[count].bits = filters->bits;
    lanes[count].row = row;
    lanes[count++].left = filters->rows_left;
    row += filters->rows_left;
  }
  if (count == KGL_LANES_AT_ONCE) {
    status = kgl_flat_lanes(filters, lanes, finish, x, y);
    if (status != KGL_OK) return status;
    count = 0;
  }
  for (i = 0; i < count; i++) {
    filters->bits = lanes[i].bits;
    filters->row = lanes[i].row;
    filters->rows_left = lanes[i].left;
    status = kgl_flat_rows(filters, finish, x, y);
    if (status != KGL_OK) return status;
  }
  filters->row = row;
  filters->rows_left = left;
  filters->position = 0;
  filters->bits = bits;
  return KGL_OK;
}
#endif

#if KGL_COLUMNS
kgl_status kgl_filters_columns(kgl_filters *filters, const kgl_step *step, uint32_t *sums, const uint8_t *x,
                               uint8_t *y) {
  kgl_finish finish;
  kgl_status status = KGL_OK;
  kgl_finish_begin(&finish, step);
  while (filters->row < filters->weights->rows && status == KGL_OK) {
    next_lane(filters);
    status = kgl_flat_columns(filters, &finish, sums, x, y);
  }
  return status;
}
#endif

#if KGL_INDEXED
kgl_status kgl_filters_indexed(kgl_filters *filters, const kgl_step *step, uint32_t *scratch, const uint8_t *x,
                               uint8_t *y) {
  int16_t *levels = (int16_t *)scratch;
  kgl_finish finish;
  kgl_status status = KGL_OK;
  uint32_t i;
  for (i = 0; i < KGL_INDEXED_LEVELS; i++) {
    levels[i] = i < filters->weights->table.count ? (int16_t)kgl_table_weight(filters, i).level : 0;
  }
  kgl_finish_begin(&finish, step);
  while (filters->row < filters->weights->rows && status == KGL_OK) {
    next_lane(filters);
    status = kgl_indexed_rows(filters, &finish, levels, x, y);
  }
  return status;
}
#endif

kgl_status kgl_filters_finish(kgl_filters *filters, const kgl_step *step, const uint8_t *x,
                              uint8_t *y) {
  const uint32_t rows = filters->weights->rows;
  kgl_finish finish;
  target into = {0};
#if KGL_EXACT
  kgl_exact_rows exact_rows;
  if (KGL_IS_EXACT(step)) kgl_exact_rows_begin(&exact_rows, &step->form.exact, step->weights.rows);
#endif
  kgl_finish_begin(&finish, step);
  into.integers_end = x + filters->weights->columns;
  while (filters->row < rows) {
    uint32_t row = filters->row;
    kgl_status status;
#if KGL_FAST_ROWS
    if (filters->flat_bits > 0) {
#if KGL_LANES_AT_ONCE > 1
      if (filters->rows_left == 0) {
        status = lanes_together(filters, &finish, x, y);
        if (status != KGL_OK) return status;
        continue;
      }
#else
      if (filters->rows_left == 0) next_lane(filters);
      if (filters->has_fast_rows) {
        status = kgl_flat_rows(filters, &finish, x, y);
        if (status != KGL_OK) return status;
        continue;
      }
#endif
    }
#endif
    status = any_row(filters, &into, MULTIPLY_INTEGERS);
    if (status != KGL_OK) return status;
#if KGL_EXACT
    if (KGL_IS_EXACT(step)) {
      kgl_exact_rows_bytes(&exact_rows, &into.integer, 1, y + row);
      continue;
    }
#endif
    y[row] = kgl_finish_sum(&finish, row, into.integer);
  }
  return KGL_OK;
}
#endif
