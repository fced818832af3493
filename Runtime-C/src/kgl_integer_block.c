/* The integer operators that look at one tensor, element by element or along one axis. */
#include <stddef.h>
#include <string.h>

#include "kgl_exact.h"
#include "kgl_ops.h"

#if KGL_HELIUM
#include <arm_mve.h>
#endif

#if KGL_INTEGER
KGL_INLINE uint32_t x_flip(const kgl_step *step) { return step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0; }

#if KGL_OP_ACTIVATION
/* y[i] = T[x[i]] */
kgl_status kgl_integer_map(kgl_place *place, const kgl_step *step) {
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t i;
#if KGL_EXACT && KGL_BORDER
  if (KGL_IS_EXACT(step)) return kgl_exact_border(place, step);
#endif
  for (i = 0; i < step->u.block.inner; i++) y[i] = step->form.integer.bytes[x[i]];
  return KGL_OK;
}
#endif

#if KGL_OP_PRELU
/* x, y: [outer, channels, inner] */
kgl_status kgl_integer_prelu(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t count = block->outer * block->middle * block->inner, flip = x_flip(step);
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t i, inner = 0, channel = 0;
  kgl_finish finish;
#if KGL_EXACT
  if (KGL_IS_EXACT(step)) return kgl_exact_prelu(place, step);
#endif
  kgl_finish_begin(&finish, step);
  for (i = 0; i < count; i++) {
    int32_t q = kgl_element(x[i], flip);
    int32_t c = q > 0 ? (int32_t)step->form.integer.factors[0]
                      : kgl_signed16(kgl_load16(step->form.integer.bytes + 2 * channel));
    y[i] = kgl_clamped(kgl_term(q, c) + finish.offset, finish.flip);
    if (++inner < block->inner) continue;
    inner = 0;
    if (++channel == block->middle) channel = 0;
  }
  return KGL_OK;
}
#endif

#if KGL_OP_AFFINE
/* x, y: [channels, inner] */
kgl_status kgl_integer_affine(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  const uint32_t flip = x_flip(step);
  uint32_t channel, i;
  kgl_finish finish;
  kgl_finish_begin(&finish, step);
  for (channel = 0; channel < block->middle; channel++) {
    const int32_t factor = kgl_signed16(kgl_load16(step->form.integer.bytes + 2 * channel));
    const int32_t bias = kgl_bias(&step->form.integer.scaling, channel) + finish.offset;
    for (i = 0; i < block->inner; i++, x++, y++) {
      *y = kgl_clamped(kgl_term(kgl_element(*x, flip), factor) + bias, finish.flip);
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_MEAN
uint32_t kgl_sum_of_bytes(const uint8_t *x, uint32_t count, uint32_t flip) {
  const uint8_t *end = x + count;
  uint32_t sum = 0 - flip * count;
#if KGL_HELIUM
  const uint8x16_t flips = vdupq_n_u8((uint8_t)flip);
  for (; x < end; x += 16) {
    const mve_pred16_t some = vctp8q((uint32_t)(end - x));
    sum = vaddvaq_p_u8(sum, veorq_u8(vldrbq_z_u8(x, some), flips), some);
  }
#else
#if KGL_DUAL && !defined(KGL_NO_ASM)
  for (; end - x >= 4; x += 4) {
    __asm__("usada8 %0, %1, %2, %0" : "+r"(sum) : "r"(kgl_load32(x) ^ flip * 0x01010101u), "r"(0));
  }
#endif
  for (; x < end; x++) sum += *x ^ flip;
#endif
  return sum;
}

/* x: [channels, inner], y: [channels] */
kgl_status kgl_integer_mean(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_scaling *s = &step->form.integer.scaling;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  const uint32_t flip = x_flip(step);
  uint32_t channel;
  kgl_finish finish;
#if KGL_EXACT
  if (KGL_IS_EXACT(step)) return kgl_exact_mean(place, step);
#endif
  kgl_finish_begin(&finish, step);
  for (channel = 0; channel < block->middle; channel++) {
    const uint32_t sum = kgl_sum_of_bytes(x, block->inner, flip);
    x += block->inner;
    y[channel] = kgl_clamped(
        kgl_rescaled(sum, s->shift, s->multiplier, s->exponent) + finish.offset, finish.flip);
  }
  return KGL_OK;
}
#endif

#if KGL_OP_SOFTMAX
/* x, y: [outer, count, inner], over the middle axis */
kgl_status kgl_integer_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  const uint32_t flip = x_flip(step);
  uint32_t o, inner, i;
#if KGL_EXACT
  if (KGL_IS_EXACT(step)) return kgl_exact_softmax(place, step);
#endif
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * length + inner;
      uint8_t *y = kgl_bytes_at(place, step->y) + o * length + inner;
      uint32_t sum = 0, largest = 0; /* of x ^ flip, which is in the order of x */
      for (i = 0; i < length; i += stride) {
        if ((uint32_t)(x[i] ^ flip) > largest) largest = x[i] ^ flip;
      }
      for (i = 0; i < length; i += stride) {
        uint32_t below = largest - (x[i] ^ flip);
        if (below < step->form.integer.bytes_count) sum += kgl_load16(step->form.integer.bytes + 2 * below);
      }
      for (i = 0; i < length; i += stride) {
        uint32_t below = largest - (x[i] ^ flip), e = 0;
        if (below < step->form.integer.bytes_count) e = kgl_load16(step->form.integer.bytes + 2 * below);
        y[i] = (uint8_t)((255 * e + sum / 2) / sum);
      }
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_CONSTANT
kgl_status kgl_integer_constant(kgl_place *place, const kgl_step *step) {
  memcpy(kgl_bytes_at(place, step->y), step->form.integer.bytes, step->u.block.inner);
  return KGL_OK;
}
#endif
#endif
