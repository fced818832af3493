#include "sparse_difference.h"

#include <string.h>

#include "kx_clones.h"

/* Sixteen samples; the compiler cuts it to what the processor has. */
typedef float lanes __attribute__((vector_size(64), aligned(4)));

/* Subtracts one filter's taps from a block held in registers; every tap is inside the image. */
static inline __attribute__((always_inline)) void
subtract_interior(const float *restrict x, int64_t window, const kx_tap *taps, int32_t count,
                  lanes accumulators[4]) {
  lanes a = accumulators[0], b = accumulators[1], c = accumulators[2], d = accumulators[3];
  for (int32_t k = 0; k < count; k++) {
    const lanes *in = (const lanes *)(x + (window + taps[k].offset) * KX_BLOCK);
    const float w = taps[k].weight;
    a -= w * in[0];
    b -= w * in[1];
    c -= w * in[2];
    d -= w * in[3];
  }
  accumulators[0] = a, accumulators[1] = b, accumulators[2] = c, accumulators[3] = d;
}

/* The same where a tap may fall on padding, which contributed nothing. */
static inline __attribute__((always_inline)) void
subtract_border(const kx_geometry *g, const float *restrict x, int32_t row, int32_t column,
                const kx_tap *taps, int32_t count, lanes accumulators[4]) {
  const int64_t window = ((int64_t)row * g->width + column) * g->channels;
  for (int32_t k = 0; k < count; k++) {
    const int32_t y = row + taps[k].dy, z = column + taps[k].dx;
    if (y < 0 || y >= g->height || z < 0 || z >= g->width) continue;
    const lanes *in = (const lanes *)(x + (window + taps[k].offset) * KX_BLOCK);
    for (int32_t v = 0; v < 4; v++) accumulators[v] -= taps[k].weight * in[v];
  }
}

/* scratch [rows][KX_BLOCK] to y, whose samples are stride apart. */
static inline __attribute__((always_inline)) void
scatter(const float *restrict scratch, int32_t rows, int64_t stride, float *restrict y) {
  for (int32_t n = 0; n < KX_BLOCK; n++) {
    for (int32_t o = 0; o < rows; o++) y[n * stride + o] = scratch[o * KX_BLOCK + n];
  }
}

KX_CLONES
void kx_sparse_difference(const kx_geometry *g, const float *x, const float *base,
                          const int32_t *starts, const kx_tap *taps, float *scratch, float *y) {
  const int32_t windows = g->out_height * g->out_width;
  const int64_t stride = (int64_t)windows * g->rows;
  for (int32_t p = 0; p < windows; p++) {
    const int32_t row = p / g->out_width * g->stride_y - g->top;
    const int32_t column = p % g->out_width * g->stride_x - g->left;
    const int interior = row >= 0 && column >= 0 && row + g->reach_y < g->height &&
                         column + g->reach_x < g->width;
    for (int32_t o = 0; o < g->rows; o++) {
      const int32_t count = starts[o + 1] - starts[o];
      lanes sums[4];
      memcpy(sums, base + ((int64_t)p * g->rows + o) * KX_BLOCK, sizeof sums);
      if (interior) {
        subtract_interior(x, ((int64_t)row * g->width + column) * g->channels, taps + starts[o], count, sums);
      } else {
        subtract_border(g, x, row, column, taps + starts[o], count, sums);
      }
      memcpy(scratch + (int64_t)o * KX_BLOCK, sums, sizeof sums);
    }
    scatter(scratch, g->rows, stride, y + (int64_t)p * g->rows);
  }
}

void kx_to_block(const float *x, int32_t count, int32_t elements, float *y) {
  memset(y, 0, (size_t)elements * KX_BLOCK * sizeof *y);
  for (int32_t n = 0; n < count; n++) {
    for (int32_t e = 0; e < elements; e++) {
      y[(int64_t)e * KX_BLOCK + n] = x[(int64_t)n * elements + e];
    }
  }
}
