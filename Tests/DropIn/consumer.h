/* What the consumers in C and C++ share: opens the golden blob small.kgl and checks its answer to
 * 1, 2, 3, 4, which is 0 and 5.25. Returns 0, or the number of the check that failed. */
#include <kinglet.h>
#include <stdio.h>

static int consume(const char *path) {
  static unsigned char blob[4096];
  static KGL_ARENA(arena, 256);
  const float x[4] = {1.0f, 2.0f, 3.0f, 4.0f};
  float y[2] = {-1.0f, -1.0f};
  const void *inputs[1];
  void *outputs[1];
  kgl_model model;
  size_t bytes;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 1;
  bytes = fread(blob, 1, sizeof blob, file);
  fclose(file);
  if (kgl_version() != KGL_VERSION) return 2;
  if (kgl_open(&model, blob, (uint32_t)bytes) != KGL_OK) return 3;
  if (kgl_arena_bytes(&model) > sizeof arena) return 4;
  inputs[0] = x;
  outputs[0] = y;
  if (kgl_run(&model, &arena, sizeof arena, inputs, outputs) != KGL_OK) return 5;
  if (!(y[0] >= 0.0f && y[0] <= 0.0f && y[1] >= 5.25f && y[1] <= 5.25f)) return 6;
  printf("%s\n", kgl_status_text(KGL_ERR_MAGIC));
  return 0;
}
