/* What tests of integer steps make, and their oracle: the integer rule in 64 bits (Formats/Blob.md,
 * "Integer steps"). */
#ifndef INTEGERS_H
#define INTEGERS_H

#include "fixtures.h"
#include "reference.h"

enum { X_SIGNED = 1, Y_SIGNED = 2, R_SIGNED = 4 }; /* types */

/* A random layer whose levels are whole numbers. flat_bits: all its codes have so many bits, and it has
 * as many levels as that; 0: as planned. precision: of the table, SCALED or SHORTS. */
layer random_integer_layer(generator *g, uint32_t rows, uint32_t columns, const layer_plan *plan,
                           uint32_t flat_bits, int precision);

/* Random multipliers and biases that spread the outputs over their range; free with scaling_free. */
scaling random_scaling(generator *g, const layer *l);
void scaling_free(scaling *s);

uint8_t *random_bytes(generator *g, uint32_t count); /* the caller frees these */

/* x: [rows, inputs], y: [rows, outputs] */
void ref_integer_dense(uint32_t rows, const layer *l, const scaling *s, uint32_t types,
                       const uint8_t *x, uint8_t *y);

/* r: the residual, or null; c its factor. */
void ref_integer_convolution(const window *w, const layer *l, const scaling *s, uint32_t types,
                             const uint8_t *x, const uint8_t *r, int32_t c, uint8_t *y);

/* Open and run a blob (freed here) in an arena of exactly the bytes it asks for, and compare output 0,
 * byte by byte. `wanted`: what kgl_open must give. */
void check_bytes(const char *name, uint32_t which, builder *b, kgl_status wanted,
                 const void *const *inputs, const uint8_t *expected, uint32_t count);

/* A convolution with a residual, a convolution that copies its input, and a dense layer in two lanes. */
void integer_network(builder *b, uint64_t seed);

#endif
