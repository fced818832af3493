#include "pooling.h"

#include <math.h>
#include <string.h>

#include "kx_clones.h"
#include "kx_inline.h"

/* The taps of one window along one axis that fall inside the image: first ..< last. */
typedef struct {
  int32_t first, last, origin;
} span;

KX_INLINE span inside(const kx_pool *p, int axis, int32_t index) {
  const int32_t size = axis == 0 ? p->height : p->width;
  const int32_t dilation = p->dilations[axis];
  span s = {0, 0, index * p->strides[axis] - p->pad_before[axis]};
  if (s.origin < 0) s.first = (-s.origin + dilation - 1) / dilation;
  if (size > s.origin) s.last = (size - s.origin + dilation - 1) / dilation;
  if (s.last > p->kernel[axis]) s.last = p->kernel[axis];
  if (s.first > s.last) s.first = s.last;
  return s;
}

/* How many taps a mean divides by along one axis. */
KX_INLINE int32_t divisor(const kx_pool *p, int axis, span s, int counts_padding) {
  if (!counts_padding) return s.last - s.first;
  const int32_t end = (axis == 0 ? p->height : p->width) + p->pad_after[axis];
  const int32_t taps = (end - s.origin + p->dilations[axis] - 1) / p->dilations[axis];
  return taps < p->kernel[axis] ? taps : p->kernel[axis];
}

KX_INLINE size_t pixel(const kx_pool *p, span rows, span columns, int32_t i, int32_t j) {
  const size_t row = (size_t)(rows.origin + i * p->dilations[0]);
  const size_t column = (size_t)(columns.origin + j * p->dilations[1]);
  return (row * (size_t)p->width + column) * (size_t)p->channels;
}

KX_INLINE void fill(float *out, size_t count, float value) {
  for (size_t c = 0; c < count; c++) out[c] = value;
}

/* Channels that a window holds in registers at a time. */
enum { LANES = 16 };

/* The largest of each of up to LANES channels over one window, NaN where one is, and the first tap
 * that has it. */
KX_INLINE void max_lanes(float *out, int32_t *winner, const float *in, const kx_pool *p,
                         span rows, span columns, size_t lanes) {
  float best[LANES];
  int32_t tap[LANES];
  for (size_t c = 0; c < lanes; c++) best[c] = -INFINITY, tap[c] = -1;
  for (int32_t i = rows.first; i < rows.last; i++)
    for (int32_t j = columns.first; j < columns.last; j++) {
      const float *x = in + pixel(p, rows, columns, i, j);
      const int32_t number = i * p->kernel[1] + j;
      for (size_t c = 0; c < lanes; c++) {
        const int wins = (x[c] > best[c]) | (x[c] != x[c]);
        best[c] = wins ? x[c] : best[c];
        tap[c] = wins ? number : tap[c];
      }
    }
  memcpy(out, best, lanes * sizeof *out);
  if (winner) memcpy(winner, tap, lanes * sizeof *winner);
}

KX_INLINE void max_window(float *out, int32_t *winner, const float *in, const kx_pool *p,
                          span rows, span columns) {
  const size_t channels = (size_t)p->channels;
  size_t c = 0;
  if (rows.first == rows.last || columns.first == columns.last) {
    fill(out, channels, 0);
    if (winner) memset(winner, 0xFF, channels * sizeof *winner); /* -1: no tap */
    return;
  }
  for (; c + LANES <= channels; c += LANES)
    max_lanes(out + c, winner ? winner + c : NULL, in + c, p, rows, columns, LANES);
  if (c < channels)
    max_lanes(out + c, winner ? winner + c : NULL, in + c, p, rows, columns, channels - c);
}

KX_CLONES void kx_max_pool(float *out, int32_t *winners, const float *in, size_t batch,
                           const kx_pool *pool) {
  const size_t channels = (size_t)pool->channels;
  const size_t sample = (size_t)pool->height * (size_t)pool->width * channels;
  for (size_t n = 0; n < batch; n++, in += sample)
    for (int32_t row = 0; row < pool->out_height; row++) {
      const span rows = inside(pool, 0, row);
      for (int32_t column = 0; column < pool->out_width; column++, out += channels) {
        max_window(out, winners, in, pool, rows, inside(pool, 1, column));
        if (winners) winners += channels;
      }
    }
}

