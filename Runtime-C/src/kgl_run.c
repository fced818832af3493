/* Running: all steps one after another, at once or as the caller asks for them. */
#include <string.h>

#include "kgl_blob.h"
#include "kgl_ops.h"

/* --- Inputs and outputs ---------------------------------------------------------------------- */

uint32_t kgl_interface_sum(const kgl_model *model) {
  const uint8_t *at = model->blob + KGL_HEADER_BYTES, *end = model->blob + model->steps_offset;
  uint32_t sum = 0;
  while (at < end) sum = sum * 31 + *at++;
  return sum;
}

/* Copies all inputs to the arena, or all outputs from it; not those whose pointer is null. */
static void copy_tensors(const kgl_place *place, int are_inputs, const void *const *inputs,
                         void *const *outputs) {
  const kgl_model *model = place->model;
  kgl_cursor cursor =
      kgl_plan_cursor(model, are_inputs ? model->inputs_offset : model->outputs_offset);
  uint32_t i, count = are_inputs ? model->input_count : model->output_count;
  if (are_inputs ? inputs == NULL : outputs == NULL) return;
  for (i = 0; i < count; i++) {
    kgl_tensor tensor;
    uint8_t *at;
    kgl_read_tensor(&cursor, &tensor);
    at = kgl_bytes_at(place, tensor.word_offset);
    if (are_inputs) {
      kgl_read_transform(&cursor);
      if (inputs[i] != NULL) memcpy(at, inputs[i], kgl_tensor_bytes(&tensor));
    } else if (outputs[i] != NULL) {
      memcpy(outputs[i], at, kgl_tensor_bytes(&tensor));
    }
  }
}

/* --- Steps ----------------------------------------------------------------------------------- */

/* The one dispatch. Operators that this build lacks cannot be met: kgl_read_step refuses them. */
static kgl_status run_operator(kgl_place *place, const kgl_step *step) {
#define RUN(name, built, traits, reader, spans, real, integer)                       \
  case KGL_STEP_##name:                                                              \
    if (built) return KGL_IS_INTEGER(step) ? integer(place, step) : real(place, step); \
    break;
  switch (step->opcode) { KGL_OPERATORS(RUN) }
#undef RUN
  return KGL_ERR_UNSUPPORTED;
}

/* Whether a step that was right when the blob was opened still is. */
static int is_intact(const kgl_model *model, const kgl_step *step) {
  uint32_t unread = 0xFFFFFFFFu;
  if (!KGL_RECHECK) return 1;
  return kgl_check_step(model, step, &unread) &&
         kgl_scratch_words(step) <= model->scratch_bytes / 4;
}

/* The step at the cursor. `step` keeps what the step before left in it, and the place its tables. */
static kgl_status run_next(kgl_place *place, kgl_cursor *cursor, kgl_step *step) {
  kgl_status status = kgl_read_step(place->model, cursor, step);
  if (status == KGL_OK && !is_intact(place->model, step)) status = KGL_ERR_CORRUPT;
  if (status != KGL_OK) return status;
  KGL_ASSERT(kgl_scratch_words(step) <= place->model->scratch_bytes / 4);
  return run_operator(place, step);
}

static void begin(kgl_place *place, const kgl_model *model, void *arena) {
  place->model = model;
  place->arena = (float *)arena;
  place->scratch = (uint32_t *)arena + model->activation_bytes / 4;
  place->kept_lengths = NULL;
  place->kept_bits = 0;
}

/* --- The public calls ------------------------------------------------------------------------ */

/* What must be so before anything runs. */
static kgl_status check_call(const kgl_model *model, const void *arena, uint32_t arena_bytes) {
  if (model == NULL || model->blob == NULL) return KGL_ERR_ARGUMENT;
  if (arena == NULL || ((uintptr_t)arena & 3u) != 0 || arena_bytes < kgl_arena_bytes(model)) {
    return KGL_ERR_ARENA;
  }
  if (KGL_RECHECK && kgl_interface_sum(model) != model->interface_sum) {
    return KGL_ERR_CORRUPT;
  }
  return KGL_OK;
}

