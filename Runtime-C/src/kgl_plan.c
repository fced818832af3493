#include <float.h>
#include "kgl_plan.h"

#include <string.h>

#define TABLE_OFFSET 20u /* of the section table */
#define ENTRY_BYTES 12u

uint32_t kgl_product(uint32_t a, uint32_t b) {
  uint64_t product = (uint64_t)a * b;
  return product > KGL_ELEMENTS_MAX ? KGL_ELEMENTS_MAX + 1 : (uint32_t)product;
}

kgl_cursor kgl_plan_cursor(const kgl_model *model, uint32_t offset) {
  kgl_cursor cursor;
  cursor.at = model->blob + offset;
  cursor.end = model->blob + model->plan_offset + model->plan_bytes;
  cursor.failed = 0;
  return cursor;
}

const uint8_t *kgl_bank(const kgl_model *model, uint32_t bank, uint32_t *bank_bytes) {
  /* Banks are sections 2, 3, ...; the size is at byte 4 of a section's entry. */
  const uint8_t *bytes = model->blob + TABLE_OFFSET + 2 * ENTRY_BYTES + 4;
  uint32_t offset = model->banks_offset;
  for (; bank > 0; bank--, bytes += ENTRY_BYTES) offset += kgl_load32(bytes);
  *bank_bytes = kgl_load32(bytes);
  return model->blob + offset;
}

/* --- Parts of steps -------------------------------------------------------------------------- */

static uint32_t take_size(kgl_cursor *cursor) { return kgl_take_varint(cursor, 1, KGL_SIZE_MAX); }

static uint32_t take_place(kgl_cursor *cursor) { return kgl_take_varint(cursor, 0, 0xFFFFFFFFu); }

void kgl_read_tensor(kgl_cursor *cursor, kgl_tensor *tensor) {
  uint32_t axis, kind;
  memset(tensor, 0, sizeof *tensor);
  tensor->word_offset = take_place(cursor);
  kind = kgl_take_varint(cursor, 0, 8 * KGL_INT8 + KGL_MAX_RANK);
  tensor->rank = kind % 8;
  tensor->type = (kgl_type)(kind / 8);
  tensor->scale = 1.0f;
  if (tensor->rank > KGL_MAX_RANK) {
    cursor->failed = 1;
    tensor->rank = 0;
  }
  tensor->elements = 1;
  for (axis = 0; axis < tensor->rank; axis++) {
    tensor->sizes[axis] = take_size(cursor);
    tensor->elements = kgl_product(tensor->elements, tensor->sizes[axis]);
  }
  if (tensor->elements > KGL_ELEMENTS_MAX) cursor->failed = 1;
  if (tensor->type != KGL_FLOAT32) {
    tensor->scale = kgl_take_float(cursor);
    if (!(tensor->scale > 0.0f)) cursor->failed = 1;
  }
}

uint32_t kgl_tensor_bytes(const kgl_tensor *tensor) {
  return tensor->type == KGL_FLOAT32 ? 4 * tensor->elements : tensor->elements;
}

void kgl_read_transform(kgl_cursor *cursor) {
  uint32_t count, i;
  kgl_take_byte(cursor, 0, 2);
  count = kgl_take_varint(cursor, 0, 255);
  for (i = 0; i < 2 * count && !cursor->failed; i++) kgl_take_float(cursor);
}

/* The bytes of the parameters section at the offset that comes next; null, and failed, if they are not
 * all there. */
static const uint8_t *take_parameters(const kgl_model *model, kgl_cursor *cursor, uint32_t bytes) {
  uint32_t offset = take_place(cursor);
  if (offset > model->parameters_bytes || bytes > model->parameters_bytes - offset) {
    cursor->failed = 1;
    return NULL;
  }
  return model->blob + model->parameters_offset + offset;
}