KX_INLINE void hand_back(float *restrict grad_in, const float *restrict grad_out,
                         const int32_t *restrict winner, int32_t tap, size_t channels) {
  for (size_t c = 0; c < channels; c++) grad_in[c] += winner[c] == tap ? grad_out[c] : 0;
}

KX_CLONES void kx_max_pool_backward(float *grad_in, const float *grad_out, const int32_t *winners,
                                    size_t batch, const kx_pool *pool) {
  const size_t channels = (size_t)pool->channels;
  const size_t sample = (size_t)pool->height * (size_t)pool->width * channels;
  for (size_t n = 0; n < batch; n++, grad_in += sample) {
    memset(grad_in, 0, sample * sizeof *grad_in);
    for (int32_t row = 0; row < pool->out_height; row++) {
      const span rows = inside(pool, 0, row);
      for (int32_t column = 0; column < pool->out_width; column++) {
        const span columns = inside(pool, 1, column);
        for (int32_t i = rows.first; i < rows.last; i++)
          for (int32_t j = columns.first; j < columns.last; j++)
            hand_back(grad_in + pixel(pool, rows, columns, i, j), grad_out, winners,
                      i * pool->kernel[1] + j, channels);
        grad_out += channels;
        winners += channels;
      }
    }
  }
}

KX_INLINE void add_scaled(float *restrict sum, const float *restrict x, float scale,
                          size_t channels) {
  for (size_t c = 0; c < channels; c++) sum[c] += x[c] * scale;
}

/* 1 / taps of a window, 0 where it has none. */
KX_INLINE float share(const kx_pool *p, span rows, span columns, int counts_padding) {
  const int64_t taps = (int64_t)divisor(p, 0, rows, counts_padding) *
                       divisor(p, 1, columns, counts_padding);
  return taps > 0 ? 1 / (float)taps : 0;
}

KX_CLONES void kx_average_pool(float *out, const float *in, size_t batch, const kx_pool *pool,
                               int counts_padding) {
  const size_t channels = (size_t)pool->channels;
  const size_t sample = (size_t)pool->height * (size_t)pool->width * channels;
  for (size_t n = 0; n < batch; n++, in += sample)
    for (int32_t row = 0; row < pool->out_height; row++) {
      const span rows = inside(pool, 0, row);
      for (int32_t column = 0; column < pool->out_width; column++, out += channels) {
        const span columns = inside(pool, 1, column);
        fill(out, channels, 0);
        for (int32_t i = rows.first; i < rows.last; i++)
          for (int32_t j = columns.first; j < columns.last; j++)
            add_scaled(out, in + pixel(pool, rows, columns, i, j), 1, channels);
        const float scale = share(pool, rows, columns, counts_padding);
        for (size_t c = 0; c < channels; c++) out[c] *= scale;
      }
    }
}

KX_CLONES void kx_average_pool_backward(float *grad_in, const float *grad_out, size_t batch,
                                        const kx_pool *pool, int counts_padding) {
  const size_t channels = (size_t)pool->channels;
  const size_t sample = (size_t)pool->height * (size_t)pool->width * channels;
  for (size_t n = 0; n < batch; n++, grad_in += sample) {
    memset(grad_in, 0, sample * sizeof *grad_in);
    for (int32_t row = 0; row < pool->out_height; row++) {
      const span rows = inside(pool, 0, row);
      for (int32_t column = 0; column < pool->out_width; column++, grad_out += channels) {
        const span columns = inside(pool, 1, column);
        const float scale = share(pool, rows, columns, counts_padding);
        for (int32_t i = rows.first; i < rows.last; i++)
          for (int32_t j = columns.first; j < columns.last; j++)
            add_scaled(grad_in + pixel(pool, rows, columns, i, j), grad_out, scale, channels);
      }
    }
  }
}
