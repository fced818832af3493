/* Dense layer. With one row of input every filter is multiplied as it is decoded and nothing of it
 * is kept; with several a filter is listed once and applied to each. */
#include "kgl_ops.h"
#include "kgl_weights.h"

#if KGL_OP_DENSE && KGL_FLOAT
#if KGL_DENSE_ROWS
static float listed_dot(const kgl_survivor *list, uint32_t count, const float *x) {
  const kgl_survivor *end = list + count;
  float sum = 0.0f;
  for (; list < end; list++) sum = KGL_MULTIPLY_ADD(sum, list->value.real, x[list->column]);
  return sum;
}

/* Several rows of input. x: [outer, inner], y: [outer, middle] */
static kgl_status listed_rows(kgl_filters *filters, const kgl_block *block, kgl_survivor *list,
                              const float *x, float *y) {
  uint32_t o, r, count;
  for (o = 0; o < block->middle; o++) {
    kgl_status status = kgl_filters_list(filters, list, &count);
    if (status != KGL_OK) return status;
    for (r = 0; r < block->outer; r++) {
      y[r * block->middle + o] = listed_dot(list, count, x + r * block->inner);
    }
  }
  return KGL_OK;
}

#endif

/* y = scale y + bias, an output at a time. y: [outer, middle] */
static void scale_and_shift(const kgl_step *step, float *y) {
  const kgl_block *block = &step->u.block;
  const kgl_numbers *numbers = step->form.real.numbers;
  uint32_t o, r;
  if (numbers[0].precision == KGL_ABSENT && numbers[1].precision == KGL_ABSENT) return;
  for (o = 0; o < block->middle; o++) {
    float scale = kgl_number_or(&numbers[0], o, 1.0f);
    float bias = kgl_number_or(&numbers[1], o, 0.0f);
    for (r = 0; r < block->outer; r++) {
      float *sum = y + r * block->middle + o;
      *sum = KGL_MULTIPLY_ADD(bias, scale, *sum);
    }
  }
}

/* x: [outer, inner], y: [outer, middle] */
kgl_status kgl_op_dense(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  kgl_filters filters;
  kgl_status status;
  kgl_filters_open(&filters, place, step);
#if KGL_DENSE_ROWS
  if (block->outer > 1) {
    uint32_t *behind = place->scratch + kgl_weights_words(&step->weights);
    status = listed_rows(&filters, block, (kgl_survivor *)behind, x, y);
  } else
#endif
  {
    status = kgl_filters_product(&filters, x, y);
  }
  if (status != KGL_OK) return status;
  scale_and_shift(step, y);
  if (step->form.real.activation.kind != KGL_IDENTITY) {
    kgl_activate(y, y, block->outer * block->middle, &step->form.real.activation);
  }
  return KGL_OK;
}
#endif
