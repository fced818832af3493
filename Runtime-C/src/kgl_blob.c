/* Validation, once, at open. What is checked here is relied upon everywhere else:
 *
 *  1. sections follow one another and end with the blob;
 *  2. every place, with the elements that its step reads or writes there, lies in the activations;
 *  3. what a step writes overlaps nothing that it reads, except where it may work in place, and
 *     then the two are the same tensor;
 *  4. numbers lie in the parameters; each code is complete;
 *  5. each lane ends before its bank's pad, which is long enough for the rows of every lane in it
 *     and all FF (kgl_weights.c tells what for).
 *
 * The plan is read twice, and once more for each bank. Nothing is kept but the model. */
#include "kgl_blob.h"

#include "kgl_crc.h"
#include "kgl_ops.h"
#include "kgl_weights.h"

#define ARENA_BYTES_MAX 0x40000000u /* 2^30 */
#define BANK_BYTES_MAX 0x1FFFFFFFu  /* its bits are counted in 32 */

enum { SECTION_PLAN = 1, SECTION_PARAMETERS = 2, SECTION_BANK = 3, SECTION_ANCILLARY = 128 };

/* --- Header and sections --------------------------------------------------------------------- */

static kgl_status check_header(const uint8_t *blob, uint32_t blob_bytes) {
  uint32_t table_bytes, crc;
  if (blob_bytes < KGL_HEADER_BYTES) return KGL_ERR_TRUNCATED;
  if (kgl_read32(blob) != 0x1A4C474Bu) return KGL_ERR_MAGIC;
  if (kgl_read16(blob + 4) != KGL_FORMAT_VERSION) return KGL_ERR_VERSION;
  table_bytes = blob[6] * KGL_ENTRY_BYTES;
  if (blob_bytes < KGL_HEADER_BYTES + table_bytes) return KGL_ERR_TRUNCATED;
  if (blob_bytes < kgl_read32(blob + 8)) return KGL_ERR_TRUNCATED;
  crc = kgl_crc32(0, blob, 16);
  crc = kgl_crc32(crc, blob + KGL_HEADER_BYTES, table_bytes);
  if (crc != kgl_read32(blob + 16)) return KGL_ERR_CHECKSUM;
  if (blob[6] < 3 || blob[6] > 64 || blob[7] != 0) return KGL_ERR_CORRUPT;
  if (blob_bytes != kgl_read32(blob + 8)) return KGL_ERR_CORRUPT;
  return KGL_OK;
}

/* Entry i of the table: kind, index, reserved bytes, and a bank's size. The first three are the plan,
 * the parameters and a bank, then more banks, then what is ancillary. */
static int is_entry_allowed(const uint8_t *entry, uint32_t i) {
  const uint32_t kind = entry[0];
  if (kgl_read16(entry + 2) != 0) return 0;
  if (kind == SECTION_BANK) {
    if (i < 2 || entry[1] != i - 2 || kgl_read32(entry + 4) > BANK_BYTES_MAX) return 0;
    return i == 2 || *(entry - KGL_ENTRY_BYTES) == SECTION_BANK;
  }
  return entry[1] == 0 && (i < 3 ? kind == i + SECTION_PLAN : kind >= SECTION_ANCILLARY);
}

/* The entries of a header that was checked, and where their sections are. */
static int check_entries(kgl_model *model) {
  const uint8_t *entry = model->blob + KGL_HEADER_BYTES;
  const uint32_t count = model->blob[6];
  uint32_t offset = KGL_HEADER_BYTES + count * KGL_ENTRY_BYTES, i;
  model->plan_offset = offset;
  model->bank_count = 0;
  for (i = 0; i < count; i++, entry += KGL_ENTRY_BYTES) {
    uint32_t bytes = kgl_read32(entry + 4);
    if (!is_entry_allowed(entry, i) || bytes > model->blob_bytes - offset) return 0;
    if (i == 0) model->plan_bytes = bytes;
    if (i == 1) {
      model->parameters_offset = offset;
      model->parameters_bytes = bytes;
      model->banks_offset = offset + bytes;
    }
    if (entry[0] == SECTION_BANK) model->bank_count++;
    offset += bytes;
  }
  return offset == model->blob_bytes;
}

