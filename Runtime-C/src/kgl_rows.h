/* What the decoders of rows share: what becomes of a survivor, and of a row. For kgl_rows.c and
 * kgl_rows_flat.c alone. */
#ifndef KGL_ROWS_H
#define KGL_ROWS_H

#include "kgl_integer.h"
#include "kgl_weights.h"

/* What a decoding loop does with rows: a constant argument, so that each has a loop of its own. */
enum { LIST, LEVELS, MULTIPLY_FLOATS, MULTIPLY_INTEGERS, ONTO_ROWS };

/* Where a row's survivors go, and what they come to. */
typedef struct target {
  const float *reals_end; /* behind the row's last input */
  float real;             /* the sum */
  const uint8_t *integers_end;
  uint32_t integer;       /* the sum, modulo 2^32 */
  kgl_survivor *list;     /* its end */
  uint8_t *levels;        /* of a row without zeros, as int8: their end */
#if KGL_COLUMNS
  uint32_t *sums_end;     /* behind the sum of a column's last row, modulo 2^32 */
  int32_t input;          /* of the column */
#endif
} target;

/* Consumes a survivor. Columns count from the row's end, -columns... -1; flip: of kgl_element. */
KGL_INLINE void consume(target *into, int kind, int32_t column, uint32_t columns,
                        const kgl_weight *weight, uint32_t flip) {
  KGL_ASSERT(column < 0 && column >= -(int32_t)columns);
  if (kind == LIST) {
    into->list->column = (uint32_t)(column + (int32_t)columns);
    (into->list++)->value = *weight;
  } else if (kind == LEVELS) {
    *into->levels++ = (uint8_t)weight->level;
  } else if (kind == MULTIPLY_FLOATS) {
    into->real = KGL_MULTIPLY_ADD(into->real, weight->real, into->reals_end[column]);
#if KGL_COLUMNS
  } else if (kind == ONTO_ROWS) {
    into->sums_end[column] += (uint32_t)(weight->level * into->input);
#endif
  } else {
    const int32_t input = kgl_element(into->integers_end[column], flip);
    into->integer += (uint32_t)(weight->level * input);
  }
}

/* A row of the lane at hand is over: KGL_ERR_CORRUPT if the lane's end has been passed or, behind its
 * last row, not been reached. */
KGL_INLINE kgl_status close_row(kgl_filters *filters) {
  const kgl_bits *bits = &filters->bits;
  KGL_ASSERT(filters->rows_left > 0);
  filters->rows_left--;
  filters->row++;
  if (bits->position > bits->end) return KGL_ERR_CORRUPT;
  return filters->rows_left != 0 || bits->position == bits->end ? KGL_OK : KGL_ERR_CORRUPT;
}

#endif
