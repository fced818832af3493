/* Largest or mean of a window, clipped to the image before its taps are looked at. */
#include "kgl_ops.h"

#if KGL_OP_POOL && KGL_FLOAT
/* The largest of rows x columns taps, `down` and `across` apart; NaN where one of them is. */
static float largest_of(const float *x, uint32_t rows, uint32_t columns, uint32_t down,
                        uint32_t across) {
  float largest = *x;
  uint32_t i, j;
  for (i = 0; i < rows; i++, x += down) {
    for (j = 0; j < columns; j++) {
      float value = x[j * across];
      if (value <= largest) continue;
      largest = value;
      if (value != value) return value;
    }
  }
  return largest;
}

static float sum_of(const float *x, uint32_t rows, uint32_t columns, uint32_t down,
                    uint32_t across) {
  float sum = 0.0f;
  uint32_t i, j;
  for (i = 0; i < rows; i++, x += down) {
    for (j = 0; j < columns; j++) sum += x[j * across];
  }
  return sum;
}

/* Output at (oh, ow) of the channel x: [in[0], in[1]]. */
static float pooled(const kgl_step *step, const float *x, uint32_t oh, uint32_t ow) {
  const kgl_window *w = &step->u.window;
  uint32_t top, bottom, left, right, rows, columns, down, across;
  float sum, taps;
  kgl_window_taps(oh, w->in[0], w->kernel[0], w->stride[0], w->dilation[0], w->before[0], &top,
                  &bottom);
  kgl_window_taps(ow, w->in[1], w->kernel[1], w->stride[1], w->dilation[1], w->before[1], &left,
                  &right);
  if (top == bottom || left == right) return 0.0f;
  rows = bottom - top;
  columns = right - left;
  down = w->dilation[0] * w->in[1];
  across = w->dilation[1];
  /* Modulo 2^32 the first tap inside has its true index. */
  x += (oh * w->stride[0] - w->before[0] + top * w->dilation[0]) * w->in[1] +
       (ow * w->stride[1] - w->before[1] + left * w->dilation[1]);
  if (step->opcode == KGL_STEP_MAX_POOL) return largest_of(x, rows, columns, down, across);
  sum = sum_of(x, rows, columns, down, across);
  taps = step->mode ? (float)kgl_window_counted(w, 0, oh) * (float)kgl_window_counted(w, 1, ow)
                    : (float)rows * (float)columns;
  return sum / taps;
}

/* x: [channels, in[0], in[1]], y: [channels, out[0], out[1]] */
kgl_status kgl_op_pool(kgl_place *place, const kgl_step *step) {
  const kgl_window *w = &step->u.window;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t c, oh, ow;
  for (c = 0; c < w->channels; c++, x += w->in[0] * w->in[1]) {
    for (oh = 0; oh < w->out[0]; oh++) {
      for (ow = 0; ow < w->out[1]; ow++) *y++ = pooled(step, x, oh, ow);
    }
  }
  return KGL_OK;
}
#endif
