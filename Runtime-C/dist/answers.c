/* Runs the network of model.h and prints what it answers. `kinglet emit-c` writes model.h and model.c; what an input needs is
 * said there. */
#include <stdio.h>

#include "kinglet.h"
#include "model.h"

static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
static float input[KINGLET_MODEL_INPUT0_ELEMENTS];
static float output[KINGLET_MODEL_OUTPUT0_ELEMENTS];

void app_main(void) {
  const void *const inputs[] = {input};
  void *const outputs[] = {output};
  kgl_model model;
  kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes); /* looks at every byte, once */
  uint32_t i;
  for (i = 0; i < KINGLET_MODEL_INPUT0_ELEMENTS; i++) input[i] = (float)(i + 1);
  if (status == KGL_OK) status = kgl_run(&model, &arena, (uint32_t)sizeof arena, inputs, outputs);
  if (status != KGL_OK) {
    printf("%s\n", kgl_status_text(status));
    return;
  }
  for (i = 0; i < KINGLET_MODEL_OUTPUT0_ELEMENTS; i++) printf("%g\n", (double)output[i]);
}
