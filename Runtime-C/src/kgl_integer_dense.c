/* Dense layer on integers. With one row of input every filter is multiplied as it is decoded and
 * nothing of it is kept; with several a filter is listed once and applied to each. */
#include <stddef.h>

#include "kgl_kernel.h"

#include "kgl_bytes.h"
#include "kgl_dual.h"
#include "kgl_exact.h"
#include "kgl_weights.h"

#if KGL_HELIUM
#include <arm_mve.h>
#endif

#if KGL_OP_DENSE && KGL_INTEGER
/* --- Rows finished together -------------------------------------------------------------------- */

#if KGL_FAST_ROWS || KGL_INDEXED
/* The bytes of the sums of rows from `row` to before `past`. m_bytes, b_bytes: of a multiplier and a
 * bias; constants make a short loop. */
KGL_INLINE void finish_as(const kgl_finish *finish, uint32_t row, const uint32_t *sums,
                          uint32_t past, uint8_t *y, uint32_t m_bytes, uint32_t b_bytes) {
  kgl_scaling scaling = finish->scaling;
  const int32_t offset = finish->offset;
  const uint32_t flip = finish->flip;
  if (m_bytes == 0) scaling.multipliers = NULL;
  scaling.multiplier_bytes = (uint8_t)m_bytes;
  scaling.bias_bytes = (uint8_t)b_bytes;
  for (y += row; row < past; row++) {
    const int32_t bias = kgl_bias(&scaling, row) + offset;
    const uint32_t multiplier = kgl_multiplier(&scaling, row);
    *y++ = kgl_clamped(kgl_rescaled_onto(bias, *sums++, scaling.shift, multiplier, scaling.exponent), flip);
  }
}

void kgl_finish_rows(const kgl_finish *finish, uint32_t row, const uint32_t *sums, uint32_t count, uint8_t *y) {
  const kgl_scaling *s = &finish->scaling;
  const uint32_t m_bytes = s->multipliers == NULL ? 0 : s->multiplier_bytes;
  const uint32_t b_bytes = s->biases == NULL ? 0 : s->bias_bytes;
  if (m_bytes == 0 && b_bytes == 1) {
    finish_as(finish, row, sums, row + count, y, 0, 1);
  } else {
    finish_as(finish, row, sums, row + count, y, m_bytes, b_bytes);
  }
}
#endif

#if KGL_INDEXED
#include "kgl_rows_indexed.h"
#endif

/* --- Several rows of input --------------------------------------------------------------------- */

#if KGL_DENSE_ROWS
/* Several rows of input. x: [outer, inner], y: [outer, middle] */
static kgl_status listed_rows(kgl_filters *filters, const kgl_step *step, kgl_survivor *list,
                              const uint8_t *x, uint8_t *y) {
  const kgl_block *block = &step->u.block;
  kgl_finish finish;
  uint32_t o, r, i, count;
#if KGL_EXACT
  kgl_exact_row row;
  kgl_exact_rows rows;
  if (KGL_IS_EXACT(step)) {
    kgl_exact_rows_begin(&rows, &step->form.exact, step->weights.rows);
    kgl_exact_range(&row, &step->form.exact);
  }
#endif
  kgl_finish_begin(&finish, step);
  for (o = 0; o < block->middle; o++) {
    kgl_status status = kgl_filters_list(filters, list, &count);
    if (status != KGL_OK) return status;
#if KGL_EXACT
    if (KGL_IS_EXACT(step)) kgl_exact_rows_next(&rows, &row);
#endif
    for (r = 0; r < block->outer; r++) {
      const uint8_t *from = x + r * block->inner;
      uint32_t sum = 0;
      for (i = 0; i < count; i++) {
        int32_t q = kgl_element(from[list[i].column], filters->x_flip);
        sum += (uint32_t)(list[i].value.level * q);
      }
#if KGL_EXACT
      if (KGL_IS_EXACT(step)) {
        y[r * block->middle + o] = kgl_exact_byte(&row, sum);
        continue;
      }
#endif
      y[r * block->middle + o] = kgl_finish_sum(&finish, o, sum);
    }
  }
  return KGL_OK;
}

#endif

#if KGL_EXACT
/* --- Rows of bytes --------------------------------------------------------------------------- */

#define ROWS 4u /* at a time */

