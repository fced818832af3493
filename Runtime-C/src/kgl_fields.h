/* Fields that steps are made of, for kgl_step.c: each is read at the cursor and checked by itself
 * (Blob.md, "Plan", "Weights" and "Integer steps"). */
#ifndef KGL_FIELDS_H
#define KGL_FIELDS_H

#include "kgl_plan.h"

#define KGL_FACTOR_MAX (1u << 22) /* c of a term */

/* `bytes` of the parameters section, at the offset that comes next; null, and failed, if they are
 * not all there. */
const uint8_t *kgl_take_parameters(const kgl_model *model, kgl_cursor *cursor, uint32_t bytes);

void kgl_read_numbers(const kgl_model *model, kgl_cursor *cursor, uint32_t count,
                      uint32_t lowest_precision, kgl_numbers *numbers);

/* KGL_OK, or KGL_ERR_UNSUPPORTED where this build lacks the activation. */
kgl_status kgl_read_activation(kgl_cursor *cursor, uint32_t lowest_kind,
                               kgl_activation *activation);

/* A rescale of one multiplier: l, e, m. */
void kgl_read_rescale(kgl_cursor *cursor, kgl_scaling *scaling);

/* A rescale of an exact step, whose exponent is `lowest`...`highest`. */
void kgl_read_exact(kgl_cursor *cursor, int32_t lowest, int32_t highest, kgl_rescale *rescale);

/* An element of int8; what results are kept between; y's zero point and that. */
int8_t kgl_read_element(kgl_cursor *cursor);
void kgl_read_cut(kgl_cursor *cursor, kgl_exact_form *form);
void kgl_read_range(kgl_cursor *cursor, kgl_exact_form *form);

/* Biases of `count` rows or channels. */
void kgl_read_biases(const kgl_model *model, kgl_cursor *cursor, uint32_t count,
                     kgl_scaling *scaling);

/* A layer's weights; of an integer step its scaling too. KGL_OK, or KGL_ERR_UNSUPPORTED where this
 * build lacks its mask or values. */
kgl_status kgl_read_weights(const kgl_model *model, kgl_cursor *cursor, uint32_t rows,
                            uint32_t columns, kgl_step *step);

#endif