kgl_status kgl_check_sections(kgl_model *model, const uint8_t *blob, uint32_t blob_bytes) {
  const uint8_t *entry = blob + KGL_HEADER_BYTES, *section;
  kgl_status status = check_header(blob, blob_bytes);
  if (status != KGL_OK) return status;
  model->blob = blob;
  model->blob_bytes = blob_bytes;
  if (!check_entries(model)) return KGL_ERR_CORRUPT;
  model->activation_bytes = kgl_read32(blob + 12);
  if (model->activation_bytes % 4 != 0 || model->activation_bytes > ARENA_BYTES_MAX) {
    return KGL_ERR_CORRUPT;
  }
  for (section = blob + model->plan_offset; entry < blob + model->plan_offset;
       entry += KGL_ENTRY_BYTES) {
    uint32_t bytes = kgl_read32(entry + 4);
    if (kgl_crc32(0, section, bytes) != kgl_read32(entry + 8)) return KGL_ERR_CHECKSUM;
    section += bytes;
  }
  return KGL_OK;
}

/* --- Steps and the arena --------------------------------------------------------------------- */

/* Words of the arena that a step reads or writes. */
typedef struct span {
  uint32_t place;
  uint32_t words;
} span;

static int is_inside(const kgl_model *model, span s) {
  uint32_t arena_words = model->activation_bytes / 4;
  return s.words <= KGL_ELEMENTS_MAX && s.place <= arena_words && s.words <= arena_words - s.place;
}

static int are_apart(span a, span b) { /* both inside the arena: sums do not wrap */
  return a.place + a.words <= b.place || b.place + b.words <= a.place;
}

#if KGL_OP_CONVOLUTION || KGL_OP_POOL || KGL_OP_ACTIVATION || KGL_OP_PRELU || KGL_OP_SOFTMAX || \
    KGL_OP_AFFINE
static uint32_t product3(uint32_t a, uint32_t b, uint32_t c) {
  return kgl_product(kgl_product(a, b), c);
}

#endif

static span make_span(uint32_t place, uint32_t words) {
  span s;
  s.place = place;
  s.words = words;
  return s;
}

#if KGL_OP_BINARY || KGL_OP_PAD || KGL_OP_TRANSPOSE
/* The elements of a tensor of these axes, leaving out those in the mask. */
static uint32_t axes_words(const kgl_axes *axes, uint32_t mask) {
  uint32_t words = 1, axis;
  for (axis = 0; axis < axes->rank; axis++) {
    if ((mask >> axis & 1u) == 0) words = kgl_product(words, axes->sizes[axis]);
  }
  return words;
}

#endif

#if KGL_OP_PAD
/* The elements of a padded tensor, or too many if a size is. */
static uint32_t padded_words(const kgl_axes *axes) {
  uint32_t words = 1, axis;
  for (axis = 0; axis < axes->rank; axis++) {
    uint32_t size = axes->before[axis] + axes->sizes[axis] + axes->after[axis];
    if (size > KGL_SIZE_MAX) return KGL_ELEMENTS_MAX + 1;
    words = kgl_product(words, size);
  }
  return words;
}

#endif

/* What a step reads (x; a binary, and a convolution with a residual, also b, else of no words) and
 * writes. A build without an operator has no case for it: kgl_read_step has refused it. */
