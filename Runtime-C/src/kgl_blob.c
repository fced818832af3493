/* Validation, once, at open. What is checked here is relied upon everywhere else:
 *
 *  1. sections follow one another and end with the blob;
 *  2. every place, with the elements that its step reads or writes there, lies in the activations: all in
 *     the states, which begin them one behind another, or all behind these;
 *  3. what a step writes overlaps nothing that it reads, except where it may work in place, and
 *     then the two are the same tensor;
 *  4. numbers lie in the parameters; each code is complete;
 *  5. each lane ends before its bank's pad, which is long enough for the rows of every lane in it
 *     and all FF (kgl_weights.c tells what for).
 *
 * Time is linear in the blob: each byte of the plan is read once or twice, and what the steps have looked at
 * number by number, or in code lengths that keep changing, is limited (Blob.md, "Limits"). Nothing is kept
 * but the model. */
#include "kgl_blob.h"

#include <stddef.h>

#include "kgl_crc.h"
#include "kgl_weights.h"

#define ARENA_BYTES_MAX 0x40000000u /* 2^30 */
#define BANK_BYTES_MAX 0x1FFFFFFFu  /* its bits are counted in 32 */
#define LOOKED_AT_MORE 2048u        /* bytes than the file has */

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

/* --- Steps ----------------------------------------------------------------------------------- */

/* What the lanes in a bank ask of it. */
typedef struct bank_need {
  uint32_t pad;    /* bytes at its end, by the most demanding lane */
  uint32_t behind; /* bytes behind the lane that ends last: no fewer */
} bank_need;

/* The plan while its steps are looked at. */
typedef struct survey {
  uint32_t unread; /* bytes that steps may still have looked at */
  uint32_t scratch_words; /* of the most demanding step */
  bank_need banks[KGL_BANKS];
} survey;

/* Whether the half or float before `end` is finite. */
static int is_finite(const uint8_t *end, uint32_t bytes) {
  return bytes == 2 ? (end[-1] & 0x7Cu) != 0x7Cu : (end[-1] & 0x7Fu) != 0x7Fu || end[-2] < 0x80;
}

/* Whether every number is finite, by the bits that make one infinite or none: no float arithmetic comes
 * along. Of scaled ones the scale alone: below 2^121 for bytes, 2^113 for shorts, so that what is multiplied
 * by it is finite. */
static int check_numbers(survey *all, const kgl_numbers *numbers) {
  const uint8_t *at = numbers->bytes;
  const uint32_t bytes = 2 * numbers->precision; /* each, of halves and floats */
  uint32_t left = numbers->count;
  if (bytes == 0) return 1;
  KGL_ASSERT(left > 0);
  if (bytes > 4) return (at[3] & 0x7Fu) < (bytes == 2 * KGL_SCALED_BYTES ? 0x7Cu : 0x78u);
  if (!kgl_take_unread(&all->unread, bytes * left)) return 0;
  do {
    at += bytes;
    if (!is_finite(at, bytes)) return 0;
  } while (--left > 0);
  return 1;
}

/* Numbers of a float32 step, and its table. */
static int check_real_step(survey *all, const kgl_step *step) {
  const kgl_numbers *numbers = step->form.real.numbers;
  const uint32_t two = (0u KGL_OPERATORS(KGL_IF_LAYER)) | 1u << KGL_STEP_AFFINE;
  const uint32_t one = 1u << KGL_STEP_PRELU | 1u << KGL_STEP_CONSTANT;
  const uint32_t step_bit = 1u << step->opcode;
  if ((step_bit & (one | two)) == 0) return 1;
  if ((step_bit & two) != 0 && !check_numbers(all, &numbers[1])) return 0;
  return check_numbers(all, &numbers[0]);
}

/* A layer's table: of an integer step its scale, a float32 above 0 and at most 2^112; these are in the
 * order of their bits. */
static int check_table(survey *all, const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  if (weights->values == KGL_VALUES_RAW || weights->values == KGL_VALUES_BYTES) return 1; /* it has none */
  if (weights->table.precision == KGL_RUN) return 1;
  return KGL_IS_INTEGER(step) ? kgl_read32(weights->table.bytes) - 1 < 0x77800000u : check_numbers(all, &weights->table);
}