static void read_numbers(const kgl_model *model, kgl_cursor *cursor, uint32_t count,
                         uint32_t lowest_precision, kgl_numbers *numbers) {
  static const uint8_t bytes_each[5] = {0, 2, 4, 1, 2};
  uint32_t bytes;
  numbers->bytes = NULL;
  numbers->count = count;
  numbers->precision = kgl_take_byte(cursor, lowest_precision, KGL_SCALED_SHORTS);
  if (numbers->precision == KGL_ABSENT) return;
  bytes = count * bytes_each[numbers->precision]; /* count is below 2^24 */
  if (numbers->precision >= KGL_SCALED_BYTES) bytes += 4;
  numbers->bytes = take_parameters(model, cursor, bytes);
}

int kgl_numbers_are_finite(const kgl_numbers *numbers) {
  uint32_t i;
  switch (numbers->precision) {
    case KGL_HALVES:
      for (i = 0; i < numbers->count; i++) {
        if ((kgl_load16(numbers->bytes + 2 * i) & 0x7C00u) == 0x7C00u) return 0;
      }
      return 1;
    case KGL_FLOATS:
      for (i = 0; i < numbers->count; i++) {
        if (!kgl_float_is_finite(kgl_load32(numbers->bytes + 4 * i))) return 0;
      }
      return 1;
    case KGL_ABSENT:
      return 1;
    default:
      if (!kgl_float_is_finite(kgl_load32(numbers->bytes))) return 0;
      for (i = 0; i < numbers->count; i++) {
        float number = kgl_number(numbers, i);
        if (number > FLT_MAX || number < -FLT_MAX) return 0;
      }
      return 1;
  }
}

static kgl_status read_activation(kgl_cursor *cursor, uint32_t lowest_kind,
                                  kgl_activation *activation) {
  static const uint8_t parameters[8] = {0, 0, 1, 2, 0, 0, 2, 0};
  activation->kind = kgl_take_byte(cursor, lowest_kind, KGL_HARD_SWISH);
  activation->a = parameters[activation->kind] > 0 ? kgl_take_float(cursor) : 0.0f;
  activation->b = parameters[activation->kind] > 1 ? kgl_take_float(cursor) : 0.0f;
  if (activation->kind == KGL_CLIP && activation->a > activation->b) cursor->failed = 1;
#if !KGL_MATH
  if (activation->kind == KGL_SIGMOID || activation->kind == KGL_TANH) return KGL_ERR_UNSUPPORTED;
#endif
  return KGL_OK;
}

static void read_alphabet(kgl_cursor *cursor, uint32_t symbols, kgl_alphabet *alphabet) {
  alphabet->symbols = (uint16_t)symbols;
  alphabet->lengths = cursor->at;
  alphabet->end = cursor->end;
  if (cursor->failed || !kgl_alphabet_check(alphabet)) {
    cursor->failed = 1;
    alphabet->symbols = 0; /* nothing to look at */
    return;
  }
  cursor->at = alphabet->end;
}

void kgl_read_lane(const kgl_model *model, kgl_cursor *cursor, kgl_lane *lane) {
  lane->bank = kgl_take_varint(cursor, 0, model->bank_count - 1);
  lane->offset = take_place(cursor);
  lane->bits = take_place(cursor);
  lane->rows = kgl_take_varint(cursor, 0, KGL_SIZE_MAX);
}

