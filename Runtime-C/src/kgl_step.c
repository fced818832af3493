/* The one reader of steps (Blob.md, "Steps" and "Integer steps"). */
#include <stddef.h>

#include "kgl_fields.h"

#define KGL_TAPS_MAX (1u << 20) /* of an integer mean's window, so that its sums have 32 bits */

static void read_xy(kgl_cursor *cursor, kgl_step *step) {
  step->x = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
}

/* --- Windows --------------------------------------------------------------------------------- */

static void take_pair(kgl_cursor *cursor, uint32_t low, uint32_t pair[2]) {
  pair[0] = kgl_take_varint(cursor, low, KGL_IMAGE_MAX);
  pair[1] = kgl_take_varint(cursor, low, KGL_IMAGE_MAX);
}

/* The fields that convolution and pools share, from `in` to `before`; a pool's channels are both
 * its input's and its output's. */
static void read_window(kgl_cursor *cursor, int is_pool, kgl_window *window) {
  const uint32_t groups = is_pool ? 1 : kgl_take_size(cursor);
  window->channels = kgl_take_size(cursor);
  take_pair(cursor, 1, window->in);
  window->filters = is_pool ? window->channels : kgl_take_size(cursor);
  take_pair(cursor, 1, window->out);
  take_pair(cursor, 1, window->kernel);
  take_pair(cursor, 1, window->stride);
  take_pair(cursor, 1, window->dilation);
  take_pair(cursor, 0, window->before);
  window->after[0] = window->after[1] = 0;
  if (is_pool) return;
  window->group_channels = window->channels / groups;
  window->group_filters = window->filters / groups;
  if (window->group_channels * groups != window->channels ||
      window->group_filters * groups != window->filters) {
    kgl_cursor_fail(cursor, cursor->at);
  }
}

/* A residual, or none. */
static void read_residual(kgl_cursor *cursor, kgl_step *step) {
  step->mode = kgl_take_byte(cursor, 0, 1);
  if (step->mode) {
    step->b = kgl_take_place(cursor);
    step->form.integer.factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
  } else if (step->form.integer.types & KGL_B_IS_SIGNED) {
    kgl_cursor_fail(cursor, cursor->at);
  }
}

/* What an exact layer has in place of a residual. */
static void read_exact_range(kgl_cursor *cursor, int has_border, kgl_exact_form *form) {
  form->border = has_border ? kgl_read_element(cursor) : 0;
  kgl_read_range(cursor, form);
}

static void read_exact_mean(kgl_cursor *cursor, const kgl_block *block, kgl_exact_form *form) {
  if (block->inner > KGL_TAPS_MAX) kgl_cursor_fail(cursor, cursor->at);
  kgl_read_exact(cursor, -31, 30, &form->scales[0]);
  form->bias = (int32_t)kgl_take_varint(cursor, 0, 1u << 29) - (1 << 28);
  kgl_read_range(cursor, form);
}

static void read_exact_binary(kgl_cursor *cursor, uint32_t operator, kgl_exact_form *form) {
  uint32_t i;
  if (operator == KGL_DIVIDE) kgl_cursor_fail(cursor, cursor->at);
  if (operator == KGL_MAXIMUM || operator == KGL_MINIMUM) {
    kgl_read_cut(cursor, form);
    return;
  }
  form->zeros[0] = kgl_read_element(cursor);
  form->zeros[1] = kgl_read_element(cursor);
  if (operator == KGL_MULTIPLY) {
    kgl_read_exact(cursor, -31, 30, &form->scales[0]);
  } else {
    for (i = 0; i < 3; i++) kgl_read_exact(cursor, -31, 0, &form->scales[i]);
  }
  kgl_read_range(cursor, form);
}

static void read_exact_prelu(const kgl_model *model, kgl_cursor *cursor, const kgl_block *block,
                             kgl_exact_form *form) {
  form->zeros[0] = kgl_read_element(cursor);
  form->zeros[1] = kgl_read_element(cursor);
  kgl_read_exact(cursor, -31, 30, &form->scales[0]);
  kgl_read_exact(cursor, -31, 30, &form->scales[1]);
  kgl_read_range(cursor, form);
  form->slopes = kgl_take_parameters(model, cursor, block->middle);
}

