/* A bit reader over one lane. Bit 0 is the lowest bit of the lane's first byte (Blob.md,
 * "Conventions").
 *
 * A window is a 32-bit load at the byte of the current bit, shifted down: at least its low 25 bits
 * are the next bits of the stream. A load at or before the lane's end stays within the bank,
 * because at least four bytes of pad follow every lane that has bits ("Banks"); a lane without
 * bits is given four zero bytes to look at. So the one thing to check before a load is that the
 * position has not passed the end. */
#ifndef KGL_BITS_H
#define KGL_BITS_H

#include "kgl_bytes.h"

typedef struct kgl_bits {
  const uint8_t *base; /* the lane's first byte */
  uint32_t position;   /* of the next bit, from the lane's first; may pass `end`, see above */
  uint32_t end;        /* bits in the lane */
} kgl_bits;

/* The next 25 bits or more, the first of them lowest, without a check: for callers whose reads
 * are bounded by the bank's pad. */
KGL_INLINE uint32_t kgl_bits_window(const uint8_t *base, uint32_t position) {
  return kgl_load32(base + (position >> 3)) >> (position & 7u);
}

/* The lowest n bits of a window, n < 32. */
KGL_INLINE uint32_t kgl_low_bits(uint32_t window, uint32_t n) { return window & ((1u << n) - 1); }

/* The same as kgl_bits_window, checked: 0 if the lane's end has been passed, else 1 and the bits in *window. */
int kgl_bits_peek(const kgl_bits *bits, uint32_t *window);

/* Take 32 bits: 0 if the lane has fewer left, else 1 and the bits in *word. */
int kgl_bits_take32(kgl_bits *bits, uint32_t *word);

/* Four zero bytes, the base of a lane without bits. */
extern const uint8_t kgl_bits_none[4];

#endif
