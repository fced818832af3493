/* Rows whose codes all have the same number of bits: the fastest way through a stream.
 *
 * A code and the gap behind it are so few bits that a window of 25 holds two such pairs, and the gap
 * table counts the code's bits with the gap's: a survivor is two look-ups and a multiplication. The
 * column of the next survivor is carried from row to row as its distance from the row's end, which is
 * below 0 while it lies in the row: one sign test is the row's end, the bound of x and, because a
 * jump's slot adds 2^23, the way to what is rare. Reads are bounded by the bank's pad and a look at
 * the position after each row (Blob.md, "Banks"). */
#include "kgl_kernel.h"

#include <stddef.h>

#include "kgl_rows.h"

#if (KGL_OP_DENSE || KGL_OP_CONVOLUTION) && KGL_INTEGER && KGL_FAST_ROWS
/* Where a lane is: the next bit, and the column of the next survivor, counted from the end of the row
 * at hand; a column behind the lane's end if there is none. As one number, so that calls give it in
 * registers. */
typedef uint64_t place_in_lane;
#define PLACE(position, column) ((uint64_t)(uint32_t)(column) << 32 | (position))
#define POSITION_OF(place) ((uint32_t)(place))
#define COLUMN_OF(place) kgl_as_signed((uint32_t)((place) >> 32))

/* The same in a loop, with the slot that led there. */
typedef struct walk {
  uint32_t position;
  int32_t column;
  uint32_t entry;
} walk;

KGL_INLINE void go_to(walk *at, place_in_lane place) {
  at->position = POSITION_OF(place);
  at->column = COLUMN_OF(place);
}

/* A layer's tables as its loops read them. */
typedef struct tables {
  const uint32_t *gaps;
  const kgl_value *values;
  uint32_t bits; /* of a code, a constant or the layer's */
  uint32_t gap_mask;
} tables;

KGL_INLINE tables tables_of(const kgl_filters *filters, uint32_t bits) {
  tables t;
  t.gaps = filters->gaps;
  t.values = filters->values;
  t.bits = bits;
  t.gap_mask = (1u << filters->gap_window) - 1;
  return t;
}

/* Consumes the survivor whose code is the first in `window`, and goes on to the next. */
KGL_INLINE void take(const tables *t, walk *at, uint32_t window, target *into, int kind,
                     uint32_t columns, uint32_t flip) {
  const kgl_value *slot = &t->values[kgl_low_bits(window, t->bits)];
  consume(into, kind, at->column, columns, &slot->value, flip);
  at->entry = t->gaps[window >> t->bits & t->gap_mask];
  at->position += at->entry & 255u;
  at->column += (int32_t)(at->entry >> 8);
}

/* Consumes survivors until a slot leads out of the row, or is a jump: a window holds two. */
KGL_INLINE void take_row(const tables *t, walk *at, const uint8_t *base, target *into, int kind,
                         uint32_t columns, uint32_t flip) {
  do {
    uint32_t window = kgl_bits_window(base, at->position);
    take(t, at, window, into, kind, columns, flip);
    if (at->column >= 0) break;
    window = KGL_SHIFT_DOWN(window, at->entry);
    take(t, at, window, into, kind, columns, flip);
  } while (at->column < 0);
}

/* Read gap symbols from column `at`, the first that is not known, until one leads to a survivor or
 * beyond `behind`, the lane's end. Stops too where the lane's bits have been passed. */
KGL_INLINE place_in_lane next_survivor(const kgl_filters *filters, uint32_t position, int32_t at,
                                       int32_t behind) {
  const uint32_t mask = (1u << filters->gap_window) - 1;
  while (at < behind && position <= filters->bits.end) {
    uint32_t entry = filters->gaps[kgl_bits_window(filters->bits.base, position) & mask];
    position += (entry & 255u) - filters->flat_bits;
    if ((entry & KGL_GAP_RARE) == 0) {
      at += (int32_t)(entry >> 8) - 1;
      break;
    }
    at += (int32_t)filters->weights->jump;
  }
  return PLACE(position, at);
}

KGL_NOINLINE place_in_lane first_survivor(const kgl_filters *filters) {
  const int32_t columns = (int32_t)filters->weights->columns;
  return next_survivor(filters, 0, -columns, (int32_t)(filters->rows_left - 1) * columns);
}

/* What is rare: behind the row's last survivor, or within the row, a jump has been read, or it is the
 * lane's last row; `behind` are the rows after it. column is where `entry` led. */
KGL_NOINLINE place_in_lane end_row(const kgl_filters *filters, uint32_t position, int32_t column,
                                   uint32_t entry, uint32_t behind) {
  const int32_t survivor = column - (int32_t)(entry >> 8);
  if (survivor == -1 && behind == 0) { /* the lane's last position: no gap follows */
    return PLACE(position - ((entry & 255u) - filters->flat_bits), 0);
  }
  if ((entry & KGL_GAP_RARE) == 0) return PLACE(position, column);
  return next_survivor(filters, position, survivor + 1 + (int32_t)filters->weights->jump,
                       (int32_t)(behind * filters->weights->columns));
}

