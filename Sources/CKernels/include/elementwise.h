#ifndef KX_ELEMENTWISE_H
#define KX_ELEMENTWISE_H

#include <stddef.h>

/* Functions of one number, sums and channel scales, forward and backward; functions.h has further ones. */

typedef enum {
  KX_IDENTITY,
  KX_RELU,         /* max(x, 0) */
  KX_LEAKY_RELU,   /* x where positive, else a x */
  KX_CLIP,         /* min(max(x, a), b) */
  KX_SIGMOID,      /* 1 / (1 + exp(-x)) */
  KX_TANH,
  KX_HARD_SIGMOID, /* min(max(a x + b, 0), 1) */
  KX_HARD_SWISH,   /* x min(max(x / 6 + 1/2, 0), 1) */
  KX_ELU           /* x where positive, else a (exp(x) - 1) */
} kx_function;

typedef struct {
  kx_function function;
  float a;
  float b;
} kx_activation;

/* out[i] = activation(in[i]); out may be in. */
void kx_activate(float *out, const float *in, size_t count, kx_activation activation);

/* grad_in[i] = grad_out[i] times the activation's slope; grad_in may be grad_out.
 *
 * known  the activation's output, from which the slope follows; its input for hard swish and for
 *        a leaky ReLU or an ELU whose a is negative */
void kx_activate_backward(
    float *grad_in, const float *grad_out, const float *known, size_t count,
    kx_activation activation);

/* sum[i] += addend[i] */
void kx_add(float *sum, const float *addend, size_t count);

/* sums[c] = (accumulate ? sums[c] : 0) + the sum of column c. */
void kx_column_sums(
    float *sums /* [columns] */, const float *rows /* [row_count, columns] */, size_t row_count,
    size_t columns, int accumulate);

/* out = in * scale[c] + shift[c] */
void kx_affine(
    float *out, const float *in /* [outer, channels, inner] */, const float *scale,
    const float *shift, size_t outer, size_t channels, size_t inner);

/* grad_in = grad_out * scale[c]; grad_in may be NULL. */
void kx_affine_backward_data(
    float *grad_in, const float *grad_out /* [outer, channels, inner] */, const float *scale,
    size_t outer, size_t channels, size_t inner);

/* grad_scale[c] += sum of grad_out * in; grad_shift[c] += sum of grad_out; either may be NULL. */
void kx_affine_backward_parameters(
    float *grad_scale, float *grad_shift, const float *grad_out,
    const float *in /* [outer, channels, inner] */, size_t outer, size_t channels, size_t inner);

#endif
