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

#include <string.h>

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
  if (kgl_load32(blob) != 0x1A4C474Bu) return KGL_ERR_MAGIC;
  if (kgl_load16(blob + 4) != KGL_FORMAT_VERSION) return KGL_ERR_VERSION;
  table_bytes = blob[6] * KGL_ENTRY_BYTES;
  if (blob_bytes < KGL_HEADER_BYTES + table_bytes) return KGL_ERR_TRUNCATED;
  if (blob_bytes < kgl_load32(blob + 8)) return KGL_ERR_TRUNCATED;
  crc = kgl_crc32(0, blob, 16);
  crc = kgl_crc32(crc, blob + KGL_HEADER_BYTES, table_bytes);
  if (crc != kgl_load32(blob + 16)) return KGL_ERR_CHECKSUM;
  if (blob[6] < 3 || blob[6] > 64 || blob[7] != 0) return KGL_ERR_CORRUPT;
  if (blob_bytes != kgl_load32(blob + 8)) return KGL_ERR_CORRUPT;
  return KGL_OK;
}

/* Entry i of the table: kind, index and reserved bytes. */
static int is_entry_allowed(const uint8_t *entry, uint32_t i, int banks_are_over) {
  uint32_t kind = entry[0], index = entry[1];
  if (kgl_load16(entry + 2) != 0) return 0;
  if (i == 0) return kind == SECTION_PLAN && index == 0;
  if (i == 1) return kind == SECTION_PARAMETERS && index == 0;
  if (kind == SECTION_BANK) {
    return index == i - 2 && !banks_are_over && kgl_load32(entry + 4) <= BANK_BYTES_MAX;
  }
  return i > 2 && kind >= SECTION_ANCILLARY && index == 0;
}

