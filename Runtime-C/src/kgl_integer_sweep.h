/* The sweep of kgl_integer_convolution.c in portable C: one filter over one row of outputs. For the
 * convolution alone. */
#ifndef KGL_INTEGER_SWEEP_H
#define KGL_INTEGER_SWEEP_H

#include "kgl_integer.h"

#define SWEEP 8u        /* outputs at a time; what a row is widened to */
#define STEP_MAX 65535u /* that a word of the list can go */

/* A filter held still. A word of the list: the weight in the upper half, signed; in the lower how far to
 * go on before it is multiplied. */
typedef struct sweep {
  kgl_finish finish;
  uint32_t x_flip;
  int32_t residual_factor;
  uint32_t residual_flip;
  const uint32_t *list, *end;
  uint32_t multiplier; /* of the filter */
  int32_t bias;        /* and its bias with the finish's offset */
} sweep;

KGL_INLINE void sweep_begin(sweep *s, const kgl_step *step) {
  kgl_finish_begin(&s->finish, step);
  s->x_flip = step->types & KGL_X_IS_SIGNED ? 128 : 0;
  s->residual_factor = (int32_t)step->factors[0];
  s->residual_flip = step->types & KGL_B_IS_SIGNED ? 128 : 0;
}

KGL_INLINE void sweep_filter(sweep *s, const uint32_t *list, uint32_t count, uint32_t row) {
  s->list = list;
  s->end = list + count;
  s->multiplier = kgl_multiplier(&s->finish.scaling, row);
  s->bias = kgl_bias(&s->finish.scaling, row) + s->finish.offset;
}

KGL_INLINE uint8_t sweep_finish(const sweep *s, uint32_t sum, int32_t more) {
  const kgl_scaling *scaling = &s->finish.scaling;
  int32_t p = kgl_rescaled(sum, scaling->shift, s->multiplier, scaling->exponent);
  return kgl_clamped(p + s->bias + more, s->finish.flip);
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

/* A row of outputs. x: the first window's corner; y, r: [count], r null without a residual. Reads as
 * far as eight windows need even if count is less. */
KGL_INLINE void sweep_row(const sweep *s, const uint8_t *x, uint32_t across, uint8_t *y,
                          const uint8_t *r, uint32_t count) {
  uint32_t done = 0, sums[8], i;
  while (done < count) {
    uint32_t first = 0; /* of the eight, the first that is new */
    uint32_t past = count - done < 8 ? count - done : 8;
    if (past < 8 && count >= 8) {
      first = 8 - past;
      past = 8;
    }
    eight_sums(s, x + (done - first) * across, across, sums);
    for (i = first; i < past; i++, done++) {
      int32_t more = 0;
      if (r != NULL) more = kgl_term(kgl_element(r[done], s->residual_flip), s->residual_factor);
      y[done] = sweep_finish(s, sums[i], more);
    }
  }
}

#undef WEIGHT
#undef INPUT
#endif
