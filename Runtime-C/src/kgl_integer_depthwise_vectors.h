/* Depthwise 3x3 by Helium's vectors, eight outputs at a time; the same bytes as kgl_integer_depthwise.h, which this is
 * a part of. Inputs are int8; those of uint8 were taken 128 less, which 128 x the sum of the weights makes up for.
 *
 * 16 bits hold two products of weights of -127...127. Up to 15 bytes behind the copy are read. */
#ifndef KGL_INTEGER_DEPTHWISE_VECTORS_H
#define KGL_INTEGER_DEPTHWISE_VECTORS_H

#include <arm_mve.h>

#include "kgl_integer_finish_vectors.h"

/* The inputs of a row's three taps in eight windows. */
typedef struct taps {
  int16x8_t left, middle, right;
} taps;

KGL_INLINE taps row_taps(const int8_t *x, uint32_t across) {
  taps row;
  if (across == 1) {
    row.left = vldrbq_s16(x);
    row.middle = vldrbq_s16(x + 1);
    row.right = vldrbq_s16(x + 2);
  } else {
    const int8x16_t inputs = vldrbq_s8(x);
    row.left = vmovlbq_s8(inputs);
    row.middle = vmovltq_s8(inputs);
    row.right = vmovlbq_s8(vldrbq_s8(x + 2));
  }
  return row;
}

/* Eight sums, those of even places and those between. */
typedef struct eight {
  int32x4_t even, odd;
} eights;

KGL_INLINE eights widened(eights all, int16x8_t sums) {
  all.even = vaddq_s32(all.even, vmovlbq_s16(sums));
  all.odd = vaddq_s32(all.odd, vmovltq_s16(sums));
  return all;
}

KGL_INLINE int16x8_t two_products(int16x8_t a, int32_t v, int16x8_t b, int32_t w) {
  return vmlaq_n_s16(vmulq_n_s16(a, (int16_t)v), b, (int16_t)w);
}

/* The sums of eight windows; are_small: 16 bits hold the three products of a row. */
KGL_INLINE eights nine_products(int32x4_t begin, const int32_t w[9], const int8_t *x, uint32_t line, uint32_t across,
                                int are_small) {
  eights all = {begin, begin};
  taps row = row_taps(x, across);
  int16x8_t sums = two_products(row.left, w[0], row.middle, w[1]);
  if (are_small) {
    all = widened(all, vmlaq_n_s16(sums, row.right, (int16_t)w[2]));
    KGL_IN_ORDER();
    row = row_taps(x + line, across);
    sums = two_products(row.left, w[3], row.middle, w[4]);
    all = widened(all, vmlaq_n_s16(sums, row.right, (int16_t)w[5]));
    KGL_IN_ORDER();
    row = row_taps(x + 2 * line, across);
    sums = two_products(row.left, w[6], row.middle, w[7]);
    return widened(all, vmlaq_n_s16(sums, row.right, (int16_t)w[8]));
  } else {
    int16x8_t last = row.right;
    all = widened(all, sums);
    KGL_IN_ORDER();
    row = row_taps(x + line, across);
    all = widened(all, two_products(last, w[2], row.left, w[3]));
    all = widened(all, two_products(row.middle, w[4], row.right, w[5]));
    KGL_IN_ORDER();
    row = row_taps(x + 2 * line, across);
    all = widened(all, two_products(row.left, w[6], row.middle, w[7]));
    return widened(all, vmulq_n_s16(row.right, (int16_t)w[8]));
  }
}

