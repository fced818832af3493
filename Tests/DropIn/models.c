/* Two models in one program, in one arena. Each is held up to its golden input and output, whose folder is the argument.
 * Returns 0, or the number of the check that failed. */
#include <kinglet.h>
#include <stdio.h>

#include "first.h"
#include "second.h"

enum {
  ARENA = KINGLET_FIRST_ARENA_BYTES > KINGLET_SECOND_ARENA_BYTES ? KINGLET_FIRST_ARENA_BYTES : KINGLET_SECOND_ARENA_BYTES,
  ROOM = 4096
};

/* The bytes of a golden file; 0 where it cannot be read. */
static size_t load(const char *folder, const char *name, float *into) {
  char path[1024];
  size_t bytes;
  FILE *file;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  file = fopen(path, "rb");
  if (file == NULL) return 0;
  bytes = fread(into, 1, ROOM, file);
  fclose(file);
  return bytes;
}

static int answers(const unsigned char *blob, uint32_t blob_bytes, const char *folder, const char *input, const char *output) {
  static KGL_ARENA(arena, ARENA);
  static float x[ROOM / 4], y[ROOM / 4], expected[ROOM / 4];
  const void *inputs[1];
  void *outputs[1];
  kgl_model model;
  size_t i, bytes = load(folder, output, expected);
  if (load(folder, input, x) == 0 || bytes == 0) return 1;
  if (kgl_open(&model, blob, blob_bytes) != KGL_OK) return 2;
  inputs[0] = x;
  outputs[0] = y;
  if (kgl_run(&model, &arena, sizeof arena, inputs, outputs) != KGL_OK) return 3;
  for (i = 0; i < bytes / 4; i++) {
    if (!(y[i] >= expected[i] - 1e-4f && y[i] <= expected[i] + 1e-4f)) return 4;
  }
  return 0;
}

int main(int count, char **arguments) {
  int failed = count == 2 ? 0 : 10;
  if (failed == 0) failed = answers(kinglet_first, kinglet_first_bytes, arguments[1], "small.input", "small.output");
  if (failed == 0) failed = answers(kinglet_second, kinglet_second_bytes, arguments[1], "dense.input", "dense.output");
  return failed;
}
