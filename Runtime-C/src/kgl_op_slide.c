#include "kgl_kernel.h"

#include "kgl_ops.h"

#if KGL_OP_SLIDE
/* Every byte of y to where it is `hop` bytes earlier: four words at a time are loaded before any is stored. */
static void move_down(uint8_t *y, uint32_t hop, uint32_t count) {
  for (; count >= 16; count -= 16, y += 16) {
    const uint32_t a = kgl_load32(y + hop), b = kgl_load32(y + hop + 4);
    const uint32_t c = kgl_load32(y + hop + 8), d = kgl_load32(y + hop + 12);
    kgl_store32(y, a), kgl_store32(y + 4, b), kgl_store32(y + 8, c), kgl_store32(y + 12, d);
  }
  for (; count > 0; count--, y++) *y = y[hop];
}

/* x: [outer, offset, inner] behind the last middle - offset of y: [outer, middle, inner]. All rows move at once:
 * what comes to the end of one from the beginning of the next is written over. */
kgl_status kgl_op_slide(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t size = KGL_IS_INTEGER(step) ? block->inner : 4 * block->inner;
  const uint32_t row = block->middle * size, hop = block->offset * size;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t o, i;
  move_down(y, hop, block->outer * row - hop);
  y += row - hop;
  for (o = 0; o < block->outer; o++, y += row) {
    for (i = 0; i < hop; i++) y[i] = *x++;
  }
  return KGL_OK;
}
#endif
