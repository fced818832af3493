#include "sparse_difference.h"

#include <stddef.h>

#include "kx_clones.h"
#include "kx_inline.h"
#include "kx_lanes.h"

int kx_group_taps(const intptr_t *positions, intptr_t count, int32_t filters, int32_t columns,
                  int32_t group_filters, const int32_t *offsets, const float *weights,
                  int32_t *starts, kx_tap *taps) {
  intptr_t k = 0, begin = 0;
  int32_t used = 0;
  for (int32_t o = 0; o < filters; o++, begin += columns) {
    const int32_t *offset = offsets + (ptrdiff_t)(o / group_filters) * columns;
    const intptr_t end = begin + columns;
    intptr_t next = begin; /* the least position that may follow */
    starts[o] = used;
    for (; k < count && positions[k] < end; k++) {
      const intptr_t position = positions[k];
      if (position < next) return -1;
      next = position + 1;
      const float weight = weights[position];
      taps[used] = (kx_tap){offset[position - begin], weight};
      used += (weight != 0) & (taps[used].offset >= 0);
    }
  }
  starts[filters] = used;
  return k == count ? 0 : -1;
}

/* Vectors of sums that are kept in registers at a time. */
enum { MOST = 8 };

typedef struct {
  kx_lanes scale, shift, low, high;
  int has_scale, limits;
} finish;

KX_INLINE finish finish_of(const kx_finish *f, int32_t filter) {
  const kx_lanes zero = {0};
  finish result = {zero + 1, zero, zero + f->low, zero + f->high, f->scale != NULL, f->limits};
  if (f->scale) {
    result.scale = zero + f->scale[filter];
    result.shift = zero + f->shift[filter];
  }
  return result;
}

/* `n` vectors that lie side by side in x, base and y. Fewer than MOST take several taps at a time
 * into sums of their own, since each addition waits for the last one to the same sum. */
KX_INLINE void subtract(int n, const float *x, int32_t lanes, const float *base, const kx_tap *taps,
                        int32_t count, const finish *f, float *y) {
  const int unroll = MOST / n;
  kx_lanes sums[MOST];
  for (int i = 0; i < n; i++) sums[i] = ((const kx_lanes *)base)[i];
  int32_t k = 0;
  if (unroll > 1 && count >= unroll) {
    for (int i = n; i < MOST; i++) sums[i] = (kx_lanes){0};
    for (; k + unroll <= count; k += unroll) {
      for (int u = 0; u < unroll; u++) {
        const kx_lanes *in = (const kx_lanes *)(x + (ptrdiff_t)taps[k + u].offset * lanes);
        for (int i = 0; i < n; i++) sums[u * n + i] -= taps[k + u].weight * in[i];
      }
    }
    for (int half = unroll / 2; half > 0; half /= 2)
      for (int i = 0; i < half * n; i++) sums[i] += sums[half * n + i];
  }
  for (; k < count; k++) {
    const kx_lanes *in = (const kx_lanes *)(x + (ptrdiff_t)taps[k].offset * lanes);
    for (int i = 0; i < n; i++) sums[i] -= taps[k].weight * in[i];
  }
  if (f->has_scale)
    for (int i = 0; i < n; i++) sums[i] = sums[i] * f->scale + f->shift;
  if (f->limits)
    for (int i = 0; i < n; i++) {
      const kx_lanes raised =
          KX_SELECT(kx_lanes, kx_lane_mask, sums[i] > f->low, sums[i], f->low);
      sums[i] = KX_SELECT(kx_lanes, kx_lane_mask, raised < f->high, raised, f->high);
    }
  for (int i = 0; i < n; i++) ((kx_lanes *)y)[i] = sums[i];
}

/* Any number of vectors side by side. */
KX_INLINE void subtract_run(int32_t vectors, const float *x, int32_t lanes, const float *base,
                            const kx_tap *taps, int32_t count, const finish *f, float *y) {
  int32_t v = 0;
#define PART(N)                                                                       \
  {                                                                                   \
    const ptrdiff_t at = (ptrdiff_t)v * KX_LANES;                                     \
    subtract(N, x + at, lanes, base + at, taps, count, f, y + at);                    \
    v += N;                                                                           \
  }
  while (v + 8 <= vectors) PART(8)
  if (v + 4 <= vectors) PART(4)
  if (v + 2 <= vectors) PART(2)
  if (v < vectors) PART(1)
#undef PART
}

KX_CLONES
void kx_sparse_difference(const kx_geometry *g, int32_t lanes, const float *x, const float *base,
                          const int32_t *starts, const kx_tap *taps, const kx_finish *how,
                          float *y) {
  /* Windows that are neighbours in input and output are one run. */
  const int joined = g->step_x == 1 && g->window_stride == 1;
  const int32_t runs = joined ? 1 : g->out_width;
  const int32_t vectors = (joined ? g->out_width : 1) * (lanes / KX_LANES);
  for (int32_t o = 0; o < g->filters; o++) {
    const kx_tap *own = taps + starts[o];
    const int32_t count = starts[o + 1] - starts[o];
    const finish f = finish_of(how, o);
    for (int32_t row = 0; row < g->out_height; row++) {
      for (int32_t run = 0; run < runs; run++) {
        const ptrdiff_t window = (ptrdiff_t)row * g->out_width + run;
        const ptrdiff_t in = (ptrdiff_t)row * g->step_y + (ptrdiff_t)run * g->step_x;
        const ptrdiff_t out = (ptrdiff_t)o * g->filter_stride + window * g->window_stride;
        subtract_run(vectors, x + in * lanes, lanes, base + out * lanes, own, count, &f,
                     y + out * lanes);
      }
    }
  }
}

void kx_mark_live(const float *block, int32_t elements, int32_t lanes, uint8_t *live) {
  for (int32_t e = 0; e < elements; e++, block += lanes) {
    int any = 0; /* NaN counts */
    for (int32_t n = 0; n < lanes; n++) any |= block[n] != 0;
    live[e] |= (uint8_t)any;
  }
}

/* Elements that are moved together, so that both sides stay in the nearest cache. */
enum { TILE = 16 };

void kx_to_block(const float *samples, int32_t elements, int32_t lanes, const int32_t *places,
                 float *block) {
  for (int32_t begin = 0; begin < elements; begin += TILE) {
    const int32_t end = elements - begin < TILE ? elements : begin + TILE;
    for (int32_t n = 0; n < lanes; n++)
      for (int32_t e = begin; e < end; e++)
        block[(ptrdiff_t)(places ? places[e] : e) * lanes + n] =
            samples[(ptrdiff_t)n * elements + e];
  }
}

void kx_from_block(const float *block, int32_t elements, int32_t lanes, const int32_t *places,
                   float *samples) {
  for (int32_t begin = 0; begin < elements; begin += TILE) {
    const int32_t end = elements - begin < TILE ? elements : begin + TILE;
    for (int32_t n = 0; n < lanes; n++)
      for (int32_t e = begin; e < end; e++)
        samples[(ptrdiff_t)n * elements + e] =
            block[(ptrdiff_t)(places ? places[e] : e) * lanes + n];
  }
}