static void step_spans(const kgl_step *step, span *x, span *b, span *y) {
  const kgl_block *block = &step->u.block;
  *x = make_span(step->x, 0);
  *b = make_span(0, 0);
  *y = make_span(step->y, 0);
  switch (step->opcode) {
#if KGL_OP_CONVOLUTION || KGL_OP_POOL
    case KGL_STEP_CONVOLUTION:
    case KGL_STEP_MAX_POOL:
    case KGL_STEP_AVERAGE_POOL: {
      const kgl_window *w = &step->u.window;
      x->words = product3(w->channels, w->in[0], w->in[1]);
      y->words = product3(w->filters, w->out[0], w->out[1]);
      if (KGL_IS_INTEGER(step) && step->opcode == KGL_STEP_CONVOLUTION && step->mode) {
        *b = make_span(step->b, y->words);
      }
      return;
    }
#endif
#if KGL_OP_DENSE || KGL_OP_SELECT || KGL_OP_COPY
    case KGL_STEP_DENSE:
    case KGL_STEP_SELECT:
    case KGL_STEP_COPY:
      x->words = kgl_product(block->outer, block->inner);
      y->words = kgl_product(block->outer, block->middle);
      return;
#endif
#if KGL_OP_MEAN
    case KGL_STEP_MEAN:
      x->words = kgl_product(block->middle, block->inner);
      y->words = block->middle;
      return;
#endif
#if KGL_OP_BINARY
    case KGL_STEP_BINARY:
      x->words = axes_words(&step->u.axes, step->masks[0]);
      *b = make_span(step->b, axes_words(&step->u.axes, step->masks[1]));
      y->words = axes_words(&step->u.axes, 0);
      return;
#endif
#if KGL_OP_PAD
    case KGL_STEP_PAD:
      x->words = axes_words(&step->u.axes, 0);
      y->words = padded_words(&step->u.axes);
      return;
#endif
#if KGL_OP_TRANSPOSE
    case KGL_STEP_TRANSPOSE:
      x->words = y->words = axes_words(&step->u.axes, 0);
      return;
#endif
#if KGL_OP_CONSTANT
    case KGL_STEP_CONSTANT:
      *x = make_span(0, 0);
      y->words = block->inner;
      return;
#endif
#if KGL_OP_ACTIVATION || KGL_OP_PRELU || KGL_OP_SOFTMAX || KGL_OP_AFFINE
    default: /* activation, PRelu, softmax, affine: one shape */
      x->words = y->words = product3(block->outer, block->middle, block->inner);
      return;
#endif
  }
}

/* Whether a step may write over its first operand (x or a) where that is the very same tensor. */
static int is_in_place(const kgl_step *step) {
  const uint32_t opcodes = KGL_OP_ACTIVATION << KGL_STEP_ACTIVATION |
                           KGL_OP_PRELU << KGL_STEP_PRELU | KGL_OP_SOFTMAX << KGL_STEP_SOFTMAX |
                           KGL_OP_AFFINE << KGL_STEP_AFFINE | KGL_OP_SELECT << KGL_STEP_SELECT;
  if (KGL_OP_BINARY && step->opcode == KGL_STEP_BINARY) return step->masks[0] == 0;
  return (opcodes >> step->opcode & 1u) != 0;
}

/* Elements of a byte each as words; too many stay too many. */
static void to_words(span *s) {
  if (s->words <= KGL_ELEMENTS_MAX) s->words = (s->words + 3) / 4;
}

static int check_spans(const kgl_model *model, const kgl_step *step) {
  span x, b, y;
  step_spans(step, &x, &b, &y);
  if (KGL_IS_INTEGER(step)) {
    to_words(&x);
    to_words(&y);
  }
  if (!is_inside(model, x) || !is_inside(model, y)) return 0;
  if (!are_apart(x, y) && !(is_in_place(step) && x.place == y.place)) return 0;
#if KGL_OP_BINARY || KGL_OP_CONVOLUTION
  if (KGL_IS_INTEGER(step)) to_words(&b);
  if (!is_inside(model, b)) return 0;
  if (!are_apart(b, y)) {
    return b.place == y.place && (step->opcode != KGL_STEP_BINARY || step->masks[1] == 0);
  }
#endif
  return 1;
}

/* --- Numbers, lanes and banks ---------------------------------------------------------------- */

static int has_weights(const kgl_step *step) {
  return (KGL_OP_CONVOLUTION && step->opcode == KGL_STEP_CONVOLUTION) ||
         (KGL_OP_DENSE && step->opcode == KGL_STEP_DENSE);
}

#if KGL_OP_SELECT
/* Whether a bitmap has as many ones as its step says, and none behind its end. */
static int check_bitmap(const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  uint32_t i, ones = 0;
  for (i = 0; i < ((block->inner + 7) & ~7u); i++) {
    uint32_t bit = (uint32_t)step->bitmap[i / 8] >> (i % 8) & 1u;
    if (bit && i >= block->inner) return 0;
    ones += bit;
  }
  return ones == block->middle;
}
#endif

