/* The one reader of steps (Blob.md, "Steps" and "Integer steps"); those of layers and pools are in kgl_step_layers.h. */
#include <stddef.h>

#include "kgl_step_layers.h"

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
