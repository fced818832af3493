/* The sweep of kgl_integer_convolution.c by Helium's vectors (M-profile Vector Extension, integers): the
 * same bytes as kgl_integer_sweep.h.
 *
 * Eight outputs are a vector of 16-bit sums. The list comes in segments whose sums 16 bits hold, each
 * behind a word that counts it; between segments the sums go on to 32 bits. Four vectors are swept at
 * once: the plane is seen as one sequence of vectors, row by row, the last of a row beginning before
 * the one in front of it ends where the row is no multiple of eight, and then only its new outputs
 * are written. For the convolution alone. */
#ifndef KGL_INTEGER_VECTORS_H
#define KGL_INTEGER_VECTORS_H

#include <arm_mve.h>

#include "kgl_integer_sweep.h"

/* Eight neighbouring outputs. */
typedef struct eight_outputs {
  uint32_t from; /* where in the input, from the plane's first window */
  uint32_t to;   /* and in the output */
  uint32_t first, past; /* those of the eight that are to be written */
} eight_outputs;

/* The next four of a plane, from (*row, *column) on; behind the last one, empty ones. */
KGL_INLINE void next_four(const plane *p, uint32_t *row, uint32_t *column, eight_outputs four[4]) {
  uint32_t i;
  for (i = 0; i < 4; i++) {
    eight_outputs *o = &four[i];
    o->from = o->to = o->first = o->past = 0;
    if (*row == p->rows) continue;
    o->past = p->columns - *column < 8 ? p->columns - *column : 8;
    if (o->past < 8 && p->columns >= 8) {
      o->first = 8 - o->past;
      o->past = 8;
    }
    o->from = *row * p->down + (*column - o->first) * p->across;
    o->to = *row * p->columns + *column - o->first;
    *column += o->past - o->first;
    if (*column < p->columns) continue;
    *column = 0;
    ++*row;
  }
}

KGL_INLINE int16x8_t load(const uint8_t *x, uint16x8_t steps, int is_signed, int is_plain) {
  if (is_plain) {
    return is_signed ? vldrbq_s16((const int8_t *)x) : vreinterpretq_s16_u16(vldrbq_u16(x));
  }
  return is_signed ? vldrbq_gather_offset_s16((const int8_t *)x, steps)
                   : vreinterpretq_s16_u16(vldrbq_gather_offset_u16(x, steps));
}

/* The sums of four vectors, even outputs and odd ones apart. */
KGL_INLINE void sum_four(const sweep *s, const uint8_t *x, const eight_outputs four[4],
                         uint16x8_t steps, int is_signed, int is_plain, int32x4_t even[4],
                         int32x4_t odd[4]) {
  const uint32_t *word = s->list;
  const uint32_t b_at = four[1].from - four[0].from, c_at = four[2].from - four[0].from;
  const uint32_t d_at = four[3].from - four[0].from;
  int is_first = 1;
  x += four[0].from;
  while (word < s->end) {
    uint32_t left = *word++;
    int16x8_t a = vdupq_n_s16(0), b = a, c = a, d = a;
    do {
      const uint32_t now = *word++;
      const int16_t weight = (int16_t)(now >> 16);
      x += (uint16_t)now;
      a = vmlaq_n_s16(a, load(x, steps, is_signed, is_plain), weight);
      b = vmlaq_n_s16(b, load(x + b_at, steps, is_signed, is_plain), weight);
      c = vmlaq_n_s16(c, load(x + c_at, steps, is_signed, is_plain), weight);
      d = vmlaq_n_s16(d, load(x + d_at, steps, is_signed, is_plain), weight);
    } while (--left != 0);
    if (is_first) {
      even[0] = vmovlbq_s16(a), odd[0] = vmovltq_s16(a);
      even[1] = vmovlbq_s16(b), odd[1] = vmovltq_s16(b);
      even[2] = vmovlbq_s16(c), odd[2] = vmovltq_s16(c);
      even[3] = vmovlbq_s16(d), odd[3] = vmovltq_s16(d);
      is_first = 0;
    } else {
      even[0] = vaddq_s32(even[0], vmovlbq_s16(a)), odd[0] = vaddq_s32(odd[0], vmovltq_s16(a));
      even[1] = vaddq_s32(even[1], vmovlbq_s16(b)), odd[1] = vaddq_s32(odd[1], vmovltq_s16(b));
      even[2] = vaddq_s32(even[2], vmovlbq_s16(c)), odd[2] = vaddq_s32(odd[2], vmovltq_s16(c));
      even[3] = vaddq_s32(even[3], vmovlbq_s16(d)), odd[3] = vaddq_s32(odd[3], vmovltq_s16(d));
    }
  }
  if (is_first) {
    uint32_t i;
    for (i = 0; i < 4; i++) even[i] = odd[i] = vdupq_n_s32(0);
  }
}

