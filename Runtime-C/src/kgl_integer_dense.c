/* Dense layer on integers. With one row of input every filter is multiplied as it is decoded and
 * nothing of it is kept; with several a filter is listed once and applied to each. */
#include <stddef.h>

#include "kgl_exact.h"
#include "kgl_weights.h"

#if KGL_OP_DENSE && KGL_INTEGER
#if KGL_DENSE_ROWS
/* Several rows of input. x: [outer, inner], y: [outer, middle] */
static kgl_status listed_rows(kgl_filters *filters, const kgl_step *step, kgl_survivor *list,
                              const uint8_t *x, uint8_t *y) {
  const kgl_block *block = &step->u.block;
  kgl_finish finish;
  uint32_t o, r, i, count;
#if KGL_EXACT
  kgl_exact_row row;
#endif
  kgl_finish_begin(&finish, step);
  for (o = 0; o < block->middle; o++) {
    kgl_status status = kgl_filters_list(filters, list, &count);
    if (status != KGL_OK) return status;
#if KGL_EXACT
    if (KGL_IS_EXACT(step)) kgl_exact_row_at(&step->form.exact, o, &row);
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

/* x: [outer, inner], y: [outer, middle] */
kgl_status kgl_integer_dense(kgl_place *place, const kgl_step *step) {
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  kgl_filters filters;
  kgl_filters_open(&filters, place, step);
#if KGL_DENSE_ROWS
  if (step->u.block.outer > 1) {
    uint32_t *behind = place->scratch + kgl_weights_words(&step->weights);
    return listed_rows(&filters, step, (kgl_survivor *)behind, x, y);
  }
#endif
  return kgl_filters_finish(&filters, step, x, y);
}
#endif
