/* Decoding rows of a sparse matrix whose survivors are coded as gap, value, gap, value, ...
 *
 * State between rows: rows run on in the stream, so a gap may end in a later row than it began in.
 * `position` counts from the beginning of the coming row, and `is_at_survivor` tells whether the
 * gap is complete (a value comes next) or a gap symbol comes next.
 *
 * There are two decoders of gaps. The plain one (next_survivor) does any values, and bitmaps, and
 * looks before every load whether the lane's end has been passed. The fast one (gap_row) does gaps with
 * table values, most of all layers, and checks once a row: the bank's pad, checked when the blob
 * was opened, makes every row end before the bank does (Blob.md, "Banks"). Layers without zeros
 * and with table values have a short loop of their own (full_row), and so have joint symbols
 * (joint_row); both check every load.
 *
 * Column counters run from -columns up to 0, so that one sign test is the end of the row, the bound
 * of x and, because rare slots of the gap table add 2^23, the way to them. */
#include "kgl_kernel.h"

#include <stddef.h>

#include "kgl_integer.h"
#include "kgl_weights.h"

#define FAST_COLUMNS_MAX 0x400000u /* so that a sum with 2^23 is never negative */

KGL_INLINE int is_beside(const kgl_weights *weights) {
  return KGL_NEIGHBOURS && weights->values == KGL_VALUES_BESIDE;
}

/* Which alphabet the next code is of, if its survivor lies right behind one of this value. */
KGL_INLINE uint32_t side_of(const kgl_filters *filters, kgl_weight value) {
#if KGL_INTEGER
  if (KGL_IS_INTEGER(filters)) return value.level < 0 ? 1 : 2;
#else
  (void)filters;
#endif
#if KGL_FLOAT
  return value.real < 0.0f ? 1 : 2;
#else
  return 0;
#endif
}

KGL_INLINE uint32_t alphabet_behind(const kgl_filters *filters, kgl_weight value) {
  return is_beside(filters->weights) ? side_of(filters, value) : 0;
}

#if KGL_TABLES
/* The table of the coming gap symbol. */
KGL_INLINE const uint32_t *gap_table(const kgl_filters *filters) {
  if (!KGL_ROW_CLASSES) return filters->gaps;
  return filters->gaps + (filters->row_class << filters->gap_window);
}

#endif

/* Gap symbols are of the coming row's class, but for one that comes right behind a value. */
KGL_INLINE void choose_class(kgl_filters *filters) {
#if KGL_ROW_CLASSES
  if (filters->weights->gap_alphabets < 2 || filters->is_behind) return;
  filters->row_class =
      (uint32_t)filters->weights->classes[filters->row / 8] >> filters->row % 8 & 1u;
#else
  (void)filters;
#endif
}

/* --- The plain decoder ----------------------------------------------------------------------- */

/* One symbol of an alphabet that has some, length by length: gives its bits. */
KGL_NOINLINE uint32_t long_symbol(const kgl_alphabet *alphabet, const kgl_code *code,
                                  uint32_t window, uint32_t *symbol) {
  *symbol = alphabet->last;
  return alphabet->used == 1 ? 0 : kgl_code_symbol(code, window, symbol);
}

/* The value of a code that the table does not hold; stores its length, 0...12. Cold. Gives 0 if
 * the alphabet has no symbol. */
static int rare_value(const kgl_filters *filters, uint32_t window, kgl_value *value) {
  const uint32_t i = KGL_NEIGHBOURS ? filters->alphabet : 0;
  const kgl_alphabet *alphabet = &filters->weights->codes[i];
  uint32_t symbol;
  if (alphabet->used == 0) return 0;
  value->length = long_symbol(alphabet, &filters->value_codes[i], window, &symbol);
  value->value = kgl_table_weight(filters, symbol);
  return 1;
}

/* The value of the next code, and its length; 0 if the alphabet has no symbol. */
KGL_INLINE int any_value(const kgl_filters *filters, uint32_t window, kgl_value *value) {
#if KGL_TABLES
  *value = filters->values[(filters->alphabet << filters->value_window) +
                           (window & ((1u << filters->value_window) - 1))];
  if (value->length != 0) return 1;
#endif
  return rare_value(filters, window, value);
}