/* Four sums to 64ths of y's unit. */
KGL_INLINE int32x4_t scaled(const sweep *s, int32x4_t sums) {
  const kgl_scaling *scaling = &s->finish.scaling;
  const int32x4_t multiplier = vdupq_n_s32((int32_t)(s->multiplier << scaling->exponent));
  sums = vshlq_r_s32(sums, (int32_t)scaling->shift);
  return vaddq_n_s32(vmulhq_s32(sums, multiplier), s->bias);
}

/* Four elements of a residual to 64ths. */
KGL_INLINE int32x4_t term_of(const sweep *s, int32x4_t q) {
  return vshrq_n_s32(vmulq_n_s32(q, s->residual_factor), 8);
}

/* Eight sums to their outputs. */
KGL_INLINE void write_eight(const sweep *s, const plane *p, const eight_outputs *o, int32x4_t even,
                            int32x4_t odd) {
  const mve_pred16_t all = vctp16q(o->past);
  const mve_pred16_t mask = (mve_pred16_t)(all & ~vctp16q(o->first));
  uint16x8_t bytes = vdupq_n_u16(0);
  even = scaled(s, even);
  odd = scaled(s, odd);
  if (p->r != NULL) {
    int16x8_t q = s->residual_flip
                      ? vldrbq_z_s16((const int8_t *)(p->r + o->to), all)
                      : vreinterpretq_s16_u16(vldrbq_z_u16(p->r + o->to, all));
    even = vaddq_s32(even, term_of(s, vmovlbq_s16(q)));
    odd = vaddq_s32(odd, term_of(s, vmovltq_s16(q)));
  }
  bytes = vqshrunbq_n_s32(bytes, even, 6);
  bytes = vqshruntq_n_s32(bytes, odd, 6);
  bytes = veorq_u16(vminq_u16(bytes, vdupq_n_u16(255)), vdupq_n_u16((uint16_t)s->finish.flip));
  vstrbq_p_u16(p->y + o->to, bytes, mask);
}

KGL_INLINE void sweep_all(const sweep *s, const plane *p, int is_signed, int is_plain) {
  const uint16x8_t steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)p->across);
  uint32_t row = 0, column = 0, i;
  while (row < p->rows) {
    eight_outputs four[4];
    int32x4_t even[4], odd[4];
    next_four(p, &row, &column, four);
    sum_four(s, p->x, four, steps, is_signed, is_plain, even, odd);
    for (i = 0; i < 4 && four[i].past != 0; i++) write_eight(s, p, &four[i], even[i], odd[i]);
  }
}

KGL_NOINLINE void sweep_plane_by_vectors(const sweep *s, const plane *p) {
  if (p->across == 1) {
    if (s->x_flip) {
      sweep_all(s, p, 1, 1);
    } else {
      sweep_all(s, p, 0, 1);
    }
  } else if (s->x_flip) {
    sweep_all(s, p, 1, 0);
  } else {
    sweep_all(s, p, 0, 0);
  }
}

#endif