static void read_exact_softmax(kgl_cursor *cursor, const kgl_block *block, kgl_exact_form *form) {
  if (block->middle > 4095) kgl_cursor_fail(cursor, cursor->at);
  kgl_read_exact(cursor, 0, 30, &form->scales[0]);
}

static void read_exact_pool(kgl_cursor *cursor, const kgl_window *window, kgl_exact_form *form) {
  kgl_read_cut(cursor, form);
  if (kgl_product(window->kernel[0], window->kernel[1]) > KGL_TAPS_MAX) kgl_cursor_fail(cursor, cursor->at);
}

static kgl_status read_convolution(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_window *window = KGL_WINDOW_OF(step);
  kgl_status status = KGL_OK, weights_status;
  uint32_t columns;
  read_xy(cursor, step);
  read_window(cursor, 0, window);
  columns = kgl_product(window->group_channels, kgl_product(window->kernel[0], window->kernel[1]));
  step->mode = 0;
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) {
    read_exact_range(cursor, 1, &step->form.exact);
  } else if (KGL_IS_INTEGER(step)) {
    read_residual(cursor, step);
  } else {
    status = kgl_read_activation(cursor, KGL_IDENTITY, &step->form.real.activation);
  }
  weights_status = kgl_read_weights(model, cursor, window->filters, columns, step);
  return status == KGL_OK ? weights_status : status;
}

static kgl_status read_dense(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_status status = KGL_OK, weights_status;
  read_xy(cursor, step);
  block->outer = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  if (!KGL_DENSE_ROWS && block->outer > 1) return KGL_ERR_UNSUPPORTED;
  if (!KGL_IS_INTEGER(step)) {
    status = kgl_read_activation(cursor, KGL_IDENTITY, &step->form.real.activation);
  } else if (KGL_IS_EXACT(step)) {
    read_exact_range(cursor, 0, &step->form.exact);
  }
  weights_status = kgl_read_weights(model, cursor, block->middle, block->inner, step);
  return status == KGL_OK ? weights_status : status;
}

/* The exact form is the only one. */
static int is_exact_step(kgl_cursor *cursor, const kgl_step *step) {
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) return 1;
  kgl_cursor_fail(cursor, cursor->at);
  return 0;
}

static kgl_status read_short_dense(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_exact_form *form = &step->form.exact;
  if (!is_exact_step(cursor, step)) return KGL_OK;
  read_xy(cursor, step);
  block->outer = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  form->zero = 0;
  form->low = -128;
  form->high = 127;
  return kgl_read_weights(model, cursor, block->middle, block->inner, step);
}

static kgl_status read_short_product(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_exact_form *form = &step->form.exact;
  if (!is_exact_step(cursor, step)) return KGL_OK;
  read_xy(cursor, step);
  block->outer = 1;
  block->middle = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  kgl_read_exact(cursor, -31, 30, &form->scales[0]);
  form->zero = kgl_read_element(cursor);
  form->low = -128;
  form->high = 127;
  form->slopes = kgl_take_parameters(model, cursor, 2 * kgl_product(block->middle, block->inner));
  form->rows = kgl_take_parameters(model, cursor, 4 * block->middle);
  return KGL_OK;
}

static kgl_status read_lstm(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_exact_form *form = &step->form.exact;
  kgl_block *block = &step->u.block;
  (void)model;
  if (!is_exact_step(cursor, step)) return KGL_OK;
  step->mode = kgl_take_byte(cursor, KGL_LSTM_CELL, KGL_LSTM_OUTPUT);
  step->x = kgl_take_place(cursor);
  step->b = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
  block->outer = block->middle = 1;
  block->inner = kgl_take_size(cursor);
  form->zeros[0] = (int8_t)-(int32_t)kgl_take_byte(cursor, 0, 15);
  step->masks[0] = step->y;
  if (step->mode == KGL_LSTM_CELL) {
    form->bias = (int32_t)kgl_take_varint(cursor, 0, 32767);
    return KGL_OK;
  }
  step->masks[0] = kgl_take_place(cursor);
  kgl_read_exact(cursor, -31, 30, &form->scales[0]);
  form->zero = kgl_read_element(cursor);
  form->low = -128;
  form->high = 127;
  return KGL_OK;
}

