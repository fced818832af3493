/* The sweep of kgl_integer_convolution.c in portable C: one filter over one row of outputs. For the
 * convolution alone. */
#ifndef KGL_INTEGER_SWEEP_H
#define KGL_INTEGER_SWEEP_H

#include "kgl_integer.h"

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
} sweep;

KGL_INLINE void sweep_begin(sweep *s, const kgl_step *step) {
  kgl_finish_begin(&s->finish, step);
  /* Vectors take weights of 8 bits, and steps of 16 bits across eight outputs. */
  s->is_vector = KGL_HELIUM && step->weights.table.precision == KGL_SCALED_BYTES &&
                 step->u.window.stride[0] < 8192 && step->u.window.stride[1] < 8192;
  s->x_flip = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
  s->residual_factor = (int32_t)step->form.integer.factors[0];
  s->residual_flip = step->form.integer.types & KGL_B_IS_SIGNED ? 128 : 0;
}

KGL_INLINE void sweep_filter(sweep *s, const uint32_t *list, uint32_t count, uint32_t row) {
  s->list = list;
  s->end = list + count;
  s->multiplier = kgl_multiplier(&s->finish.scaling, row);
  s->bias = kgl_bias(&s->finish.scaling, row) + s->finish.offset;
}

/* Eight sums at once, the inputs `across` apart: as constant arguments `across` and `flip` make the
 * loads plain. */
#define WEIGHT (int16_t)(word >> 16)
#define INPUT(i) ((int16_t)(flip ? kgl_signed8(x[(i) * across]) : (int32_t)x[(i) * across]))
KGL_INLINE void eight(const sweep *s, const uint8_t *x, uint32_t across, uint32_t flip,
                      uint32_t sums[8]) {
  const uint32_t *list = s->list, *end = s->end;
  uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  while (list < end) {
    const uint32_t word = *list++;
    x += (uint16_t)word;
    a += (uint32_t)(WEIGHT * INPUT(0));
    b += (uint32_t)(WEIGHT * INPUT(1));
    c += (uint32_t)(WEIGHT * INPUT(2));
    d += (uint32_t)(WEIGHT * INPUT(3));
    e += (uint32_t)(WEIGHT * INPUT(4));
    f += (uint32_t)(WEIGHT * INPUT(5));
    g += (uint32_t)(WEIGHT * INPUT(6));
    h += (uint32_t)(WEIGHT * INPUT(7));
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

/* Sums first ..< past of eight to their outputs. */
#define FINISH(i, more)                                                                       \
  y[i] = kgl_clamped(kgl_rescaled(sums[i], shift, multiplier, exponent) + bias + (more), flip);

KGL_NOINLINE void finish_eight(const sweep *s, const uint32_t sums[8], uint8_t *y,
                               const uint8_t *r, uint32_t first, uint32_t past) {
  const uint32_t shift = s->finish.scaling.shift, exponent = s->finish.scaling.exponent;
  const uint32_t multiplier = s->multiplier, flip = s->finish.flip;
  const int32_t bias = s->bias;
  if (r != NULL) {
    const int32_t factor = s->residual_factor;
    const uint32_t residual_flip = s->residual_flip;
    for (; first < past; first++) {
      int32_t more = kgl_term(kgl_element(r[first], residual_flip), factor);
      FINISH(first, more)
    }
  } else if (first == 0 && past == 8) {
    FINISH(0, 0) FINISH(1, 0) FINISH(2, 0) FINISH(3, 0)
    FINISH(4, 0) FINISH(5, 0) FINISH(6, 0) FINISH(7, 0)
  } else {
    for (; first < past; first++) FINISH(first, 0)
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

#undef FINISH
#undef WEIGHT
#undef INPUT
#endif
