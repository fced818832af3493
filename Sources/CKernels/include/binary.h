#ifndef KX_BINARY_H
#define KX_BINARY_H

#include <stdint.h>

/* Elementwise operations on two arrays that broadcast, forward and backward.
 *
 * The result is contiguous in the order of the axes given; each operand says by how many elements
 * one step along an axis moves it: 0 along an axis over which it is repeated. */

enum { KX_MAX_AXES = 8 };

typedef enum {
  KX_ADD,
  KX_SUBTRACT,
  KX_MULTIPLY,
  KX_DIVIDE,
  KX_MAXIMUM,
  KX_MINIMUM,
  KX_PRELU /* a where positive, else a * b */
} kx_operator;

typedef struct {
  int32_t rank; /* 1 to KX_MAX_AXES */
  int64_t sizes[KX_MAX_AXES];
  int64_t a_strides[KX_MAX_AXES];
  int64_t b_strides[KX_MAX_AXES];
} kx_broadcast;

/* out = a operator b */
void kx_binary(float *out, const float *a, const float *b, const kx_broadcast *shape,
               kx_operator operation);

/* grad_a += grad_out times the slope in a, summed where a is repeated; likewise grad_b. Either may
 * be NULL, and they may be the same array. */
void kx_binary_backward(float *grad_a, float *grad_b, const float *grad_out, const float *a,
                        const float *b, const kx_broadcast *shape, kx_operator operation);

#endif