static kgl_status read_weights(const kgl_model *model, kgl_cursor *cursor, uint32_t rows,
                         uint32_t columns, kgl_weights *weights) {
  uint32_t i, covered = 0;
  kgl_status status = KGL_OK;
  weights->rows = rows;
  weights->columns = columns;
  if (kgl_product(rows, columns) > KGL_ELEMENTS_MAX) cursor->failed = 1;
  weights->mask = kgl_take_byte(cursor, KGL_MASK_NONE, KGL_MASK_ROWS);
  weights->gap_alphabets = 0;
  if (weights->mask == KGL_MASK_GAPS) weights->gap_alphabets = 1;
  if (weights->mask == KGL_MASK_ROWS) weights->gap_alphabets = 2;
  weights->values = kgl_take_byte(
      cursor, weights->mask >= KGL_MASK_JOINT ? KGL_VALUES_TABLE : KGL_VALUES_RAW,
      weights->gap_alphabets > 0 ? KGL_VALUES_BESIDE : KGL_VALUES_TABLE);
  weights->alphabets = weights->values == KGL_VALUES_BESIDE ? 3 : weights->values;
  weights->jump = 0;
  if (weights->gap_alphabets > 0 || weights->mask == KGL_MASK_JOINT) {
    weights->jump = kgl_take_varint(cursor, 1, 255);
  }
  for (i = 0; i < weights->gap_alphabets; i++) {
    kgl_alphabet *gaps = &weights->gaps[i < KGL_GAP_ALPHABETS_MAX ? i : 0];
    read_alphabet(cursor, weights->jump + 1, gaps);
    if (weights->gap_alphabets > 1 && gaps->used == 0) cursor->failed = 1;
  }
  if (weights->mask == KGL_MASK_ROWS) {
    weights->classes = kgl_take_bytes(cursor, rows / 8 + (rows % 8 != 0));
    if (weights->classes != NULL && rows % 8 != 0 && weights->classes[rows / 8] >> rows % 8 != 0) {
      cursor->failed = 1;
    }
  }
  if (weights->values != KGL_VALUES_RAW) {
    uint32_t levels = kgl_take_varint(cursor, 1, KGL_HUFFMAN_MAX_SYMBOLS), symbols = levels;
    if (weights->mask == KGL_MASK_JOINT) symbols = weights->jump * levels + 1;
    if (symbols > KGL_HUFFMAN_MAX_SYMBOLS) {
      cursor->failed = 1;
      symbols = 0;
    }
    for (i = 0; i < weights->alphabets; i++) {
      kgl_alphabet *codes = &weights->codes[i < KGL_ALPHABETS_MAX ? i : 0];
      read_alphabet(cursor, symbols, codes);
      if (weights->alphabets > 1 && codes->used == 0) cursor->failed = 1;
    }
    read_numbers(model, cursor, levels, KGL_HALVES, &weights->table);
  }
  read_numbers(model, cursor, rows, KGL_ABSENT, &weights->scales);
  read_numbers(model, cursor, rows, KGL_ABSENT, &weights->biases);
  weights->lane_count = kgl_take_varint(cursor, 1, 255);
  weights->lanes = *cursor;
  for (i = 0; i < weights->lane_count; i++) {
    kgl_lane lane;
    kgl_read_lane(model, cursor, &lane);
    covered += lane.rows; /* at most 255 x 2^24 */
  }
  if (covered != rows) cursor->failed = 1;
  if (weights->mask == KGL_MASK_JOINT && !KGL_JOINT_ROWS) status = KGL_ERR_UNSUPPORTED;
  if (weights->gap_alphabets > KGL_GAP_ALPHABETS_MAX) status = KGL_ERR_UNSUPPORTED;
  if (weights->alphabets > KGL_ALPHABETS_MAX) status = KGL_ERR_UNSUPPORTED;
  return status;
}

/* --- Steps ----------------------------------------------------------------------------------- */

static void read_xy(kgl_cursor *cursor, kgl_step *step) {
  step->x = take_place(cursor);
  step->y = take_place(cursor);
}

/* The fields that convolution and pools share, from `in` to `before`; a pool's channels are both
 * its input's and its output's. */
static void read_window(kgl_cursor *cursor, int is_pool, kgl_window *window) {
  uint32_t axis;
  window->groups = is_pool ? 1 : take_size(cursor);
  window->channels = take_size(cursor);
  for (axis = 0; axis < 2; axis++) window->in[axis] = kgl_take_varint(cursor, 1, KGL_IMAGE_MAX);
  window->filters = is_pool ? window->channels : take_size(cursor);
  for (axis = 0; axis < 2; axis++) window->out[axis] = kgl_take_varint(cursor, 1, KGL_IMAGE_MAX);
  for (axis = 0; axis < 2; axis++) window->kernel[axis] = kgl_take_varint(cursor, 1, KGL_IMAGE_MAX);
  for (axis = 0; axis < 2; axis++) window->stride[axis] = kgl_take_varint(cursor, 1, KGL_IMAGE_MAX);
  for (axis = 0; axis < 2; axis++) {
    window->dilation[axis] = kgl_take_varint(cursor, 1, KGL_IMAGE_MAX);
  }
  for (axis = 0; axis < 2; axis++) window->before[axis] = kgl_take_varint(cursor, 0, KGL_IMAGE_MAX);
  window->after[0] = window->after[1] = 0;
  if (window->channels % window->groups != 0 || window->filters % window->groups != 0) {
    cursor->failed = 1;
  }
}

