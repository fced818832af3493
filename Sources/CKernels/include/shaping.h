#ifndef KX_SHAPING_H
#define KX_SHAPING_H

#include <stddef.h>
#include <stdint.h>

#include "binary.h"

/* Moves: layouts, transposes, borders, joins. Nothing is computed but sums of gradients. */

/* out[n, c, r] = in[n, r, c]: channels first to channels last and back. */
void kx_transpose_planes(float *out /* [batch, columns, rows] */,
                         const float *in /* [batch, rows, columns] */, size_t batch, size_t rows,
                         size_t columns);

/* Copies element by element; one step along an axis moves out and in by their strides. */
void kx_copy_strided(float *out, const float *in, int32_t rank, const int64_t *sizes,
                     const int64_t *out_strides, const int64_t *in_strides);

/* Copies rows of `width` elements that lie out_stride and in_stride elements apart. */
void kx_copy_rows(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows,
                  size_t width);

/* A border. The result has `rank` axes of `sizes`, each element a block of `block` contiguous
 * floats. `sources` holds, axis after axis, for each index along the axis where in the input's
 * axis it comes from, -1 for the border. */
typedef struct {
  int32_t rank; /* 1 to KX_MAX_AXES */
  size_t block;
  int64_t sizes[KX_MAX_AXES];
  int64_t in_strides[KX_MAX_AXES]; /* in blocks */
  const int32_t *sources;
} kx_border;

/* out = in with its border; indexes without a source get `value`. */
void kx_pad(float *out, const float *in, const kx_border *border, float value);

/* grad_in += what each element of it was copied to. */
void kx_pad_backward(float *grad_in, const float *grad_out, const kx_border *border);

/* Images [height, width] of blocks of `block` contiguous floats, at another size. Each place of an axis
 * reads `taps` places of the input's, by weights. */
typedef struct {
  int32_t height, width, out_height, out_width, taps;
  size_t block;
  const int32_t *rows, *columns;            /* [out_height, taps], [out_width, taps] */
  const float *row_weights, *column_weights; /* the same */
} kx_resize;

/* out = the sums of what is read, of so many images. */
void kx_resize_images(float *out, const float *in, size_t images, const kx_resize *resize);

/* grad_in += what each element of it added to. */
void kx_resize_images_backward(float *grad_in, const float *grad_out, size_t images, const kx_resize *resize);

#endif
