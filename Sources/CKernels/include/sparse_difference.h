/* The effect of zeroing a few weights on a layer's output, without the layer's product.
 *
 * Zeroing weight w that joins input i to output o lowers that output by w times the input, and
 * touches nothing else; a trial that zeroes a hundredth of a layer costs a hundredth of it.
 * A block is an array [elements][lanes] of 16, 32 or 64 samples, innermost in memory and starting on
 * a cache line, so that one weight meets a whole block in vector registers. Elements are in
 * row-major order, images channels first. An image that a convolution reads has its padding in it,
 * so that no window is special.
 */
#ifndef KX_SPARSE_DIFFERENCE_H
#define KX_SPARSE_DIFFERENCE_H

#include <stdint.h>

/* Samples that a block holds at most. */
#define KX_BLOCK 64

/* One weight that a trial zeroes. */
typedef struct kx_tap {
  int32_t offset; /* input element, from the first of the window */
  float weight;   /* its value */
} kx_tap;

/* Where the windows of a layer lie on its input, and their results in its output. A dense layer over
 * R vectors of I inputs is a row of R windows, I elements apart. */
typedef struct kx_geometry {
  int32_t filters;
  int32_t out_height, out_width; /* windows down and across */
  int32_t step_y, step_x;        /* input elements between windows */
  int32_t filter_stride;         /* output elements between filters */
  int32_t window_stride;         /* output elements between windows */
} kx_geometry;

/* What becomes of each sum before it is written: v * scale[o] + shift[o], then low where v is not
 * above low, then high where v is not below high. */
typedef struct kx_finish {
  const float *scale, *shift; /* [filters]; both NULL for 1 and 0 */
  int32_t limits;             /* whether low and high apply */
  float low, high;
} kx_finish;

/* A candidate set as taps grouped by filter. What contributed nothing makes no tap: weights that are
 * 0 already, and columns whose offset is negative.
 *
 * positions  in   count places in the layer's matrix [filters, columns], ascending
 * offsets    in   [filters / group_filters][columns], what each column of it is multiplied with
 * weights    in   [filters, columns]
 * starts     out  filters + 1 entries: filter o has taps starts[o] ..< starts[o + 1]
 * taps       out  at most count
 *
 * Returns 0, or -1 where positions do not ascend within the matrix. */
int kx_group_taps(const intptr_t *positions, intptr_t count, int32_t filters, int32_t columns,
                  int32_t group_filters, const int32_t *offsets, const float *weights,
                  int32_t *starts, kx_tap *taps);

/* y = finish(base less what the taps contributed).
 *
 * x     in   the layer's input, a block
 * base  in   its output before the trial, a block; y out the same, and not base
 *
 * Cost: one multiply-add a sample for each tap and window. */
void kx_sparse_difference(const kx_geometry *geometry, int32_t lanes, const float *x,
                          const float *base, const int32_t *starts, const kx_tap *taps,
                          const kx_finish *finish, float *y);

/* live[e] = 1 where element e of a block is not 0 in all samples; else it is left as it was. */
void kx_mark_live(const float *block, int32_t elements, int32_t lanes, uint8_t *live);

/* Samples [lanes][elements] to a block; element e goes to places[e], or e where places is NULL. */
void kx_to_block(const float *samples, int32_t elements, int32_t lanes, const int32_t *places,
                 float *block);

/* And back. */
void kx_from_block(const float *block, int32_t elements, int32_t lanes, const int32_t *places,
                   float *samples);

#endif