static kgl_status read_convolution(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_window *window = &step->u.window;
  kgl_status status, weights_status;
  uint32_t columns;
  read_xy(cursor, step);
  read_window(cursor, 0, window);
  columns = kgl_product(window->channels / window->groups,
                        kgl_product(window->kernel[0], window->kernel[1]));
  status = read_activation(cursor, KGL_IDENTITY, &step->activation);
  weights_status = read_weights(model, cursor, window->filters, columns, &step->weights);
  return status == KGL_OK ? weights_status : status;
}

static kgl_status read_dense(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_status status, weights_status;
  read_xy(cursor, step);
  block->outer = take_size(cursor);
  block->inner = take_size(cursor);
  block->middle = take_size(cursor);
  status = read_activation(cursor, KGL_IDENTITY, &step->activation);
  weights_status = read_weights(model, cursor, block->middle, block->inner, &step->weights);
  return status == KGL_OK ? weights_status : status;
}

static void read_average_pool(kgl_cursor *cursor, kgl_step *step) {
  read_xy(cursor, step);
  read_window(cursor, 1, &step->u.window);
  step->u.window.after[0] = kgl_take_varint(cursor, 0, KGL_IMAGE_MAX);
  step->u.window.after[1] = kgl_take_varint(cursor, 0, KGL_IMAGE_MAX);
  step->mode = kgl_take_byte(cursor, 0, 1);
}

