/* The public calls: open, ask, run. */
#include <string.h>

#include "kgl_blob.h"
#include "kgl_ops.h"

uint32_t kgl_version(void) { return KGL_VERSION; }

kgl_status kgl_open(kgl_model *model, const void *blob, uint32_t blob_bytes) {
  kgl_status status;
  if (model == NULL) return KGL_ERR_ARGUMENT;
  model->blob = NULL; /* which is what makes it not open */
  if (blob == NULL) return KGL_ERR_ARGUMENT;
  status = kgl_check_sections(model, (const uint8_t *)blob, blob_bytes);
  if (status == KGL_OK) status = kgl_check_plan(model);
  if (status != KGL_OK) model->blob = NULL;
  return status;
}

static int is_open(const kgl_model *model) { return model != NULL && model->blob != NULL; }

uint32_t kgl_arena_bytes(const kgl_model *model) {
  return is_open(model) ? model->activation_bytes + model->scratch_bytes : 0;
}

uint32_t kgl_input_count(const kgl_model *model) { return is_open(model) ? model->input_count : 0; }

uint32_t kgl_output_count(const kgl_model *model) {
  return is_open(model) ? model->output_count : 0;
}

/* The next input, or output, of the plan. */
static void read_tensor(kgl_cursor *cursor, int is_input, kgl_tensor *tensor) {
  kgl_read_tensor(cursor, tensor);
  if (is_input) kgl_read_transform(cursor);
}

kgl_status kgl_input(const kgl_model *model, uint32_t index, kgl_tensor *out) {
  kgl_cursor cursor;
  if (out == NULL || index >= kgl_input_count(model)) return KGL_ERR_ARGUMENT;
  cursor = kgl_plan_cursor(model, model->inputs_offset);
  do {
    read_tensor(&cursor, 1, out);
  } while (index-- > 0);
  return KGL_OK;
}

kgl_status kgl_output(const kgl_model *model, uint32_t index, kgl_tensor *out) {
  kgl_cursor cursor;
  if (out == NULL || index >= kgl_output_count(model)) return KGL_ERR_ARGUMENT;
  cursor = kgl_plan_cursor(model, model->outputs_offset);
  do {
    read_tensor(&cursor, 0, out);
  } while (index-- > 0);
  return KGL_OK;
}

/* Steps of float32. Operators that this build lacks cannot be met: kgl_open refused them. */
#if KGL_FLOAT
static kgl_status run_float_step(kgl_place *place, const kgl_step *step) {
  switch (step->opcode) {
#if KGL_OP_CONVOLUTION
    case KGL_STEP_CONVOLUTION: return kgl_op_convolution(place, step);
#endif
#if KGL_OP_DENSE
    case KGL_STEP_DENSE: return kgl_op_dense(place, step);
#endif
#if KGL_OP_ACTIVATION
    case KGL_STEP_ACTIVATION: kgl_op_activation(place, step); return KGL_OK;
#endif
#if KGL_OP_PRELU
    case KGL_STEP_PRELU: kgl_op_prelu(place, step); return KGL_OK;
#endif
#if KGL_OP_SOFTMAX && KGL_MATH
    case KGL_STEP_SOFTMAX: kgl_op_softmax(place, step); return KGL_OK;
#endif
#if KGL_OP_POOL
    case KGL_STEP_MAX_POOL:
    case KGL_STEP_AVERAGE_POOL: kgl_op_pool(place, step); return KGL_OK;
#endif
#if KGL_OP_MEAN
    case KGL_STEP_MEAN: kgl_op_mean(place, step); return KGL_OK;
#endif
#if KGL_OP_BINARY
    case KGL_STEP_BINARY: kgl_op_binary(place, step); return KGL_OK;
#endif
#if KGL_OP_CONSTANT
    case KGL_STEP_CONSTANT: kgl_op_constant(place, step); return KGL_OK;
#endif
#if KGL_OP_AFFINE
    case KGL_STEP_AFFINE: kgl_op_affine(place, step); return KGL_OK;
#endif
    default: return KGL_ERR_UNSUPPORTED;
  }
}
#endif

