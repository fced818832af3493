/* The sweep of kgl_integer_convolution.c in portable C: one filter over one row of outputs. For the
 * convolution alone. */
#ifndef KGL_INTEGER_SWEEP_H
#define KGL_INTEGER_SWEEP_H

#include "kgl_bytes.h"
#include "kgl_exact.h"
#include "kgl_integer_layout.h"

#define SWEEP 8u        /* outputs at a time; what a row is widened to */
#define HELD 24u        /* sums that are finished together, at least */
#define PIECE 32u       /* outputs of a row that are computed together, at most */
#define PLAIN_COLUMNS 32768u /* whose sums are within 2^30 */
#define STEP_MAX 32767u /* that a word of the list can go, forth; and back by one more */

/* What a filter is swept over, and where to. */
typedef struct plane {
  const uint8_t *x;   /* the first window's corner */
  uint32_t down;      /* from a window to that below it, */
  uint32_t across;    /* and to that beside it */
  uint32_t rows, columns; /* of outputs */
  uint8_t *y;         /* [rows, columns] */
  const uint8_t *r;   /* the residual, or null */
} plane;

/* The plane of a layout, but for where its inputs and outputs are. */
KGL_NOINLINE void lay_plane(plane *p, const layout *l) {
  const kgl_window *w = &l->window;
  p->down = w->stride[0] * l->width;
  p->across = w->stride[1];
  p->rows = w->out[0];
  p->columns = w->out[1];
  if (l->strip != 0) { /* one row */
    p->columns = p->down = w->out[0] * w->out[1];
    p->rows = p->across = 1;
  }
}

/* A filter held still. A word of the list: the weight in the upper half, signed; in the lower how far to
 * go on before it is multiplied, signed too. In segments it is the other way round. */
typedef struct sweep {
  kgl_finish finish;
  uint32_t x_flip;
  int32_t residual_factor;
  uint32_t residual_flip;
  int is_vector;      /* Helium: the list is in segments */
  int may_be_paired, in_pairs; /* so it may be, and is, for kgl_integer_paired.h */
  const uint32_t *list, *end;
  int32_t first;       /* kgl_integer_avx2.h: what sums begin with */
  uint32_t multiplier; /* of the filter */
  int32_t bias;        /* and its bias with the finish's offset */
#if KGL_EXACT
  const kgl_exact_form *exact; /* null: by Kinglet's own rule */
  kgl_exact_rows rows;         /* from the next filter's on */
  kgl_exact_row row;           /* of the filter */
#endif
} sweep;

/* What taps outside the image read. */
KGL_INLINE int border_of(const kgl_step *step) { return KGL_IS_EXACT(step) ? step->form.exact.border : 0; }

KGL_NOINLINE void sweep_begin(sweep *s, const kgl_step *step) {
  kgl_finish_begin(&s->finish, step);
  /* Vectors take weights of 8 bits, and steps of 16 bits across eight outputs. */
  s->is_vector = KGL_HELIUM && step->weights.table.precision != KGL_SCALED_SHORTS &&
                 step->u.window.stride[0] < 8192 && step->u.window.stride[1] < 8192;
  s->x_flip = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
  s->may_be_paired = KGL_PAIRED && !KGL_HELIUM && s->x_flip == 0 &&
                     step->weights.table.precision != KGL_SCALED_SHORTS;
  s->in_pairs = 0;
#if KGL_EXACT
  s->exact = KGL_IS_EXACT(step) ? &step->form.exact : NULL;
  if (s->exact != NULL) {
    kgl_exact_rows_begin(&s->rows, s->exact, step->weights.rows);
    kgl_exact_range(&s->row, s->exact);
  }
#endif
  s->residual_factor = KGL_IS_EXACT(step) ? 0 : (int32_t)step->form.integer.factors[0];
  s->residual_flip = step->form.integer.types & KGL_B_IS_SIGNED ? 128 : 0;
}

/* How the sums of the next filter, number `row`, are finished. */
KGL_NOINLINE void sweep_filter(sweep *s, uint32_t row) {
#if KGL_EXACT
  if (s->exact != NULL) {
    kgl_exact_rows_next(&s->rows, &s->row);
    kgl_exact_plain_ready(&s->row);
    s->multiplier = 0;
    s->bias = 0;
    return;
  }
#endif
  s->multiplier = kgl_multiplier(&s->finish.scaling, row);
  s->bias = kgl_bias(&s->finish.scaling, row) + s->finish.offset;
}