static kgl_status read_pool(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_window *window = KGL_WINDOW_OF(step);
  (void)model;
  read_xy(cursor, step);
  read_window(cursor, 1, window);
  if (step->opcode == KGL_STEP_MAX_POOL) return KGL_OK;
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) {
    step->mode = 0;
    read_exact_pool(cursor, window, &step->form.exact);
    return KGL_OK;
  }
  take_pair(cursor, 0, window->after);
  step->mode = kgl_take_byte(cursor, 0, 1);
  if (KGL_IS_INTEGER(step) && kgl_product(window->kernel[0], window->kernel[1]) > KGL_TAPS_MAX) {
    kgl_cursor_fail(cursor, cursor->at);
  }
  return KGL_OK;
}

static void read_line(kgl_cursor *cursor, kgl_line *line) {
  line->unit = kgl_take_varint(cursor, 1, 1u << KGL_UNIT_BITS);
  line->step = kgl_take_varint(cursor, 0, KGL_IMAGE_MAX);
  line->step_rest = kgl_take_varint(cursor, 0, line->unit - 1);
  line->start = (int32_t)kgl_take_varint(cursor, 0, 2 * KGL_IMAGE_MAX) - (int32_t)KGL_IMAGE_MAX;
  line->start_rest = kgl_take_varint(cursor, 0, line->unit - 1);
}

static kgl_status read_resize(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_resize *resize = KGL_RESIZE_OF(step);
  uint32_t axis;
  (void)model;
  step->mode = kgl_take_byte(cursor, KGL_NEAREST, KGL_LINEAR);
  read_xy(cursor, step);
  resize->channels = kgl_take_size(cursor);
  take_pair(cursor, 1, resize->in);
  take_pair(cursor, 1, resize->out);
  for (axis = 0; axis < 2; axis++) {
    const uint32_t *unit = &resize->lines[axis].unit;
    read_line(cursor, &resize->lines[axis]);
    if (KGL_IS_INTEGER(step) && step->mode == KGL_LINEAR &&
        (*unit < 1u << KGL_WEIGHT_BITS || (*unit & (*unit - 1)) != 0)) {
      kgl_cursor_fail(cursor, cursor->at);
    }
  }
  return KGL_OK;
}

/* --- Axes ------------------------------------------------------------------------------------ */

