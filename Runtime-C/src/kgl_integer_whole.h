/* Exact convolutions of one window, which is the whole image: a row's filter times its group's channels as they lie,
 * without a border, a copy or a sweep. What a network that takes a frame at a time does with the window that it keeps. */
#ifndef KGL_INTEGER_WHOLE_H
#define KGL_INTEGER_WHOLE_H

#include "kgl_dual.h"
#include "kgl_exact.h"
#include "kgl_weights.h"

/* Whether there is one window and it is the image. */
KGL_INLINE int is_whole(const kgl_window *window) {
  uint32_t axis;
  for (axis = 0; axis < 2; axis++) {
    if (window->out[axis] != 1 || window->before[axis] != 0 || window->kernel[axis] != window->in[axis]) return 0;
    if (window->dilation[axis] != 1 && window->kernel[axis] != 1) return 0;
  }
  return 1;
}

/* Words of scratch: tables, and a list of a row's survivors. */
KGL_INLINE uint64_t whole_words(const kgl_step *step) {
  return kgl_weights_words(&step->weights) + 2 * (uint64_t)step->weights.columns;
}

/* The sum of the coming row times inputs of int8. */
KGL_INLINE kgl_status listed_sum(kgl_filters *filters, kgl_survivor *list, const uint8_t *x, uint32_t *sum) {
  uint32_t i, count;
  const kgl_status status = kgl_filters_list(filters, list, &count);
  if (status != KGL_OK) return status;
  *sum = 0;
  for (i = 0; i < count; i++) *sum += (uint32_t)(list[i].value.level * kgl_signed8(x[list[i].column]));
  return KGL_OK;
}

/* x: [channels, height, width], y: [filters] */
KGL_NOINLINE kgl_status whole_convolution(kgl_place *place, const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  const uint32_t columns = weights->columns, filters_a_group = step->u.window.group_filters;
  kgl_survivor *list = (kgl_survivor *)(place->scratch + kgl_weights_words(weights));
  const uint8_t *x = kgl_bytes_at(place, step->x), *rows = NULL;
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t o = 0, i, rows_left = 0, of_group = filters_a_group;
  uint32_t sums[KGL_BATCH];
  kgl_filters filters;
  kgl_exact_rows finishes;
  kgl_filters_open(&filters, place, step);
  kgl_exact_rows_begin(&finishes, &step->form.exact, weights->rows);
  while (o < weights->rows) {
    const uint32_t left = weights->rows - o, batch = left < KGL_BATCH ? left : KGL_BATCH;
    for (i = 0; i < batch; i++, of_group--) {
      if (of_group == 0) {
        of_group = filters_a_group;
        x += columns;
      }
      if (weights->values == KGL_VALUES_BYTES) {
        if (rows_left == 0) {
          rows_left = left - i;
          rows = kgl_filters_bytes(&filters, &rows_left); /* fewer where a lane ends */
          if (rows == NULL) return KGL_ERR_CORRUPT;
        }
        sums[i] = kgl_bytes_sum(rows, x, columns);
        rows += columns;
        rows_left--;
      } else {
        const kgl_status status = listed_sum(&filters, list, x, &sums[i]);
        if (status != KGL_OK) return status;
      }
    }
    kgl_exact_rows_bytes(&finishes, sums, batch, y + o);
    o += batch;
  }
  return KGL_OK;
}
#endif
