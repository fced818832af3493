/* The one reader of steps (Blob.md, "Steps" and "Integer steps"). */
#include <stddef.h>

#include "kgl_fields.h"

/* Whether any of the steps is built in that see a tensor as a block. */
#define KGL_BLOCKS                                                                        \
  (KGL_OP_ACTIVATION || KGL_OP_PRELU || KGL_OP_SOFTMAX || KGL_OP_MEAN || KGL_OP_COPY ||   \
   KGL_OP_CONSTANT || KGL_OP_AFFINE || KGL_OP_SELECT)

#define KGL_TAPS_MAX (1u << 20) /* of an integer mean's window, so that its sums have 32 bits */

static void read_xy(kgl_cursor *cursor, kgl_step *step) {
  step->x = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
}

#if KGL_OP_CONVOLUTION || KGL_OP_POOL
static void take_pair(kgl_cursor *cursor, uint32_t low, uint32_t pair[2]) {
  pair[0] = kgl_take_varint(cursor, low, KGL_IMAGE_MAX);
  pair[1] = kgl_take_varint(cursor, low, KGL_IMAGE_MAX);
}

/* The fields that convolution and pools share, from `in` to `before`; a pool's channels are both
 * its input's and its output's. */
static void read_window(kgl_cursor *cursor, int is_pool, kgl_window *window) {
  window->groups = is_pool ? 1 : kgl_take_size(cursor);
  window->channels = kgl_take_size(cursor);
  take_pair(cursor, 1, window->in);
  window->filters = is_pool ? window->channels : kgl_take_size(cursor);
  take_pair(cursor, 1, window->out);
  take_pair(cursor, 1, window->kernel);
  take_pair(cursor, 1, window->stride);
  take_pair(cursor, 1, window->dilation);
  take_pair(cursor, 0, window->before);
  window->after[0] = window->after[1] = 0;
  if (window->channels % window->groups != 0 || window->filters % window->groups != 0) {
    cursor->failed = 1;
  }
}
#endif

#if KGL_OP_CONVOLUTION
static kgl_status read_convolution(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_window *window = &step->u.window;
  kgl_status status = KGL_OK, weights_status;
  uint32_t columns;
  read_xy(cursor, step);
  read_window(cursor, 0, window);
  columns = kgl_product(window->channels / window->groups,
                        kgl_product(window->kernel[0], window->kernel[1]));
  step->mode = 0;
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) {
    step->mode = kgl_take_byte(cursor, 0, 1);
    if (step->mode) {
      step->b = kgl_take_place(cursor);
      step->factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    } else if (step->types & KGL_B_IS_SIGNED) {
      cursor->failed = 1;
    }
  }
#endif
#if KGL_FLOAT
  if (!KGL_IS_INTEGER(step)) status = kgl_read_activation(cursor, KGL_IDENTITY, &step->activation);
#endif
  weights_status = kgl_read_weights(model, cursor, window->filters, columns, step);
  return status == KGL_OK ? weights_status : status;
}
#endif

#if KGL_OP_DENSE
static kgl_status read_dense(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_status status = KGL_OK, weights_status;
  read_xy(cursor, step);
  block->outer = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  if (!KGL_DENSE_ROWS && block->outer > 1) return KGL_ERR_UNSUPPORTED;
#if KGL_FLOAT
  if (!KGL_IS_INTEGER(step)) status = kgl_read_activation(cursor, KGL_IDENTITY, &step->activation);
#endif
  weights_status = kgl_read_weights(model, cursor, block->middle, block->inner, step);
  return status == KGL_OK ? weights_status : status;
}
#endif

#if KGL_OP_POOL
static void read_pool(kgl_cursor *cursor, kgl_step *step) {
  kgl_window *window = &step->u.window;
  read_xy(cursor, step);
  read_window(cursor, 1, window);
  if (step->opcode == KGL_STEP_MAX_POOL) return;
  take_pair(cursor, 0, window->after);
  step->mode = kgl_take_byte(cursor, 0, 1);
  if (KGL_IS_INTEGER(step) && kgl_product(window->kernel[0], window->kernel[1]) > KGL_TAPS_MAX) {
    cursor->failed = 1;
  }
}
#endif

