/* The sweep of kgl_integer_convolution.c in portable C: one filter over one row of outputs. For the
 * convolution alone. */
#ifndef KGL_INTEGER_SWEEP_H
#define KGL_INTEGER_SWEEP_H

#include "kgl_exact.h"

#define SWEEP 8u        /* outputs at a time; what a row is widened to */
#define STEP_MAX 65535u /* that a word of the list can go */

/* What a filter is swept over, and where to. */
typedef struct plane {
  const uint8_t *x;   /* the first window's corner */
  uint32_t down;      /* from a window to that below it, */
  uint32_t across;    /* and to that beside it */
  uint32_t rows, columns; /* of outputs */
  uint8_t *y;         /* [rows, columns] */
  const uint8_t *r;   /* the residual, or null */
} plane;

/* A filter held still. A word of the list: the weight in the upper half, signed; in the lower how far to
 * go on before it is multiplied. */
typedef struct sweep {
  kgl_finish finish;
  uint32_t x_flip;
  int32_t residual_factor;
  uint32_t residual_flip;
  int is_vector;      /* Helium: the list is in segments */
  const uint32_t *list, *end;
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

KGL_INLINE void sweep_begin(sweep *s, const kgl_step *step) {
  kgl_finish_begin(&s->finish, step);
  /* Vectors take weights of 8 bits, and steps of 16 bits across eight outputs. */
  s->is_vector = KGL_HELIUM && step->weights.table.precision != KGL_SCALED_SHORTS &&
                 step->u.window.stride[0] < 8192 && step->u.window.stride[1] < 8192;
  s->x_flip = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
#if KGL_EXACT
  s->exact = KGL_IS_EXACT(step) ? &step->form.exact : NULL;
  kgl_exact_rows_begin(&s->rows, &step->form.exact, step->weights.rows);
  if (s->exact != NULL) kgl_exact_range(&s->row, s->exact);
#endif
  s->residual_factor = KGL_IS_EXACT(step) ? 0 : (int32_t)step->form.integer.factors[0];
  s->residual_flip = step->form.integer.types & KGL_B_IS_SIGNED ? 128 : 0;
}

/* How the sums of the next filter, number `row`, are finished. */
KGL_INLINE void sweep_filter(sweep *s, uint32_t row) {
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
    x += (uint16_t)word;
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
  if (across == 1) {
    if (s->x_flip) {
      eight(s, x, 1, 128, sums);
    } else {
      eight(s, x, 1, 0, sums);
    }
  } else if (across == 2 && !s->x_flip) {
    eight(s, x, 2, 0, sums);
  } else {
    eight(s, x, across, s->x_flip, sums);
  }
}

/* What turns a filter's sums into outputs, at hand for eight. */
typedef struct filter_finish {
  uint32_t shift, exponent, multiplier, flip;
  int32_t bias;
} filter_finish;

KGL_INLINE uint8_t output_of(const filter_finish *f, uint32_t sum, int32_t more) {
  return kgl_clamped(kgl_rescaled(sum, f->shift, f->multiplier, f->exponent) + f->bias + more, f->flip);
}

#if KGL_EXACT
/* The same by the exact rule. */
KGL_INLINE void finish_exactly(const kgl_exact_row *of, const uint32_t sums[8], uint8_t *y,
                               uint32_t first, uint32_t past) {
  const kgl_exact_row row = *of;
  if (!row.is_plain) {
    for (; first < past; first++) y[first] = kgl_exact_byte(&row, sums[first]);
  } else if (first == 0 && past == 8) {
    y[0] = kgl_exact_plain(&row, sums[0]), y[1] = kgl_exact_plain(&row, sums[1]);
    y[2] = kgl_exact_plain(&row, sums[2]), y[3] = kgl_exact_plain(&row, sums[3]);
    y[4] = kgl_exact_plain(&row, sums[4]), y[5] = kgl_exact_plain(&row, sums[5]);
    y[6] = kgl_exact_plain(&row, sums[6]), y[7] = kgl_exact_plain(&row, sums[7]);
  } else {
    for (; first < past; first++) y[first] = kgl_exact_plain(&row, sums[first]);
  }
}
#endif

/* Sums first ..< past of eight to their outputs. */
KGL_NOINLINE void finish_eight(const sweep *s, const uint32_t sums[8], uint8_t *y,
                               const uint8_t *r, uint32_t first, uint32_t past) {
  const filter_finish f = {s->finish.scaling.shift, s->finish.scaling.exponent, s->multiplier,
                           s->finish.flip, s->bias};
#if KGL_EXACT
  if (s->exact != NULL) {
    finish_exactly(&s->row, sums, y, first, past);
    return;
  }
#endif
  if (r != NULL) {
    const int32_t factor = s->residual_factor;
    const uint32_t residual_flip = s->residual_flip;
    for (; first < past; first++) {
      y[first] = output_of(&f, sums[first], kgl_term(kgl_element(r[first], residual_flip), factor));
    }
  } else if (first == 0 && past == 8) {
    y[0] = output_of(&f, sums[0], 0);
    y[1] = output_of(&f, sums[1], 0);
    y[2] = output_of(&f, sums[2], 0);
    y[3] = output_of(&f, sums[3], 0);
    y[4] = output_of(&f, sums[4], 0);
    y[5] = output_of(&f, sums[5], 0);
    y[6] = output_of(&f, sums[6], 0);
    y[7] = output_of(&f, sums[7], 0);
  } else {
    for (; first < past; first++) y[first] = output_of(&f, sums[first], 0);
  }
}

/* One filter's output plane. Reads as far as eight windows of a row need even if it has fewer. */
KGL_NOINLINE void sweep_plane(const sweep *s, const plane *p) {
  const uint8_t *x = p->x, *r = p->r;
  uint8_t *y = p->y;
  uint32_t row, done, sums[8];
  for (row = 0; row < p->rows; row++) {
    for (done = 0; done < p->columns;) {
      uint32_t first = 0; /* of the eight, the first that is new */
      uint32_t past = p->columns - done < 8 ? p->columns - done : 8;
      if (past < 8 && p->columns >= 8) {
        first = 8 - past;
        past = 8;
      }
      done -= first;
      eight_sums(s, x + done * p->across, p->across, sums);
      finish_eight(s, sums, y + done, r == NULL ? NULL : r + done, first, past);
      done += past;
    }
    x += p->down;
    y += p->columns;
    if (r != NULL) r += p->columns;
  }
}
#endif
