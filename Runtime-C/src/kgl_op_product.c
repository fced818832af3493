#include "kgl_integer.h"
#include "kgl_ops.h"

/* a: [outer, middle, inner], b: [outer, inner, columns], y: [outer, middle, columns] */
#if KGL_OP_PRODUCT && KGL_FLOAT
kgl_status kgl_op_product(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t columns = block->offset;
  const float *a = place->arena + step->x, *b = place->arena + step->b;
  float *y = place->arena + step->y;
  uint32_t outer, row, i, column;
  for (outer = 0; outer < block->outer; outer++, b += block->inner * columns) {
    for (row = 0; row < block->middle; row++, y += columns) {
      for (column = 0; column < columns; column++) y[column] = 0.0f;
      for (i = 0; i < block->inner; i++) {
        const float factor = *a++;
        for (column = 0; column < columns; column++) y[column] += factor * b[i * columns + column];
      }
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_PRODUCT && KGL_INTEGER
kgl_status kgl_integer_product(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t columns = block->offset;
  const uint32_t flip_a = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
  const uint32_t flip_b = step->form.integer.types & KGL_B_IS_SIGNED ? 128 : 0;
  const uint8_t *a = kgl_bytes_at(place, step->x), *b = kgl_bytes_at(place, step->b);
  uint8_t *y = kgl_bytes_at(place, step->y);
  kgl_finish finish;
  uint32_t outer, row, i, column;
  kgl_finish_begin(&finish, step);
  for (outer = 0; outer < block->outer; outer++, b += block->inner * columns) {
    for (row = 0; row < block->middle; row++, a += block->inner) {
      for (column = 0; column < columns; column++) {
        uint32_t sum = 0;
        for (i = 0; i < block->inner; i++) {
          sum += (uint32_t)(kgl_element(a[i], flip_a) * kgl_element(b[i * columns + column], flip_b));
        }
        *y++ = kgl_finish_sum(&finish, 0, sum);
      }
    }
  }
  return KGL_OK;
}
#endif
