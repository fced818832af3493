#include "kgl_bits.h"

const uint8_t kgl_bits_none[4] = {0, 0, 0, 0};

int kgl_bits_peek(const kgl_bits *bits, uint32_t *window) {
  if (bits->position > bits->end) return 0;
  *window = kgl_bits_window(bits->base, bits->position);
  return 1;
}

int kgl_bits_take32(kgl_bits *bits, uint32_t *word) {
  const uint8_t *p;
  uint32_t shift = bits->position & 7u;
  if (bits->position > bits->end || bits->end - bits->position < 32) return 0;
  p = bits->base + (bits->position >> 3);
  *word = kgl_load32(p) >> shift;
  if (shift != 0) *word |= (uint32_t)p[4] << (32 - shift); /* byte 4 holds bits still in the lane */
  bits->position += 32;
  return 1;
}