static kgl_status read_binary(kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis;
  step->mode = kgl_take_byte(cursor, KGL_ADD, KGL_DIVIDE);
  step->x = take_place(cursor);
  step->b = take_place(cursor);
  step->y = take_place(cursor);
  axes->rank = kgl_take_varint(cursor, 0, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = take_size(cursor);
  step->masks[0] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
  step->masks[1] = kgl_take_byte(cursor, 0, (1u << axes->rank) - 1);
  return read_activation(cursor, KGL_IDENTITY, &step->activation);
}

static void read_pad(kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis;
  step->mode = kgl_take_byte(cursor, KGL_PAD_CONSTANT, KGL_PAD_EDGE);
  step->value = kgl_take_float(cursor);
  read_xy(cursor, step);
  axes->rank = kgl_take_varint(cursor, 1, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = take_size(cursor);
  for (axis = 0; axis < 2 * axes->rank; axis++) {
    uint32_t *pads = axis < axes->rank ? axes->before : axes->after;
    uint32_t r = axis < axes->rank ? axis : axis - axes->rank;
    uint32_t most = step->mode == KGL_PAD_REFLECT ? axes->sizes[r] - 1 : KGL_SIZE_MAX;
    pads[r] = kgl_take_varint(cursor, 0, most);
  }
}

static void read_transpose(kgl_cursor *cursor, kgl_step *step) {
  kgl_axes *axes = &step->u.axes;
  uint32_t axis, seen = 0;
  read_xy(cursor, step);
  axes->rank = kgl_take_varint(cursor, 1, KGL_MAX_RANK);
  for (axis = 0; axis < axes->rank; axis++) axes->sizes[axis] = take_size(cursor);
  for (axis = 0; axis < axes->rank; axis++) {
    axes->before[axis] = kgl_take_varint(cursor, 0, axes->rank - 1);
    seen |= 1u << axes->before[axis];
  }
  if (seen != (1u << axes->rank) - 1) cursor->failed = 1;
}

static void read_copy(kgl_cursor *cursor, kgl_block *block) {
  block->outer = take_size(cursor);
  block->inner = take_size(cursor);
  block->middle = take_size(cursor);
  block->offset = kgl_take_varint(cursor, 0, KGL_SIZE_MAX);
  if (block->offset + block->inner > block->middle) cursor->failed = 1;
}

static void read_select(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  read_xy(cursor, step);
  block->outer = take_size(cursor);
  block->inner = take_size(cursor);
  block->middle = kgl_take_varint(cursor, 1, block->inner);
  step->bitmap = take_parameters(model, cursor, (block->inner + 7) / 8);
}

/* Whether this build runs an opcode of 1...15. */
static int is_built_in(uint32_t opcode) {
  static const uint8_t built_in[16] = {
      0,           KGL_OP_CONVOLUTION, KGL_OP_DENSE,     1,
      KGL_OP_PRELU, KGL_OP_SOFTMAX,    KGL_OP_POOL,      KGL_OP_POOL,
      KGL_OP_MEAN, KGL_OP_BINARY,      KGL_OP_COPY,      KGL_OP_PAD,
      KGL_OP_TRANSPOSE, KGL_OP_CONSTANT, KGL_OP_AFFINE,    KGL_OP_SELECT};
  return built_in[opcode] != 0;
}

kgl_status kgl_read_step(const kgl_model *model, kgl_cursor *cursor, kgl_step *step) {
  kgl_block *block = &step->u.block;
  kgl_status status = KGL_OK;
  step->opcode = kgl_take_byte(cursor, KGL_STEP_CONVOLUTION, KGL_STEP_SELECT);
  if (cursor->failed) return KGL_ERR_CORRUPT;
  if (step->opcode >= KGL_STEP_ACTIVATION) {
    block->outer = block->middle = block->inner = 1;
    block->offset = 0;
  }
  switch (step->opcode) {
    case KGL_STEP_CONVOLUTION:
      status = read_convolution(model, cursor, step);
      break;
    case KGL_STEP_DENSE:
      status = read_dense(model, cursor, step);
      break;
    case KGL_STEP_ACTIVATION:
      read_xy(cursor, step);
      block->inner = take_size(cursor);
      status = read_activation(cursor, KGL_RELU, &step->activation);
      break;
    case KGL_STEP_PRELU:
    case KGL_STEP_SOFTMAX:
      read_xy(cursor, step);
      block->outer = take_size(cursor);
      block->middle = take_size(cursor);
      block->inner = take_size(cursor);
      if (step->opcode == KGL_STEP_PRELU) {
        read_numbers(model, cursor, block->middle, KGL_HALVES, &step->numbers[0]);
      }
      break;
    case KGL_STEP_MAX_POOL:
      read_xy(cursor, step);
      read_window(cursor, 1, &step->u.window);
      break;
    case KGL_STEP_AVERAGE_POOL:
      read_average_pool(cursor, step);
      break;
    case KGL_STEP_MEAN:
      read_xy(cursor, step);
      block->middle = take_size(cursor);
      block->inner = take_size(cursor);
      break;
    case KGL_STEP_BINARY:
      status = read_binary(cursor, step);
      break;
    case KGL_STEP_COPY:
      read_xy(cursor, step);
      read_copy(cursor, block);
      break;
    case KGL_STEP_PAD:
      read_pad(cursor, step);
      break;
    case KGL_STEP_TRANSPOSE:
      read_transpose(cursor, step);
      break;
    case KGL_STEP_CONSTANT:
      step->y = take_place(cursor);
      block->inner = take_size(cursor);
      read_numbers(model, cursor, block->inner, KGL_HALVES, &step->numbers[0]);
      break;
    case KGL_STEP_SELECT:
      read_select(model, cursor, step);
      break;
    default: /* KGL_STEP_AFFINE */
      read_xy(cursor, step);
      block->middle = take_size(cursor);
      block->inner = take_size(cursor);
      read_numbers(model, cursor, block->middle, KGL_HALVES, &step->numbers[0]);
      read_numbers(model, cursor, block->middle, KGL_HALVES, &step->numbers[1]);
      break;
  }
  if (cursor->failed) return KGL_ERR_CORRUPT;
  return is_built_in(step->opcode) ? status : KGL_ERR_UNSUPPORTED;
}
