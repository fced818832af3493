#include "kgl_integer.h"
#include "kgl_ops.h"

#if KGL_OP_RESIZE
/* Where an output reads along an axis: a whole place, and the rest in units. */
typedef struct kgl_reading {
  int32_t whole;
  uint32_t rest;
} kgl_reading;

static kgl_reading first_reading(const kgl_line *line) {
  kgl_reading reading;
  reading.whole = line->start;
  reading.rest = line->start_rest;
  return reading;
}

/* The next output's; places behind the last are all the last. */
static void advance(kgl_reading *reading, const kgl_line *line, uint32_t size) {
  reading->whole += (int32_t)line->step;
  reading->rest += line->step_rest;
  if (reading->rest >= line->unit) {
    reading->rest -= line->unit;
    reading->whole++;
  }
  if (reading->whole > (int32_t)size) reading->whole = (int32_t)size;
}

static uint32_t inside(int32_t place, uint32_t size) {
  if (place < 0) return 0;
  return (uint32_t)place < size ? (uint32_t)place : size - 1;
}

/* What follows makes one row of y, from two rows of x: `low`, and `high`, which counts for `rest` units. */

#if KGL_INTEGER
/* A rest as what it counts for; of a line that is linear. */
static int32_t weight(const kgl_line *line, uint32_t rest) {
  uint32_t shift = 0;
  while (line->unit >> shift > 1u << KGL_WEIGHT_BITS) shift++;
  return (int32_t)(rest >> shift);
}

/* Four elements that count for 2^20 in all; halves go away from 0. */
static void row_of_bytes(const kgl_step *step, const uint8_t *low, const uint8_t *high, uint32_t rest,
                         uint8_t *y) {
  const kgl_resize *r = KGL_RESIZE_OF(step);
  const kgl_line *line = &r->lines[1];
  const int is_linear = step->mode == KGL_LINEAR;
  const int32_t whole = 1 << KGL_WEIGHT_BITS, half = 1 << (2 * KGL_WEIGHT_BITS - 1);
  const int32_t b = is_linear ? weight(&r->lines[0], rest) : 0;
  const int flip = (step->form.integer.types & KGL_X_IS_SIGNED) != 0 ? 128 : 0;
  kgl_reading at = first_reading(line);
  uint32_t j;
  for (j = 0; j < r->out[1]; j++, advance(&at, line, r->in[1])) {
    const uint32_t left = inside(at.whole, r->in[1]), right = inside(at.whole + 1, r->in[1]);
    if (is_linear) {
      const int32_t a = weight(line, at.rest);
      const int32_t above = (low[left] ^ flip) * (whole - a) + (low[right] ^ flip) * a;
      const int32_t below = (high[left] ^ flip) * (whole - a) + (high[right] ^ flip) * a;
      const int32_t sum = above * (whole - b) + below * b - flip * whole * whole;
      y[j] = (uint8_t)(sum < 0 ? -((half - sum) >> (2 * KGL_WEIGHT_BITS)) : (half + sum) >> (2 * KGL_WEIGHT_BITS));
    } else {
      y[j] = low[left];
    }
  }
}
#endif

#if KGL_FLOAT
static void row_of_words(const kgl_step *step, const float *low, const float *high, uint32_t rest, float *y) {
  const kgl_resize *r = KGL_RESIZE_OF(step);
  const kgl_line *line = &r->lines[1];
  const float b = (float)rest / (float)r->lines[0].unit, share = 1.0f / (float)line->unit;
  kgl_reading at = first_reading(line);
  uint32_t j;
  for (j = 0; j < r->out[1]; j++, advance(&at, line, r->in[1])) {
    const uint32_t left = inside(at.whole, r->in[1]), right = inside(at.whole + 1, r->in[1]);
    const float a = (float)at.rest * share;
    if (step->mode == KGL_NEAREST) {
      y[j] = low[left];
    } else {
      y[j] = (low[left] * (1 - a) + low[right] * a) * (1 - b) + (high[left] * (1 - a) + high[right] * a) * b;
    }
  }
}
#endif

/* x: [channels, in], y: [channels, out] */
kgl_status kgl_op_resize(kgl_place *place, const kgl_step *step) {
  const kgl_resize *r = KGL_RESIZE_OF(step);
  uint32_t channel, i, y = 0;
  for (channel = 0; channel < r->channels; channel++) {
    const uint32_t x = channel * r->in[0] * r->in[1];
    kgl_reading at = first_reading(&r->lines[0]);
    for (i = 0; i < r->out[0]; i++, advance(&at, &r->lines[0], r->in[0])) {
      const uint32_t low = x + inside(at.whole, r->in[0]) * r->in[1];
      const uint32_t high = x + inside(at.whole + 1, r->in[0]) * r->in[1];
#if KGL_INTEGER
      const uint8_t *bytes = kgl_bytes_at(place, step->x);
      if (KGL_IS_INTEGER(step)) {
        row_of_bytes(step, bytes + low, bytes + high, at.rest, kgl_bytes_at(place, step->y) + y);
      }
#endif
#if KGL_FLOAT
      if (!KGL_IS_INTEGER(step)) {
        const float *words = place->arena + step->x;
        row_of_words(step, words + low, words + high, at.rest, place->arena + step->y + y);
      }
#endif
      y += r->out[1];
    }
  }
  return KGL_OK;
}
#endif
