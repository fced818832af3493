/* The self-test (Blob.md, "Self-test"): samples with the answers that the maker of the blob got,
 * run again on the machine at hand. The section is ancillary, so kgl_open looked at its checksum alone:
 * here its length is compared with what the plan says that samples take, and each number looked at
 * when it is met. */
#include <string.h>

#include "kgl_blob.h"

#if KGL_SELF_TEST

enum { SECTION_SELF_TEST = 129 };

/* Whether an answer may be of float32. */
#define HAS_FLOATS (KGL_FLOAT || (KGL_INTEGER && KGL_EXACT && KGL_BORDER))

/* The section while it is read. */
typedef struct self_test {
  const kgl_model *model;
  uint8_t *arena;
  const uint8_t *samples; /* sample_bytes each: all inputs, then all outputs */
  uint32_t sample_count;  /* 1...255 */
  uint32_t sample_bytes;
  uint32_t input_bytes;   /* of sample_bytes */
  float tolerance;        /* 0...1 */
} self_test;

static kgl_status find_section(const kgl_model *model, kgl_cursor *section) {
  const uint8_t *entry = model->blob + KGL_HEADER_BYTES;
  uint32_t i, count = model->blob[6], offset = KGL_HEADER_BYTES + count * KGL_ENTRY_BYTES;
  section->at = NULL;
  section->failed = NULL;
  for (i = 0; i < count; i++, entry += KGL_ENTRY_BYTES) {
    uint32_t bytes = kgl_load32(entry + 4);
    if (entry[0] == SECTION_SELF_TEST) {
      if (section->at != NULL) return KGL_ERR_CORRUPT; /* a second one */
      section->at = model->blob + offset;
      section->end = section->at + bytes;
    }
    offset += bytes;
  }
  return section->at == NULL ? KGL_ERR_ARGUMENT : KGL_OK;
}

static void next_tensor(kgl_cursor *cursor, int is_input, kgl_tensor *tensor) {
  kgl_read_tensor(cursor, tensor);
  if (is_input) kgl_read_transform(cursor);
}

/* Bytes of all inputs, or outputs, of a sample: at most 255 x 2^30. */
static uint64_t bytes_of(const kgl_model *model, int are_inputs) {
  uint32_t i, count = are_inputs ? model->input_count : model->output_count;
  kgl_cursor cursor =
      kgl_plan_cursor(model, are_inputs ? model->inputs_offset : model->outputs_offset);
  uint64_t bytes = 0;
  kgl_tensor tensor;
  for (i = 0; i < count; i++) {
    next_tensor(&cursor, are_inputs, &tensor);
    bytes += kgl_tensor_bytes(&tensor);
  }
  return bytes;
}

/* Fills in where the samples are; CORRUPT unless there is exactly room for them. */
static kgl_status read_section(self_test *test, kgl_cursor *section) {
  uint64_t inputs = bytes_of(test->model, 1), outputs = bytes_of(test->model, 0);
  test->sample_count = kgl_take_varint(section, 1, 255);
  test->tolerance = kgl_take_float(section);
  if (section->failed != NULL) return KGL_ERR_CORRUPT;
#if HAS_FLOATS
  if (!(test->tolerance >= 0.0f && test->tolerance <= 1.0f)) return KGL_ERR_CORRUPT;
#endif
  if ((uint64_t)(section->end - section->at) != test->sample_count * (inputs + outputs)) {
    return KGL_ERR_CORRUPT;
  }
  test->samples = section->at;
  test->input_bytes = (uint32_t)inputs; /* within the blob, so below 2^32 */
  test->sample_bytes = (uint32_t)(inputs + outputs);
  return KGL_OK;
}

/* Puts the inputs of a sample in the arena: finite floats in the machine's byte order. */
static kgl_status put_inputs(const self_test *test, const uint8_t *from) {
  kgl_cursor cursor = kgl_plan_cursor(test->model, test->model->inputs_offset);
  uint32_t i, k;
  for (i = 0; i < test->model->input_count; i++) {
    kgl_tensor tensor;
    uint8_t *to;
    next_tensor(&cursor, 1, &tensor);
    to = test->arena + 4 * (size_t)tensor.word_offset;
    if (tensor.type != KGL_FLOAT32) memcpy(to, from, tensor.elements);
    for (k = 0; tensor.type == KGL_FLOAT32 && k < tensor.elements; k++) {
      uint32_t bits = kgl_load32(from + 4 * k);
      if (!kgl_float_is_finite(bits)) return KGL_ERR_CORRUPT;
      memcpy(to + 4 * (size_t)k, &bits, 4);
    }
    from += kgl_tensor_bytes(&tensor);
  }
  return KGL_OK;
}

#if HAS_FLOATS
/* The largest magnitude of an output, which begins `offset` bytes into each sample, over all
 * samples; CORRUPT where a number is not finite. */