static void read_sizes(kgl_cursor *cursor, uint32_t lowest_rank, kgl_axes *axes) {
  uint32_t axis;
  axes->rank = kgl_take_varint(cursor, lowest_rank, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = kgl_take_size(cursor);
}

static void read_integer_binary(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_integer_form *form = &step->form.integer;
  if (step->mode != KGL_MULTIPLY && step->mode != KGL_DIVIDE) {
    form->factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    form->factors[1] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    return;
  }
  kgl_read_rescale(cursor, &form->scaling);
  if (step->mode == KGL_DIVIDE) form->bytes = kgl_take_parameters(model, cursor, 512);
}

static kgl_status read_binary(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = KGL_AXES_OF(step);
  step->mode = kgl_take_byte(cursor, KGL_ADD, KGL_MINIMUM);
  step->x = kgl_take_place(cursor);
  step->b = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
  read_sizes(cursor, 0, axes);
  step->masks[0] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
  step->masks[1] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
  if (!KGL_IS_INTEGER(step)) {
    return kgl_read_activation(cursor, KGL_IDENTITY, &step->form.real.activation);
  }
  if (KGL_IS_EXACT(step)) {
    read_exact_binary(cursor, step->mode, &step->form.exact);
  } else {
    read_integer_binary(model, cursor, step);
  }
  return KGL_OK;
}

static kgl_status read_pad(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = KGL_AXES_OF(step);
  uint32_t axis;
  (void)model;
  step->mode = kgl_take_byte(cursor, KGL_PAD_CONSTANT, KGL_PAD_SYMMETRIC);
  if (KGL_IS_INTEGER(step)) {
    step->form.integer.factors[0] = kgl_take_byte(cursor, 0, 255);
  } else {
    step->form.real.value = kgl_take_float(cursor);
  }
  read_xy(cursor, step);
  read_sizes(cursor, 1, axes);
  for (axis = 0; axis < 2 * axes->rank; axis++) {
    uint32_t *pads = axis < axes->rank ? axes->before : axes->after;
    uint32_t r = axis < axes->rank ? axis : axis - axes->rank;
    uint32_t most = KGL_SIZE_MAX;
    if (step->mode == KGL_PAD_REFLECT) most = axes->sizes[r] - 1;
    if (step->mode == KGL_PAD_SYMMETRIC) most = axes->sizes[r];
    pads[r] = kgl_take_varint(cursor, 0, most);
  }
  return KGL_OK;
}

static kgl_status read_transpose(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = KGL_AXES_OF(step);
  uint32_t axis, seen = 0;
  (void)model;
  read_xy(cursor, step);
  read_sizes(cursor, 1, axes);
  for (axis = 0; axis < axes->rank; axis++) {
    axes->before[axis] = kgl_take_varint(cursor, 0, axes->rank - 1);
    seen |= 1u << axes->before[axis];
  }
  if (seen != (1u << axes->rank) - 1) kgl_cursor_fail(cursor, cursor->at);
  return KGL_OK;
}

/* --- Blocks ---------------------------------------------------------------------------------- */

/* A block of one size, of two, or of outer, middle, inner; the others are 1. */
static void read_inner(kgl_cursor *cursor, kgl_block *block) {
  block->outer = block->middle = 1;
  block->inner = kgl_take_size(cursor);
}

static void read_channels(kgl_cursor *cursor, kgl_block *block) {
  block->outer = 1;
  block->middle = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
}

static void read_block(kgl_cursor *cursor, kgl_block *block) {
  block->outer = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
}

/* Of a function of each element; in integers it is a table. */
static kgl_status read_elements(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  read_xy(cursor, step);
  read_inner(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step)) step->form.integer.bytes = kgl_take_parameters(model, cursor, 256);
  return KGL_OK;
}

/* Of an exact step between float32 and bytes: the types of both are known here. */
static kgl_status read_border(kgl_cursor *cursor, kgl_step *step) {
  kgl_exact_form *form = &step->form.exact;
  read_xy(cursor, step);
  read_inner(cursor, &step->u.block);
  step->mode = kgl_take_byte(cursor, 0, 2);
  form->rounds_once = step->mode == 2;
  step->mode &= 1u;
  if ((form->types & (step->mode ? KGL_Y_IS_SIGNED : KGL_X_IS_SIGNED)) != 0) kgl_cursor_fail(cursor, cursor->at);
  form->unit = kgl_take_float(cursor);
  if (kgl_float_bits(form->unit) - 1 >= 0x7F7FFFFFu) kgl_cursor_fail(cursor, cursor->at); /* above 0 */
  form->zero = kgl_read_element(cursor);
  return KGL_BORDER ? KGL_OK : KGL_ERR_UNSUPPORTED;
}

static kgl_status read_activation(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) return read_border(cursor, step);
  read_elements(model, cursor, step);
  if (KGL_IS_INTEGER(step)) return KGL_OK;
  return kgl_read_activation(cursor, KGL_RELU, &step->form.real.activation);
}

static kgl_status read_prelu(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  const kgl_block *block = &step->u.block;
  read_xy(cursor, step);
  read_block(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) {
    read_exact_prelu(model, cursor, block, &step->form.exact);
  } else if (KGL_IS_INTEGER(step)) {
    step->form.integer.factors[0] = kgl_take_varint(cursor, 0, KGL_FACTOR_MAX);
    step->form.integer.bytes = kgl_take_parameters(model, cursor, 2 * block->middle);
  } else {
    kgl_read_numbers(model, cursor, block->middle, KGL_HALVES, &step->form.real.numbers[0]);
  }
  return KGL_OK;
}

