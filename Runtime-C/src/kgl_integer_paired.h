/* The sweep of kgl_integer_convolution.c with two outputs a multiplication: inputs of uint8 lie two in a word, whose
 * product with a weight is two products of 16 bits. The list comes in segments whose sums 16 bits hold, as Helium's
 * does; a segment's sums are then taken apart. For the convolution alone. */
#ifndef KGL_INTEGER_PAIRED_H
#define KGL_INTEGER_PAIRED_H

#include "kgl_bytes.h"
#include "kgl_dual.h"

/* Whether that pays for a filter: eight instructions a survivor are saved; the first segment costs 25, another 50. */
KGL_INLINE int pays_in_pairs(const kgl_survivor *list, uint32_t count) {
  const kgl_survivor *end = list + count;
  uint32_t plus = 0, minus = 0, more = 0; /* of a segment; segments behind the first */
  for (; list < end; list++) {
    const int32_t level = list->value.level;
    const uint32_t up = level > 0 ? (uint32_t)level : 0, down = level < 0 ? 0u - (uint32_t)level : 0;
    plus += up;
    minus += down;
    if (plus <= 128 && minus <= 128) continue;
    plus = up;
    minus = down;
    more++;
  }
  return 8 * count > 25 + 50 * more;
}

/* A word's lower half is a number of 16 bits, its upper one another; both to two sums, or onto them. */
KGL_INLINE void take_apart(uint32_t word, uint32_t *low, uint32_t *high, int are_first) {
  const int32_t first = (int16_t)(word & 0xFFFFu), second = kgl_shifted((int32_t)(word + 0x8000u), 16);
  *low = are_first ? (uint32_t)first : *low + (uint32_t)first;
  *high = are_first ? (uint32_t)second : *high + (uint32_t)second;
  KGL_IN_ORDER(); /* the sums stay in memory: there are no registers for them */
}

/* Eight sums at once, of windows side by side: a segment's, behind whose last word the next one begins. */
KGL_INLINE const uint32_t *segment_in_pairs(const uint32_t *word, const uint8_t **from, uint32_t sums[8], int is_first) {
  const uint32_t *last = word + *word;
  const uint8_t *x = *from;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  while (word < last) {
    const uint32_t now = *++word, weight = (uint32_t)(int16_t)(now & 0xFFFFu);
    uint32_t four;
    x += segment_step(now);
    four = kgl_load32(x);
    a += weight * kgl_even_bytes(four, 0);
    b += weight * kgl_odd_bytes(four, 0);
    four = kgl_load32(x + 4);
    c += weight * kgl_even_bytes(four, 0);
    d += weight * kgl_odd_bytes(four, 0);
  }
  *from = x;
  take_apart(a, &sums[0], &sums[2], is_first);
  take_apart(b, &sums[1], &sums[3], is_first);
  take_apart(c, &sums[4], &sums[6], is_first);
  take_apart(d, &sums[5], &sums[7], is_first);
  return word + 1;
}

/* There is a segment. */
KGL_NOINLINE void eight_in_pairs(const sweep *s, const uint8_t *x, uint32_t sums[8]) {
  const uint32_t *word = segment_in_pairs(s->list, &x, sums, 1);
  while (word < s->end) word = segment_in_pairs(word, &x, sums, 0);
}

#endif