/* The sums of four rows of bytes, `next` from each other, over an input of int8. */
KGL_NOINLINE void four_rows(const uint8_t *row, uint32_t next, const uint8_t *x, uint32_t columns,
                            uint32_t out[ROWS]) {
  const uint8_t *end = x + columns;
  uint32_t sums[ROWS] = {0, 0, 0, 0};
  uint32_t i;
#if KGL_HELIUM
  const uint8_t *rows[ROWS] = {row, row + next, row + 2 * next, row + 3 * next};
  int32_t k = 0, l = 0, m = 0, n = 0;
  for (; columns >= 16; columns -= 16, x += 16) {
    const int8x16_t inputs = vldrbq_s8((const int8_t *)x);
    k = vmladavaq_s8(k, inputs, vldrbq_s8((const int8_t *)rows[0]));
    l = vmladavaq_s8(l, inputs, vldrbq_s8((const int8_t *)rows[1]));
    m = vmladavaq_s8(m, inputs, vldrbq_s8((const int8_t *)rows[2]));
    n = vmladavaq_s8(n, inputs, vldrbq_s8((const int8_t *)rows[3]));
    rows[0] += 16, rows[1] += 16, rows[2] += 16, rows[3] += 16;
  }
  if (columns > 0) {
    const mve_pred16_t some = vctp8q(columns);
    const int8x16_t inputs = vldrbq_z_s8((const int8_t *)x, some);
    k = vmladavaq_s8(k, inputs, vldrbq_z_s8((const int8_t *)rows[0], some));
    l = vmladavaq_s8(l, inputs, vldrbq_z_s8((const int8_t *)rows[1], some));
    m = vmladavaq_s8(m, inputs, vldrbq_z_s8((const int8_t *)rows[2], some));
    n = vmladavaq_s8(n, inputs, vldrbq_z_s8((const int8_t *)rows[3], some));
    x = end;
  }
  sums[0] = (uint32_t)k, sums[1] = (uint32_t)l, sums[2] = (uint32_t)m, sums[3] = (uint32_t)n;
#elif KGL_DUAL
  const uint8_t *last = x + (columns & ~3u), *third = row + 2 * next;
  uint32_t s = 0, t = 0, u = 0, v = 0;
  while (x < last) {
    const uint32_t inputs = kgl_load32(x), even = kgl_even_bytes(inputs, 128), odd = kgl_odd_bytes(inputs, 128);
    uint32_t word = kgl_load32(row + next);
    t = kgl_dual(t, kgl_even_bytes(word, 128), even);
    t = kgl_dual(t, kgl_odd_bytes(word, 128), odd);
    KGL_IN_ORDER();
    word = kgl_load32(row);
    s = kgl_dual(s, kgl_even_bytes(word, 128), even);
    s = kgl_dual(s, kgl_odd_bytes(word, 128), odd);
    KGL_IN_ORDER();
    word = kgl_load32(third + next);
    v = kgl_dual(v, kgl_even_bytes(word, 128), even);
    v = kgl_dual(v, kgl_odd_bytes(word, 128), odd);
    KGL_IN_ORDER();
    word = kgl_load32(third);
    u = kgl_dual(u, kgl_even_bytes(word, 128), even);
    u = kgl_dual(u, kgl_odd_bytes(word, 128), odd);
    x += 4, row += 4, third += 4;
  }
  sums[0] = s, sums[1] = t, sums[2] = u, sums[3] = v;
#endif
  for (; x < end; x++, row++) {
    const int32_t input = kgl_signed8(*x);
#pragma GCC unroll 4
    for (i = 0; i < ROWS; i++) sums[i] += (uint32_t)(kgl_signed8(row[i * next]) * input);
  }
#pragma GCC unroll 4
  for (i = 0; i < ROWS; i++) out[i] = sums[i];
}

#if KGL_DENSE_ROWS
/* The same rows over several rows of input; y: of the first one's output. */
KGL_NOINLINE void rows_of_input(kgl_exact_rows *finishes, const kgl_step *step, const uint8_t *rows, uint32_t count,
                                const uint8_t *x, uint8_t *y) {
  const kgl_block *block = &step->u.block;
  kgl_exact_row ready[ROWS];
  uint32_t r, i, sums[ROWS];
  for (i = 0; i < count; i++) {
    kgl_exact_range(&ready[i], &step->form.exact);
    kgl_exact_rows_next(finishes, &ready[i]);
  }
  for (r = 0; r < block->outer; r++, x += block->inner, y += block->middle) {
    four_rows(rows, count == ROWS ? block->inner : 0, x, block->inner, sums);
    for (i = 0; i < count; i++) y[i] = kgl_exact_byte(&ready[i], sums[i]);
  }
}
#endif

/* x: [outer, inner], y: [outer, middle] */
KGL_NOINLINE kgl_status bytes_rows(kgl_filters *filters, const kgl_step *step, const uint8_t *x, uint8_t *y) {
  const kgl_block *block = &step->u.block;
  kgl_exact_rows finishes;
  uint32_t o = 0, left = 0, ready = 0, sums[KGL_BATCH];
  const uint8_t *rows = NULL;
  kgl_exact_rows_begin(&finishes, &step->form.exact, step->weights.rows);
  while (o < block->middle) {
    uint32_t count;
    if (left == 0) {
      left = block->middle - o < ROWS ? 1 : ROWS;
      rows = kgl_filters_bytes(filters, &left); /* fewer where a lane ends */
      if (rows == NULL) return KGL_ERR_CORRUPT;
    }
    count = left < ROWS ? 1 : ROWS;
#if KGL_DENSE_ROWS
    if (block->outer > 1) {
      rows_of_input(&finishes, step, rows, count, x, y + o);
    } else
#endif
    {
      four_rows(rows, count == ROWS ? block->inner : 0, x, block->inner, sums + ready);
      ready += count;
      if (ready > KGL_BATCH - ROWS || o + count == block->middle) {
        kgl_exact_rows_bytes(&finishes, sums, ready, y + o + count - ready);
        ready = 0;
      }
    }
    o += count;
    left -= count;
    rows += count * block->inner;
  }
  return KGL_OK;
}
#endif

/* x: [outer, inner], y: [outer, middle] */
kgl_status kgl_integer_dense(kgl_place *place, const kgl_step *step) {
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  kgl_filters filters;
  kgl_filters_open(&filters, place, step);
#if KGL_EXACT
  if (step->weights.values == KGL_VALUES_BYTES) return bytes_rows(&filters, step, x, y);
#endif
#if KGL_COLUMNS
  if (step->weights.mask == KGL_MASK_COLUMNS) {
    return kgl_filters_columns(&filters, step, place->scratch + kgl_weights_words(&step->weights), x, y);
  }
#endif
#if KGL_INDEXED
  if (step->weights.mask == KGL_MASK_INDEXED) {
    return kgl_filters_indexed(&filters, step, place->scratch, x, y);
  }
#endif
#if KGL_DENSE_ROWS
  if (step->u.block.outer > 1) {
    uint32_t *behind = place->scratch + kgl_weights_words(&step->weights);
    return listed_rows(&filters, step, (kgl_survivor *)behind, x, y);
  }
#endif
  return kgl_filters_finish(&filters, step, x, y);
}
#endif
