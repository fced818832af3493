/* What the plan's records are made of: tensors, numbers, weights, lanes. kgl_step.c reads steps. */
#include "kgl_plan.h"

#include <stddef.h>

#include "kgl_fields.h"

#define TABLE_OFFSET 20u /* of the section table */
#define ENTRY_BYTES 12u
#define ZERO_POINT_TYPE 3u          /* int8 with a zero point that is not 0 */
#define UNSIGNED_ZERO_POINT_TYPE 4u /* uint8 with one */

uint32_t kgl_product(uint32_t a, uint32_t b) {
  const uint32_t wide = a > b ? a : b, narrow = a > b ? b : a; /* no product of 64 bits is needed */
  uint32_t high, low;
  if (wide <= 0x3FFFu) return a * b; /* mostly */
  if (narrow > 0xFFFFu) return KGL_ELEMENTS_MAX + 1;
  high = (wide >> 16) * narrow;
  low = (wide & 0xFFFFu) * narrow;
  if (high > KGL_ELEMENTS_MAX >> 16 || low > KGL_ELEMENTS_MAX) return KGL_ELEMENTS_MAX + 1;
  low += high << 16; /* at most 2^29 */
  return low > KGL_ELEMENTS_MAX ? KGL_ELEMENTS_MAX + 1 : low;
}

kgl_cursor kgl_plan_cursor(const kgl_model *model, uint32_t offset) {
  kgl_cursor cursor;
  cursor.at = model->blob + offset;
  cursor.end = model->blob + model->plan_offset + model->plan_bytes;
  cursor.failed = NULL;
  return cursor;
}

/* The size that a bank's entry in the section table gives: banks are sections 2, 3, ... */
uint32_t kgl_bank_bytes(const kgl_model *model, uint32_t bank) {
  return kgl_read32(model->blob + TABLE_OFFSET + (2 + bank) * ENTRY_BYTES + 4);
}

const uint8_t *kgl_bank(const kgl_model *model, uint32_t bank) {
  uint32_t offset = model->banks_offset;
  KGL_ASSERT(bank < model->bank_count);
  while (bank > 0) offset += kgl_bank_bytes(model, --bank);
  return model->blob + offset;
}

int kgl_is_pad(const uint8_t *at, uint32_t bytes) {
  for (; bytes >= 4; bytes -= 4, at += 4) {
    if (kgl_load32(at) != 0xFFFFFFFFu) return 0;
  }
  for (; bytes > 0; bytes--) {
    if (*at++ != 0xFF) return 0;
  }
  return 1;
}

/* --- Parts of steps -------------------------------------------------------------------------- */

void kgl_read_tensor(kgl_cursor *cursor, kgl_tensor *tensor) {
  uint32_t axis, kind;
  tensor->word_offset = kgl_take_place(cursor);
  kind = kgl_take_varint(cursor, 0, 8 * KGL_INT32 + KGL_MAX_RANK);
  tensor->rank = kind % 8;
  kind /= 8;
  tensor->type = kind == ZERO_POINT_TYPE ? KGL_INT8 : kind == UNSIGNED_ZERO_POINT_TYPE ? KGL_UINT8 : (kgl_type)kind;
  tensor->zero_point = 0;
  tensor->scale = 1.0f;
  if (tensor->rank > KGL_MAX_RANK) {
    kgl_cursor_fail(cursor, cursor->at);
    tensor->rank = 0;
  }
  tensor->elements = 1;
  for (axis = 0; axis < KGL_MAX_RANK; axis++) {
    tensor->sizes[axis] = 0;
    if (axis >= tensor->rank) continue;
    tensor->sizes[axis] = kgl_take_size(cursor);
    tensor->elements = kgl_product(tensor->elements, tensor->sizes[axis]);
  }
  if (tensor->elements > KGL_ELEMENTS_MAX) kgl_cursor_fail(cursor, cursor->at);
  if (!KGL_IS_OF_WORDS(tensor)) {
    tensor->scale = kgl_take_float(cursor);
    /* Above 0, by the bits: no float arithmetic comes along. */
    if (kgl_float_bits(tensor->scale) - 1 >= 0x7F7FFFFFu) kgl_cursor_fail(cursor, cursor->at);
    if (kind >= ZERO_POINT_TYPE) {
      const uint32_t zero = kgl_take_byte(cursor, 1, 255);
      tensor->zero_point = tensor->type == KGL_INT8 ? kgl_signed8(zero) : (int32_t)zero;
    }
  }
}

