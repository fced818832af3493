/* What the Python package needs of the C runtime beside its public calls: the size of a model, names of
 * operators, and many samples by one call. */
#include <stddef.h>

#include "kgl_plan.h"

uint32_t kinglet_model_bytes(void);
uint32_t kinglet_step_count(const kgl_model *model);
const char *kinglet_operator(uint32_t opcode);
kgl_status kinglet_run_samples(const kgl_model *model, void *arena, uint32_t arena_bytes, uint64_t samples,
                               int are_frames, const uint8_t *const *inputs, uint8_t *const *outputs);

uint32_t kinglet_model_bytes(void) { return (uint32_t)sizeof(kgl_model); }

uint32_t kinglet_step_count(const kgl_model *model) { return model->step_count; }

/* "CONVOLUTION" for its opcode of either form; null where it is none. */
const char *kinglet_operator(uint32_t opcode) {
#define NAME(name, built, traits, reader, spans, real, integer) \
  case KGL_STEP_##name: return #name;
  switch (opcode > KGL_STEP_INTEGER ? opcode - KGL_STEP_INTEGER : opcode) { KGL_OPERATORS(NAME) }
#undef NAME
  return NULL;
}

enum { MOST = 255 }; /* inputs or outputs of a model */

static uint32_t tensor_bytes(const kgl_tensor *tensor) {
  return tensor->type == KGL_FLOAT32 || tensor->type == KGL_INT32 ? 4 * tensor->elements : tensor->elements;
}

/* Runs samples that lie one behind another, in each input and each output. Frames of one stream go on from each other;
 * else each sample begins where a stream does. */
kgl_status kinglet_run_samples(const kgl_model *model, void *arena, uint32_t arena_bytes, uint64_t samples,
                               int are_frames, const uint8_t *const *inputs, uint8_t *const *outputs) {
  const void *from[MOST];
  void *to[MOST];
  size_t from_bytes[MOST], to_bytes[MOST];
  uint32_t i, input_count = kgl_input_count(model), output_count = kgl_output_count(model);
  kgl_status status = KGL_OK;
  int is_first = 1;
  for (i = 0; i < input_count; i++) {
    kgl_tensor tensor;
    if ((status = kgl_input(model, i, &tensor)) != KGL_OK) return status;
    from[i] = inputs[i];
    from_bytes[i] = tensor_bytes(&tensor);
  }
  for (i = 0; i < output_count; i++) {
    kgl_tensor tensor;
    if ((status = kgl_output(model, i, &tensor)) != KGL_OK) return status;
    to[i] = outputs[i];
    to_bytes[i] = tensor_bytes(&tensor);
  }
  for (; samples > 0 && status == KGL_OK; samples--) {
    if (is_first || !are_frames) status = kgl_reset(model, arena, arena_bytes);
    is_first = 0;
    if (status == KGL_OK) status = kgl_run(model, arena, arena_bytes, from, to);
    for (i = 0; i < input_count; i++) from[i] = (const uint8_t *)from[i] + from_bytes[i];
    for (i = 0; i < output_count; i++) to[i] = (uint8_t *)to[i] + to_bytes[i];
  }
  return status;
}
