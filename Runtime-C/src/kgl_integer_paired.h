/* The sweep of kgl_integer_convolution.c with two outputs a multiplication: inputs of uint8 lie two in a word, whose
 * product with a weight is two products of 16 bits. The list comes in segments whose sums 16 bits hold, as Helium's
 * does; a segment's sums are then taken apart. For the convolution alone. */
#ifndef KGL_INTEGER_PAIRED_H
#define KGL_INTEGER_PAIRED_H

#include "kgl_bytes.h"
#include "kgl_dual.h"

/* Whether that pays for a filter: five instructions a survivor are saved, and a segment costs 40. */
KGL_INLINE int pays_in_pairs(const kgl_survivor *list, uint32_t count) {
  const kgl_survivor *end = list + count;
  uint32_t plus = 0, minus = 0, more;
  for (; list < end; list++) {
    if (list->value.level > 0) plus += (uint32_t)list->value.level;
    else minus -= (uint32_t)list->value.level;
  }
  more = plus > minus ? plus : minus;
  return 5 * count > 40 * (more / 128 + 1);
}

/* A word's lower half is a number of 16 bits, its upper one another; both onto two sums. */
KGL_INLINE void take_apart(uint32_t word, uint32_t *low, uint32_t *high) {
  const int32_t first = (int16_t)(word & 0xFFFFu);
  *low += (uint32_t)first;
  *high += (uint32_t)kgl_shifted((int32_t)(word + 0x8000u), 16);
}

/* Eight sums at once, of windows side by side. */
KGL_NOINLINE void eight_in_pairs(const sweep *s, const uint8_t *x, uint32_t sums[8]) {
  const uint32_t *word = s->list, *end = s->end;
  sums[0] = sums[1] = sums[2] = sums[3] = sums[4] = sums[5] = sums[6] = sums[7] = 0;
  while (word < end) {
    const uint32_t *last = word + *word;
    uint32_t a = 0, b = 0, c = 0, d = 0;
    while (word < last) {
      const uint32_t now = *++word, weight = (uint32_t)kgl_shifted((int32_t)now, 16);
      uint32_t four;
      x += (uint16_t)now;
      four = kgl_load32(x);
      a += weight * kgl_even_bytes(four, 0);
      b += weight * kgl_odd_bytes(four, 0);
      four = kgl_load32(x + 4);
      c += weight * kgl_even_bytes(four, 0);
      d += weight * kgl_odd_bytes(four, 0);
    }
    KGL_IN_ORDER(); /* the sums stay in memory: there are no registers for them */
    take_apart(a, &sums[0], &sums[2]);
    KGL_IN_ORDER();
    take_apart(b, &sums[1], &sums[3]);
    KGL_IN_ORDER();
    take_apart(c, &sums[4], &sums[6]);
    KGL_IN_ORDER();
    take_apart(d, &sums[5], &sums[7]);
    word++;
  }
}

#endif
