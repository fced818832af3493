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

#include "kgl_integer_finish_vectors.h"

/* Four vectors of eight outputs. */
typedef struct four {
  const uint8_t *from[4]; /* their first windows */
  uint32_t to[4];         /* and where they are in the plane */
  mve_pred16_t fresh[4];  /* those of the eight that are to be written */
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
  if (columns % 8 == 0 && (at.rows - 1) * columns + at.left >= 32) { /* four whole ones */
    for (i = 0; i < 4; i++) {
      next->from[i] = at.from;
      next->to[i] = at.to + 8 * i;
      next->fresh[i] = 0xFFFF;
      at.from += across;
      at.left -= 8;
      if (at.left == 0) {
        at.rows--;
        at.left = columns;
        at.from = at.row += p->down;
      }
    }
    at.to += 32;
    *way = at;
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

/* How the inputs of a vector lie. */
enum { SIDE_BY_SIDE, APART };

KGL_INLINE int16x8_t load(const uint8_t *x, uint16x8_t steps, int is_signed, int kind) {
  if (kind == SIDE_BY_SIDE) {
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

/* Sweeps the list over four vectors: the second and the third begin b and c behind the first, the fourth d behind the
 * third. `steps`: from one input to the next. */
KGL_INLINE void sweep_four(const sweep *s, const uint8_t *x, int32_t b, int32_t c, int32_t d, uint16x8_t steps,
                           int32x4_t sums[8], int is_signed, int kind) {
  const uint32_t *word = s->list, *end = s->end;
  int are_first = 1;
  do {
    int16x8_t s0 = vdupq_n_s16(0), s1 = s0, s2 = s0, s3 = s0;
    uint32_t left = word < end ? *word++ : 0; /* an empty list has no segment */
    for (; left != 0; left--) {
      const uint32_t now = *word++;
      const int16_t weight = (int16_t)(now & 0xFFFFu);
      const uint8_t *third = (x += segment_step(now)) + c;
      /* The last first: else compilers advance a copy of x between the first two. */
      s3 = vmlaq_n_s16(s3, load(third + d, steps, is_signed, kind), weight);
      s2 = vmlaq_n_s16(s2, load(third, steps, is_signed, kind), weight);
      s1 = vmlaq_n_s16(s1, load(x + b, steps, is_signed, kind), weight);
      s0 = vmlaq_n_s16(s0, load(x, steps, is_signed, kind), weight);
    }
    widen(sums, s0, are_first), widen(sums + 2, s1, are_first);
    widen(sums + 4, s2, are_first), widen(sums + 6, s3, are_first);
    are_first = 0;
  } while (word < end);
}

/* The same; the second and the fourth vector lie behind the other two, as in rows of sixteen. */
KGL_INLINE void sweep_two_pairs(const sweep *s, const uint8_t *x, int32_t c, int32x4_t sums[8], int is_signed) {
  sweep_four(s, x, 8, c, 8, vdupq_n_u16(0), sums, is_signed, SIDE_BY_SIDE);
}

KGL_NOINLINE void four_sums(const sweep *s, const four *of, uint32_t across, int32x4_t sums[8]) {
  const uint16x8_t steps = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)across);
  const uint8_t *x = of->from[0];
  const int32_t b = of->from[1] - x, c = of->from[2] - x, d = of->from[3] - of->from[2];
  if (across != 1) {
    if (s->x_flip) sweep_four(s, x, b, c, d, steps, sums, 1, APART);
    else sweep_four(s, x, b, c, d, steps, sums, 0, APART);
  } else if (b == 8 && d == 8) {
    if (s->x_flip) sweep_two_pairs(s, x, c, sums, 1);
    else sweep_two_pairs(s, x, c, sums, 0);
  } else if (s->x_flip) {
    sweep_four(s, x, b, c, d, steps, sums, 1, SIDE_BY_SIDE);
  } else {
    sweep_four(s, x, b, c, d, steps, sums, 0, SIDE_BY_SIDE);
  }
}

/* The same of windows side by side, one vector behind the other. */
KGL_NOINLINE void sums_together(const sweep *s, const uint8_t *x, int32x4_t sums[8]) {
  const uint16x8_t none = vdupq_n_u16(0);
  if (s->x_flip) {
    sweep_four(s, x, 8, 16, 8, none, sums, 1, SIDE_BY_SIDE);
  } else {
    sweep_four(s, x, 8, 16, 8, none, sums, 0, SIDE_BY_SIDE);
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

/* Four vectors' sums and their residual to y, by Kinglet's own rule. */
KGL_NOINLINE void residual_four(const sweep *s, const row_finish *finish, const four *next, const int32x4_t *sums,
                                uint8_t *y, const uint8_t *r) {
  const filter_finish own = finish->own;
  uint32_t i;
  for (i = 0; i < 4; i++, sums += 2) {
    int32x4_t even = own_scaled(&own, sums[0]), odd = own_scaled(&own, sums[1]);
    add_residual(s, r + next->to[i], next->fresh[i], &even, &odd);
    vstrbq_p_u16(y + next->to[i], own_bytes(&own, even, odd), next->fresh[i]);
  }
}

/* Without a residual, or with one; null: there is none. */
KGL_NOINLINE void finish_four(const sweep *s, const row_finish *finish, const four *next, const int32x4_t *sums,
                              uint8_t *y, const uint8_t *r) {
  uint32_t i;
  if (r == NULL) {
    const filter_finish own = finish->own;
    for (i = 0; i < 4; i++, sums += 2) {
      const uint16x8_t bytes = own_bytes(&own, own_scaled(&own, sums[0]), own_scaled(&own, sums[1]));
      vstrbq_p_u16(y + next->to[i], bytes, next->fresh[i]);
    }
    return;
  }
  residual_four(s, finish, next, sums, y, r);
}

/* --- Windows side by side, 32 at a time --------------------------------------------------------- */

/* Of eight outputs those from `known` on. */
KGL_INLINE void write_eight(uint8_t *y, uint16x8_t bytes, uint32_t known) {
  if (known == 0) {
    vstrbq_u16(y, bytes);
  } else if (known < 8) {
    vstrbq_p_u16(y, bytes, (mve_pred16_t)~first_of_eight(known));
  }
}

/* The sums of 32 windows to y; those before number `known` are there. r: the residual, or null. */
KGL_NOINLINE void finish_together(const sweep *s, const row_finish *finish, const int32x4_t *sums, uint8_t *y,
                                  const uint8_t *r, uint32_t known) {
  const int32x4_t *end = sums + 8;
  const filter_finish own = finish->own;
#if KGL_EXACT
  if (s->exact != NULL) {
    const kgl_exact_row row = finish->exact;
    const int32_t bias = (int32_t)row.bias;
    const int is_plain = row.is_plain && (uint32_t)(s->end - s->list) <= PLAIN_COLUMNS;
    for (; sums < end; sums += 2, y += 8, known = known < 8 ? 0 : known - 8) {
      int32x4_t even = vaddq_n_s32(sums[0], bias), odd = vaddq_n_s32(sums[1], bias);
      int16x8_t elements;
      if (is_plain) {
        elements = plain_elements(&row, even, odd);
      } else {
        even = kgl_exact_clamped_four(&row, kgl_exact_scaled_four(&row, even));
        odd = kgl_exact_clamped_four(&row, kgl_exact_scaled_four(&row, odd));
        elements = vmovntq_s32(vreinterpretq_s16_s32(even), odd);
      }
      write_eight(y, vreinterpretq_u16_s16(elements), known);
    }
    return;
  }
#endif
  if (r == NULL) {
    for (; sums < end; sums += 2, y += 8, known = known < 8 ? 0 : known - 8) {
      write_eight(y, own_bytes(&own, own_scaled(&own, sums[0]), own_scaled(&own, sums[1])), known);
    }
    return;
  }
  for (; sums < end; sums += 2, y += 8, r += 8, known = known < 8 ? 0 : known - 8) {
    const mve_pred16_t fresh = known == 0 ? 0xFFFF : known < 8 ? (mve_pred16_t)~first_of_eight(known) : 0;
    int32x4_t even = own_scaled(&own, sums[0]), odd = own_scaled(&own, sums[1]);
    add_residual(s, r, fresh, &even, &odd);
    vstrbq_p_u16(y, own_bytes(&own, even, odd), fresh);
  }
}

/* At least 32 windows: the last 32 begin before those in front of them end. */
KGL_INLINE void sweep_row(const sweep *s, const row_finish *finish, const plane *p, const uint8_t *x, uint32_t to) {
  uint32_t done = 0;
  while (done < p->columns) {
    const uint32_t left = p->columns - done, known = left < 32 ? 32 - left : 0;
    const uint32_t from = done - known;
    int32x4_t sums[8];
    sums_together(s, x + from, sums);
    finish_together(s, finish, sums, p->y + to + from, p->r == NULL ? NULL : p->r + to + from, known);
    done = from + 32;
  }
}

/* Bytes of eight sums of 16 bits. */
KGL_INLINE uint16x8_t bytes_of(const row_finish *finish, int16x8_t sums, int is_exact) {
  const int32x4_t even = vmovlbq_s16(sums), odd = vmovltq_s16(sums);
#if KGL_EXACT
  if (is_exact) {
    const int32_t bias = (int32_t)finish->exact.bias;
    return vreinterpretq_u16_s16(plain_elements(&finish->exact, vaddq_n_s32(even, bias), vaddq_n_s32(odd, bias)));
  }
#endif
  (void)is_exact;
  return own_bytes(&finish->own, own_scaled(&finish->own, even), own_scaled(&finish->own, odd));
}

/* A row of a filter of one segment, without a residual: its sums do not leave the registers. Those of the last 32 that
 * were there are written again, the same. */
KGL_INLINE void row_of_one_segment(const sweep *s, const row_finish *of, const uint8_t *row, uint8_t *y,
                                   uint32_t columns, int is_exact) {
  const row_finish finish = *of;
  const uint32_t *list = s->list;
  uint32_t done;
  for (done = 0; done < columns; done += 32) {
    const uint32_t *word = list;
    const uint8_t *x;
    uint8_t *to;
    int16x8_t s0 = vdupq_n_s16(0), s1 = s0, s2 = s0, s3 = s0;
    const uint16x8_t none = vdupq_n_u16(0);
    uint32_t left = *word++;
    if (columns - done < 32) done = columns - 32;
    x = row + done;
    to = y + done;
    for (; left != 0; left--) {
      const uint32_t now = *word++;
      const int16_t weight = (int16_t)(now & 0xFFFFu);
      x += segment_step(now);
      s3 = vmlaq_n_s16(s3, load(x + 24, none, is_exact, SIDE_BY_SIDE), weight);
      s2 = vmlaq_n_s16(s2, load(x + 16, none, is_exact, SIDE_BY_SIDE), weight);
      s1 = vmlaq_n_s16(s1, load(x + 8, none, is_exact, SIDE_BY_SIDE), weight);
      s0 = vmlaq_n_s16(s0, load(x, none, is_exact, SIDE_BY_SIDE), weight);
    }
    vstrbq_u16(to, bytes_of(&finish, s0, is_exact));
    vstrbq_u16(to + 8, bytes_of(&finish, s1, is_exact));
    vstrbq_u16(to + 16, bytes_of(&finish, s2, is_exact));
    vstrbq_u16(to + 24, bytes_of(&finish, s3, is_exact));
  }
}

/* Whether there is such a row: TFLite's inputs are signed, and Kinglet's own behind a ReLU are not. */
KGL_INLINE int is_one_segment(const sweep *s, const plane *p) {
  if (p->r != NULL || s->list == s->end || s->list + 1 + *s->list != s->end) return 0;
#if KGL_EXACT
  if (s->exact != NULL) return s->row.is_plain && s->x_flip;
#endif
  return s->x_flip == 0;
}

KGL_NOINLINE void rows_of_one_segment(const sweep *s, const row_finish *finish, const plane *p) {
  const uint8_t *x = p->x;
  uint32_t row;
  for (row = 0; row < p->rows; row++, x += p->down) {
    uint8_t *y = p->y + row * p->columns;
#if KGL_EXACT
    if (s->exact != NULL) {
      row_of_one_segment(s, finish, x, y, p->columns, 1);
      continue;
    }
#endif
    row_of_one_segment(s, finish, x, y, p->columns, 0);
  }
}

KGL_NOINLINE void sweep_plane_by_vectors(const sweep *s, const plane *p) {
  walk at = {p->x, p->x, p->rows, p->columns, 0};
  int32x4_t sums[8];
  row_finish finish;
  four next;
  ready_finish(&finish, s);
  if (p->across == 1 && p->columns >= 32 && (p->rows == 1 || p->columns % 32 == 0)) {
    uint32_t row;
    if (is_one_segment(s, p)) {
      rows_of_one_segment(s, &finish, p);
      return;
    }
    for (row = 0; row < p->rows; row++) sweep_row(s, &finish, p, p->x + row * p->down, row * p->columns);
    return;
  }
  while (at.rows > 0) {
    next_four(p, &at, &next);
    four_sums(s, &next, p->across, sums);
#if KGL_EXACT
    if (s->exact != NULL) {
      finish_four_exactly(&s->row, &next, sums, p->y);
      continue;
    }
#endif
    finish_four(s, &finish, &next, sums, p->y, p->r);
  }
}

#endif
