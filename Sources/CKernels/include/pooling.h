#ifndef KX_POOLING_H
#define KX_POOLING_H

#include <stddef.h>
#include <stdint.h>

/* Pools over images kept channels last, [height, width, channels] a sample. */

typedef struct {
  int32_t channels, height, width, out_height, out_width;
  /* Height, then width. */
  int32_t kernel[2], strides[2], dilations[2], pad_before[2], pad_after[2];
} kx_pool;

/* The largest of each window; padding never wins, and a window of padding alone gives 0.
 *
 * winners  out  [batch, out_height, out_width, channels], the tap (row * kernel width + column)
 *               whose value was taken, the first of equals; may be NULL */
void kx_max_pool(float *out, int32_t *winners, const float *in, size_t batch, const kx_pool *pool);

/* Hands each gradient to the winner of its window; grad_in is overwritten. */
void kx_max_pool_backward(float *grad_in, const float *grad_out, const int32_t *winners,
                          size_t batch, const kx_pool *pool);

/* The mean of each window over the taps inside the image, or inside the image and its declared
 * padding where counts_padding; a window without such a tap gives 0. */
void kx_average_pool(float *out, const float *in, size_t batch, const kx_pool *pool,
                     int counts_padding);

/* Spreads each gradient evenly over its window; grad_in is overwritten. */
void kx_average_pool_backward(float *grad_in, const float *grad_out, size_t batch,
                              const kx_pool *pool, int counts_padding);

#endif