#if KGL_INTEGER
/* Whether each bias is within 2^29; those of fewer than 4 bytes always are. */
static int are_biases_allowed(const kgl_scaling *scaling, uint32_t count) {
  const uint32_t most = 1u << 29;
  uint32_t i;
  if (scaling->biases == NULL || scaling->bias_bytes < 4) return 1;
  for (i = 0; i < count; i++) {
    if (kgl_read32(scaling->biases + 4 * i) + most > 2 * most) return 0;
  }
  return 1;
}

static int check_integer_numbers(const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  if (has_weights(step)) {
    /* The table's scale is a float32 above 0 and at most 2^112; these are in the order of their
     * bits. */
    if (kgl_read32(weights->table.bytes) - 1 >= 0x77800000u) return 0;
    return are_biases_allowed(&step->scaling, weights->rows);
  }
#if KGL_OP_AFFINE
  if (step->opcode == KGL_STEP_AFFINE) {
    return are_biases_allowed(&step->scaling, step->u.block.middle);
  }
#endif
  return 1;
}
#endif

#if KGL_FLOAT
static int check_float_numbers(const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  if (has_weights(step)) {
    return (weights->values == KGL_VALUES_RAW || kgl_numbers_are_finite(&weights->table)) &&
           kgl_numbers_are_finite(&weights->scales) && kgl_numbers_are_finite(&weights->biases);
  }
  if (step->opcode == KGL_STEP_AFFINE && !kgl_numbers_are_finite(&step->numbers[1])) return 0;
  if (step->opcode == KGL_STEP_PRELU || step->opcode == KGL_STEP_CONSTANT ||
      step->opcode == KGL_STEP_AFFINE) {
    return kgl_numbers_are_finite(&step->numbers[0]);
  }
  return 1;
}
#endif

static int check_numbers(const kgl_step *step) {
#if KGL_OP_SELECT
  if (step->opcode == KGL_STEP_SELECT) return check_bitmap(step);
#endif
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) return check_integer_numbers(step);
#endif
#if KGL_FLOAT
  return check_float_numbers(step);
#else
  return 1;
#endif
}

/* A bank, and what the lanes in it need of it. */
typedef struct bank_use {
  uint32_t bank;
  const uint8_t *bytes;
  uint32_t count; /* of its bytes */
  uint32_t end;   /* where the last lane ends */
  uint32_t pad;   /* how long the pad behind it must be */
} bank_use;

#if KGL_OP_CONVOLUTION || KGL_OP_DENSE
/* Check a layer's lanes in a bank and raise what they need of it. */
static int check_lanes(const kgl_model *model, const kgl_weights *weights, bank_use *use) {
  kgl_cursor lanes = weights->lanes;
  uint32_t i;
  for (i = 0; i < weights->lane_count; i++) {
    kgl_lane lane;
    uint32_t spare, past, pad;
    kgl_read_lane(model, &lanes, &lane);
    if (lane.bank != use->bank) continue;
    spare = lane.bits % 8; /* bits used of its last byte, if not all */
    past = lane.bits / 8 + (spare != 0);
    if (lane.offset > use->count || past > use->count - lane.offset) return 0;
    past += lane.offset;
    if (past > use->end) use->end = past;
    if (lane.bits == 0) continue;
    if (lane.rows == 0) return 0;
    if (spare != 0 && use->bytes[past - 1] >> spare != 0) return 0;
    pad = kgl_weights_pad_bytes(weights);
    if (pad > use->pad) use->pad = pad;
  }
  return 1;
}
#endif

static int check_bank(const kgl_model *model, uint32_t bank) {
  kgl_cursor cursor = kgl_plan_cursor(model, model->steps_offset);
  uint32_t i;
  bank_use use;
  kgl_step step;
  use.bank = bank;
  use.bytes = kgl_bank(model, bank, &use.count);
  use.end = use.pad = 0;
  kgl_step_begin(&step);
  for (i = 0; i < model->step_count; i++) {
    kgl_read_step(model, &cursor, &step); /* was OK before */
#if KGL_OP_CONVOLUTION || KGL_OP_DENSE
    if (has_weights(&step) && !check_lanes(model, &step.weights, &use)) return 0;
#endif
  }
  if (use.pad > use.count - use.end) return 0;
  for (i = use.count - use.pad; i < use.count; i++) {
    if (use.bytes[i] != 0xFF) return 0;
  }
  return 1;
}

