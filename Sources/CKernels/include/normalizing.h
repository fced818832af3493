#ifndef KX_NORMALIZING_H
#define KX_NORMALIZING_H

#include <stddef.h>

/* Softmax and means along one axis of arrays seen as [outer, axis, inner]. */

/* out = exp(beta in) / sum of exp(beta in) along the axis, beta above 0; out may be in. */
void kx_softmax(float *out, const float *in, size_t outer, size_t axis, size_t inner, float beta);

/* grad_in from softmax's output; grad_in may be grad_out. */
void kx_softmax_backward(float *grad_in, const float *grad_out, const float *out, size_t outer,
                         size_t axis, size_t inner, float beta);

/* out = the logarithm of kx_softmax with a beta of 1; out may be in. */
void kx_softmax_logarithm(float *out, const float *in, size_t outer, size_t axis, size_t inner);

/* grad_in from that logarithm; grad_in may be grad_out. */
void kx_softmax_logarithm_backward(float *grad_in, const float *grad_out, const float *out, size_t outer,
                                   size_t axis, size_t inner);

/* out [outer, inner] = mean of in along the axis. */
void kx_mean(float *out, const float *in, size_t outer, size_t axis, size_t inner);

/* grad_in = grad_out [outer, inner] / axis, repeated along the axis. */
void kx_mean_backward(float *grad_in, const float *grad_out, size_t outer, size_t axis,
                      size_t inner);

#endif