static kgl_status read_softmax(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_integer_form *form = &step->form.integer;
  read_xy(cursor, step);
  read_block(cursor, &step->u.block);
  if (!KGL_IS_INTEGER(step)) return KGL_MATH ? KGL_OK : KGL_ERR_UNSUPPORTED;
  if (KGL_IS_EXACT(step)) {
    read_exact_softmax(cursor, &step->u.block, &step->form.exact);
    return KGL_OK;
  }
  form->bytes_count = kgl_take_varint(cursor, 1, 256);
  form->bytes = kgl_take_parameters(model, cursor, 2 * form->bytes_count);
  if (form->bytes == NULL || kgl_read16(form->bytes) == 0 || step->u.block.middle > 65535 ||
      (form->types & KGL_Y_IS_SIGNED) != 0) {
    kgl_cursor_fail(cursor, cursor->at);
  }
  return KGL_OK;
}

/* The fields of both integer forms are those of the exact softmax. */
static kgl_status read_log_softmax(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  (void)model;
  read_xy(cursor, step);
  read_block(cursor, &step->u.block);
  if (!KGL_IS_INTEGER(step)) return KGL_MATH ? KGL_OK : KGL_ERR_UNSUPPORTED;
  read_exact_softmax(cursor, &step->u.block, &step->form.exact);
  if ((step->form.exact.types & KGL_Y_IS_SIGNED) == 0) kgl_cursor_fail(cursor, cursor->at);
  return KGL_EXACT ? KGL_OK : KGL_ERR_UNSUPPORTED;
}

/* y is of words: its bit of the types says nothing. */
static kgl_status read_arg_max(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  (void)model;
  step->mode = kgl_take_byte(cursor, KGL_LARGEST, KGL_LEAST);
  read_xy(cursor, step);
  read_block(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step) && (step->form.integer.types & KGL_Y_IS_SIGNED) != 0) kgl_cursor_fail(cursor, cursor->at);
  return KGL_OK;
}

static kgl_status read_mean(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  (void)model;
  read_xy(cursor, step);
  read_channels(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step) && KGL_IS_EXACT(step)) {
    read_exact_mean(cursor, &step->u.block, &step->form.exact);
  } else if (KGL_IS_INTEGER(step)) {
    kgl_read_rescale(cursor, &step->form.integer.scaling);
  }
  return KGL_OK;
}

static kgl_status read_product(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  (void)model;
  step->x = kgl_take_place(cursor);
  step->b = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
  block->outer = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->offset = kgl_take_size(cursor);
  if (KGL_IS_INTEGER(step)) kgl_read_rescale(cursor, &step->form.integer.scaling);
  return KGL_OK;
}

static kgl_status read_copy(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  (void)model;
  read_xy(cursor, step);
  block->outer = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->middle = kgl_take_size(cursor);
  block->offset = kgl_take_varint(cursor, 0, KGL_SIZE_MAX);
  if (block->offset + block->inner > block->middle) kgl_cursor_fail(cursor, cursor->at);
  return KGL_OK;
}

static kgl_status read_slide(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  (void)model;
  read_xy(cursor, step);
  read_block(cursor, block);
  block->offset = kgl_take_varint(cursor, 1, block->middle);
  return KGL_OK;
}

static kgl_status read_constant(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  const uint32_t *count = &step->u.block.inner;
  step->y = kgl_take_place(cursor);
  read_inner(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step)) {
    step->form.integer.bytes = kgl_take_parameters(model, cursor, *count);
  } else {
    kgl_read_numbers(model, cursor, *count, KGL_HALVES, &step->form.real.numbers[0]);
  }
  return KGL_OK;
}

static kgl_status read_affine(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  const kgl_block *block = &step->u.block;
  read_xy(cursor, step);
  read_channels(cursor, &step->u.block);
  if (KGL_IS_INTEGER(step)) {
    step->form.integer.bytes = kgl_take_parameters(model, cursor, 2 * block->middle);
    kgl_read_biases(model, cursor, block->middle, &step->form.integer.scaling);
  } else {
    kgl_read_numbers(model, cursor, block->middle, KGL_HALVES, &step->form.real.numbers[0]);
    kgl_read_numbers(model, cursor, block->middle, KGL_HALVES, &step->form.real.numbers[1]);
  }
  return KGL_OK;
}

