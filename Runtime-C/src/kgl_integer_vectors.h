/* The sweep of kgl_integer_convolution.c by Helium's vectors (M-profile Vector Extension, integers): the
 * same bytes as kgl_integer_sweep.h.
 *
 * Eight outputs are a vector of 16-bit sums. The list comes in segments whose sums 16 bits hold, each
 * behind a word that counts it; from one segment to the next the sums go on in 32 bits. Four vectors
 * are swept at once: the plane is seen as one sequence of vectors, row by row. Where rows are no
 * multiple of eight, the last vector of a row begins before the one in front of it ends, and only its
 * new outputs are written. For the convolution alone. */
#ifndef KGL_INTEGER_VECTORS_H
#define KGL_INTEGER_VECTORS_H

#include <arm_mve.h>

#if KGL_EXACT
#include "kgl_exact_vectors.h"
#endif
#include "kgl_integer_sweep.h"

/* A filter, swept over a plane. */
typedef struct vectors {
  const sweep *s;
  const plane *p;
  int32x4_t multiplier; /* m 2^e */
  uint16x8_t flip, steps; /* steps: from one input to the next */
  int32_t shift, bias;
} vectors;

/* Four vectors of eight outputs. */
typedef struct four {
  uint32_t from[4]; /* where in the input, from the plane's first window */
  uint32_t to[4];   /* and in the output */
  uint32_t first[4], past[4]; /* those of the eight that are to be written */
} four;

/* A way through the plane. */
typedef struct walk {
  uint32_t row, column; /* of the next output */
  uint32_t from, to;    /* where its row begins, in the input and the output */
} walk;

/* The next four of a plane; behind the last one, empty ones. */
static void next_four(const plane *p, walk *at, four *next) {
  uint32_t i;
  for (i = 0; i < 4; i++) {
    uint32_t column = at->column, left = p->columns - column;
    next->from[i] = next->to[i] = next->first[i] = next->past[i] = 0;
    if (at->row == p->rows) continue;
    next->past[i] = left < 8 ? left : 8;
    if (left < 8 && p->columns >= 8) {
      next->first[i] = 8 - left;
      next->past[i] = 8;
      column -= 8 - left;
    }
    next->from[i] = at->from + column * p->across;
    next->to[i] = at->to + column;
    at->column += 8;
    if (at->column < p->columns) continue;
    at->column = 0;
    at->row++;
    at->from += p->down;
    at->to += p->columns;
  }
}

KGL_INLINE int16x8_t load(const vectors *v, const uint8_t *x, int is_signed, int is_plain) {
  if (is_plain) {
    return is_signed ? vldrbq_s16((const int8_t *)x) : vreinterpretq_s16_u16(vldrbq_u16(x));
  }
  return is_signed ? vldrbq_gather_offset_s16((const int8_t *)x, v->steps)
                   : vreinterpretq_s16_u16(vldrbq_gather_offset_u16(x, v->steps));
}

/* Eight outputs of 32-bit sums, even ones and odd ones apart. r: their residual or null. */
KGL_INLINE uint16x8_t finished(const vectors *v, int32x4_t even, int32x4_t odd, const uint8_t *r,
                               mve_pred16_t of_r) {
  uint16x8_t bytes = vdupq_n_u16(0);
#if KGL_EXACT
  if (v->s->exact != NULL) {
    const kgl_exact_row *row = &v->s->row;
    int16x8_t elements;
    even = kgl_exact_scaled_four(row, vaddq_n_s32(even, (int32_t)row->bias));
    odd = kgl_exact_scaled_four(row, vaddq_n_s32(odd, (int32_t)row->bias));
    elements = vmovnbq_s32(vdupq_n_s16(0), kgl_exact_clamped_four(row, even));
    return vreinterpretq_u16_s16(vmovntq_s32(elements, kgl_exact_clamped_four(row, odd)));
  }
#endif
  even = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(even, v->shift), v->multiplier), v->bias);
  odd = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(odd, v->shift), v->multiplier), v->bias);
  if (r != NULL) {
    int16x8_t q = v->s->residual_flip ? vldrbq_z_s16((const int8_t *)r, of_r)
                                      : vreinterpretq_s16_u16(vldrbq_z_u16(r, of_r));
    const int32_t c = v->s->residual_factor;
    even = vaddq_s32(even, vshrq_n_s32(vmulq_n_s32(vmovlbq_s16(q), c), 8));
    odd = vaddq_s32(odd, vshrq_n_s32(vmulq_n_s32(vmovltq_s16(q), c), 8));
  }
  /* Shifted and narrowed apart: for vqshrunbq_n_s32 GCC 12 gives the instruction that rounds. */
  bytes = vqmovunbq_s32(bytes, vshrq_n_s32(even, 6));
  bytes = vqmovuntq_s32(bytes, vshrq_n_s32(odd, 6));
  return veorq_u16(vminq_u16(bytes, vdupq_n_u16(255)), v->flip);
}

/* Sweeps the list over four vectors. b, c, d: where the inputs of the others are, from the first's.
 * next: what is to be written of each; null where it is all, one after another from y on. */
