/* The one table of operators. Their opcodes are made of it, and what goes by the operator (reading its
 * fields, where it reads and writes, running it) is a switch made of it, so that calls are direct and the
 * stack they take is known; what this build leaves out is never called, and a compiler drops it.
 *
 * To add one: a line at the end, and its forms in a kgl_op_*.c. Where no reader of kgl_step.c reads its
 * fields, one there; where no function of kgl_spans.c knows where it reads and writes, one there; where
 * it is to be left out by itself, a switch in kgl_config.h. */
#ifndef KGL_OPERATORS_H
#define KGL_OPERATORS_H

/* What is true of an operator. */
enum {
  KGL_IN_PLACE = 1, /* y may be the very tensor that is x */
  KGL_ALIKE = 2,    /* integer form: x and y are of one type */
  KGL_WITH_B = 4,   /* integer form: there is, or may be, another operand */
  KGL_WITHOUT_X = 8,
  KGL_LAYER = 16,   /* has weights */
  KGL_RULED = 32    /* integer form: there is an exact one beside it, whose types are all int8 but at a border */
};

/* In the order of opcodes, 1, 2, ...: _(KGL_STEP_..., whether it is built in, what is true of it, its reader, where it reads and writes, what
 * runs its float32 form, what runs its integer form) */
#define KGL_OPERATORS(_)                                                                              \
  _(CONVOLUTION, KGL_OP_CONVOLUTION, KGL_LAYER | KGL_WITH_B | KGL_RULED, read_convolution, window_spans,          \
    kgl_op_convolution, kgl_integer_convolution)                                                      \
  _(DENSE, KGL_OP_DENSE, KGL_LAYER | KGL_RULED, read_dense, block_spans, kgl_op_dense, kgl_integer_dense)         \
  _(ACTIVATION, KGL_OP_ACTIVATION, KGL_IN_PLACE | KGL_RULED, read_activation, shape_spans, kgl_op_activation,     \
    kgl_integer_map)                                                                                  \
  _(PRELU, KGL_OP_PRELU, KGL_IN_PLACE | KGL_RULED, read_prelu, shape_spans, kgl_op_prelu, kgl_integer_prelu)      \
  _(SOFTMAX, KGL_OP_SOFTMAX, KGL_IN_PLACE | KGL_RULED, read_softmax, shape_spans, kgl_op_softmax,                 \
    kgl_integer_softmax)                                                                              \
  _(MAX_POOL, KGL_OP_POOL, KGL_ALIKE, read_pool, window_spans, kgl_op_pool, kgl_integer_pool)         \
  _(AVERAGE_POOL, KGL_OP_POOL, KGL_ALIKE | KGL_RULED, read_pool, window_spans, kgl_op_pool, kgl_integer_pool)     \
  _(MEAN, KGL_OP_MEAN, KGL_RULED, read_mean, mean_spans, kgl_op_mean, kgl_integer_mean)                       \
  _(BINARY, KGL_OP_BINARY, KGL_WITH_B | KGL_RULED, read_binary, binary_spans, kgl_op_binary, kgl_integer_binary)  \
  _(COPY, KGL_OP_COPY, KGL_ALIKE, read_copy, block_spans, kgl_op_copy, kgl_op_copy)                   \
  _(PAD, KGL_OP_PAD, KGL_ALIKE, read_pad, pad_spans, kgl_op_pad, kgl_op_pad)                          \
  _(TRANSPOSE, KGL_OP_TRANSPOSE, KGL_ALIKE, read_transpose, axes_spans, kgl_op_transpose,             \
    kgl_op_transpose)                                                                                 \
  _(CONSTANT, KGL_OP_CONSTANT, KGL_WITHOUT_X, read_constant, constant_spans, kgl_op_constant,         \
    kgl_integer_constant)                                                                             \
  _(AFFINE, KGL_OP_AFFINE, KGL_IN_PLACE, read_affine, shape_spans, kgl_op_affine,                     \
    kgl_integer_affine)                                                                               \
  _(SELECT, KGL_OP_SELECT, KGL_IN_PLACE | KGL_ALIKE, read_select, block_spans, kgl_op_select,         \
    kgl_op_select)                                                                                    \
  _(RESIZE, KGL_OP_RESIZE, KGL_ALIKE, read_resize, resize_spans, kgl_op_resize, kgl_op_resize)        \
  _(LOG_SOFTMAX, KGL_OP_LOG_SOFTMAX, KGL_IN_PLACE | KGL_RULED, read_log_softmax, shape_spans, kgl_op_log_softmax, \
    kgl_integer_log_softmax)                                                                          \
  _(ARG_MAX, KGL_OP_ARG_MAX, 0, read_arg_max, arg_max_spans, kgl_op_arg_max, kgl_integer_arg_max)     \
  _(PRODUCT, KGL_OP_PRODUCT, KGL_WITH_B, read_product, product_spans, kgl_op_product, kgl_integer_product)      \
  _(SLIDE, KGL_OP_SLIDE, KGL_ALIKE, read_slide, slide_spans, kgl_op_slide, kgl_op_slide)                  \
  _(SHORT_DENSE, KGL_SHORTS, KGL_LAYER | KGL_RULED, read_short_dense, short_dense_spans, kgl_short_dense,   \
    kgl_short_dense)                                                                                      \
  _(LSTM, KGL_SHORTS, KGL_WITH_B | KGL_RULED, read_lstm, lstm_spans, kgl_exact_lstm, kgl_exact_lstm)      \
  _(SHORT_PRODUCT, KGL_SHORTS, KGL_RULED, read_short_product, short_product_spans, kgl_short_product, kgl_short_product) \
  /* the next */

/* Sets of operators as masks, bit n for opcode n; of those that are built in. */
#define KGL_BIT_IF(name, condition) | (uint32_t)(condition) << KGL_STEP_##name
#define KGL_BUILT(name, built, traits, r, s, f, i) KGL_BIT_IF(name, (built) != 0)
#define KGL_IF_IN_PLACE(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_IN_PLACE) != 0)
#define KGL_IF_ALIKE(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_ALIKE) != 0)
#define KGL_IF_WITH_B(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_WITH_B) != 0)
#define KGL_IF_WITHOUT_X(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_WITHOUT_X) != 0)
#define KGL_IF_RULED(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_RULED) != 0)
#define KGL_IF_LAYER(name, built, traits, r, s, f, i) \
  KGL_BIT_IF(name, (built) && ((traits) & KGL_LAYER) != 0)

/* Whether an opcode is in such a set: KGL_IS_ANY(KGL_IF_LAYER, step->opcode). */
#define KGL_IS_ANY(set, opcode) (((0u KGL_OPERATORS(set)) >> (opcode) & 1u) != 0)

#endif