#if KGL_STATES
/* What a state begins as, to where it lies. */
static void put_beginning(const kgl_place *place, const kgl_state *state) {
  uint8_t *at = kgl_bytes_at(place, state->tensor.word_offset);
  const kgl_numbers *beginning = &state->beginning;
  if (state->tensor.type == KGL_FLOAT32) {
#if KGL_FLOAT
    float *numbers = place->arena + state->tensor.word_offset;
    uint32_t i;
    for (i = 0; i < beginning->count; i++) numbers[i] = kgl_number_or(beginning, i, 0.0f);
#endif
  } else if (beginning->bytes != NULL) {
    memcpy(at, beginning->bytes, beginning->count);
  } else {
    memset(at, (int)((uint32_t)state->tensor.zero_point & 255u), beginning->count);
  }
}
#endif

kgl_status kgl_reset(const kgl_model *model, void *arena, uint32_t arena_bytes) {
  kgl_status status = check_call(model, arena, arena_bytes);
#if KGL_STATES
  kgl_cursor cursor;
  kgl_place place;
  uint32_t left;
  if (status != KGL_OK) return status;
  begin(&place, model, arena);
  cursor = kgl_plan_cursor(model, model->plan_offset);
  for (left = kgl_take_state_count(&cursor); left > 0; left--) {
    kgl_state state;
    kgl_read_state(model, &cursor, &state);
    put_beginning(&place, &state);
  }
#endif
  return status;
}

kgl_status kgl_run(const kgl_model *model, void *arena, uint32_t arena_bytes,
                   const void *const *inputs, void *const *outputs) {
  kgl_status status = check_call(model, arena, arena_bytes);
  kgl_cursor cursor;
  kgl_place place;
  kgl_step step;
  uint32_t i;
  if (status != KGL_OK) return status;
  begin(&place, model, arena);
  copy_tensors(&place, 1, inputs, NULL);
  cursor = kgl_plan_cursor(model, model->steps_offset);
  kgl_step_begin(&step);
  for (i = 0; i < model->step_count && status == KGL_OK; i++) {
    status = run_next(&place, &cursor, &step);
  }
  if (status == KGL_OK) copy_tensors(&place, 0, NULL, outputs);
  return status;
}

kgl_status kgl_run_begin(kgl_running *run, const kgl_model *model, void *arena, uint32_t arena_bytes,
                         const void *const *inputs) {
  kgl_place place;
  if (run == NULL) return KGL_ERR_ARGUMENT;
  run->steps_left = 0;
  run->at.step = KGL_NO_STEP;
  run->at.offset = 0;
  run->status = check_call(model, arena, arena_bytes);
  if (run->status != KGL_OK) return run->status;
  run->model = model;
  run->arena = arena;
  run->steps_left = model->step_count;
  run->at.step = 0;
  run->at.offset = model->steps_offset;
  begin(&place, model, arena);
  copy_tensors(&place, 1, inputs, NULL);
  return KGL_OK;
}

kgl_status kgl_run_step(kgl_running *run) {
  kgl_cursor cursor;
  kgl_place place;
  kgl_step step;
  if (run == NULL || (run->status == KGL_OK && run->steps_left == 0)) return KGL_ERR_ARGUMENT;
  if (run->status != KGL_OK) return run->status;
  begin(&place, run->model, run->arena);
  cursor = kgl_plan_cursor(run->model, run->at.offset);
  kgl_step_begin(&step);
  run->status = run_next(&place, &cursor, &step);
  if (run->status != KGL_OK) {
    if (cursor.failed != NULL) run->at.offset = (uint32_t)(cursor.failed - run->model->blob);
    return run->status;
  }
  run->at.offset = (uint32_t)(cursor.at - run->model->blob);
  run->at.step++;
  run->steps_left--;
  return KGL_OK;
}

kgl_status kgl_run_end(kgl_running *run, void *const *outputs) {
  kgl_place place;
  if (run == NULL || (run->status == KGL_OK && run->steps_left != 0)) return KGL_ERR_ARGUMENT;
  if (run->status != KGL_OK) return run->status;
  begin(&place, run->model, run->arena);
  copy_tensors(&place, 0, NULL, outputs);
  return KGL_OK;
}
