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

/* Four vectors of eight outputs. */
typedef struct four {
  const uint8_t *from[4]; /* their first windows */
  uint32_t to[4];         /* and where they are in the plane */
  mve_pred16_t fresh[4];  /* those of the eight that are to be written */
  int are_together;       /* windows side by side, one vector behind the other */
} four;

/* A way through the plane. */
typedef struct walk {
  const uint8_t *row, *from; /* the first window of the row at hand, and the next one */
  uint32_t rows, left;       /* that are left, and outputs of the row at hand */
  uint32_t to;               /* the next output */
} walk;

/* So many of eight. */
KGL_INLINE mve_pred16_t first_of_eight(uint32_t count) { return (mve_pred16_t)((1u << 2 * count) - 1); }

/* The next four of a plane; behind the last one, empty ones. */
KGL_INLINE void next_four(const plane *p, walk *way, four *next) {
  const uint32_t across = 8 * p->across, columns = p->columns;
  walk at = *way;
  uint32_t i;
  next->are_together = at.left >= 32 && across == 8;
  if (at.left > 32) { /* the row goes on */
    for (i = 0; i < 4; i++) {
      next->from[i] = at.from + i * across;
      next->to[i] = at.to + 8 * i;
      next->fresh[i] = 0xFFFF;
    }
    way->from += 4 * across;
    way->to += 32;
    way->left -= 32;
    return;
  }
  for (i = 0; i < 4; i++) {
    const uint8_t *from = at.from;
    uint32_t to = at.to, now = 8;
    mve_pred16_t fresh = 0xFFFF;
    if (at.rows == 0) {
      fresh = 0;
      to = 0;
      now = 0;
    } else if (at.left < 8) {
      now = at.left;
      fresh = first_of_eight(now);
      if (columns >= 8) { /* as many as there are, and others once more */
        from -= (8 - now) * p->across;
        to -= 8 - now;
        fresh = (mve_pred16_t)~first_of_eight(8 - now);
      }
    }
    next->from[i] = from;
    next->to[i] = to;
    next->fresh[i] = fresh;
    at.from += across;
    at.to += now;
    at.left -= now;
    if (at.left == 0 && at.rows > 0) {
      at.row += p->down;
      at.rows--;
      at.left = columns;
      at.from = at.rows > 0 ? at.row : p->x;
    }
  }
  *way = at;
}

/* How the inputs of four vectors lie. */
enum { TOGETHER, SIDE_BY_SIDE, APART };

KGL_INLINE int16x8_t load(const uint8_t *x, uint16x8_t steps, int is_signed, int kind) {
  if (kind != APART) {
    return is_signed ? vldrbq_s16((const int8_t *)x) : vreinterpretq_s16_u16(vldrbq_u16(x));
  }
  return is_signed ? vldrbq_gather_offset_s16((const int8_t *)x, steps)
                   : vreinterpretq_s16_u16(vldrbq_gather_offset_u16(x, steps));
}

/* Sums of 16 bits onto those of 32, the even ones and the odd ones apart. */
KGL_INLINE void widen(int32x4_t sums[2], int16x8_t more, int are_first) {
  const int32x4_t even = vmovlbq_s16(more), odd = vmovltq_s16(more);
  sums[0] = are_first ? even : vaddq_s32(even, sums[0]);
  sums[1] = are_first ? odd : vaddq_s32(odd, sums[1]);
}

/* Sweeps the list over four vectors. `steps`: from one input to the next. */
KGL_INLINE void sweep_four(const sweep *s, const four *of, uint16x8_t steps, int32x4_t sums[8], int is_signed,
                           int kind) {
  const uint32_t *word = s->list, *end = s->end;
  const uint8_t *x = of->from[0];
  const int32_t b = kind == TOGETHER ? 8 : of->from[1] - x;
  const int32_t c = kind == TOGETHER ? 16 : of->from[2] - x;
  const int32_t d = kind == TOGETHER ? 24 : of->from[3] - x;
  int are_first = 1;
  do {
    int16x8_t s0 = vdupq_n_s16(0), s1 = s0, s2 = s0, s3 = s0;
    uint32_t left = word < end ? *word++ : 0; /* an empty list has no segment */
    for (; left != 0; left--) {
      const uint32_t now = *word++;
      const int16_t weight = (int16_t)(now >> 16);
      x += (uint16_t)now;
      s0 = vmlaq_n_s16(s0, load(x, steps, is_signed, kind), weight);
      s1 = vmlaq_n_s16(s1, load(x + b, steps, is_signed, kind), weight);
      s2 = vmlaq_n_s16(s2, load(x + c, steps, is_signed, kind), weight);
      s3 = vmlaq_n_s16(s3, load(x + d, steps, is_signed, kind), weight);
    }
    widen(sums, s0, are_first), widen(sums + 2, s1, are_first);
    widen(sums + 4, s2, are_first), widen(sums + 6, s3, are_first);
    are_first = 0;
  } while (word < end);
}

