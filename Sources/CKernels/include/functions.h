#ifndef KX_FUNCTIONS_H
#define KX_FUNCTIONS_H

#include <stddef.h>

/* Functions of one number, by the number of their kind (ModelGraph, `MathFunction`). */

/* out[i] = the function of in[i]; out may be in. */
void kx_map(float *out, const float *in, size_t count, unsigned kind, float parameter);

/* grad_in[i] = grad_out[i] times the function's slope at in[i]; grad_in may be grad_out. */
void kx_map_backward(
    float *grad_in, const float *grad_out, const float *in, size_t count, unsigned kind,
    float parameter);

#endif
