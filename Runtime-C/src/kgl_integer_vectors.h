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

/* A way through the plane. */
typedef struct walk {
  uint32_t row, column; /* of the next output */
  uint32_t from, to;    /* where its row begins, in the input and the output */
} walk;

/* The next four of a plane; behind the last one, empty ones. */
KGL_INLINE void next_four(const plane *p, walk *at, eight_outputs four[4]) {
  uint32_t i;
  for (i = 0; i < 4; i++) {
    eight_outputs *o = &four[i];
    uint32_t column = at->column, left = p->columns - column;
    o->from = o->to = o->first = o->past = 0;
    if (at->row == p->rows) continue;
    o->past = left;
    if (left >= 8) {
      o->past = 8;
    } else if (p->columns >= 8) {
      o->first = 8 - left;
      o->past = 8;
      column -= o->first;
    }
    o->from = at->from + column * p->across;
    o->to = at->to + column;
    at->column += 8;
    if (at->column < p->columns) continue;
    at->column = 0;
    at->row++;
    at->from += p->down;
    at->to += p->columns;
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

/* What a filter's sums are finished with. */
typedef struct vector_finish {
  int32x4_t multiplier;
  uint16x8_t flip;
  int32_t shift, bias;
} vector_finish;

/* Eight sums to their outputs. */
KGL_INLINE void write_eight(const sweep *s, const plane *p, const eight_outputs *o,
                            const vector_finish *f, int32x4_t even, int32x4_t odd) {
  uint16x8_t bytes = vdupq_n_u16(0);
  even = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(even, f->shift), f->multiplier), f->bias);
  odd = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(odd, f->shift), f->multiplier), f->bias);
  if (p->r != NULL) {
    const mve_pred16_t all = vctp16q(o->past);
    int16x8_t q = s->residual_flip
                      ? vldrbq_z_s16((const int8_t *)(p->r + o->to), all)
                      : vreinterpretq_s16_u16(vldrbq_z_u16(p->r + o->to, all));
    const int32_t c = s->residual_factor;
    even = vaddq_s32(even, vshrq_n_s32(vmulq_n_s32(vmovlbq_s16(q), c), 8));
    odd = vaddq_s32(odd, vshrq_n_s32(vmulq_n_s32(vmovltq_s16(q), c), 8));
  }
  /* Shifted and narrowed apart: for vqshrunbq_n_s32 GCC 12 gives the instruction that rounds. */
  bytes = vqmovunbq_s32(bytes, vshrq_n_s32(even, 6));
  bytes = vqmovuntq_s32(bytes, vshrq_n_s32(odd, 6));
  bytes = veorq_u16(vminq_u16(bytes, vdupq_n_u16(255)), f->flip);
  if (o->first == 0 && o->past == 8) {
    vstrbq_u16(p->y + o->to, bytes);
  } else {
    vstrbq_p_u16(p->y + o->to, bytes, (mve_pred16_t)(vctp16q(o->past) & ~vctp16q(o->first)));
  }
}

KGL_INLINE void sweep_all(const sweep *s, const plane *p, int is_signed, int is_plain) {
  const uint16x8_t steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)p->across);
  walk at = {0, 0, 0, 0};
  vector_finish f;
  f.multiplier = vdupq_n_s32((int32_t)(s->multiplier << s->finish.scaling.exponent));
  f.flip = vdupq_n_u16((uint16_t)s->finish.flip);
  f.shift = (int32_t)s->finish.scaling.shift;
  f.bias = s->bias;
  while (at.row < p->rows) {
    eight_outputs four[4];
    int32x4_t even[4], odd[4];
    next_four(p, &at, four);
    sum_four(s, p->x, four, steps, is_signed, is_plain, even, odd);
    write_eight(s, p, &four[0], &f, even[0], odd[0]);
    if (four[1].past != 0) write_eight(s, p, &four[1], &f, even[1], odd[1]);
    if (four[2].past != 0) write_eight(s, p, &four[2], &f, even[2], odd[2]);
    if (four[3].past != 0) write_eight(s, p, &four[3], &f, even[3], odd[3]);
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
