#include "shaping.h"

#include <string.h>

#include "kx_clones.h"
#include "kx_inline.h"

/* Tiles of 16 by 16 keep both sides in cache lines already fetched. */
enum { TILE = 16 };

KX_INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

KX_INLINE void transpose_tile(float *restrict out, const float *restrict in, size_t rows,
                              size_t columns, size_t out_stride, size_t in_stride) {
  for (size_t c = 0; c < columns; c++)
    for (size_t r = 0; r < rows; r++) out[c * out_stride + r] = in[r * in_stride + c];
}

KX_CLONES void kx_transpose_planes(float *out, const float *in, size_t batch, size_t rows,
                                   size_t columns) {
  for (size_t n = 0; n < batch; n++, in += rows * columns, out += rows * columns)
    for (size_t r = 0; r < rows; r += TILE)
      for (size_t c = 0; c < columns; c += TILE) {
        float *to = out + c * rows + r;
        const float *from = in + r * columns + c;
        if (rows - r >= TILE && columns - c >= TILE)
          transpose_tile(to, from, TILE, TILE, rows, columns);
        else
          transpose_tile(to, from, least(rows - r, TILE), least(columns - c, TILE), rows, columns);
      }
}

void kx_copy_strided(float *out, const float *in, int32_t rank, const int64_t *sizes,
                     const int64_t *out_strides, const int64_t *in_strides) {
  if (rank == 0) {
    *out = *in;
    return;
  }
  int64_t counter[KX_MAX_AXES] = {0};
  const int32_t last = rank - 1;
  for (;;) {
    for (int64_t i = 0; i < sizes[last]; i++) out[i * out_strides[last]] = in[i * in_strides[last]];
    int32_t axis = last - 1;
    for (; axis >= 0; axis--) {
      out += out_strides[axis];
      in += in_strides[axis];
      if (++counter[axis] < sizes[axis]) break;
      counter[axis] = 0;
      out -= out_strides[axis] * sizes[axis];
      in -= in_strides[axis] * sizes[axis];
    }
    if (axis < 0) return;
  }
}

void kx_copy_rows(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows,
                  size_t width) {
  for (size_t r = 0; r < rows; r++, out += out_stride, in += in_stride)
    memcpy(out, in, width * sizeof *out);
}

/* Where block number `counter` comes from, in blocks; -1 for the border. */
KX_INLINE int64_t source(const kx_border *b, const int64_t *counter) {
  const int32_t *table = b->sources;
  int64_t at = 0;
  for (int32_t axis = 0; axis < b->rank; table += b->sizes[axis], axis++) {
    const int32_t index = table[counter[axis]];
    if (index < 0) return -1;
    at += index * b->in_strides[axis];
  }
  return at;
}

KX_INLINE int next_block(const kx_border *b, int64_t *counter) {
  for (int32_t axis = b->rank - 1; axis >= 0; axis--) {
    if (++counter[axis] < b->sizes[axis]) return 1;
    counter[axis] = 0;
  }
  return 0;
}

void kx_pad(float *out, const float *in, const kx_border *border, float value) {
  int64_t counter[KX_MAX_AXES] = {0};
  const size_t block = border->block;
  do {
    const int64_t at = source(border, counter);
    if (at >= 0) memcpy(out, in + (size_t)at * block, block * sizeof *out);
    else
      for (size_t i = 0; i < block; i++) out[i] = value;
    out += block;
  } while (next_block(border, counter));
}

KX_CLONES void kx_pad_backward(float *grad_in, const float *grad_out, const kx_border *border) {
  int64_t counter[KX_MAX_AXES] = {0};
  const size_t block = border->block;
  do {
    const int64_t at = source(border, counter);
    if (at >= 0) {
      float *to = grad_in + (size_t)at * block;
      for (size_t i = 0; i < block; i++) to[i] += grad_out[i];
    }
    grad_out += block;
  } while (next_block(border, counter));
}

/* For each place of an output, and each pair of taps: out is its block, from that of the input's. */
#define EACH_TAP(RESIZE, IMAGES, BODY)                                                      \
  for (size_t n = 0; n < IMAGES; n++)                                                       \
    for (int32_t i = 0; i < RESIZE->out_height; i++)                                        \
      for (int32_t j = 0; j < RESIZE->out_width; j++) {                                     \
        const size_t to = RESIZE->block *                                                   \
            ((n * (size_t)RESIZE->out_height + (size_t)i) * (size_t)RESIZE->out_width + (size_t)j); \
        for (int32_t a = i * RESIZE->taps; a < (i + 1) * RESIZE->taps; a++)                 \
          for (int32_t b = j * RESIZE->taps; b < (j + 1) * RESIZE->taps; b++) {             \
            const float weight = RESIZE->row_weights[a] * RESIZE->column_weights[b];        \
            const size_t from = RESIZE->block *                                             \
                ((n * (size_t)RESIZE->height + (size_t)RESIZE->rows[a]) * (size_t)RESIZE->width + \
                 (size_t)RESIZE->columns[b]);                                               \
            for (size_t k = 0; k < RESIZE->block; k++) BODY;                                \
          }                                                                                 \
      }

KX_CLONES void kx_resize_images(float *restrict out, const float *restrict in, size_t images,
                                const kx_resize *r) {
  memset(out, 0, images * (size_t)r->out_height * (size_t)r->out_width * r->block * sizeof *out);
  EACH_TAP(r, images, out[to + k] += weight * in[from + k])
}

KX_CLONES void kx_resize_images_backward(float *restrict grad_in, const float *restrict grad_out,
                                         size_t images, const kx_resize *r) {
  EACH_TAP(r, images, grad_in[from + k] += weight * grad_out[to + k])
}
