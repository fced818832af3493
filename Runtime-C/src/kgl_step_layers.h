/* Reading steps with windows and weights, and what exact ones have beside: convolution, dense, LSTM, pool, resize (Blob.md,
 * "Steps" and "Integer steps"). For kgl_step.c alone. */
#ifndef KGL_STEP_LAYERS_H
#define KGL_STEP_LAYERS_H

#include "kgl_fields.h"

#define KGL_TAPS_MAX (1u << 20) /* of an integer mean's window, so that its sums have 32 bits */

static void read_xy(kgl_cursor *cursor, kgl_step *step) {
  step->x = kgl_take_place(cursor);
  step->y = kgl_take_place(cursor);
}

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

#endif