static kgl_status next_value(kgl_filters *filters, kgl_weight *value) {
  kgl_value found;
  uint32_t window;
#if KGL_FLOAT
  if (filters->weights->values == KGL_VALUES_RAW) {
    if (!kgl_bits_take32(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    value->real = kgl_float(window);
    return KGL_OK;
  }
#endif
  if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
  if (!any_value(filters, window, &found)) return KGL_ERR_CORRUPT;
  filters->bits.position += found.length;
  if (KGL_NEIGHBOURS) filters->alphabet = alphabet_behind(filters, found.value);
  *value = found.value;
  return KGL_OK;
}

/* The next gap symbol: gives its bits. */
KGL_INLINE uint32_t any_gap(const kgl_filters *filters, uint32_t window, uint32_t *symbol) {
  const uint32_t i = KGL_ROW_CLASSES ? filters->row_class : 0;
#if KGL_TABLES
  uint32_t entry = gap_table(filters)[window & ((1u << filters->gap_window) - 1)];
  if (entry != KGL_GAP_ESCAPE) {
    *symbol = entry & KGL_GAP_RARE ? filters->weights->jump : (entry >> 8) - 1;
    return (entry & 255u) - filters->flat_bits;
  }
#endif
  return long_symbol(&filters->weights->gaps[i], &filters->gap_codes[i], window, symbol);
}

/* Read gap symbols until one ends at a survivor or the row has ended. */
static kgl_status finish_gap(kgl_filters *filters) {
  uint32_t jump = filters->weights->jump;
  if (filters->weights->gaps[0].used == 0) { /* no survivors */
    filters->position = filters->weights->columns;
  }
  while (!filters->is_at_survivor && filters->position < filters->weights->columns) {
    uint32_t window, symbol;
    if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    filters->bits.position += any_gap(filters, window, &symbol);
    filters->position += symbol;
    filters->is_at_survivor = symbol != jump;
    if (KGL_NEIGHBOURS && symbol != 0) filters->alphabet = 0;
    if (KGL_ROW_CLASSES) filters->is_behind = 0;
    choose_class(filters);
  }
  return KGL_OK;
}

#if KGL_BITMAP
/* Read bits of a bitmap until one is set or the row has ended. */
static kgl_status finish_zeros(kgl_filters *filters) {
  while (!filters->is_at_survivor && filters->position < filters->weights->columns) {
    uint32_t window, most = filters->weights->columns - filters->position, count = 0;
    if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    if (most > 24) most = 24;
    while (count < most && (window & 1u) == 0) {
      window >>= 1;
      count++;
    }
    filters->position += count;
    filters->is_at_survivor = count < most;
    filters->bits.position += count + (count < most);
  }
  return KGL_OK;
}

#endif

/* The row's next survivor: *found = 0 if there is none left, else 1. */
static kgl_status next_survivor(kgl_filters *filters, kgl_survivor *survivor, int *found) {
  kgl_status status = KGL_OK;
  if (filters->weights->gap_alphabets > 0) status = finish_gap(filters);
#if KGL_BITMAP
  if (filters->weights->mask == KGL_MASK_BITMAP) status = finish_zeros(filters);
#endif
  *found = status == KGL_OK && filters->position < filters->weights->columns;
  if (!*found) return status;
  survivor->column = filters->position++;
  filters->is_at_survivor = 0;
  if (KGL_ROW_CLASSES) filters->is_behind = 1;
  return next_value(filters, &survivor->value);
}

/* --- Rows ------------------------------------------------------------------------------------ */

#if KGL_FAST_ROWS
/* Whether a lane may be decoded without a check for each code. */
static int has_fast_rows(const kgl_weights *weights, const kgl_bits *lane) {
  return lane->end > 0 && weights->columns < FAST_COLUMNS_MAX && weights->gap_alphabets > 0 &&
         weights->gaps[0].used > 0 && weights->values != KGL_VALUES_RAW &&
         weights->codes[0].used > 0;
}
#endif

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

static kgl_status end_row(kgl_filters *filters) {
  KGL_ASSERT(filters->rows_left > 0);
  filters->position -= filters->weights->columns;
  filters->rows_left--;
  filters->row++;
  if (filters->bits.position > filters->bits.end) return KGL_ERR_CORRUPT;
  if (filters->rows_left != 0 || filters->bits.position == filters->bits.end) return KGL_OK;
  return KGL_ERR_CORRUPT;
}

/* What a decoding loop does with rows: a constant argument, so that each has a loop of its own. */
enum { LIST, MULTIPLY_FLOATS, MULTIPLY_INTEGERS };

/* What a row comes to: a member by the kind of loop, none of a list. */
typedef struct result {
  float real;
  uint32_t integer; /* modulo 2^32 */
} result;

/* Where a row's survivors go. x_end points behind the row's last input. */
typedef struct target {
  const float *reals_end;
  const uint8_t *integers_end;
  kgl_survivor *list;
} target;

/* An input of an integer layer. */
KGL_INLINE uint32_t input_of(const uint8_t *x, uint32_t flip) { return (*x ^ flip) - flip; }

/* Consumes a survivor. Columns count from the row's end, -columns... -1. */
KGL_INLINE void consume(const kgl_filters *filters, target *into, int kind, int32_t column,
                        uint32_t columns, kgl_weight weight, result *sum) {
  KGL_ASSERT(column < 0 && column >= -(int32_t)columns);
  if (kind == LIST) {
    into->list->column = (uint32_t)(column + (int32_t)columns);
    (into->list++)->value = weight;
  } else if (kind == MULTIPLY_FLOATS) {
    sum->real = KGL_MULTIPLY_ADD(sum->real, weight.real, into->reals_end[column]);
  } else {
    sum->integer +=
        (uint32_t)weight.level * input_of(into->integers_end + column, filters->x_flip);
  }
}

#if KGL_FAST_ROWS
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

/* A row of gaps and table values. Reads as far as into the bank's pad, never past it. Gives the sum
 * in *sum or the list's end in *list_end. has_long: codes may be longer than the table's index, or
 * the one code has no bits. by_neighbours: codes are of three alphabets. */
KGL_INLINE kgl_status gap_row(kgl_filters *filters, target *into, int kind, result *sum,
                              int has_long, int by_neighbours) {
  const uint8_t *base = filters->bits.base;
  const uint32_t *gaps;
  const kgl_value *values = filters->values;
  const uint32_t gap_mask = (1u << filters->gap_window) - 1;
  const uint32_t value_mask = (1u << filters->value_window) - 1;
  const uint32_t columns = filters->weights->columns;
  result sums = {0.0f, 0};
  for (;;) {
    uint32_t position, entry = 0, behind = 0;
    int32_t column;
    if (!filters->is_at_survivor) {
      kgl_status status = finish_gap(filters);
      if (status != KGL_OK) return status;
    }
    if (filters->position >= columns) break; /* no survivor, or not in this row */
    gaps = gap_table(filters);
    position = filters->bits.position;
    column = (int32_t)(filters->position - columns);
    if (by_neighbours) values = filters->values + (filters->alphabet << filters->value_window);
    do {
      uint32_t window = kgl_bits_window(base, position);
      const kgl_value *value = &values[window & value_mask];
      uint32_t length = value->length;
      if (!has_long || length != 0) {
        if (by_neighbours) behind = side_of(filters, value->value);
        consume(filters, into, kind, column, columns, value->value, &sums);
      } else {
        kgl_value rare = {{0}, 0};
        if (by_neighbours) {
          filters->alphabet = (uint32_t)(values - filters->values) >> filters->value_window;
        }
        rare_value(filters, window, &rare); /* finds one: the alphabet has symbols */
        length = rare.length;
        if (by_neighbours) behind = side_of(filters, rare.value);
        consume(filters, into, kind, column, columns, rare.value, &sums);
      }
      entry = gaps[window >> length & gap_mask];
      position += length;
      position += entry & 255u;
      column += (int32_t)(entry >> 8);
      if (by_neighbours) {
        values = filters->values;
        if (entry >> 8 == 1) values += behind << filters->value_window;
      }
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
  *sum = sums;
  return KGL_OK;
}

/* A row without zeros, with table values; looks before every load. */
KGL_INLINE kgl_status full_row(kgl_filters *filters, target *into, int kind,
                               result *sum) {
  const kgl_bits bits = filters->bits;
  const kgl_value *values = filters->values;
  const uint32_t value_mask = (1u << filters->value_window) - 1;
  const uint32_t columns = filters->weights->columns;
  uint32_t position = bits.position;
  result sums = {0.0f, 0};
  int32_t column;
  for (column = -(int32_t)columns; column < 0; column++) {
    uint32_t window, length;
    const kgl_value *value;
    if (position > bits.end) return KGL_ERR_CORRUPT;
    window = kgl_bits_window(bits.base, position);
    value = &values[window & value_mask];
    length = value->length;
    if (length != 0) {
      consume(filters, into, kind, column, columns, value->value, &sums);
    } else {
      kgl_value rare;
      if (!rare_value(filters, window, &rare)) return KGL_ERR_CORRUPT;
      length = rare.length;
      consume(filters, into, kind, column, columns, rare.value, &sums);
    }
    position += length;
  }
  filters->bits.position = position;
  filters->position = columns;
  *sum = sums;
  return KGL_OK;
}
#endif

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
  return filters->values[window & ((1u << filters->value_window) - 1)];
#else
  return long_joint(filters, window);
#endif
}

/* A row of joint symbols; looks before every load. A symbol whose survivor lies in a later row is
 * not taken: that row begins with it, and with a column before its first. As the same bits give the
 * same symbol, the survivor then lies in the row or behind it. Only what ends the lane is taken
 * without one. */
KGL_INLINE kgl_status joint_row(kgl_filters *filters, target *into, int kind,
                               result *sum) {
  const kgl_bits bits = filters->bits;
  const uint32_t columns = filters->weights->columns;
  uint32_t position = bits.position;
  result sums = {0.0f, 0};
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
    consume(filters, into, kind, column, columns, symbol.value, &sums);
    column++;
    position += symbol.length & 15u;
  }
  filters->bits.position = position;
  filters->position = (uint32_t)column + columns;
  *sum = sums;
  return KGL_OK;
}
#endif

/* A row by the plain decoder. */
KGL_INLINE kgl_status plain_row(kgl_filters *filters, target *into, int kind, result *sum) {
  const uint32_t columns = filters->weights->columns;
  kgl_status status = KGL_OK;
  result sums = {0.0f, 0};
  for (;;) {
    kgl_survivor survivor;
    int32_t column;
    int found;
    status = next_survivor(filters, &survivor, &found);
    if (status != KGL_OK || !found) break;
    column = (int32_t)(survivor.column - columns);
    consume(filters, into, kind, column, columns, survivor.value, &sums);
  }
  *sum = sums;
  return status;
}

/* A row, by the decoder that its layer takes. */
KGL_INLINE kgl_status any_row(kgl_filters *filters, target *into, int kind, result *sum) {
  const kgl_weights *weights = filters->weights;
  kgl_status status;
  (void)weights;
  if (filters->rows_left == 0) next_lane(filters);
  choose_class(filters);
#if KGL_JOINT_ROWS
  if (weights->mask == KGL_MASK_JOINT) {
    status = joint_row(filters, into, kind, sum);
  } else
#endif
#if KGL_FAST_ROWS
  if (filters->has_fast_rows && filters->flat_bits == 0) {
    status = is_beside(weights) ? gap_row(filters, into, kind, sum, 1, 1)
                                : gap_row(filters, into, kind, sum, 1, 0);
  } else if (weights->mask == KGL_MASK_NONE && weights->values == KGL_VALUES_TABLE) {
    status = full_row(filters, into, kind, sum);
  } else
#endif
  {
    status = plain_row(filters, into, kind, sum);
  }
  return status == KGL_OK ? end_row(filters) : status;
}

#if KGL_LISTS
kgl_status kgl_filters_list(kgl_filters *filters, kgl_survivor *list, uint32_t *count) {
  target into;
  result unused;
  kgl_status status;
#if KGL_INTEGER && KGL_FAST_ROWS
  if (filters->flat_bits > 0) {
    if (filters->rows_left == 0) next_lane(filters);
    if (filters->has_fast_rows) return kgl_flat_list(filters, list, count);
  }
#endif
  into.list = list;
  status = any_row(filters, &into, LIST, &unused);
  *count = (uint32_t)(into.list - list);
  KGL_ASSERT(*count <= filters->weights->columns);
  return status;
}
#endif

#if KGL_OP_DENSE && KGL_FLOAT
kgl_status kgl_filters_product(kgl_filters *filters, const float *x, float *y) {
  const float *y_end = y + filters->weights->rows;
  target into;
  into.reals_end = x + filters->weights->columns;
  for (; y < y_end; y++) {
    result sum;
    kgl_status status = any_row(filters, &into, MULTIPLY_FLOATS, &sum);
    if (status != KGL_OK) return status;
    *y = sum.real;
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

kgl_status kgl_filters_finish(kgl_filters *filters, const kgl_step *step, const uint8_t *x,
                              uint8_t *y) {
  const uint32_t rows = filters->weights->rows;
  kgl_finish finish;
  target into;
  kgl_finish_begin(&finish, step);
  into.integers_end = x + filters->weights->columns;
  while (filters->row < rows) {
    result sum;
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
    status = any_row(filters, &into, MULTIPLY_INTEGERS, &sum);
    if (status != KGL_OK) return status;
    y[row] = kgl_finish_sum(&finish, row, sum.integer);
  }
  return KGL_OK;
}
#endif
