/* Little-endian loads and stores: the only place where byte order appears.
 *
 * Values are put together from single bytes, so any address will do; where the machine allows
 * unaligned loads a compiler makes one instruction of it. memcpy would not do: under
 * -ffreestanding it is a call. Nothing here checks a bound; kgl_cursor (kgl_plan.h) and kgl_bits
 * (kgl_bits.h) do. */
#ifndef KGL_BYTES_H
#define KGL_BYTES_H

#include <stdint.h>

#include "kgl_config.h"

/* The u16 whose first byte is at p; reads 2 bytes. */
KGL_INLINE uint32_t kgl_load16(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* The u32 whose first byte is at p; reads 4 bytes. */
KGL_INLINE uint32_t kgl_load32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Writes 4 bytes. */
KGL_INLINE void kgl_store32(uint8_t *p, uint32_t word) {
  p[0] = (uint8_t)word, p[1] = (uint8_t)(word >> 8), p[2] = (uint8_t)(word >> 16), p[3] = (uint8_t)(word >> 24);
}

/* The same where speed does not matter: calls, where an inlined load is many instructions. */
#if KGL_UNALIGNED
#define kgl_read16 kgl_load16
#define kgl_read32 kgl_load32
#else
uint32_t kgl_read16(const uint8_t *p);
uint32_t kgl_read32(const uint8_t *p);
#endif

/* The float32 with these bits. */
KGL_INLINE float kgl_float(uint32_t bits) {
  union {
    uint32_t bits;
    float value;
  } both;
  both.bits = bits;
  return both.value;
}

/* The bits of a float32. */
KGL_INLINE uint32_t kgl_float_bits(float value) {
  union {
    float value;
    uint32_t bits;
  } both;
  both.value = value;
  return both.bits;
}

/* Whether these are the bits of a finite float32. */
KGL_INLINE int kgl_float_is_finite(uint32_t bits) {
  return (bits & 0x7F800000u) != 0x7F800000u;
}

/* The value of a finite IEEE 754 binary16, exactly: every one is a float32. */
KGL_INLINE float kgl_half(uint32_t half) {
  uint32_t sign = (half & 0x8000u) << 16;
  uint32_t magnitude = half & 0x7FFFu;
  if (magnitude >= 0x400u) { /* normal: rebias the exponent from 15 to 127 */
    return kgl_float(sign | ((magnitude << 13) + (112u << 23)));
  }
  /* Subnormal or zero: magnitude x 2^-24, exact in float32. */
  return kgl_float(sign | 0x3F800000u) * ((float)(int32_t)magnitude * (1.0f / 16777216.0f));
}

/* The ones of a word. */
KGL_INLINE uint32_t kgl_ones(uint32_t word) {
  word -= word >> 1 & 0x55555555u;
  word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
  word = (word + (word >> 4)) & 0x0F0F0F0Fu;
  return word * 0x01010101u >> 24;
}

#endif