/* How far a word goes. */
KGL_INLINE int32_t step_of(uint32_t word) { return (int16_t)(word & 0xFFFFu); }

/* And one of a list in segments, whose weight is the lower half. */
KGL_INLINE int32_t segment_step(uint32_t word) { return kgl_shifted((int32_t)word, 16); }

/* A word's weight times an input, which is read here: so its load widens it. */
KGL_INLINE uint32_t product(uint32_t word, const uint8_t *x, uint32_t flip) {
  const int16_t input = (int16_t)(flip ? kgl_signed8(*x) : (int32_t)*x);
  return (uint32_t)((int16_t)(word >> 16) * input);
}

/* Eight sums at once, the inputs `across` apart: as constant arguments `across` and `flip` make the
 * loads plain. */
KGL_INLINE void eight(const sweep *s, const uint8_t *x, uint32_t across, uint32_t flip,
                      uint32_t sums[8]) {
  const uint32_t *list = s->list, *end = s->end;
  uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  while (list < end) {
    const uint32_t word = *list++;
    x += step_of(word);
    a += product(word, x, flip);
    b += product(word, x + across, flip);
    c += product(word, x + 2 * across, flip);
    d += product(word, x + 3 * across, flip);
    e += product(word, x + 4 * across, flip);
    f += product(word, x + 5 * across, flip);
    g += product(word, x + 6 * across, flip);
    h += product(word, x + 7 * across, flip);
  }
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
  sums[4] = e, sums[5] = f, sums[6] = g, sums[7] = h;
}

KGL_NOINLINE void eight_sums(const sweep *s, const uint8_t *x, uint32_t across, uint32_t sums[8]) {
  if (KGL_HELIUM) { /* weights of 16 bits, for which vectors are not made */
    eight(s, x, across, s->x_flip, sums);
  } else if (across == 1) {
    if (s->x_flip) {
      eight(s, x, 1, 128, sums);
    } else {
      eight(s, x, 1, 0, sums);
    }
  } else if (across == 2) {
    if (s->x_flip) {
      eight(s, x, 2, 128, sums);
    } else {
      eight(s, x, 2, 0, sums);
    }
  } else {
    eight(s, x, across, s->x_flip, sums);
  }
}

#if KGL_PAIRED
#include "kgl_integer_paired.h"
#endif

/* What turns a filter's sums into outputs, at hand for eight. */
typedef struct filter_finish {
  uint32_t shift, exponent, multiplier, flip;
  int32_t bias;
} filter_finish;

KGL_INLINE uint8_t output_of(const filter_finish *f, uint32_t sum, int32_t more) {
  return kgl_clamped(kgl_rescaled_onto(f->bias + more, sum, f->shift, f->multiplier, f->exponent), f->flip);
}

KGL_INLINE void four_outputs(const filter_finish *f, const uint32_t sums[4], uint8_t y[4]) {
#if KGL_UNALIGNED /* in one word */
  const uint32_t shift = f->shift, m = f->multiplier, e = f->exponent;
  const uint32_t a = kgl_clamped(kgl_rescaled_onto(f->bias, sums[0], shift, m, e), 0);
  const uint32_t b = kgl_clamped(kgl_rescaled_onto(f->bias, sums[1], shift, m, e), 0);
  const uint32_t c = kgl_clamped(kgl_rescaled_onto(f->bias, sums[2], shift, m, e), 0);
  const uint32_t d = kgl_clamped(kgl_rescaled_onto(f->bias, sums[3], shift, m, e), 0);
  kgl_store32(y, (a | b << 8 | c << 16 | d << 24) ^ f->flip * 0x01010101u);
#else
  y[0] = output_of(f, sums[0], 0), y[1] = output_of(f, sums[1], 0);
  y[2] = output_of(f, sums[2], 0), y[3] = output_of(f, sums[3], 0);
#endif
}

/* What turns a filter's sums into bytes. */
typedef union row_finish {
  filter_finish own;
#if KGL_EXACT
  kgl_exact_row exact;
#endif
} row_finish;

#define ROW_FINISH_WORDS ((uint32_t)((sizeof(row_finish) + 3) / 4))

/* That of the filter at hand. */
KGL_NOINLINE void ready_finish(row_finish *finish, const sweep *s) {
#if KGL_EXACT
  if (s->exact != NULL) {
    finish->exact = s->row;
    return;
  }
#endif
  finish->own.shift = s->finish.scaling.shift;
  finish->own.exponent = s->finish.scaling.exponent;
  finish->own.multiplier = s->multiplier;
  finish->own.flip = s->finish.flip;
  finish->own.bias = s->bias;
}

