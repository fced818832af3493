/* answers BLOB COUNT INPUTS.npy OUTPUTS.npy: runs a blob of bytes, with one input and one output, on COUNT
 * generated inputs, and writes both as arrays of NumPy. The runtime is compiled with whatever switches are
 * to be tried; sets.sh compares the outputs with the model's.
 *
 * Inputs are random, of extremes, smooth and random again in turn, the same in every run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinglet.h"

static uint32_t state = 1;

static uint32_t next(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static void fill(uint8_t *bytes, uint32_t count, uint32_t kind) {
  const uint32_t slope = 1 + next() % 64, side = next() % 3;
  uint32_t i;
  for (i = 0; i < count; i++) {
    const uint32_t wave = i * slope / 16 % 512;
    if (kind == 1) bytes[i] = side == 0 || (side == 2 && next() % 2 == 0) ? 0x80 : 0x7F;
    else if (kind == 2) bytes[i] = (uint8_t)(wave < 256 ? wave : 511 - wave);
    else bytes[i] = (uint8_t)next();
  }
}

static int fail(const char *what, const char *which) {
  fprintf(stderr, "answers: %s: %s\n", which, what);
  return 1;
}

/* The head of an array of bytes with two axes, format 1.0: 128 bytes. */
static void write_head(FILE *file, kgl_type type, unsigned long rows, unsigned long columns) {
  char text[119];
  const int length = snprintf(
      text, sizeof text, "{'descr': '|%c1', 'fortran_order': False, 'shape': (%lu, %lu), }",
      type == KGL_UINT8 ? 'u' : 'i', rows, columns);
  fwrite("\223NUMPY\001\000\166\000", 1, 10, file);
  fprintf(file, "%s%*s\n", text, 117 - length, "");
}

int main(int argc, char **argv) {
  static unsigned char blob[1 << 23];
  kgl_model model;
  kgl_tensor x, y;
  kgl_status status;
  size_t bytes;
  unsigned long count, i;
  uint8_t *arena;
  FILE *file, *inputs, *outputs;
  if (argc != 5) return fail("BLOB COUNT INPUTS.npy OUTPUTS.npy", "usage");
  file = fopen(argv[1], "rb");
  if (file == NULL) return fail("cannot be read", argv[1]);
  bytes = fread(blob, 1, sizeof blob, file);
  fclose(file);
  status = kgl_open(&model, blob, (uint32_t)bytes);
  if (status != KGL_OK) return fail(kgl_status_text(status), argv[1]);
  kgl_input(&model, 0, &x);
  kgl_output(&model, 0, &y);
  if (kgl_input_count(&model) != 1 || kgl_output_count(&model) != 1 || x.type == KGL_FLOAT32 ||
      y.type == KGL_FLOAT32 || y.type == KGL_INT32) {
    return fail("it has several inputs or outputs, or one that is not of bytes", argv[1]);
  }
  count = strtoul(argv[2], NULL, 10);
  arena = malloc(kgl_arena_bytes(&model));
  inputs = fopen(argv[3], "wb");
  outputs = fopen(argv[4], "wb");
  if (arena == NULL || inputs == NULL || outputs == NULL) return fail("cannot be written", argv[3]);
  write_head(inputs, x.type, count, x.elements);
  write_head(outputs, y.type, count, y.elements);
  for (i = 0; i < count; i++) {
    fill(arena + 4 * x.word_offset, x.elements, (uint32_t)i % 4);
    fwrite(arena + 4 * x.word_offset, 1, x.elements, inputs);
    status = kgl_run(&model, arena, kgl_arena_bytes(&model), NULL, NULL);
    if (status != KGL_OK) return fail(kgl_status_text(status), argv[1]);
    fwrite(arena + 4 * y.word_offset, 1, y.elements, outputs);
  }
  free(arena);
  return fclose(inputs) != 0 || fclose(outputs) != 0 ? fail("not all was written", argv[4]) : 0;
}