/* --- The plan -------------------------------------------------------------------------------- */

/* Inputs or outputs: their count, then each one's tensor and, for inputs, transform. */
static int check_tensors(const kgl_model *model, kgl_cursor *cursor, int are_inputs,
                         uint8_t *count, uint32_t *offset) {
  uint32_t i;
  *count = (uint8_t)kgl_take_varint(cursor, 1, 255);
  *offset = (uint32_t)(cursor->at - model->blob);
  for (i = 0; i < *count && !cursor->failed; i++) {
    kgl_tensor tensor;
    kgl_read_tensor(cursor, &tensor);
    if (are_inputs) kgl_read_transform(cursor);
    if (!is_inside(model, make_span(tensor.word_offset, (kgl_tensor_bytes(&tensor) + 3) / 4))) {
      return 0;
    }
  }
  return !cursor->failed;
}

#if KGL_OP_CONVOLUTION
/* Words behind the activations that a convolution needs; at most 2^32 - 1, which is refused. */
static uint32_t convolution_words(const kgl_step *step) {
  uint64_t words = 0;
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) words = kgl_integer_convolution_words(step);
#endif
#if KGL_FLOAT
  if (!KGL_IS_INTEGER(step)) words = kgl_convolution_words(step);
#endif
  return words < 0xFFFFFFFFu ? (uint32_t)words : 0xFFFFFFFFu;
}
#endif

/* The same of any step: convolution and dense, 0 for the others. */
static uint32_t scratch_words_of(const kgl_step *step) {
  uint32_t words = 0;
#if KGL_OP_CONVOLUTION
  if (step->opcode == KGL_STEP_CONVOLUTION) return convolution_words(step);
#endif
#if KGL_OP_DENSE
  if (step->opcode == KGL_STEP_DENSE) {
    words = kgl_weights_words(&step->weights);
    if (step->u.block.outer > 1) words += 2 * step->weights.columns; /* these are below 2^24 */
  }
#endif
  (void)step;
  return words;
}

/* Every step by itself: KGL_OK, CORRUPT or UNSUPPORTED. */
static kgl_status check_steps(kgl_model *model, kgl_cursor *cursor) {
  uint32_t scratch_words = 0;
  uint32_t i;
  kgl_step step;
  kgl_step_begin(&step);
  for (i = 0; i < model->step_count; i++) {
    kgl_status status = kgl_read_step(model, cursor, &step);
    uint32_t words;
    if (status != KGL_OK) return status;
    if (!check_spans(model, &step) || !check_numbers(&step)) return KGL_ERR_CORRUPT;
    words = scratch_words_of(&step);
    if (words > scratch_words) scratch_words = words;
  }
  /* A filter so long that arena and list exceed 32 bits is no blob for this runtime. */
  if (scratch_words > (0xFFFFFFFFu - ARENA_BYTES_MAX) / 4) return KGL_ERR_UNSUPPORTED;
  model->scratch_bytes = scratch_words * 4;
  return cursor->at == cursor->end ? KGL_OK : KGL_ERR_CORRUPT;
}

kgl_status kgl_check_plan(kgl_model *model) {
  kgl_cursor cursor = kgl_plan_cursor(model, model->plan_offset);
  kgl_status status;
  uint32_t bank;
  if (!check_tensors(model, &cursor, 1, &model->input_count, &model->inputs_offset) ||
      !check_tensors(model, &cursor, 0, &model->output_count, &model->outputs_offset)) {
    return KGL_ERR_CORRUPT;
  }
  model->step_count = kgl_take_varint(&cursor, 1, 65535);
  model->steps_offset = (uint32_t)(cursor.at - model->blob);
  if (cursor.failed) return KGL_ERR_CORRUPT;
  status = check_steps(model, &cursor);
  if (status != KGL_OK) return status;
  for (bank = 0; bank < model->bank_count; bank++) {
    if (!check_bank(model, bank)) return KGL_ERR_CORRUPT;
  }
  return KGL_OK;
}
