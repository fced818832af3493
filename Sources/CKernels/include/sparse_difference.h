/* The effect of zeroing a few weights on a layer's output, without the layer's product.
 *
 * Zeroing weight w that joins input i to output o lowers that output by w times the input, and
 * touches nothing else; a trial that zeroes a hundredth of a layer costs a hundredth of its product.
 * Samples come in blocks of KX_BLOCK, innermost in memory, so that one weight meets a whole block
 * in vector registers. */
#ifndef KX_SPARSE_DIFFERENCE_H
#define KX_SPARSE_DIFFERENCE_H

#include <stdint.h>

/* Samples in a block. */
#define KX_BLOCK 64

/* One weight that a trial zeroes, as seen from an output position. */
typedef struct kx_tap {
  int32_t offset; /* input element, from channel 0 of the window's first pixel */
  float weight;   /* its value */
  int32_t dy, dx; /* rows and columns from the window's first element; 0 for a dense layer */
} kx_tap;

/* Where the windows of a layer lie on its input, channels last. A dense layer over R vectors of I
 * inputs is an image of 1 x R pixels and I channels with R windows of one pixel. */
typedef struct kx_geometry {
  int32_t height, width, channels;   /* of the input */
  int32_t out_height, out_width;     /* windows down and across */
  int32_t stride_y, stride_x;        /* between windows */
  int32_t top, left;                 /* padding before */
  int32_t reach_y, reach_x;          /* largest dy and dx of any tap of the layer */
  int32_t rows;                      /* filters */
} kx_geometry;

/* y = base less what the taps contributed.
 *
 * x        in   [height][width][channels][KX_BLOCK]
 * base     in   [windows][rows][KX_BLOCK], the layer's output before the trial
 * starts   in   rows + 1 entries: filter o zeroes taps starts[o] ..< starts[o + 1]
 * scratch       rows * KX_BLOCK floats
 * y        out  [KX_BLOCK][windows][rows]: channels last for a convolution, row-major for dense
 *
 * Cost: one multiply-add a sample for each tap and window. */
void kx_sparse_difference(const kx_geometry *geometry, const float *x, const float *base,
                          const int32_t *starts, const kx_tap *taps, float *scratch, float *y);

/* Transposes samples to blocks: y[e][n] = x[n][e] for n < count, and 0 up to KX_BLOCK. */
void kx_to_block(const float *x, int32_t count, int32_t elements, float *y);

#endif
