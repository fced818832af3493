/* Words of two numbers of 16 bits, and products of two such words. */
#ifndef KGL_DUAL_H
#define KGL_DUAL_H

#include "kgl_config.h"

#include <stdint.h>

#if KGL_DUAL
#include <arm_acle.h>
#endif

/* Two numbers as a word. */
KGL_INLINE uint32_t kgl_two(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;
}

/* sum + both products, modulo 2^32. */
KGL_INLINE uint32_t kgl_dual(uint32_t sum, uint32_t a, uint32_t b) {
#if KGL_DUAL
  return (uint32_t)__smlad((int16x2_t)a, (int16x2_t)b, (int32_t)sum);
#else
  const int32_t low = (int16_t)(a & 0xFFFFu) * (int32_t)(int16_t)(b & 0xFFFFu);
  const int32_t high = (int16_t)(a >> 16) * (int32_t)(int16_t)(b >> 16);
  return sum + (uint32_t)low + (uint32_t)high;
#endif
}

/* Bytes 0 and 2 of a word as two numbers; flip: 128 if they are signed, else 0. */
KGL_INLINE uint32_t kgl_even_bytes(uint32_t word, uint32_t flip) {
#if KGL_DUAL
  return flip ? (uint32_t)__sxtb16((int8x4_t)word) : (uint32_t)__uxtb16((uint8x4_t)word);
#else
  const uint32_t even = word & 0x00FF00FFu;
  return flip ? kgl_two((int32_t)((even & 0xFFu) ^ 128u) - 128, (int32_t)((even >> 16) ^ 128u) - 128) : even;
#endif
}

/* And bytes 1 and 3. */
KGL_INLINE uint32_t kgl_odd_bytes(uint32_t word, uint32_t flip) {
#if KGL_DUAL && !defined(KGL_NO_ASM)
  uint32_t odd;
  if (flip) __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
  else __asm__("uxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
  return odd;
#else
  return kgl_even_bytes(word >> 8, flip);
#endif
}

/* Keeps the loads after it from going before it, where they would take registers that are not there. */
#if KGL_DUAL && !defined(KGL_NO_ASM)
#define KGL_IN_ORDER() __asm__ volatile("" ::: "memory")
#else
#define KGL_IN_ORDER() ((void)0)
#endif

#endif
