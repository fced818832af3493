/* The operators, one a file. Each runs one step that kgl_open has checked: every place lies in the
 * arena and nothing overlaps that may not, so operators look at nothing twice. What each computes
 * is in Blob.md, "Steps" and "Integer steps". Those that only move elements (copy, pad, transpose,
 * select), and resize, do both forms.
 * kgl_operators.h tells how to add one. */
#ifndef KGL_OPS_H
#define KGL_OPS_H

#include "kgl_plan.h"

/* Where a step runs. */
typedef struct kgl_place {
  const kgl_model *model;
  float *arena;
  uint32_t *scratch; /* behind the activations: as much as its largest step needs */
  const uint8_t *kept_lengths; /* the alphabet whose gap table the scratch begins with, or null */
  uint32_t kept_bits;          /* and its flat_bits (kgl_weights.h) */
} kgl_place;

/* The bytes at a place: of a tensor of uint8 or int8. */
KGL_INLINE uint8_t *kgl_bytes_at(const kgl_place *place, uint32_t word) {
  KGL_ASSERT(word <= place->model->activation_bytes / 4);
  return (uint8_t *)(place->arena + word);
}

/* The forms of every operator, float32 and integer: KGL_OK, or KGL_ERR_CORRUPT where a filter's stream
 * is not what the plan says. Only layers can fail. */
#define KGL_FORMS(name, built, traits, r, s, real, integer)         \
  kgl_status real(kgl_place *place, const kgl_step *step);           \
  kgl_status integer(kgl_place *place, const kgl_step *step);
KGL_OPERATORS(KGL_FORMS)

/* Words of scratch of a convolution. */
uint64_t kgl_convolution_words(const kgl_step *step);
uint64_t kgl_integer_convolution_words(const kgl_step *step); /* 2^64 - 1: more than 32 bits count */

/* y[i] = f(x[i]) for i < count; y may be x. */
void kgl_activate(float *y, const float *x, uint32_t count, const kgl_activation *activation);

/* Which of the kernel's taps along one axis fall inside the image: *first ..< *past, empty where
 * none does. `out` is the output's row or column; the image is `size` long and begins `before`
 * after the first window's first tap. All arguments are below 2^18, out x stride below 2^32. */
void kgl_window_taps(uint32_t out, uint32_t size, uint32_t kernel, uint32_t stride,
                     uint32_t dilation, uint32_t before, uint32_t *first, uint32_t *past);

/* Taps of a window along one axis that a mean with counts-padding divides by: those inside the image
 * and its pads (no window begins before these). */
uint32_t kgl_window_counted(const kgl_window *window, uint32_t axis, uint32_t out);

/* The same windows of a convolution in an easier shape, where there is one: a row of outputs as long
 * as can be, of an image of one column, or of one where every pixel is a window. */
void kgl_window_flatten(kgl_window *window);

/* Whether no window of a convolution has a tap outside the image. */
int kgl_window_is_inside(const kgl_window *window);

#endif
