/* Dense layers, means and divergences over blocks [elements][lanes] of 16, 32 or 64 samples
 * (sparse_difference.h): what follows most layers, small enough to stay in the nearest caches.
 * Activations, channel scales and pools need nothing of their own: a block is an image whose
 * innermost axis is the samples. */
#ifndef KX_BLOCK_LAYERS_H
#define KX_BLOCK_LAYERS_H

#include <stddef.h>
#include <stdint.h>

/* A matrix as kx_block_dense takes it for blocks of so many lanes: outputs dealt into tiles, each
 * tile [inputs][outputs of the tile]. The same size as before. */
void kx_pack_matrix(const float *matrix /* [outputs, inputs] */, int32_t outputs, int32_t inputs,
                    int32_t lanes, float *packed);

/* y = x times the matrix, plus bias.
 *
 * x     in   block of [vectors, inputs]
 * bias  in   [outputs], or NULL
 * y     out  block of [vectors, outputs] */
void kx_block_dense(const float *x, int32_t vectors, int32_t inputs, int32_t outputs, int32_t lanes,
                    const float *packed, const float *bias, float *y);

/* y = the mean of each channel's elements: blocks of [channels, area] and [channels]. */
void kx_block_mean(const float *x, int32_t channels, int32_t area, int32_t lanes, float *y);

/* A divergence of a block of outputs [rows, columns] from targets. */
typedef struct kx_block_loss {
  int32_t rows, columns;
  /* Squared errors: the teacher's outputs, a block. Otherwise probabilities p, a block. */
  const float *target;
  int32_t squares;
  /* What is compared with the logarithm of the student's probability q, a block: log p for
   * sum of p (log p - log q); NULL for zeros, the cross-entropy. */
  const float *log_target;
  /* Student's outputs are multiplied with this before their softmax: 1 / temperature. */
  float inverse_temperature;
  /* [rows, columns] or NULL for ones. With them a term is w (p log(p / q) - p + q), but w p log q
   * where log_target is NULL. */
  const float *weights;
} kx_block_loss;

/* The sum over samples first ..< last of the block and over all rows; q is each row's softmax. */
double kx_block_divergence(const kx_block_loss *loss, const float *student, int32_t lanes,
                           int32_t first, int32_t last);

/* p = softmax and log_p its logarithm, of each row over the temperature, rounded once from double
 * precision. */
void kx_log_softmax(const float *values /* [rows, columns] */, size_t rows, size_t columns,
                    float temperature, float *p, float *log_p);

#endif