KGL_NOINLINE void four_sums(const sweep *s, const four *of, uint32_t across, int32x4_t sums[8]) {
  const uint16x8_t steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)across);
  if (s->x_flip) {
    if (across == 1) sweep_four(s, of, steps, sums, 1, SIDE_BY_SIDE);
    else sweep_four(s, of, steps, sums, 1, APART);
  } else if (of->are_together) {
    sweep_four(s, of, steps, sums, 0, TOGETHER);
  } else if (across == 1) {
    sweep_four(s, of, steps, sums, 0, SIDE_BY_SIDE);
  } else {
    sweep_four(s, of, steps, sums, 0, APART);
  }
}

#if KGL_EXACT
/* Four vectors' sums to y, by the exact rule. */
KGL_NOINLINE void finish_four_exactly(const kgl_exact_row *of, const four *next, const int32x4_t *sums, uint8_t *y) {
  const kgl_exact_row row = *of;
  const int32_t bias = (int32_t)row.bias;
  uint32_t i;
  for (i = 0; i < 4; i++, sums += 2) {
    const int32x4_t even = kgl_exact_scaled_four(&row, vaddq_n_s32(sums[0], bias));
    const int32x4_t odd = kgl_exact_scaled_four(&row, vaddq_n_s32(sums[1], bias));
    const int16x8_t low = vreinterpretq_s16_s32(kgl_exact_clamped_four(&row, even));
    vstrbq_p_s16((int8_t *)y + next->to[i], vmovntq_s32(low, kgl_exact_clamped_four(&row, odd)), next->fresh[i]);
  }
}
#endif

/* The same by Kinglet's own. r: the residual, or null. */
KGL_NOINLINE void finish_four(const sweep *s, const four *next, const int32x4_t *sums, uint8_t *y, const uint8_t *r) {
  const int32x4_t multiplier = vdupq_n_s32((int32_t)(s->multiplier << s->finish.scaling.exponent));
  const uint16x8_t flip = vdupq_n_u16((uint16_t)s->finish.flip);
  const int32_t shift = (int32_t)s->finish.scaling.shift, bias = s->bias, factor = s->residual_factor;
  uint32_t i;
  for (i = 0; i < 4; i++, sums += 2) {
    const uint32_t to = next->to[i];
    const mve_pred16_t fresh = next->fresh[i];
    int32x4_t even = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(sums[0], shift), multiplier), bias);
    int32x4_t odd = vaddq_n_s32(vmulhq_s32(vshlq_r_s32(sums[1], shift), multiplier), bias);
    uint16x8_t bytes;
    if (r != NULL) {
      const int16x8_t q = s->residual_flip ? vldrbq_z_s16((const int8_t *)r + to, fresh)
                                           : vreinterpretq_s16_u16(vldrbq_z_u16(r + to, fresh));
      even = vaddq_s32(even, vshrq_n_s32(vmulq_n_s32(vmovlbq_s16(q), factor), 8));
      odd = vaddq_s32(odd, vshrq_n_s32(vmulq_n_s32(vmovltq_s16(q), factor), 8));
    }
    /* Shifted and narrowed apart: for vqshrunbq_n_s32 GCC 12 gives the instruction that rounds. */
    even = vshrq_n_s32(even, 6);
    bytes = vqmovuntq_s32(vqmovunbq_s32(vreinterpretq_u16_s32(even), even), vshrq_n_s32(odd, 6));
    bytes = vreinterpretq_u16_u8(vqmovnbq_u16(vreinterpretq_u8_u16(bytes), bytes));
    vstrbq_p_u16(y + to, veorq_u16(bytes, flip), fresh);
  }
}

KGL_NOINLINE void sweep_plane_by_vectors(const sweep *s, const plane *p) {
  walk at = {p->x, p->x, p->rows, p->columns, 0};
  int32x4_t sums[8];
  four next;
  while (at.rows > 0) {
    next_four(p, &at, &next);
    four_sums(s, &next, p->across, sums);
#if KGL_EXACT
    if (s->exact != NULL) {
      finish_four_exactly(&s->row, &next, sums, p->y);
      continue;
    }
#endif
    finish_four(s, &next, sums, p->y, p->r);
  }
}

#endif
