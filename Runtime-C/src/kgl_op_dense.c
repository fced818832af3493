/* Dense layer. With one row of input every filter is multiplied as it is decoded and nothing of it
 * is kept; with several a filter is listed once and applied to each. */
#include "kgl_ops.h"
#include "kgl_weights.h"

#if KGL_OP_DENSE
static float listed_dot(const kgl_survivor *list, uint32_t count, const float *x) {
  const kgl_survivor *end = list + count;
  float sum = 0.0f;
  for (; list < end; list++) sum += list->value * x[list->column];
  return sum;
}

/* x: [outer, inner], y: [outer, middle] */
kgl_status kgl_op_dense(const kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_weights *weights = &step->weights;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  kgl_survivor *list = (kgl_survivor *)(place->scratch + kgl_weights_words(weights));
  kgl_filters filters;
  uint32_t o, r;
  kgl_filters_open(&filters, place->model, weights, place->scratch);
  for (o = 0; o < block->middle; o++) {
    float scale = kgl_number_or(&weights->scales, o, 1.0f);
    float bias = kgl_number_or(&weights->biases, o, 0.0f);
    kgl_status status;
    if (block->outer == 1) {
      float sum;
      status = kgl_filters_dot(&filters, x, &sum);
      y[o] = scale * sum + bias;
    } else {
      uint32_t count;
      status = kgl_filters_list(&filters, list, &count);
      for (r = 0; r < block->outer && status == KGL_OK; r++) {
        float sum = listed_dot(list, count, x + r * block->inner);
        y[r * block->middle + o] = scale * sum + bias;
      }
    }
    if (status != KGL_OK) return status;
  }
  if (step->activation.kind != KGL_IDENTITY) {
    kgl_activate(y, y, block->outer * block->middle, &step->activation);
  }
  return KGL_OK;
}
#endif