#if KGL_INTEGER
static kgl_status run_integer_step(kgl_place *place, const kgl_step *step) {
  switch (step->opcode) {
#if KGL_OP_CONVOLUTION
    case KGL_STEP_CONVOLUTION: return kgl_integer_convolution(place, step);
#endif
#if KGL_OP_DENSE
    case KGL_STEP_DENSE: return kgl_integer_dense(place, step);
#endif
#if KGL_OP_ACTIVATION
    case KGL_STEP_ACTIVATION: kgl_integer_map(place, step); return KGL_OK;
#endif
#if KGL_OP_PRELU
    case KGL_STEP_PRELU: kgl_integer_prelu(place, step); return KGL_OK;
#endif
#if KGL_OP_SOFTMAX
    case KGL_STEP_SOFTMAX: kgl_integer_softmax(place, step); return KGL_OK;
#endif
#if KGL_OP_POOL
    case KGL_STEP_MAX_POOL:
    case KGL_STEP_AVERAGE_POOL: kgl_integer_pool(place, step); return KGL_OK;
#endif
#if KGL_OP_MEAN
    case KGL_STEP_MEAN: kgl_integer_mean(place, step); return KGL_OK;
#endif
#if KGL_OP_BINARY
    case KGL_STEP_BINARY: kgl_integer_binary(place, step); return KGL_OK;
#endif
#if KGL_OP_CONSTANT
    case KGL_STEP_CONSTANT: kgl_integer_constant(place, step); return KGL_OK;
#endif
#if KGL_OP_AFFINE
    case KGL_STEP_AFFINE: kgl_integer_affine(place, step); return KGL_OK;
#endif
    default: return KGL_ERR_UNSUPPORTED;
  }
}
#endif

/* The one dispatch: first what only moves elements, then by the form. */
static kgl_status run_step(kgl_place *place, const kgl_step *step) {
  switch (step->opcode) {
#if KGL_OP_COPY
    case KGL_STEP_COPY: kgl_op_copy(place, step); return KGL_OK;
#endif
#if KGL_OP_PAD
    case KGL_STEP_PAD: kgl_op_pad(place, step); return KGL_OK;
#endif
#if KGL_OP_TRANSPOSE
    case KGL_STEP_TRANSPOSE: kgl_op_transpose(place, step); return KGL_OK;
#endif
#if KGL_OP_SELECT
    case KGL_STEP_SELECT: kgl_op_select(place, step); return KGL_OK;
#endif
    default: break;
  }
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step)) return run_integer_step(place, step);
#endif
#if KGL_FLOAT
  return run_float_step(place, step);
#else
  return KGL_ERR_UNSUPPORTED;
#endif
}

static kgl_status run_steps(kgl_place *place) {
  kgl_cursor cursor = kgl_plan_cursor(place->model, place->model->steps_offset);
  kgl_status status = KGL_OK;
  uint32_t i;
  kgl_step step;
  kgl_step_begin(&step);
  for (i = 0; i < place->model->step_count && status == KGL_OK; i++) {
    status = kgl_read_step(place->model, &cursor, &step);
    if (status == KGL_OK) status = run_step(place, &step);
  }
  return status;
}

/* The bytes in the arena of the next input or output of the plan, and how many. */
static uint8_t *next_tensor(const kgl_place *place, kgl_cursor *cursor, int is_input,
                            uint32_t *bytes) {
  kgl_tensor tensor;
  read_tensor(cursor, is_input, &tensor);
  *bytes = kgl_tensor_bytes(&tensor);
  return kgl_bytes_at(place, tensor.word_offset);
}

kgl_status kgl_run(const kgl_model *model, void *arena, uint32_t arena_bytes,
                   const void *const *inputs, void *const *outputs) {
  kgl_place place;
  kgl_cursor cursor;
  kgl_status status;
  uint32_t i, bytes;
  if (!is_open(model)) return KGL_ERR_ARGUMENT;
  if (arena == NULL || ((uintptr_t)arena & 3u) != 0 || arena_bytes < kgl_arena_bytes(model)) {
    return KGL_ERR_ARENA;
  }
  place.model = model;
  place.arena = (float *)arena;
  place.scratch = (uint32_t *)arena + model->activation_bytes / 4;
  place.kept_lengths = NULL;
  place.kept_bits = 0;

  cursor = kgl_plan_cursor(model, model->inputs_offset);
  for (i = 0; inputs != NULL && i < model->input_count; i++) {
    uint8_t *to = next_tensor(&place, &cursor, 1, &bytes);
    if (inputs[i] != NULL) memcpy(to, inputs[i], bytes);
  }
  status = run_steps(&place);
  if (status != KGL_OK) return status;
  cursor = kgl_plan_cursor(model, model->outputs_offset);
  for (i = 0; outputs != NULL && i < model->output_count; i++) {
    const uint8_t *from = next_tensor(&place, &cursor, 0, &bytes);
    if (outputs[i] != NULL) memcpy(outputs[i], from, bytes);
  }
  return KGL_OK;
}