static kgl_status read_select(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  read_xy(cursor, step);
  block->outer = kgl_take_size(cursor);
  block->inner = kgl_take_size(cursor);
  block->middle = kgl_take_varint(cursor, 1, block->inner);
  step->bitmap = kgl_take_parameters(model, cursor, (block->inner + 7) / 8);
  return KGL_OK;
}

/* --- Any step -------------------------------------------------------------------------------- */

/* Whether the types of an integer step are ones it may have. */
static int are_types_allowed(const kgl_step *step) {
  const uint32_t types = step->form.integer.types;
  const uint32_t x = types & KGL_X_IS_SIGNED, y = (types & KGL_Y_IS_SIGNED) >> 1;
  if ((types & KGL_IS_RULED) != 0) {
    const uint32_t b = step->opcode == KGL_STEP_BINARY ? KGL_B_IS_SIGNED : 0;
    if (step->opcode == KGL_STEP_ACTIVATION) return (types & KGL_B_IS_SIGNED) == 0 && (x & y) == 0;
    return KGL_IS_ANY(KGL_IF_RULED, step->opcode) &&
           types == (KGL_IS_RULED | KGL_X_IS_SIGNED | KGL_Y_IS_SIGNED | b);
  }
  if ((types & KGL_B_IS_SIGNED) != 0 && !KGL_IS_ANY(KGL_IF_WITH_B, step->opcode)) return 0;
  if (KGL_IS_ANY(KGL_IF_ALIKE, step->opcode) && x != y) return 0;
  return x == 0 || !KGL_IS_ANY(KGL_IF_WITHOUT_X, step->opcode);
}

/* The opcode, and of an integer step its types. */
static kgl_status read_opcode(kgl_cursor *cursor, kgl_step *step) {
  const uint8_t *start = cursor->at;
  uint32_t opcode =
      kgl_take_byte(cursor, KGL_STEP_CONVOLUTION, KGL_STEP_END - 1 + KGL_STEP_INTEGER);
  step->is_integer = opcode > KGL_STEP_INTEGER;
  if (step->is_integer) opcode -= KGL_STEP_INTEGER;
  step->opcode = opcode;
  if (opcode >= KGL_STEP_END) kgl_cursor_fail(cursor, start);
  if (cursor->failed != NULL) return KGL_ERR_CORRUPT;
  if (!KGL_IS_ANY(KGL_BUILT, opcode)) return KGL_ERR_UNSUPPORTED;
  if (step->is_integer ? !KGL_INTEGER : !KGL_FLOAT) return KGL_ERR_UNSUPPORTED;
  if (KGL_IS_INTEGER(step)) {
    start = cursor->at;
    step->form.integer.types = kgl_take_byte(cursor, 0, 15);
    if (!are_types_allowed(step)) {
      kgl_cursor_fail(cursor, start);
    } else if (!KGL_EXACT && (step->form.integer.types & KGL_IS_RULED) != 0) {
      return KGL_ERR_UNSUPPORTED;
    }
  }
  return cursor->failed != NULL ? KGL_ERR_CORRUPT : KGL_OK;
}

void kgl_step_begin(kgl_step *step) {
  uint32_t i;
  for (i = 0; i < KGL_GAP_ALPHABETS_MAX; i++) step->weights.gaps[i].lengths = NULL;
  for (i = 0; i < KGL_ALPHABETS_MAX; i++) step->weights.codes[i].lengths = NULL;
}

kgl_status kgl_read_step(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
#define READ(name, built, traits, reader, spans, real, integer) \
  case KGL_STEP_##name:                                         \
    if (built) status = reader(model, cursor, step);            \
    break;
  kgl_status status = read_opcode(cursor, step);
  if (status != KGL_OK) return status;
  switch (step->opcode) { KGL_OPERATORS(READ) }
#undef READ
  return cursor->failed != NULL ? KGL_ERR_CORRUPT : status;
}
