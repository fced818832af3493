// Runs the network of model.h once a second and prints what it answers. `kinglet emit-c` writes model.h and model.c; what an
// input needs is said there.
#include <Arduino.h>
#include <kinglet.h>

#include "model.h"

static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
static float input[KINGLET_MODEL_INPUT0_ELEMENTS];
static float output[KINGLET_MODEL_OUTPUT0_ELEMENTS];
static kgl_model model;

void setup() {
  Serial.begin(115200);
  kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes);  // looks at every byte, once
  if (status != KGL_OK) Serial.println(kgl_status_text(status));
}

void loop() {
  const void *const inputs[] = {input};
  void *const outputs[] = {output};
  for (uint32_t i = 0; i < KINGLET_MODEL_INPUT0_ELEMENTS; i++) input[i] = (float)(i + 1);
  kgl_status status = kgl_run(&model, &arena, (uint32_t)sizeof arena, inputs, outputs);
  if (status != KGL_OK) {
    Serial.println(kgl_status_text(status));
  } else {
    for (uint32_t i = 0; i < KINGLET_MODEL_OUTPUT0_ELEMENTS; i++) Serial.println(output[i]);
  }
  delay(1000);
}