kgl_status kgl_check_sections(kgl_model *model, const uint8_t *blob, uint32_t blob_bytes) {
  kgl_status status = check_header(blob, blob_bytes);
  uint32_t i, count, offset;
  int banks_are_over = 0;
  if (status != KGL_OK) return status;
  count = blob[6];
  offset = KGL_HEADER_BYTES + count * KGL_ENTRY_BYTES;
  model->blob = blob;
  model->blob_bytes = blob_bytes;
  model->bank_count = 0;
  for (i = 0; i < count; i++) {
    const uint8_t *entry = blob + KGL_HEADER_BYTES + i * KGL_ENTRY_BYTES;
    uint32_t bytes = kgl_load32(entry + 4);
    if (!is_entry_allowed(entry, i, banks_are_over)) return KGL_ERR_CORRUPT;
    if (bytes > blob_bytes - offset) return KGL_ERR_CORRUPT;
    if (i == 0) {
      model->plan_offset = offset;
      model->plan_bytes = bytes;
    } else if (i == 1) {
      model->parameters_offset = offset;
      model->parameters_bytes = bytes;
      model->banks_offset = offset + bytes;
    } else if (entry[0] == SECTION_BANK) {
      model->bank_count++;
    } else {
      banks_are_over = 1;
    }
    offset += bytes;
  }
  if (offset != blob_bytes) return KGL_ERR_CORRUPT;
  model->activation_bytes = kgl_load32(blob + 12);
  if (model->activation_bytes % 4 != 0 || model->activation_bytes > ARENA_BYTES_MAX) {
    return KGL_ERR_CORRUPT;
  }
  offset = KGL_HEADER_BYTES + count * KGL_ENTRY_BYTES;
  for (i = 0; i < count; i++) {
    const uint8_t *entry = blob + KGL_HEADER_BYTES + i * KGL_ENTRY_BYTES;
    uint32_t bytes = kgl_load32(entry + 4);
    if (kgl_crc32(0, blob + offset, bytes) != kgl_load32(entry + 8)) return KGL_ERR_CHECKSUM;
    offset += bytes;
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

static uint32_t product3(uint32_t a, uint32_t b, uint32_t c) {
  return kgl_product(kgl_product(a, b), c);
}

static span make_span(uint32_t place, uint32_t words) {
  span s;
  s.place = place;
  s.words = words;
  return s;
}

/* The elements of a tensor of these axes, leaving out those in the mask. */
static uint32_t axes_words(const kgl_axes *axes, uint32_t mask) {
  uint32_t words = 1, axis;
  for (axis = 0; axis < axes->rank; axis++) {
    if ((mask >> axis & 1u) == 0) words = kgl_product(words, axes->sizes[axis]);
  }
  return words;
}

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

/* What a step reads (x; a binary also b, else of no words) and writes. */
static void step_spans(const kgl_step *step, span *x, span *b, span *y) {
  const kgl_window *w = &step->u.window;
  const kgl_block *block = &step->u.block;
  const kgl_axes *axes = &step->u.axes;
  uint32_t whole;
  *b = make_span(0, 0);
  switch (step->opcode) {
    case KGL_STEP_CONVOLUTION:
    case KGL_STEP_MAX_POOL:
    case KGL_STEP_AVERAGE_POOL:
      *x = make_span(step->x, product3(w->channels, w->in[0], w->in[1]));
      *y = make_span(step->y, product3(w->filters, w->out[0], w->out[1]));
      if (step->is_integer && step->opcode == KGL_STEP_CONVOLUTION && step->mode) {
        *b = make_span(step->b, y->words);
      }
      return;
    case KGL_STEP_DENSE:
      *x = make_span(step->x, kgl_product(block->outer, block->inner));
      *y = make_span(step->y, kgl_product(block->outer, block->middle));
      return;
    case KGL_STEP_MEAN:
      *x = make_span(step->x, kgl_product(block->middle, block->inner));
      *y = make_span(step->y, block->middle);
      return;
    case KGL_STEP_BINARY:
      *x = make_span(step->x, axes_words(axes, step->masks[0]));
      *b = make_span(step->b, axes_words(axes, step->masks[1]));
      *y = make_span(step->y, axes_words(axes, 0));
      return;
    case KGL_STEP_SELECT:
    case KGL_STEP_COPY:
      *x = make_span(step->x, kgl_product(block->outer, block->inner));
      *y = make_span(step->y, kgl_product(block->outer, block->middle));
      return;
    case KGL_STEP_PAD:
      *x = make_span(step->x, axes_words(axes, 0));
      *y = make_span(step->y, padded_words(axes));
      return;
    case KGL_STEP_TRANSPOSE:
      *x = make_span(step->x, axes_words(axes, 0));
      *y = make_span(step->y, x->words);
      return;
    case KGL_STEP_CONSTANT:
      *x = make_span(0, 0);
      *y = make_span(step->y, block->inner);
      return;
    default: /* activation, PRelu, softmax, affine: one shape */
      whole = product3(block->outer, block->middle, block->inner);
      *x = make_span(step->x, whole);
      *y = make_span(step->y, whole);
      return;
  }
}

/* Whether a step may write over its first operand (x or a) where that is the very same tensor. */
static int is_in_place(const kgl_step *step) {
  switch (step->opcode) {
    case KGL_STEP_ACTIVATION:
    case KGL_STEP_PRELU:
    case KGL_STEP_SOFTMAX:
    case KGL_STEP_AFFINE:
    case KGL_STEP_SELECT:
      return 1;
    case KGL_STEP_BINARY:
      return step->masks[0] == 0;
    default:
      return 0;
  }
}

/* A span of elements of a byte each, as words. 0 if there are too many. */
static int to_words(span *s) {
  if (s->words > KGL_ELEMENTS_MAX) return 0;
  s->words = (s->words + 3) / 4;
  return 1;
}

static int check_spans(const kgl_model *model, const kgl_step *step) {
  span x, b, y;
  step_spans(step, &x, &b, &y);
  if (step->is_integer && !(to_words(&x) && to_words(&b) && to_words(&y))) return 0;
  if (!is_inside(model, x) || !is_inside(model, b) || !is_inside(model, y)) return 0;
  if (!are_apart(x, y) && !(is_in_place(step) && x.place == y.place)) return 0;
  if (step->opcode == KGL_STEP_BINARY && !are_apart(b, y)) {
    return step->masks[1] == 0 && b.place == y.place;
  }
  return step->opcode != KGL_STEP_CONVOLUTION || are_apart(b, y) || b.place == y.place;
}

/* --- Numbers, lanes and banks ---------------------------------------------------------------- */

static int has_weights(const kgl_step *step) {
  return step->opcode == KGL_STEP_CONVOLUTION || step->opcode == KGL_STEP_DENSE;
}

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

/* Whether each bias is within 2^29; those of fewer than 4 bytes always are. */
static int are_biases_allowed(const kgl_scaling *scaling, uint32_t count) {
  const uint32_t most = 1u << 29;
  uint32_t i;
  if (scaling->biases == NULL || scaling->bias_bytes < 4) return 1;
  for (i = 0; i < count; i++) {
    if (kgl_load32(scaling->biases + 4 * i) + most > 2 * most) return 0;
  }
  return 1;
}

static int check_numbers(const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  if (step->is_integer) {
    if (has_weights(step)) {
      /* The table's scale is a float32 above 0 and at most 2^112; these are in the order of their
       * bits. */
      if (kgl_load32(weights->table.bytes) - 1 >= 0x77800000u) return 0;
      return are_biases_allowed(&step->scaling, weights->rows);
    }
    if (step->opcode == KGL_STEP_SELECT) return check_bitmap(step);
    if (step->opcode == KGL_STEP_AFFINE) {
      return are_biases_allowed(&step->scaling, step->u.block.middle);
    }
    return 1;
  }
  if (has_weights(step)) {
    return (weights->values == KGL_VALUES_RAW || kgl_numbers_are_finite(&weights->table)) &&
           kgl_numbers_are_finite(&weights->scales) && kgl_numbers_are_finite(&weights->biases);
  }
  if (step->opcode == KGL_STEP_SELECT) return check_bitmap(step);
  if (step->opcode == KGL_STEP_AFFINE && !kgl_numbers_are_finite(&step->numbers[1])) return 0;
  if (step->opcode == KGL_STEP_PRELU || step->opcode == KGL_STEP_CONSTANT ||
      step->opcode == KGL_STEP_AFFINE) {
    return kgl_numbers_are_finite(&step->numbers[0]);
  }
  return 1;
}

/* Whether the bits of a lane's last byte after its last bit are 0. */
static int check_spare_bits(const uint8_t *bank, const kgl_lane *lane) {
  uint32_t spare = lane->bits & 7u;
  return spare == 0 || bank[lane->offset + lane->bits / 8] >> spare == 0;
}

/* Check a layer's lanes in one bank and raise *end and *pad to what they need: the first by where
 * a lane ends, the second by the pad behind it. */
static int check_lanes(const kgl_model *model, const kgl_weights *weights, uint32_t bank,
                       uint32_t *end, uint32_t *pad) {
  kgl_cursor lanes = weights->lanes;
  uint32_t i, bank_bytes;
  const uint8_t *bytes = kgl_bank(model, bank, &bank_bytes);
  for (i = 0; i < weights->lane_count; i++) {
    kgl_lane lane;
    uint32_t lane_bytes;
    kgl_read_lane(model, &lanes, &lane);
    if (lane.bank != bank) continue;
    lane_bytes = lane.bits / 8 + (lane.bits % 8 != 0);
    if (lane.offset > bank_bytes || lane_bytes > bank_bytes - lane.offset) return 0;
    if (lane.rows == 0 && lane.bits != 0) return 0;
    if (!check_spare_bits(bytes, &lane)) return 0;
    if (lane.offset + lane_bytes > *end) *end = lane.offset + lane_bytes;
    if (lane.bits != 0) {
      uint32_t needed = kgl_weights_pad_bytes(weights);
      if (needed > *pad) *pad = needed;
    }
  }
  return 1;
}

static int check_bank(const kgl_model *model, uint32_t bank) {
  kgl_cursor cursor = kgl_plan_cursor(model, model->steps_offset);
  uint32_t i, bank_bytes, end = 0, pad = 0;
  const uint8_t *bytes = kgl_bank(model, bank, &bank_bytes);
  kgl_step step;
  memset(&step, 0, sizeof step);
  for (i = 0; i < model->step_count; i++) {
    kgl_read_step(model, &cursor, &step); /* was OK before */
    if (has_weights(&step) && !check_lanes(model, &step.weights, bank, &end, &pad)) return 0;
  }
  if (pad > bank_bytes - end) return 0;
  for (i = bank_bytes - pad; i < bank_bytes; i++) {
    if (bytes[i] != 0xFF) return 0;
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

/* Words behind the activations that a step needs: convolution and dense, 0 for the others. */
static uint64_t scratch_words_of(const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  uint64_t words;
  if (!has_weights(step)) return 0;
#if KGL_OP_CONVOLUTION
  if (step->opcode == KGL_STEP_CONVOLUTION) {
#if KGL_INTEGER
    if (step->is_integer) return kgl_integer_convolution_words(step);
#endif
#if KGL_FLOAT
    return kgl_convolution_words(step);
#endif
  }
#endif
  words = kgl_weights_words(weights);
  if (step->u.block.outer > 1) words += 2 * (uint64_t)weights->columns;
  return words;
}

/* Every step by itself: KGL_OK, CORRUPT or UNSUPPORTED. */
static kgl_status check_steps(kgl_model *model, kgl_cursor *cursor) {
  uint64_t scratch_words = 0;
  uint32_t i;
  kgl_step step;
  memset(&step, 0, sizeof step);
  for (i = 0; i < model->step_count; i++) {
    kgl_status status = kgl_read_step(model, cursor, &step);
    uint64_t words;
    if (status != KGL_OK) return status;
    if (!check_spans(model, &step) || !check_numbers(&step)) return KGL_ERR_CORRUPT;
    words = scratch_words_of(&step);
    if (words > scratch_words) scratch_words = words;
  }
  /* A filter so long that arena and list exceed 32 bits is no blob for this runtime. */
  if (scratch_words > (0xFFFFFFFFu - ARENA_BYTES_MAX) / 4) return KGL_ERR_UNSUPPORTED;
  model->scratch_bytes = (uint32_t)scratch_words * 4;
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