/* A channel's outputs, of weights of -127...127; `more`: what sums begin with. */
KGL_INLINE void small_plane(const sweep *s, const row_finish *finish, const int32_t w[9], const plane *p, uint32_t line,
                            int32_t more, uint32_t across, int are_small) {
  const int32x4_t begin = vdupq_n_s32(more);
  const int8_t *x = (const int8_t *)p->x;
  const uint8_t *r = p->r;
  uint8_t *y = p->y, *end = y + p->rows * p->columns;
  const uint32_t columns = p->columns, down = p->down - (columns + 7) / 8 * 8 * across;
  const filter_finish own = finish->own;
#if KGL_EXACT
  const int is_own = s->exact == NULL && r == NULL;
  const kgl_exact_row row = finish->exact;
  const int is_plain = s->exact != NULL && row.is_plain;
#else
  const int is_own = r == NULL;
#endif
  for (; y < end; x += down) {
    int32_t left = (int32_t)columns;
    for (; left > 0; left -= 8, x += 8 * across, y += 8) {
      const eights sums = are_small ? nine_products(begin, w, x, line, across, 1)
                                    : nine_products(begin, w, x, line, across, 0);
#if KGL_EXACT
      if (is_plain) {
        const int16x8_t elements = plain_elements(&row, sums.even, sums.odd);
        if (left >= 8) {
          vstrbq_s16((int8_t *)y, elements);
        } else {
          vstrbq_p_s16((int8_t *)y, elements, vctp16q((uint32_t)left));
        }
        continue;
      }
#endif
      if (is_own) {
        const uint16x8_t bytes = own_bytes(&own, own_scaled(&own, sums.even), own_scaled(&own, sums.odd));
        vstrbq_p_u16(y, bytes, vctp16q((uint32_t)left));
        continue;
      }
      finish_vectors(s, finish, sums.even, sums.odd, y, r, vctp16q((uint32_t)left));
      if (r != NULL) r += left < 8 ? left : 8;
    }
    y += left;
  }
}

/* The same of weights that have 16 bits. */
KGL_NOINLINE void large_plane(const sweep *s, const row_finish *finish, const int32_t w[9], const plane *p, uint32_t line,
                              int32_t more) {
  const uint32_t across = p->across;
  const uint32x4_t apart = vmulq_n_u32(vidupq_n_u32(0, 2), across); /* every second window */
  uint32_t row, column, i;
  for (row = 0; row < p->rows; row++) {
    const int8_t *x = (const int8_t *)p->x + row * p->down;
    for (column = 0; column < p->columns; column += 8, x += 8 * across) {
      const uint32_t to = row * p->columns + column;
      const mve_pred16_t some = vctp16q(p->columns - column);
      int32x4_t even = vdupq_n_s32(more), odd = even;
      for (i = 0; i < 9; i++) {
        const int8_t *at = x + i / 3 * line + i % 3;
        even = vmlaq_n_s32(even, vldrbq_gather_offset_s32(at, apart), w[i]);
        odd = vmlaq_n_s32(odd, vldrbq_gather_offset_s32(at + across, apart), w[i]);
      }
      finish_vectors(s, finish, even, odd, p->y + to, p->r == NULL ? NULL : p->r + to, some);
    }
  }
}

/* A channel's outputs. */
KGL_NOINLINE void depthwise_plane(const sweep *s, const row_finish *finish, const int32_t w[9], const plane *p,
                                  uint32_t line, uint32_t *sums) {
  int32_t more = 0, i;
  int is_large = 0, are_small = 1; /* 16 bits may not hold two products; they hold three of a row */
  (void)sums;
  for (i = 0; i < 9; i += 3) {
    int32_t j, size = 0;
    for (j = i; j < i + 3; j++) {
      is_large |= w[j] < -127 || w[j] > 127;
      size += w[j] < 0 ? -w[j] : w[j];
      more += w[j];
    }
    are_small &= size <= 255;
  }
  more = s->x_flip ? 0 : 128 * more;
#if KGL_EXACT
  if (s->exact != NULL) more += (int32_t)finish->exact.bias;
#endif
  if (is_large) {
    large_plane(s, finish, w, p, line, more);
  } else if (p->across == 2) {
    small_plane(s, finish, w, p, line, more, 2, are_small);
  } else {
    small_plane(s, finish, w, p, line, more, 1, are_small);
  }
}

#endif
