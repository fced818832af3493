/* The public calls that open and ask; kgl_run.c has those that run. */
#include <stddef.h>

#include "kgl_blob.h"

uint32_t kgl_version(void) { return KGL_VERSION; }

kgl_status kgl_open(kgl_model *model, const void *blob, uint32_t blob_bytes) {
  kgl_status status;
  if (model == NULL) return KGL_ERR_ARGUMENT;
  model->blob = NULL; /* which is what makes it not open */
  kgl_set_fault(model, KGL_NO_STEP, 0);
  if (blob == NULL) return KGL_ERR_ARGUMENT;
  status = kgl_check_sections(model, (const uint8_t *)blob, blob_bytes);
  if (status == KGL_OK) {
    status = kgl_check_plan(model); /* and where it fails */
  } else {
    kgl_set_fault(model, KGL_NO_STEP, 0);
  }
  if (status != KGL_OK) model->blob = NULL;
  return status;
}

void kgl_set_fault(kgl_model *model, uint32_t step, uint32_t offset) {
  model->step_count = step;
  model->plan_offset = offset;
}

kgl_fault kgl_open_fault(const kgl_model *model) {
  kgl_fault fault = {KGL_NO_STEP, 0};
  if (model != NULL && model->blob == NULL) {
    fault.step = model->step_count;
    fault.offset = model->plan_offset;
  }
  return fault;
}

static int is_open(const kgl_model *model) { return model != NULL && model->blob != NULL; }

uint32_t kgl_arena_bytes(const kgl_model *model) {
  return is_open(model) ? model->activation_bytes + model->scratch_bytes : 0;
}

uint32_t kgl_state_bytes(const kgl_model *model) { return is_open(model) ? model->state_bytes : 0; }

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