#if KGL_OP_BINARY
#if KGL_INTEGER
static void read_integer_binary(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  if (step->mode == KGL_ADD || step->mode == KGL_SUBTRACT) {
    step->factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    step->factors[1] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    return;
  }
  kgl_read_rescale(cursor, &step->scaling);
  if (step->mode == KGL_DIVIDE) step->bytes = kgl_take_parameters(model, cursor, 512);
}
#endif

static kgl_status read_binary(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis;
  step->mode = kgl_take_byte(cursor, KGL_ADD, KGL_DIVIDE);
  step->x = kgl_take_place(cursor);
  step->b = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
  axes->rank = kgl_take_varint(cursor, 0, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = kgl_take_size(cursor);
  step->masks[0] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
  step->masks[1] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) read_integer_binary(model, cursor, step);
#endif
#if KGL_FLOAT
  if (!KGL_IS_INTEGER(step)) return kgl_read_activation(cursor, KGL_IDENTITY, &step->activation);
#endif
  (void)model;
  return KGL_OK;
}
#endif

#if KGL_OP_PAD
static void read_pad(kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis;
  step->mode = kgl_take_byte(cursor, KGL_PAD_CONSTANT, KGL_PAD_EDGE);
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) step->factors[0] = kgl_take_byte(cursor, 0, 255);
#endif
#if KGL_FLOAT
  if (!KGL_IS_INTEGER(step)) step->value = kgl_take_float(cursor);
#endif
  read_xy(cursor, step);
  axes->rank = kgl_take_varint(cursor, 1, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = kgl_take_size(cursor);
  for (axis = 0; axis < 2 * axes->rank; axis++) {
    uint32_t *pads = axis < axes->rank ? axes->before : axes->after;
    uint32_t r = axis < axes->rank ? axis : axis - axes->rank;
    uint32_t most = step->mode == KGL_PAD_REFLECT ? axes->sizes[r] - 1 : KGL_SIZE_MAX;
    pads[r] = kgl_take_varint(cursor, 0, most);
  }
}
#endif