#if KGL_EXACT
KGL_INLINE void finish_plainly(const kgl_exact_row *of, const uint32_t *sums, uint8_t *y, uint32_t count) {
  const kgl_exact_row row = *of;
  for (; count >= 4; count -= 4, sums += 4, y += 4) {
    y[0] = kgl_exact_plain(&row, sums[0]), y[1] = kgl_exact_plain(&row, sums[1]);
    y[2] = kgl_exact_plain(&row, sums[2]), y[3] = kgl_exact_plain(&row, sums[3]);
  }
  for (; count > 0; count--) *y++ = kgl_exact_plain(&row, *sums++);
}
#endif

/* `count` sums of a filter to their outputs; r: their residuals, or null. */
KGL_NOINLINE void finish_sums(const sweep *s, const row_finish *finish, const uint32_t *sums, uint8_t *y,
                              const uint8_t *r, uint32_t count) {
  const filter_finish f = finish->own;
  uint32_t i;
#if KGL_EXACT
  if (s->exact != NULL) {
    const kgl_exact_row *row = &finish->exact;
    if (row->is_plain) {
      finish_plainly(row, sums, y, count);
    } else {
      for (i = 0; i < count; i++) y[i] = kgl_exact_byte(row, sums[i]);
    }
    return;
  }
#endif
  if (r != NULL) {
    const int32_t factor = s->residual_factor;
    const uint32_t residual_flip = s->residual_flip;
    for (i = 0; i < count; i++) y[i] = output_of(&f, sums[i], kgl_term(kgl_element(r[i], residual_flip), factor));
    return;
  }
  for (; count >= 4; count -= 4, sums += 4, y += 4) four_outputs(&f, sums, y);
  for (; count > 0; count--) *y++ = output_of(&f, *sums++, 0);
}

KGL_INLINE void sums_at(const sweep *s, const uint8_t *x, uint32_t across, uint32_t sums[8], int in_pairs) {
#if KGL_PAIRED
  if (in_pairs) {
    eight_in_pairs(s, x, sums);
    return;
  }
#endif
  (void)in_pairs;
  eight_sums(s, x, across, sums);
}

/* The sums of a row's outputs. Of eight or more the last eight begin before those in front of them end; of fewer there
 * are eight all the same. */
KGL_INLINE void row_sums_of(const sweep *s, const uint8_t *x, uint32_t across, uint32_t columns, uint32_t *sums,
                            int in_pairs) {
  uint32_t done = 0;
  for (; done + 8 <= columns; done += 8, x += 8 * across) sums_at(s, x, across, sums + done, in_pairs);
  if (done == columns) return;
  if (columns > 8) {
    x -= (8 - (columns - done)) * across;
    done = columns - 8;
  }
  sums_at(s, x, across, sums + done, in_pairs);
}

/* Rows: long ones in pieces, short ones several together, so that many sums are finished at once. */
KGL_INLINE void sweep_rows(const sweep *s, const row_finish *finish, const plane *p, uint32_t across, int in_pairs) {
  uint32_t sums[HELD + PIECE], held = 0, row; /* a piece more, on fewer than HELD */
  const uint8_t *r = p->r;
  uint8_t *y = p->y;
  for (row = 0; row < p->rows; row++) {
    const uint8_t *x = p->x + row * p->down;
    uint32_t left = p->columns;
    while (left > 0) {
      /* So that a row's last piece has eight, too. */
      const uint32_t now = left <= PIECE ? left : left < PIECE + 8 ? PIECE - 8 : PIECE;
      row_sums_of(s, x, across, now, sums + held, in_pairs);
      held += now;
      left -= now;
      x += now * across;
      if (held < HELD && (left > 0 || row + 1 < p->rows)) continue;
      finish_sums(s, finish, sums, y, r, held);
      y += held;
      if (r != NULL) r += held;
      held = 0;
    }
  }
}

/* One filter's output plane. Reads as far as eight windows of a row need even if it has fewer. */
KGL_NOINLINE void sweep_plane(const sweep *s, const plane *p) {
  row_finish finish;
  ready_finish(&finish, s);
  if (KGL_PAIRED && s->in_pairs) {
    sweep_rows(s, &finish, p, 1, 1);
  } else {
    sweep_rows(s, &finish, p, p->across, 0);
  }
}
#endif