uint32_t kgl_tensor_bytes(const kgl_tensor *tensor) {
  return KGL_IS_OF_WORDS(tensor) ? 4 * tensor->elements : tensor->elements;
}

void kgl_read_transform(kgl_cursor *cursor) {
  uint32_t count, i;
  kgl_take_byte(cursor, 0, 2);
  count = kgl_take_varint(cursor, 0, 255);
  for (i = 0; i < 2 * count && cursor->failed == NULL; i++) kgl_take_float(cursor);
}

const uint8_t *kgl_take_parameters(const kgl_model *model, kgl_cursor *cursor, uint32_t bytes) {
  uint32_t offset = kgl_take_place(cursor);
  if (offset > model->parameters_bytes || bytes > model->parameters_bytes - offset) {
    kgl_cursor_fail(cursor, cursor->at);
    return NULL;
  }
  return model->blob + model->parameters_offset + offset;
}

void kgl_read_numbers(const kgl_model *model, kgl_cursor *cursor, uint32_t count,
                         uint32_t lowest_precision, kgl_numbers *numbers) {
  static const uint8_t bytes_each[5] = {0, 2, 4, 1, 2};
  uint32_t bytes;
  numbers->bytes = NULL;
  numbers->count = count;
  numbers->precision = kgl_take_byte(cursor, lowest_precision, KGL_SCALED_SHORTS);
  if (numbers->precision == KGL_ABSENT) return;
  bytes = count * bytes_each[numbers->precision]; /* count is at most 2^28 */
  if (numbers->precision >= KGL_SCALED_BYTES) bytes += 4;
  numbers->bytes = kgl_take_parameters(model, cursor, bytes);
}

#if KGL_STATES
/* No plan has 0 inputs: where it begins with that, states come first. */
uint32_t kgl_take_state_count(kgl_cursor *cursor) {
  if (cursor->at == cursor->end || *cursor->at != 0) return 0;
  cursor->at++;
  return kgl_take_varint(cursor, 1, 255);
}

void kgl_read_state(const kgl_model *model, kgl_cursor *cursor, kgl_state *state) {
  kgl_numbers *beginning = &state->beginning;
  kgl_read_tensor(cursor, &state->tensor);
  if (state->tensor.type == KGL_INT32) kgl_cursor_fail(cursor, cursor->at);
  if (state->tensor.type == KGL_FLOAT32) {
    kgl_read_numbers(model, cursor, state->tensor.elements, KGL_ABSENT, beginning);
    return;
  }
  beginning->bytes = NULL;
  beginning->count = state->tensor.elements;
  beginning->precision = kgl_take_byte(cursor, 0, 1);
  if (beginning->precision != KGL_ABSENT) beginning->bytes = kgl_take_parameters(model, cursor, beginning->count);
}
#endif

