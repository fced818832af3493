/* Bits that flip after a blob was opened, as in a flash that is disturbed: every bit of every small golden
 * file behind its header, one at a time. kgl_run, whole and step by step, gives some status; the address
 * sanitizer and the guards see that it touches nothing but its arena, the blob and the caller's buffers.
 *
 *   check_flips FOLDER     of golden files that can be opened */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "kinglet.h"

#define MOST_BYTES 700u
#define MOST_TENSORS 8u

static uint32_t failed, flips, corrupt;

static uint8_t *read_file(const char *folder, const char *name, uint32_t *count) {
  char path[1024];
  FILE *file;
  long size;
  uint8_t *data;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(2);
  size = ftell(file);
  rewind(file);
  data = malloc((size_t)size);
  if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) exit(2);
  fclose(file);
  *count = (uint32_t)size;
  return data;
}

/* What one model is run with: buffers of the exact sizes. */
typedef struct bench {
  kgl_model model;
  uint32_t arena_bytes;
  uint8_t *arena;
  void *inputs[MOST_TENSORS];
  void *outputs[MOST_TENSORS];
} bench;

static uint32_t bytes_of(const kgl_tensor *tensor) {
  return tensor->type == KGL_FLOAT32 || tensor->type == KGL_INT32 ? 4 * tensor->elements : tensor->elements;
}

static int begin(bench *b, const uint8_t *blob, uint32_t count) {
  uint32_t i;
  kgl_tensor tensor;
  if (kgl_open(&b->model, blob, count) != KGL_OK) return 0;
  if (kgl_input_count(&b->model) > MOST_TENSORS || kgl_output_count(&b->model) > MOST_TENSORS) return 0;
  b->arena_bytes = kgl_arena_bytes(&b->model);
  b->arena = guarded_new(b->arena_bytes, 0);
  for (i = 0; i < kgl_input_count(&b->model); i++) {
    kgl_input(&b->model, i, &tensor);
    b->inputs[i] = calloc(1, bytes_of(&tensor));
  }
  for (i = 0; i < kgl_output_count(&b->model); i++) {
    kgl_output(&b->model, i, &tensor);
    b->outputs[i] = calloc(1, bytes_of(&tensor));
  }
  return 1;
}

static void end(bench *b) {
  uint32_t i;
  for (i = 0; i < kgl_input_count(&b->model); i++) free(b->inputs[i]);
  for (i = 0; i < kgl_output_count(&b->model); i++) free(b->outputs[i]);
}

static kgl_status run_in_steps(bench *b) {
  kgl_running run;
  kgl_status status = kgl_run_begin(&run, &b->model, b->arena, b->arena_bytes,
                                    (const void *const *)b->inputs);
  while (status == KGL_OK && run.steps_left > 0) status = kgl_run_step(&run);
  return status == KGL_OK ? kgl_run_end(&run, b->outputs) : status;
}

static void check_file(const char *folder, const char *name) {
  uint32_t count, bit;
  uint8_t *blob = read_file(folder, name, &count);
  bench b;
  if (count > MOST_BYTES || !begin(&b, blob, count)) {
    free(blob);
    return;
  }
  for (bit = 8 * 20; bit < 8 * count; bit++) {
    kgl_status whole, steps;
    blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
    whole = kgl_reset(&b.model, b.arena, b.arena_bytes);
    if (whole == KGL_OK) whole = kgl_run(&b.model, b.arena, b.arena_bytes, (const void *const *)b.inputs, b.outputs);
    steps = run_in_steps(&b);
    blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
    flips++;
    corrupt += whole != KGL_OK;
    if (whole == steps && (whole == KGL_OK || whole == KGL_ERR_CORRUPT || whole == KGL_ERR_UNSUPPORTED)) {
      continue;
    }
    failed++;
    printf("%s, bit %u: %d, step by step %d\n", name, bit, (int)whole, (int)steps);
  }
  if (!guarded_free(b.arena, b.arena_bytes)) {
    failed++;
    printf("%s: written outside the arena\n", name);
  }
  end(&b);
  free(blob);
}

int main(int argc, char **argv) {
  DIR *folder;
  const struct dirent *entry;
  if (argc != 2 || (folder = opendir(argv[1])) == NULL) return 2;
  while ((entry = readdir(folder)) != NULL) {
    const char *dot = strrchr(entry->d_name, '.');
    if (dot != NULL && strcmp(dot, ".kgl") == 0) check_file(argv[1], entry->d_name);
  }
  closedir(folder);
  if (flips == 0) failed++;
  printf("%u bits flipped, %u seen\n%u passed, %u failed\n", flips, corrupt, flips - failed, failed);
  return failed != 0;
}