#if KGL_OP_TRANSPOSE
static void read_transpose(kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis, seen = 0;
  read_xy(cursor, step);
  axes->rank = kgl_take_varint(cursor, 1, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = kgl_take_size(cursor);
  for (axis = 0; axis < axes->rank; axis++) {
    axes->before[axis] = kgl_take_varint(cursor, 0, axes->rank - 1);
    seen |= 1u << axes->before[axis];
  }
  if (seen != (1u << axes->rank) - 1) cursor->failed = 1;
}
#endif

#if KGL_BLOCKS
/* The fields of the steps that see a tensor as a block; of the integer form, up to what it has
 * besides. */
static void read_block(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  if (KGL_OP_CONSTANT && step->opcode == KGL_STEP_CONSTANT) {
    step->y = kgl_take_place(cursor);
    block->inner = kgl_take_size(cursor);
    return;
  }
  read_xy(cursor, step);
  switch (step->opcode) {
#if KGL_OP_ACTIVATION
    case KGL_STEP_ACTIVATION:
      block->inner = kgl_take_size(cursor);
      return;
#endif
#if KGL_OP_PRELU || KGL_OP_SOFTMAX
    case KGL_STEP_PRELU:
    case KGL_STEP_SOFTMAX:
      block->outer = kgl_take_size(cursor);
      block->middle = kgl_take_size(cursor);
      block->inner = kgl_take_size(cursor);
      return;
#endif
#if KGL_OP_COPY
    case KGL_STEP_COPY:
      block->outer = kgl_take_size(cursor);
      block->inner = kgl_take_size(cursor);
      block->middle = kgl_take_size(cursor);
      block->offset = kgl_take_varint(cursor, 0, KGL_SIZE_MAX);
      if (block->offset + block->inner > block->middle) cursor->failed = 1;
      return;
#endif
#if KGL_OP_SELECT
    case KGL_STEP_SELECT:
      block->outer = kgl_take_size(cursor);
      block->inner = kgl_take_size(cursor);
      block->middle = kgl_take_varint(cursor, 1, block->inner);
      step->bitmap = kgl_take_parameters(model, cursor, (block->inner + 7) / 8);
      return;
#endif
    default: /* KGL_STEP_MEAN, KGL_STEP_AFFINE */
      block->middle = kgl_take_size(cursor);
      block->inner = kgl_take_size(cursor);
      (void)model;
      return;
  }
}

#if KGL_FLOAT
/* What the float form of such a step has besides. */
static kgl_status read_float_block(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  const kgl_block *block = &step->u.block;
  uint32_t vectors = 0, i;
  switch (step->opcode) {
    case KGL_STEP_ACTIVATION:
      return kgl_read_activation(cursor, KGL_RELU, &step->activation);
    case KGL_STEP_PRELU:
    case KGL_STEP_CONSTANT:
      vectors = 1;
      break;
    case KGL_STEP_AFFINE:
      vectors = 2;
      break;
    default:
      break;
  }
  for (i = 0; i < vectors; i++) {
    uint32_t count = step->opcode == KGL_STEP_CONSTANT ? block->inner : block->middle;
    kgl_read_numbers(model, cursor, count, KGL_HALVES, &step->numbers[i]);
  }
  return step->opcode == KGL_STEP_SOFTMAX && !KGL_MATH ? KGL_ERR_UNSUPPORTED : KGL_OK;
}
#endif

#if KGL_INTEGER
#if KGL_OP_SOFTMAX
static void read_integer_softmax(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  step->bytes_count = kgl_take_varint(cursor, 1, 256);
  step->bytes = kgl_take_parameters(model, cursor, 2 * step->bytes_count);
  if (step->bytes == NULL || kgl_read16(step->bytes) == 0 || step->u.block.middle > 65535 ||
      (step->types & KGL_Y_IS_SIGNED) != 0) {
    cursor->failed = 1;
  }
}
#endif

/* What the integer form of such a step has besides. */
static void read_integer_block(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  const kgl_block *block = &step->u.block;
  (void)model;
  (void)block;
  switch (step->opcode) {
#if KGL_OP_ACTIVATION
    case KGL_STEP_ACTIVATION:
      step->bytes = kgl_take_parameters(model, cursor, 256);
      return;
#endif
#if KGL_OP_PRELU
    case KGL_STEP_PRELU:
      step->factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
      step->bytes = kgl_take_parameters(model, cursor, 2 * block->middle);
      return;
#endif
#if KGL_OP_SOFTMAX
    case KGL_STEP_SOFTMAX:
      read_integer_softmax(model, cursor, step);
      return;
#endif
#if KGL_OP_MEAN
    case KGL_STEP_MEAN:
      kgl_read_rescale(cursor, &step->scaling);
      return;
#endif
#if KGL_OP_CONSTANT
    case KGL_STEP_CONSTANT:
      step->bytes = kgl_take_parameters(model, cursor, block->inner);
      return;
#endif
#if KGL_OP_AFFINE
    case KGL_STEP_AFFINE:
      step->bytes = kgl_take_parameters(model, cursor, 2 * block->middle);
      kgl_read_biases(model, cursor, block->middle, &step->scaling);
      return;
#endif
    default:
      return;
  }
}
#endif
#endif

#if KGL_INTEGER
/* Whether the types of an integer step are ones it may have. */
static int are_types_allowed(const kgl_step *step) {
  const uint32_t x = step->types & KGL_X_IS_SIGNED, y = (step->types & KGL_Y_IS_SIGNED) >> 1;
  const uint32_t with_b =
      KGL_OP_CONVOLUTION << KGL_STEP_CONVOLUTION | KGL_OP_BINARY << KGL_STEP_BINARY;
  const uint32_t alike = /* x and y are */
      KGL_OP_POOL << KGL_STEP_MAX_POOL | KGL_OP_POOL << KGL_STEP_AVERAGE_POOL |
      KGL_OP_COPY << KGL_STEP_COPY | KGL_OP_PAD << KGL_STEP_PAD |
      KGL_OP_TRANSPOSE << KGL_STEP_TRANSPOSE | KGL_OP_SELECT << KGL_STEP_SELECT;
  const uint32_t opcode = 1u << step->opcode;
  if ((step->types & KGL_B_IS_SIGNED) != 0 && (with_b & opcode) == 0) return 0;
  if ((alike & opcode) != 0 && x != y) return 0;
  return !KGL_OP_CONSTANT || x == 0 || step->opcode != KGL_STEP_CONSTANT;
}
#endif

/* Whether this build runs an opcode of 1...15. */
static int is_built_in(uint32_t opcode) {
    const uint32_t built_in =
      KGL_OP_CONVOLUTION << KGL_STEP_CONVOLUTION | KGL_OP_DENSE << KGL_STEP_DENSE |
      KGL_OP_ACTIVATION << KGL_STEP_ACTIVATION | KGL_OP_PRELU << KGL_STEP_PRELU |
      KGL_OP_SOFTMAX << KGL_STEP_SOFTMAX | KGL_OP_POOL << KGL_STEP_MAX_POOL |
      KGL_OP_POOL << KGL_STEP_AVERAGE_POOL | KGL_OP_MEAN << KGL_STEP_MEAN |
      KGL_OP_BINARY << KGL_STEP_BINARY | KGL_OP_COPY << KGL_STEP_COPY |
      KGL_OP_PAD << KGL_STEP_PAD | KGL_OP_TRANSPOSE << KGL_STEP_TRANSPOSE |
      KGL_OP_CONSTANT << KGL_STEP_CONSTANT | KGL_OP_AFFINE << KGL_STEP_AFFINE |
      KGL_OP_SELECT << KGL_STEP_SELECT;
  return (built_in >> opcode & 1u) != 0;
}

/* The opcode, and of an integer step its types. */
static kgl_status read_opcode(kgl_cursor *cursor, kgl_step *step) {
  uint32_t opcode =
      kgl_take_byte(cursor, KGL_STEP_CONVOLUTION, KGL_STEP_SELECT + KGL_STEP_INTEGER);
  step->is_integer = opcode > KGL_STEP_INTEGER;
  if (step->is_integer) opcode -= KGL_STEP_INTEGER;
  step->opcode = opcode;
  if (cursor->failed || opcode > KGL_STEP_SELECT) return KGL_ERR_CORRUPT;
  if (!is_built_in(opcode)) return KGL_ERR_UNSUPPORTED;
  if (step->is_integer ? !KGL_INTEGER : !KGL_FLOAT) return KGL_ERR_UNSUPPORTED;
#if KGL_INTEGER
  if (step->is_integer) {
    step->types = kgl_take_byte(cursor, 0, 7);
    if (!are_types_allowed(step)) return KGL_ERR_CORRUPT;
  }
#endif
  return KGL_OK;
}

void kgl_step_begin(kgl_step *step) {
  uint32_t i;
  for (i = 0; i < KGL_GAP_ALPHABETS_MAX; i++) step->weights.gaps[i].lengths = NULL;
  for (i = 0; i < KGL_ALPHABETS_MAX; i++) step->weights.codes[i].lengths = NULL;
}

kgl_status kgl_read_step(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_status status = read_opcode(cursor, step);
  if (status != KGL_OK) return status;
  switch (step->opcode) {
#if KGL_OP_CONVOLUTION
    case KGL_STEP_CONVOLUTION:
      status = read_convolution(model, cursor, step);
      break;
#endif
#if KGL_OP_DENSE
    case KGL_STEP_DENSE:
      status = read_dense(model, cursor, step);
      break;
#endif
#if KGL_OP_POOL
    case KGL_STEP_MAX_POOL:
    case KGL_STEP_AVERAGE_POOL:
      read_pool(cursor, step);
      break;
#endif
#if KGL_OP_BINARY
    case KGL_STEP_BINARY:
      status = read_binary(model, cursor, step);
      break;
#endif
#if KGL_OP_PAD
    case KGL_STEP_PAD:
      read_pad(cursor, step);
      break;
#endif
#if KGL_OP_TRANSPOSE
    case KGL_STEP_TRANSPOSE:
      read_transpose(cursor, step);
      break;
#endif
#if KGL_BLOCKS
    default:
      step->u.block.outer = step->u.block.middle = step->u.block.inner = 1;
      step->u.block.offset = 0;
      read_block(model, cursor, step);
#if KGL_FLOAT
      if (!KGL_IS_INTEGER(step)) status = read_float_block(model, cursor, step);
#endif
#if KGL_INTEGER
      if (KGL_IS_INTEGER(step)) read_integer_block(model, cursor, step);
#endif
      break;
#endif
  }
  return cursor->failed ? KGL_ERR_CORRUPT : status;
}
