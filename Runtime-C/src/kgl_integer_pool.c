/* Largest or mean of a window of integers, clipped to the image before its taps are looked at. */
#include <stddef.h>

#include "kgl_exact.h"
#include "kgl_ops.h"

#if KGL_OP_POOL && KGL_INTEGER
/* The taps of a window that lie inside the image. */
typedef struct clipped {
  const uint8_t *x; /* the first of them */
  uint32_t rows, columns;
  uint32_t down, across; /* from one to the next */
} clipped;

/* The largest by the order of x ^ flip. */
static uint8_t largest_of(const clipped *c, uint32_t flip) {
  const uint8_t *x = c->x;
  uint32_t largest = 0, i, j;
  for (i = 0; i < c->rows; i++, x += c->down) {
    for (j = 0; j < c->columns; j++) {
      uint32_t value = x[j * c->across] ^ flip;
      if (value > largest) largest = value;
    }
  }
  return (uint8_t)(largest ^ flip);
}

/* floor((2 sum + taps) / (2 taps)); the sum is first made positive, so that the division's floor is
 * everywhere the same. At most 2^20 taps: the numbers are below 2^31. */
static uint8_t mean_of(const clipped *c, uint32_t taps, uint32_t flip) {
  const uint8_t *x = c->x;
  uint32_t sum = 0, i, j;
  for (i = 0; i < c->rows; i++, x += c->down) {
    for (j = 0; j < c->columns; j++) sum += x[j * c->across] ^ flip;
  }
  sum += (taps - c->rows * c->columns) * flip; /* taps in the border are 0, which is `flip` here */
  return (uint8_t)((2 * sum + taps) / (2 * taps) ^ flip);
}

#if KGL_EXACT
/* The same by the exact rule. */
static uint8_t exact_mean_of(const clipped *c, const kgl_exact_form *form) {
  const uint8_t *x = c->x;
  int32_t sum = 0, mean;
  uint32_t i, j;
  for (i = 0; i < c->rows; i++, x += c->down) {
    for (j = 0; j < c->columns; j++) sum += kgl_signed8(x[j * c->across]);
  }
  mean = kgl_exact_average(sum, (int32_t)(c->rows * c->columns));
  return (uint8_t)(mean < form->low ? form->low : mean > form->high ? form->high : mean);
}
#endif

/* Output at (oh, ow) of the channel x: [in[0], in[1]]. */
static uint8_t pooled(const kgl_step *step, const uint8_t *x, uint32_t oh, uint32_t ow) {
  const kgl_window *w = &step->u.window;
  const uint32_t flip = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
  uint32_t top, bottom, left, right;
  clipped c;
  kgl_window_taps(oh, w->in[0], w->kernel[0], w->stride[0], w->dilation[0], w->before[0], &top,
                  &bottom);
  kgl_window_taps(ow, w->in[1], w->kernel[1], w->stride[1], w->dilation[1], w->before[1], &left,
                  &right);
  if (top == bottom || left == right) return 0;
  c.rows = bottom - top;
  c.columns = right - left;
  c.down = w->dilation[0] * w->in[1];
  c.across = w->dilation[1];
  /* Modulo 2^32 the first tap inside has its true index. */
  c.x = x + (uint32_t)((oh * w->stride[0] - w->before[0] + top * w->dilation[0]) * w->in[1] +
                       (ow * w->stride[1] - w->before[1] + left * w->dilation[1]));
  if (step->opcode == KGL_STEP_MAX_POOL) return largest_of(&c, flip);
#if KGL_EXACT
  if (KGL_IS_EXACT(step)) return exact_mean_of(&c, &step->form.exact);
#endif
  return mean_of(&c, step->mode ? kgl_window_counted(w, 0, oh) * kgl_window_counted(w, 1, ow) : c.rows * c.columns, flip);
}

#if KGL_POOL_BY_TWO
static int is_by_two(const kgl_window *w) {
  uint32_t axis;
  for (axis = 0; axis < 2; axis++) {
    if (w->kernel[axis] != 2 || w->stride[axis] != 2 || w->dilation[axis] != 1) return 0;
    if (w->before[axis] != 0 || 2 * (uint64_t)w->out[axis] > w->in[axis]) return 0;
  }
  return 1;
}

/* One channel: the largest of two by two. */
static void largest_by_two(const kgl_window *w, uint32_t flip, const uint8_t *x, uint8_t *y) {
  uint32_t oh, ow;
  for (oh = 0; oh < w->out[0]; oh++, x += 2 * w->in[1], y += w->out[1]) {
    const uint8_t *below = x + w->in[1];
    for (ow = 0; ow < w->out[1]; ow++) {
      uint32_t a = x[2 * ow] ^ flip, b = x[2 * ow + 1] ^ flip;
      uint32_t c = below[2 * ow] ^ flip, d = below[2 * ow + 1] ^ flip;
      a = a > b ? a : b;
      c = c > d ? c : d;
      y[ow] = (uint8_t)((a > c ? a : c) ^ flip);
    }
  }
}
#endif

/* x: [channels, in[0], in[1]], y: [channels, out[0], out[1]] */
kgl_status kgl_integer_pool(kgl_place *place, const kgl_step *step) {
  const kgl_window *w = &step->u.window;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t c, oh, ow;
  for (c = 0; c < w->channels; c++, x += w->in[0] * w->in[1]) {
#if KGL_POOL_BY_TWO
    if (step->opcode == KGL_STEP_MAX_POOL && is_by_two(w)) {
      largest_by_two(w, step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0, x, y);
      y += w->out[0] * w->out[1];
      continue;
    }
#endif
    for (oh = 0; oh < w->out[0]; oh++) {
      for (ow = 0; ow < w->out[1]; ow++) *y++ = pooled(step, x, oh, ow);
    }
  }
  return KGL_OK;
}
#endif