/* A layer's lanes, and what they ask of the banks. */
static int check_lanes(const kgl_model *model, survey *all, const kgl_weights *weights) {
  kgl_cursor lanes = weights->lanes;
  uint32_t pad = 0, i; /* 4 or more where a lane has bits */
  for (i = 0; i < weights->lane_count; i++) {
    kgl_lane lane;
    uint32_t behind;
    bank_need *need;
    kgl_read_lane(model, &lanes, &lane);
    if (!kgl_is_in_bank(model, &lane, &behind)) return 0;
    need = &all->banks[KGL_BANKS > 1 ? lane.bank : 0];
    if (behind < need->behind) need->behind = behind;
    if (lane.bits == 0) continue;
    if (lane.rows == 0) return 0;
    if (pad == 0) pad = kgl_weights_pad_bytes(weights);
    if (pad > need->pad) need->pad = pad;
  }
  return 1;
}

static int check_layer(const kgl_model *model, survey *all, const kgl_step *step) {
  const uint32_t words = kgl_scratch_words(step);
  if (words > all->scratch_words) all->scratch_words = words;
  if (!kgl_take_unread(&all->unread, KGL_CHANGE_BYTES * step->weights.changes)) return 0;
  return check_table(all, step) && check_lanes(model, all, &step->weights);
}

static int check_step(const kgl_model *model, survey *all, const kgl_step *step) {
  if (!kgl_check_step(model, step, &all->unread)) return 0;
  if (!KGL_IS_INTEGER(step) && !check_real_step(all, step)) return 0;
  return !KGL_IS_ANY(KGL_IF_LAYER, step->opcode) || check_layer(model, all, step);
}

/* --- The plan -------------------------------------------------------------------------------- */

#if KGL_STATES
/* States one behind another, from the first word on. KGL_OK; UNSUPPORTED for one that no step of this build could
 * read; what is wrong, the cursor says. */
static kgl_status check_states(kgl_model *model, kgl_cursor *cursor, survey *all) {
  uint32_t left = kgl_take_state_count(cursor), words = 0;
  for (; left > 0 && cursor->failed == NULL; left--) {
    const uint8_t *start = cursor->at;
    uint32_t own;
    kgl_state state;
    kgl_read_state(model, cursor, &state);
    if (cursor->failed != NULL) break;
    own = (kgl_tensor_bytes(&state.tensor) + 3) / 4;
    if (state.tensor.word_offset != words || !kgl_is_inside(model, words, own)) kgl_cursor_fail(cursor, start);
    if (state.tensor.type == KGL_FLOAT32) {
      if (cursor->failed == NULL && !check_numbers(all, &state.beginning)) kgl_cursor_fail(cursor, start);
      if (!KGL_FLOAT && cursor->failed == NULL) return KGL_ERR_UNSUPPORTED;
    }
    words += own;
  }
  if (cursor->failed == NULL) model->state_bytes = 4 * words;
  return KGL_OK;
}
#endif

/* Inputs or outputs: their count, then each one's tensor and, for inputs, transform. */
static void check_tensors(const kgl_model *model, kgl_cursor *cursor, int are_inputs,
                          uint8_t *count, uint32_t *offset) {
  uint32_t i;
  *count = (uint8_t)kgl_take_varint(cursor, 1, 255);
  *offset = (uint32_t)(cursor->at - model->blob);
  for (i = 0; i < *count && cursor->failed == NULL; i++) {
    const uint8_t *start = cursor->at;
    kgl_tensor tensor;
    kgl_read_tensor(cursor, &tensor);
    if (!kgl_is_inside(model, tensor.word_offset, (kgl_tensor_bytes(&tensor) + 3) / 4)) {
      kgl_cursor_fail(cursor, start);
    }
    if (!are_inputs) continue;
    if (tensor.type == KGL_INT32 || 4 * tensor.word_offset < model->state_bytes) kgl_cursor_fail(cursor, start);
    kgl_read_transform(cursor);
  }
}