static kgl_status find_largest(const self_test *test, uint32_t offset, uint32_t elements,
                               float *largest) {
  uint32_t sample, k, most = 0;
  for (sample = 0; sample < test->sample_count; sample++) {
    const uint8_t *numbers = test->samples + (size_t)sample * test->sample_bytes + offset;
    for (k = 0; k < elements; k++) {
      uint32_t magnitude = kgl_load32(numbers + 4 * k) & 0x7FFFFFFFu; /* ordered as the numbers */
      if (!kgl_float_is_finite(magnitude)) return KGL_ERR_CORRUPT;
      if (magnitude > most) most = magnitude;
    }
  }
  *largest = kgl_float(most);
  return KGL_OK;
}

static kgl_status compare_floats(const self_test *test, const kgl_tensor *tensor,
                                 const uint8_t *expected, uint32_t offset) {
  const uint8_t *answered = test->arena + 4 * (size_t)tensor->word_offset;
  float largest = 0.0f;
  kgl_status status = find_largest(test, offset, tensor->elements, &largest);
  uint32_t k;
  for (k = 0; k < tensor->elements && status == KGL_OK; k++) {
    float answer, difference;
    memcpy(&answer, answered + 4 * (size_t)k, 4);
    difference = answer - kgl_float(kgl_load32(expected + 4 * k));
    if (difference < 0.0f) difference = -difference;
    if (!(difference <= test->tolerance * largest)) status = KGL_ERR_SELF_TEST; /* or no number */
  }
  return status;
}
#endif

#if KGL_OP_ARG_MAX
/* Numbers of places are in the machine's byte order in the arena. */
static kgl_status compare_places(const uint8_t *answered, const uint8_t *expected, uint32_t count) {
  uint32_t k, answer;
  for (k = 0; k < count; k++) {
    memcpy(&answer, answered + 4 * (size_t)k, 4);
    if (answer != kgl_load32(expected + 4 * (size_t)k)) return KGL_ERR_SELF_TEST;
  }
  return KGL_OK;
}
#endif

/* Compares the outputs in the arena with what a sample expects. */
static kgl_status compare_outputs(const self_test *test, const uint8_t *sample) {
  kgl_cursor cursor = kgl_plan_cursor(test->model, test->model->outputs_offset);
  uint32_t i, offset = test->input_bytes;
  kgl_status status = KGL_OK;
  for (i = 0; i < test->model->output_count && status == KGL_OK; i++) {
    const uint8_t *answered;
    kgl_tensor tensor;
    next_tensor(&cursor, 0, &tensor);
    answered = test->arena + 4 * (size_t)tensor.word_offset;
    if (tensor.type == KGL_INT32) {
#if KGL_OP_ARG_MAX
      status = compare_places(answered, sample + offset, tensor.elements);
#else
      status = KGL_ERR_UNSUPPORTED;
#endif
    } else if (tensor.type != KGL_FLOAT32) {
      if (memcmp(answered, sample + offset, tensor.elements) != 0) status = KGL_ERR_SELF_TEST;
    } else {
#if HAS_FLOATS
      status = compare_floats(test, &tensor, sample + offset, offset);
#else
      status = KGL_ERR_UNSUPPORTED;
#endif
    }
    offset += kgl_tensor_bytes(&tensor);
  }
  return status;
}

kgl_status kgl_self_test(const kgl_model *model, void *arena, uint32_t arena_bytes) {
  self_test test;
  kgl_cursor section;
  kgl_status status;
  uint32_t i;
  if (model == NULL || model->blob == NULL) return KGL_ERR_ARGUMENT;
  test.model = model;
  test.arena = (uint8_t *)arena;
  if (KGL_RECHECK && kgl_interface_sum(model) != model->interface_sum) return KGL_ERR_CORRUPT;
  status = find_section(model, &section);
  if (status == KGL_OK) status = read_section(&test, &section);
  if (status != KGL_OK) return status;
  if (arena == NULL || ((uintptr_t)arena & 3u) != 0 || arena_bytes < kgl_arena_bytes(model)) {
    return KGL_ERR_ARENA;
  }
  status = kgl_reset(model, arena, arena_bytes);
  for (i = 0; i < test.sample_count && status == KGL_OK; i++) {
    const uint8_t *sample = test.samples + (size_t)i * test.sample_bytes;
    status = put_inputs(&test, sample);
    if (status == KGL_OK) status = kgl_run(model, arena, arena_bytes, NULL, NULL);
    if (status == KGL_OK) status = compare_outputs(&test, sample);
  }
  return status;
}

#else

kgl_status kgl_self_test(const kgl_model *model, void *arena, uint32_t arena_bytes) {
  (void)arena, (void)arena_bytes;
  return model == NULL || model->blob == NULL ? KGL_ERR_ARGUMENT : KGL_ERR_UNSUPPORTED;
}

#endif
