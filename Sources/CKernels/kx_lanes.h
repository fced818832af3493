#ifndef KX_LANES_H
#define KX_LANES_H

#include <stdint.h>

/* Sixteen samples of a block; the compiler cuts it to what the processor has. */
typedef float kx_lanes __attribute__((vector_size(64), may_alias));

typedef int32_t kx_lane_mask __attribute__((vector_size(64), may_alias));

enum { KX_LANES = 16 };

/* Where the mask is set a, elsewhere b: C has no ?: of vectors. */
#define KX_SELECT(TYPE, BITS, MASK, A, B) ((TYPE)(((MASK) & (BITS)(A)) | (~(MASK) & (BITS)(B))))

#endif