/* Every step by itself: KGL_OK, CORRUPT or UNSUPPORTED. `step` is the one at hand. */
static kgl_status check_steps(const kgl_model *model, kgl_cursor *cursor, survey *all,
                              uint32_t *at) {
  kgl_step step;
  kgl_step_begin(&step);
  for (*at = 0; *at < model->step_count; ++*at) {
    const uint8_t *start = cursor->at;
    kgl_status status = kgl_read_step(model, cursor, &step);
    if (status == KGL_OK && !check_step(model, all, &step)) status = KGL_ERR_CORRUPT;
    if (status != KGL_OK) {
      kgl_cursor_fail(cursor, start);
      return status;
    }
  }
  *at = KGL_NO_STEP;
  /* A filter so long that arena and list exceed 32 bits is no blob for this runtime. */
  if (all->scratch_words > (0xFFFFFFFFu - ARENA_BYTES_MAX) / 4) return KGL_ERR_UNSUPPORTED;
  if (cursor->at != cursor->end) kgl_cursor_fail(cursor, cursor->at);
  return cursor->failed == NULL ? KGL_OK : KGL_ERR_CORRUPT;
}

/* Every bank's pad: null, or where the one begins that is not what it must be. */
static const uint8_t *check_pads(const kgl_model *model, const survey *all) {
  const uint8_t *end = model->blob + model->banks_offset;
  uint32_t bank;
  for (bank = 0; bank < model->bank_count; bank++) {
    const uint32_t pad = all->banks[bank].pad;
    end += kgl_bank_bytes(model, bank);
    if (pad > all->banks[bank].behind) return end; /* a lane ends in it */
    if (!kgl_is_pad(end - pad, pad)) return end - pad;
  }
  return NULL;
}

/* The plan, from its beginning; `step` and cursor->failed tell where it went wrong. */
static kgl_status check_all(kgl_model *model, kgl_cursor *cursor, uint32_t *step) {
  kgl_status status;
  uint32_t bank;
  survey all;
  all.unread = model->blob_bytes + LOOKED_AT_MORE;
  if (all.unread < LOOKED_AT_MORE) all.unread = 0xFFFFFFFFu;
  model->state_bytes = 0;
#if KGL_STATES
  status = check_states(model, cursor, &all);
  if (status != KGL_OK) return status;
#else
  if (cursor->at < cursor->end && *cursor->at == 0) return KGL_ERR_UNSUPPORTED;
#endif
  check_tensors(model, cursor, 1, &model->input_count, &model->inputs_offset);
  check_tensors(model, cursor, 0, &model->output_count, &model->outputs_offset);
  model->step_count = kgl_take_varint(cursor, 1, 65535);
  model->steps_offset = (uint32_t)(cursor->at - model->blob);
  if (cursor->failed != NULL) return KGL_ERR_CORRUPT;
  if (model->bank_count > KGL_BANKS) return KGL_ERR_UNSUPPORTED;
  all.scratch_words = 0;
  for (bank = 0; bank < model->bank_count; bank++) {
    all.banks[bank].pad = 0;
    all.banks[bank].behind = 0xFFFFFFFFu;
  }
  status = check_steps(model, cursor, &all, step);
  if (status != KGL_OK) return status;
  model->scratch_bytes = all.scratch_words * 4;
  if (KGL_RECHECK) model->interface_sum = kgl_interface_sum(model);
  cursor->failed = check_pads(model, &all);
  return cursor->failed == NULL ? KGL_OK : KGL_ERR_CORRUPT;
}

kgl_status kgl_check_plan(kgl_model *model) {
  kgl_cursor cursor = kgl_plan_cursor(model, model->plan_offset);
  uint32_t step = KGL_NO_STEP;
  kgl_status status = check_all(model, &cursor, &step);
  if (status != KGL_OK) {
    const uint8_t *at = cursor.failed != NULL ? cursor.failed : cursor.at;
    kgl_set_fault(model, step, (uint32_t)(at - model->blob));
  }
  return status;
}
