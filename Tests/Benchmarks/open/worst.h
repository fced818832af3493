/* Blobs that are slow to open: the steps that worst.c makes them of. */
#ifndef WORST_H
#define WORST_H

#include "../../RuntimeC/builder.h"

/* A blob while it is written. */
typedef struct worst {
  builder b;
  uint32_t vector; /* bytes at the beginning of the parameters, all 11, that steps name */
  uint32_t turn;   /* steps so far: every other one differs, so that a reader gains nothing by
                      remembering the last */
  uint32_t looked; /* bytes that they have looked at: Blob.md, "Limits" */
} worst;

enum { FEW = 64 }; /* a place behind small inputs */

/* Writes one step. */
typedef void worst_step(worst *w);

/* Steps that name the whole vector, or as many numbers as it holds (worst_vectors.c). */
worst_step select_ones, affine_halves, affine_floats, affine_bytes, affine_shorts, constant_bytes,
    integer_affine, integer_biases;

/* Layers, of which the alphabets, the lanes or the small fields are what takes time (worst_layers.c). */
worst_step tables, alphabets, uneven_alphabets, paired_alphabets, holed_alphabets, rare_holes,
    small_alphabets, lanes, last_bank, empty_lanes, dense, integer_dense, convolution, integer_convolution,
    dividing_convolution, dividing_dense;

/* Steps of a few bytes (worst.c has them). */
void put_list(worst *w, uint32_t count, const uint32_t *numbers);

#endif