#if KGL_FLOAT
kgl_status kgl_read_activation(kgl_cursor *cursor, uint32_t lowest_kind,
                                  kgl_activation *activation) {
  static const uint8_t parameters[KGL_THRESHOLD + 1] = {0, 0, 1, 2, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1,
                                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  activation->kind = kgl_take_byte(cursor, lowest_kind, KGL_THRESHOLD);
  activation->a = parameters[activation->kind] > 0 ? kgl_take_float(cursor) : 0.0f;
  activation->b = parameters[activation->kind] > 1 ? kgl_take_float(cursor) : 0.0f;
  if (activation->kind == KGL_CLIP && activation->a > activation->b) kgl_cursor_fail(cursor, cursor->at);
  if (activation->kind > KGL_ELU && !(KGL_MATH && KGL_FUNCTIONS)) return KGL_ERR_UNSUPPORTED;
  if (!KGL_MATH && (activation->kind == KGL_SIGMOID || activation->kind == KGL_TANH || activation->kind == KGL_ELU)) {
    return KGL_ERR_UNSUPPORTED;
  }
  return KGL_OK;
}
#endif

static void read_shifts(kgl_cursor *cursor, kgl_scaling *scaling) {
  scaling->shift = kgl_take_byte(cursor, 0, 15);
  scaling->exponent = kgl_take_byte(cursor, 0, 15);
}

/* A rescale of one multiplier. */
void kgl_read_rescale(kgl_cursor *cursor, kgl_scaling *scaling) {
  read_shifts(cursor, scaling);
  scaling->multiplier = kgl_take_varint(cursor, 0, 65535);
  scaling->multipliers = scaling->biases = NULL;
}

static int32_t take_exponent(kgl_cursor *cursor, int32_t lowest, int32_t highest) {
  return (int32_t)kgl_take_byte(cursor, (uint32_t)(lowest + 31), (uint32_t)(highest + 31)) - 31;
}

static uint32_t take_multiplier(kgl_cursor *cursor, uint32_t least) {
  return kgl_take_varint(cursor, least, 0x7FFFFFFFu);
}

void kgl_read_exact(kgl_cursor *cursor, int32_t lowest, int32_t highest, kgl_rescale *rescale) {
  int32_t exponent;
  rescale->multiplier = take_multiplier(cursor, 0);
  exponent = take_exponent(cursor, lowest, highest);
  rescale->left = (uint8_t)(exponent > 0 ? exponent + 1 : 1);
  rescale->right = (uint8_t)(exponent < 0 ? -exponent : 0);
}

int8_t kgl_read_element(kgl_cursor *cursor) {
  return (int8_t)kgl_signed8(kgl_take_byte(cursor, 0, 255));
}

void kgl_read_cut(kgl_cursor *cursor, kgl_exact_form *form) {
  form->low = -128;
  form->high = 127;
  if (kgl_take_byte(cursor, 0, 1) == 0) return;
  form->low = kgl_read_element(cursor);
  form->high = kgl_read_element(cursor);
  if (form->low > form->high || form->high - form->low == 255) kgl_cursor_fail(cursor, cursor->at);
}

void kgl_read_range(kgl_cursor *cursor, kgl_exact_form *form) {
  form->zero = kgl_read_element(cursor);
  kgl_read_cut(cursor, form);
}

/* What rows of an exact layer are finished by. */
static void read_exact_rows(const kgl_model *model, kgl_cursor *cursor, uint32_t rows,
                            kgl_exact_form *form) {
  uint32_t bits, high, bytes, flags = 0;
  form->multiplier_bits = (uint8_t)kgl_take_byte(cursor, 0, KGL_SHARED_MULTIPLIER);
  form->further_bits = 0;
  bits = form->multiplier_bits;
  if (bits == KGL_SHARED_MULTIPLIER) {
    form->scales[0].multiplier = take_multiplier(cursor, 1u << 30);
    bits = 0;
  } else {
    form->further_bits = (uint8_t)kgl_take_byte(cursor, 0, 30 - bits);
  }
  form->top = (int8_t)take_exponent(cursor, -31, 30);
  form->exponent_bits = (uint8_t)kgl_take_byte(cursor, 0, 30);
  form->bias_bits = (uint8_t)kgl_take_byte(cursor, 0, 32);
  form->bias_shift = (uint8_t)((form->exponent_bits & 8u) != 0 ? kgl_take_byte(cursor, 1, 31) : 0);
  form->rounds_once = form->exponent_bits >= 16;
  form->exponent_bits %= 8;
  if (form->exponent_bits > 6) kgl_cursor_fail(cursor, cursor->at);
  form->longs = form->rows = form->further = NULL;
  bits += form->exponent_bits + form->bias_bits;
  if (bits == 0 && form->further_bits == 0) return;
  if (form->further_bits > 0) flags = rows / 8 + (rows % 8 != 0);
  high = rows * bits; /* at most 2^24 x 68 */
  bytes = high / 8 + (high % 8 != 0);
  form->rows = kgl_take_parameters(model, cursor, flags + bytes);
  if (form->rows == NULL) return;
  if (flags > 0) {
    const uint8_t *end = model->blob + model->parameters_offset + model->parameters_bytes;
    form->longs = form->rows;
    form->rows += flags;
    form->further = kgl_take_parameters(model, cursor, 0);
    form->further_room = form->further == NULL ? 0 : (uint32_t)(end - form->further);
    if (rows % 8 != 0 && form->longs[flags - 1] >> rows % 8 != 0) kgl_cursor_fail(cursor, cursor->at);
  }
  if (high % 8 != 0 && form->rows[bytes - 1] >> high % 8 != 0) kgl_cursor_fail(cursor, cursor->at);
}

void kgl_read_biases(const kgl_model *model, kgl_cursor *cursor, uint32_t count,
                        kgl_scaling *scaling) {
  scaling->bias_bytes = (uint8_t)kgl_take_byte(cursor, 0, 4);
  scaling->biases = NULL;
  scaling->bias_shift = 0;
  if (scaling->bias_bytes == 3) kgl_cursor_fail(cursor, cursor->at);
  if (scaling->bias_bytes == 0) return;
  scaling->bias_shift = (uint8_t)kgl_take_byte(cursor, 0, scaling->bias_bytes == 4 ? 0 : 13);
  scaling->biases = kgl_take_parameters(model, cursor, count * scaling->bias_bytes);
}

/* Whether the description at the cursor is the one that was checked last in this place, byte for byte:
 * layers often share an alphabet, and then its checking and tables (kgl_filters_open). */
static int is_as_before(const kgl_cursor *cursor, uint32_t symbols, const kgl_alphabet *alphabet) {
  const uint8_t *a = cursor->at, *b = alphabet->lengths;
  uint32_t count, i;
  if (cursor->failed != NULL || b == NULL || alphabet->symbols != symbols) return 0;
  count = (uint32_t)(alphabet->end - b);
  if ((uint32_t)(cursor->end - a) < count) return 0;
  for (i = 0; i < count; i++) {
    if (a[i] != b[i]) return 0;
  }
  return 1;
}

static void read_alphabet(kgl_cursor *cursor, uint32_t symbols, kgl_alphabet *alphabet) {
  if (is_as_before(cursor, symbols, alphabet)) {
    cursor->at += alphabet->end - alphabet->lengths;
    return;
  }
  alphabet->symbols = (uint16_t)symbols;
  alphabet->lengths = cursor->at;
  alphabet->end = cursor->end;
  if (cursor->failed != NULL || !kgl_alphabet_check(alphabet)) {
    kgl_cursor_fail(cursor, cursor->at);
    alphabet->symbols = alphabet->used = alphabet->changes = 0; /* nothing to look at */
    alphabet->longest = 0;
    return;
  }
  cursor->at = alphabet->end;
}

void kgl_read_lane(const kgl_model *model, kgl_cursor *cursor, kgl_lane *lane) {
  lane->bank = kgl_take_varint(cursor, 0, model->bank_count - 1);
  lane->offset = kgl_take_place(cursor);
  lane->bits = kgl_take_place(cursor);
  lane->rows = kgl_take_varint(cursor, 0, KGL_SIZE_MAX);
}

/* What an integer layer has instead of row scales and biases. */
static void read_scaling(const kgl_model *model, kgl_cursor *cursor, uint32_t rows,
                         kgl_scaling *scaling) {
  read_shifts(cursor, scaling);
  scaling->multiplier_bytes = (uint8_t)kgl_take_byte(cursor, 0, 2);
  scaling->multipliers = NULL;
  if (scaling->multiplier_bytes == 0) {
    scaling->multiplier = kgl_take_varint(cursor, 0, 65535);
  } else {
    scaling->multipliers = kgl_take_parameters(model, cursor, rows * scaling->multiplier_bytes);
  }
  kgl_read_biases(model, cursor, rows, scaling);
}

/* The mask and how values are coded; 0 if this build lacks one of them. */
static int read_coding(kgl_cursor *cursor, uint32_t is_integer, int is_exact, kgl_weights *weights) {
  uint32_t mask = kgl_take_byte(cursor, KGL_MASK_NONE, KGL_MASK_INDEXED), most;
  int is_table_only = mask >= KGL_MASK_JOINT || is_integer;
  weights->mask = mask;
  /* 3 or 4, more than there are, where this build has no columns or no indices. */
  weights->gap_alphabets = mask >= KGL_MASK_ROWS ? mask - KGL_MASK_ROWS + 2 : mask == KGL_MASK_GAPS ? 1 : 0;
  most = weights->gap_alphabets > 0 ? KGL_VALUES_BESIDE : KGL_VALUES_TABLE;
  if (KGL_COLUMNS && mask == KGL_MASK_COLUMNS) {
    weights->gap_alphabets = 1;
    most = KGL_VALUES_TABLE;
  }
  if (KGL_INDEXED && mask == KGL_MASK_INDEXED) {
    weights->gap_alphabets = 0;
    most = KGL_VALUES_TABLE;
  }
  if (is_exact && mask == KGL_MASK_NONE) most = KGL_VALUES_BYTES;
  weights->values = kgl_take_byte(cursor, is_table_only ? KGL_VALUES_TABLE : KGL_VALUES_RAW, most);
  if (mask == KGL_MASK_NONE && weights->values == KGL_VALUES_BESIDE) kgl_cursor_fail(cursor, cursor->at);
  weights->alphabets = weights->values == KGL_VALUES_BESIDE ? 3 : weights->values == KGL_VALUES_TABLE;
  if (KGL_IS_INDEXED(weights)) weights->alphabets = 0;
  if (!KGL_BITMAP && mask == KGL_MASK_BITMAP) return 0;
  if (!KGL_JOINT_ROWS && mask == KGL_MASK_JOINT) return 0;
  return weights->gap_alphabets <= KGL_GAP_ALPHABETS_MAX && weights->alphabets <= KGL_ALPHABETS_MAX;
}

#if KGL_COLUMNS || KGL_INDEXED
/* Whether a layer is dense, of one row of integers by Kinglet's own rule. */
static int is_one_row(const kgl_step *step, int is_exact) {
  return step->opcode == KGL_STEP_DENSE && KGL_IS_INTEGER(step) && !is_exact && step->u.block.outer == 1;
}
#endif

#if KGL_COLUMNS
/* Whether words are those that columns may have: codes of one length, and a gap and a code in 12 bits. */
static int are_column_words(const kgl_weights *weights) {
  const kgl_alphabet *codes = &weights->codes[0], *gaps = &weights->gaps[0];
  if (weights->rows > KGL_IMAGE_MAX || gaps->used < 2) return 0;
  if (codes->used < 2 || codes->used != 1u << codes->longest) return 0;
  return gaps->longest <= 8 && codes->longest <= 8 && gaps->longest + codes->longest <= 12;
}
#endif

/* One alphabet, or several of which each has a symbol. */
static void read_alphabets(kgl_cursor *cursor, uint32_t symbols, kgl_weights *weights,
                           kgl_alphabet *alphabets, uint32_t count) {
  uint32_t i;
  for (i = 0; i < count; i++) {
    read_alphabet(cursor, symbols, &alphabets[i]);
    weights->changes += alphabets[i].changes;
    if ((KGL_ROW_CLASSES || KGL_NEIGHBOURS) && count > 1 && alphabets[i].used == 0) kgl_cursor_fail(cursor, cursor->at);
  }
}

/* Which of two classes each row's gaps are of. */
static void read_classes(kgl_cursor *cursor, kgl_weights *weights) {
  const uint32_t rows = weights->rows;
  weights->classes = kgl_take_bytes(cursor, rows / 8 + (rows % 8 != 0));
  if (weights->classes != NULL && rows % 8 != 0 && weights->classes[rows / 8] >> rows % 8 != 0) {
    kgl_cursor_fail(cursor, cursor->at);
  }
}

/* Levels of an exact layer that run upwards by one. */
static void read_run(kgl_cursor *cursor, uint32_t count, kgl_numbers *numbers) {
  numbers->precision = KGL_RUN;
  numbers->count = count;
  kgl_take_byte(cursor, KGL_RUN, KGL_RUN);
  numbers->bytes = cursor->at;
  if (kgl_signed8(kgl_take_byte(cursor, 0, 255)) + (int32_t)count - 1 > 127) {
    kgl_cursor_fail(cursor, cursor->at);
  }
}

static void read_values(const kgl_model *model, kgl_cursor *cursor, uint32_t is_integer, int is_exact,
                        kgl_weights *weights) {
  uint32_t levels = kgl_take_varint(cursor, 1, KGL_HUFFMAN_MAX_SYMBOLS), symbols = levels;
  if (KGL_JOINT_ROWS && weights->mask == KGL_MASK_JOINT) {
    symbols = weights->jump * levels + 1;
    if (symbols > KGL_HUFFMAN_MAX_SYMBOLS) {
      kgl_cursor_fail(cursor, cursor->at);
      symbols = 0;
    }
  }
  read_alphabets(cursor, symbols, weights, weights->codes, weights->alphabets);
  if (is_exact && cursor->failed == NULL && cursor->at < cursor->end && *cursor->at == KGL_RUN) {
    read_run(cursor, levels, &weights->table);
    return;
  }
  kgl_read_numbers(model, cursor, levels, is_integer ? KGL_SCALED_BYTES : KGL_HALVES,
                   &weights->table);
}

static void read_lanes(const kgl_model *model, kgl_cursor *cursor, kgl_weights *weights) {
  uint32_t i, covered = 0;
  weights->lane_count = kgl_take_varint(cursor, 1, 255);
  weights->lanes = *cursor;
  for (i = 0; i < weights->lane_count; i++) {
    kgl_lane lane;
    kgl_read_lane(model, cursor, &lane);
    covered += lane.rows; /* at most 255 x 2^24 */
  }
  if (covered != weights->rows) kgl_cursor_fail(cursor, cursor->at);
}

kgl_status kgl_read_weights(const kgl_model *model, kgl_cursor *cursor, uint32_t rows,
                            uint32_t columns, kgl_step *step) {
  const int is_exact = KGL_IS_INTEGER(step) && KGL_IS_EXACT(step);
  kgl_weights *weights = &step->weights;
  weights->rows = rows;
  weights->columns = columns;
  if (kgl_product(rows, columns) > KGL_ELEMENTS_MAX) kgl_cursor_fail(cursor, cursor->at);
  if (!read_coding(cursor, KGL_IS_INTEGER(step), is_exact, weights)) return KGL_ERR_UNSUPPORTED;
  weights->jump = weights->changes = 0;
  if (weights->gap_alphabets > 0 || (KGL_JOINT_ROWS && weights->mask == KGL_MASK_JOINT)) {
    weights->jump = kgl_take_varint(cursor, 1, 255);
  }
  read_alphabets(cursor, weights->jump + 1, weights, weights->gaps, weights->gap_alphabets);
  if (KGL_ROW_CLASSES && weights->mask == KGL_MASK_ROWS) read_classes(cursor, weights);
  if (weights->values == KGL_VALUES_BYTES) {
    weights->table.precision = KGL_SCALED_BYTES; /* there is none, but levels are bytes */
    weights->table.bytes = NULL;
    weights->table.count = 1;
  } else if (weights->values != KGL_VALUES_RAW) {
    read_values(model, cursor, KGL_IS_INTEGER(step), is_exact, weights);
  }
  if (is_exact) {
    if (weights->table.precision == KGL_SCALED_SHORTS) kgl_cursor_fail(cursor, cursor->at);
    read_exact_rows(model, cursor, rows, &step->form.exact);
  } else if (KGL_IS_INTEGER(step)) {
    read_scaling(model, cursor, rows, &step->form.integer.scaling);
  } else {
    kgl_read_numbers(model, cursor, rows, KGL_ABSENT, &step->form.real.numbers[0]);
    kgl_read_numbers(model, cursor, rows, KGL_ABSENT, &step->form.real.numbers[1]);
  }
#if KGL_COLUMNS
  if (KGL_IS_BY_COLUMNS(weights) && !(is_one_row(step, is_exact) && are_column_words(weights))) {
    kgl_cursor_fail(cursor, cursor->at);
  }
#endif
#if KGL_INDEXED
  if (KGL_IS_INDEXED(weights) && !(is_one_row(step, is_exact) && weights->table.count <= KGL_INDEXED_LEVELS)) {
    kgl_cursor_fail(cursor, cursor->at);
  }
#endif
  read_lanes(model, cursor, weights);
  return KGL_OK;
}