KGL_INLINE void sweep_four(const vectors *v, const uint8_t *x, uint32_t b, uint32_t c, uint32_t d,
                           uint8_t *y, const uint8_t *r, const four *next, int is_signed,
                           int is_plain) {
  const uint32_t *word = v->s->list;
  int32x4_t even[4], odd[4]; /* of the segments that are over */
  int has_more = 0, i;
  int16x8_t sums[4];
  sums[0] = sums[1] = sums[2] = sums[3] = vdupq_n_s16(0);
  while (word < v->s->end) {
    uint32_t left = *word++;
    int16x8_t s0 = vdupq_n_s16(0), s1 = s0, s2 = s0, s3 = s0;
    do {
      const uint32_t now = *word++;
      const int16_t weight = (int16_t)(now >> 16);
      x += (uint16_t)now;
      s0 = vmlaq_n_s16(s0, load(v, x, is_signed, is_plain), weight);
      s1 = vmlaq_n_s16(s1, load(v, x + b, is_signed, is_plain), weight);
      s2 = vmlaq_n_s16(s2, load(v, x + c, is_signed, is_plain), weight);
      s3 = vmlaq_n_s16(s3, load(v, x + d, is_signed, is_plain), weight);
    } while (--left != 0);
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    if (word == v->s->end) break;
    if (!has_more) {
      for (i = 0; i < 4; i++) even[i] = vmovlbq_s16(sums[i]), odd[i] = vmovltq_s16(sums[i]);
      has_more = 1;
    } else {
      for (i = 0; i < 4; i++) {
        even[i] = vaddq_s32(even[i], vmovlbq_s16(sums[i]));
        odd[i] = vaddq_s32(odd[i], vmovltq_s16(sums[i]));
      }
    }
  }
#if defined(__GNUC__)
#pragma GCC unroll 4
#endif
  for (i = 0; i < 4; i++) {
    int32x4_t low = vmovlbq_s16(sums[i]), high = vmovltq_s16(sums[i]);
    if (has_more) low = vaddq_s32(low, even[i]), high = vaddq_s32(high, odd[i]);
    if (next == NULL) {
      vstrbq_u16(y + 8 * i, finished(v, low, high, r == NULL ? NULL : r + 8 * i, vctp16q(8)));
    } else if (next->past[i] != 0) {
      const mve_pred16_t all = vctp16q(next->past[i]);
      const mve_pred16_t fresh = (mve_pred16_t)(all & ~vctp16q(next->first[i]));
      const uint32_t to = next->to[i];
      vstrbq_p_u16(y + to, finished(v, low, high, r == NULL ? NULL : r + to, all), fresh);
    }
  }
}

/* Rows that are multiples of 32: the four vectors lie side by side. */
static void sweep_by_32(const vectors *v) {
  const plane *p = v->p;
  const uint8_t *x = p->x, *r = p->r;
  uint8_t *y = p->y;
  uint32_t row, column;
  for (row = 0; row < p->rows; row++, x += p->down) {
    for (column = 0; column < p->columns; column += 32, y += 32) {
      sweep_four(v, x + column, 8, 16, 24, y, r, NULL, 0, 1);
      if (r != NULL) r += 32;
    }
  }
}

/* A plane that is a multiple of 32 and its rows of 8: 8 or 16 outputs a row, mostly. */
static void sweep_by_8(const vectors *v) {
  const plane *p = v->p;
  const uint8_t *r = p->r;
  const uint32_t across = 8 * p->across;
  uint8_t *y = p->y, *y_end = p->y + p->rows * p->columns;
  uint32_t column = 0, row_at = 0, i;
  for (; y < y_end; y += 32) {
    uint32_t from[4];
    for (i = 0; i < 4; i++) {
      from[i] = row_at + (column >> 3) * across;
      column += 8;
      if (column == p->columns) column = 0, row_at += p->down;
    }
    sweep_four(v, p->x + from[0], from[1] - from[0], from[2] - from[0], from[3] - from[0], y, r,
               NULL, 0, 0);
    if (r != NULL) r += 32;
  }
}

KGL_INLINE void sweep_any(const vectors *v, int is_signed) {
  const plane *p = v->p;
  walk at = {0, 0, 0, 0};
  while (at.row < p->rows) {
    four next;
    next_four(p, &at, &next);
    sweep_four(v, p->x + next.from[0], next.from[1] - next.from[0], next.from[2] - next.from[0],
               next.from[3] - next.from[0], p->y, p->r, &next, is_signed, 0);
  }
}

KGL_NOINLINE void sweep_plane_by_vectors(const sweep *s, const plane *p) {
  vectors v;
  v.s = s;
  v.p = p;
  v.multiplier = vdupq_n_s32((int32_t)(s->multiplier << s->finish.scaling.exponent));
  v.flip = vdupq_n_u16((uint16_t)s->finish.flip);
  v.steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)p->across);
  v.shift = (int32_t)s->finish.scaling.shift;
  v.bias = s->bias;
  if (s->x_flip) {
    sweep_any(&v, 1);
  } else if (p->columns % 8 != 0 || p->rows * p->columns % 32 != 0) {
    sweep_any(&v, 0);
  } else if (p->across == 1 && p->columns % 32 == 0) {
    sweep_by_32(&v);
  } else {
    sweep_by_8(&v);
  }
}

#endif
