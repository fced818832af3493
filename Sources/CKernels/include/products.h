#ifndef KX_PRODUCTS_H
#define KX_PRODUCTS_H

#include <stddef.h>

/* Matrices times matrices, row-major, one behind the other. */
typedef struct {
  size_t count; /* of matrices */
  size_t rows, inner, columns;
} kx_products;

/* y = a b */
void kx_multiply_matrices(
    float *y /* [count, rows, columns] */, const float *a /* [count, rows, inner] */,
    const float *b /* [count, inner, columns] */, kx_products sizes);

/* grad_a = grad_y b' */
void kx_multiply_matrices_backward_left(
    float *grad_a, const float *grad_y, const float *b, kx_products sizes);

/* grad_b = a' grad_y */
void kx_multiply_matrices_backward_right(
    float *grad_b, const float *grad_y, const float *a, kx_products sizes);

#endif