/* A row's survivors; between rows `position` of the filters is the column of the next survivor, from
 * the beginning of the coming row. */
KGL_INLINE kgl_status list_row(kgl_filters *filters, kgl_survivor *list, uint32_t *count,
                               uint32_t bits) {
  const tables t = tables_of(filters, bits);
  const uint8_t *base = filters->bits.base;
  const uint32_t columns = filters->weights->columns, behind = filters->rows_left - 1;
  const uint32_t rare = behind == 0 ? 0xFFFFFFFFu : KGL_GAP_RARE;
  target into = {0};
  walk at = {0, 0, 0};
  into.list = list;
  at.position = filters->bits.position;
  at.column = (int32_t)(filters->position - columns);
  while (at.column < 0) {
    take_row(&t, &at, base, &into, LIST, columns, 0);
    if ((at.entry & rare) != 0) {
      go_to(&at, end_row(filters, at.position, at.column, at.entry, behind));
    }
  }
  *count = (uint32_t)(into.list - list);
  filters->bits.position = at.position;
  filters->position = (uint32_t)at.column;
  return close_row(filters);
}

kgl_status kgl_flat_list(kgl_filters *filters, kgl_survivor *list, uint32_t *count) {
  if (filters->bits.position == 0 && filters->position == 0) { /* the lane's first row */
    place_in_lane first = first_survivor(filters);
    filters->bits.position = POSITION_OF(first);
    filters->position = (uint32_t)COLUMN_OF(first) + filters->weights->columns;
  }
  return list_row(filters, list, count, filters->flat_bits);
}

#if KGL_OP_DENSE
/* end_row, given `left` rows with the batch at hand, of which those up to `done` are done. */
KGL_NOINLINE place_in_lane end_batch_row(const kgl_filters *filters, uint32_t position,
                                         int32_t column, uint32_t entry, uint32_t left,
                                         const uint32_t *done, const uint32_t *batch) {
  return end_row(filters, position, column, entry, left - 1 - (uint32_t)(done - batch));
}

/* A jump within a row, of which mostly no other follows: goes on from it and gives 1, or 0 where it is
 * for end_row. */
KGL_INLINE int is_past_jump(const tables *t, walk *at, const kgl_bits *lane, int32_t past_jump) {
  uint32_t next;
  if ((at->entry & KGL_GAP_RARE) == 0) return 0;
  if (at->column + past_jump >= 0 || at->position > lane->end) return 0;
  next = t->gaps[kgl_bits_window(lane->base, at->position) & t->gap_mask];
  if ((next & KGL_GAP_RARE) != 0) return 0;
  at->position += (next & 255u) - t->bits;
  at->column += past_jump + (int32_t)(next >> 8) - 1;
  return 1;
}

/* Rows of a lane. bits: of a code, a constant or the layer's; x_end: behind the row's last input;
 * flip: of kgl_element. `rare` are the bits of a slot that end a row out of the ordinary: all, in the
 * lane's last row. */
KGL_INLINE kgl_status rows_of(kgl_filters *filters, const kgl_finish *finish, const uint8_t *x_end,
                              uint8_t *y, uint32_t bits, uint32_t flip) {
  const tables t = tables_of(filters, bits);
  const kgl_bits lane = filters->bits;
  const int32_t columns = (int32_t)filters->weights->columns;
  const int32_t past_jump = 1 + (int32_t)filters->weights->jump - (int32_t)(KGL_GAP_RARE >> 8);
  uint32_t left = filters->rows_left, rare = KGL_GAP_RARE;
  target into = {0};
  walk at = {0, 0, 0};
  into.integers_end = x_end;
  go_to(&at, first_survivor(filters));
  while (left > 0) {
    uint32_t sums[KGL_BATCH], *to = sums, *to_end;
    /* The last row is a batch of its own. */
    const uint32_t count = left == 1 ? 1 : left - 1 < KGL_BATCH ? left - 1 : KGL_BATCH;
    if (left == 1) rare = 0xFFFFFFFFu;
    to_end = sums + count;
    do {
      into.integer = 0;
      while (at.column < 0) {
        take_row(&t, &at, lane.base, &into, MULTIPLY_INTEGERS, (uint32_t)columns, flip);
        if ((at.entry & rare) == 0) break;
        if (is_past_jump(&t, &at, &lane, past_jump)) continue;
        go_to(&at, end_batch_row(filters, at.position, at.column, at.entry, left, to, sums));
      }
      *to++ = into.integer;
      if (at.position > lane.end) return KGL_ERR_CORRUPT;
      at.column -= columns;
    } while (to < to_end);
    kgl_finish_rows(finish, filters->row, sums, count, y);
    filters->row += count;
    left -= count;
  }
  filters->rows_left = 0;
  return at.position == lane.end ? KGL_OK : KGL_ERR_CORRUPT;
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

#if KGL_COLUMNS
#include "kgl_rows_columns.h"
#endif
#if KGL_LANES_AT_ONCE > 1
#include "kgl_rows_lanes.h"
#endif
#endif
#endif
