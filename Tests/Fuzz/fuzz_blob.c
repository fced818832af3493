/* Fuzzes kgl_open and kgl_run: whatever a blob holds, nothing outside the exact-size buffers is
 * touched, the status is one that the header allows, and outputs are written after a whole run only.
 *
 *   make blob SECONDS=900
 *
 * A blob may describe hours of work in a few bytes, which is no finding: arenas above ARENA_MAX are
 * not run, and a run is cut off after a while. At the end the target says what came of its
 * executions. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinglet.h"
#include "watchdog.h"

#define ARENA_MAX 262144u /* bytes */

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What came of the executions. */
static struct {
  unsigned long all, opened, large, cut, finished, corrupt;
} counts;

/* --- Buffers of the exact size --------------------------------------------------------------- */

/* Noise that depends on the seed alone; the caller frees it. */
static uint8_t *noise(uint32_t bytes, uint32_t seed) {
  uint8_t *p = malloc(bytes);
  uint32_t i;
  require(p != NULL, "out of memory");
  for (i = 0; i < bytes; i++) {
    seed = seed * 1664525u + 1013904223u;
    p[i] = (uint8_t)(seed >> 24);
  }
  return p;
}

static uint32_t tensor_bytes(const kgl_tensor *tensor) {
  int is_byte = tensor->type == KGL_UINT8 || tensor->type == KGL_INT8;
  return is_byte ? tensor->elements : tensor->elements * 4;
}

typedef kgl_status tensor_call(const kgl_model *, uint32_t, kgl_tensor *);

/* A buffer for every input or output, or null for those that share a bit with `left_out`. */
static void make_buffers(const kgl_model *model, tensor_call *call, uint32_t count,
                         uint32_t left_out, uint32_t arena_bytes, uint8_t **buffers) {
  uint32_t i;
  for (i = 0; i < count; i++) {
    kgl_tensor tensor;
    require(call(model, i, &tensor) == KGL_OK, "an input or output that cannot be read");
    require(tensor.rank <= KGL_MAX_RANK, "a rank above the limit");
    require(tensor_bytes(&tensor) <= arena_bytes, "a tensor larger than the arena");
    require(tensor.word_offset * 4 <= arena_bytes - tensor_bytes(&tensor), "a tensor outside");
    buffers[i] = (left_out & (i + 1)) != 0 ? NULL : noise(tensor_bytes(&tensor), i);
  }
}

/* Whether the buffers still hold what make_buffers put there. */
static void require_untouched(const kgl_model *model, tensor_call *call, uint32_t count,
                              uint8_t **buffers) {
  uint32_t i;
  for (i = 0; i < count; i++) {
    kgl_tensor tensor;
    uint8_t *expected;
    if (buffers[i] == NULL) continue;
    call(model, i, &tensor);
    expected = noise(tensor_bytes(&tensor), i);
    require(memcmp(buffers[i], expected, tensor_bytes(&tensor)) == 0, "a buffer was written to");
    free(expected);
  }
}

static void free_buffers(uint8_t **buffers, uint32_t count) {
  while (count > 0) free(buffers[--count]);
}

/* --- The target ------------------------------------------------------------------------------ */

/* Arguments of kgl_run. */
typedef struct a_run {
  const kgl_model *model;
  void *arena;
  uint32_t arena_bytes;
  const void *const *inputs;
  void *const *outputs;
} a_run;

static int call_run(void *context) {
  const a_run *r = context;
  return kgl_run(r->model, r->arena, r->arena_bytes, r->inputs, r->outputs);
}

static void run_model(const kgl_model *model, uint32_t seed) {
  uint8_t *inputs[255], *outputs[255], *arena;
  const void *readable[255];
  uint32_t bytes = kgl_arena_bytes(model);
  uint32_t input_count = kgl_input_count(model), output_count = kgl_output_count(model);
  a_run run;
  int status;
  require(input_count > 0 && output_count > 0, "no input or output");
  make_buffers(model, kgl_input, input_count, seed & 3, bytes, inputs);
  make_buffers(model, kgl_output, output_count, seed >> 2 & 3, bytes, outputs);
  memcpy(readable, inputs, sizeof *inputs * input_count);
  arena = noise(bytes, seed);
  if (bytes > 0) {
    require(kgl_run(model, arena, bytes - 1, NULL, NULL) == KGL_ERR_ARENA, "an arena too small");
  }
  require(kgl_state_bytes(model) <= bytes, "more state than arena");
  require(kgl_reset(model, arena, bytes) == KGL_OK, "no reset");
  run.model = model;
  run.arena = arena;
  run.arena_bytes = bytes;
  run.inputs = (seed & 16) != 0 ? readable : NULL;
  run.outputs = (seed & 32) != 0 ? (void *const *)outputs : NULL;
  status = watch(call_run, &run);
  counts.cut += status == CUT_OFF;
  counts.finished += status == KGL_OK;
  counts.corrupt += status == KGL_ERR_CORRUPT;
  require(status == CUT_OFF || status == KGL_OK || status == KGL_ERR_CORRUPT, "an unexpected status");
  require_untouched(model, kgl_input, input_count, inputs);
  if (status == KGL_ERR_CORRUPT) require_untouched(model, kgl_output, output_count, outputs);
  free(arena);
  free_buffers(inputs, input_count);
  free_buffers(outputs, output_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  uint8_t *blob = malloc(bytes);
  kgl_model model;
  kgl_status status;
  uint32_t seed = 0;
  size_t i;
  if (bytes > 0) {
    require(blob != NULL, "out of memory");
    memcpy(blob, data, bytes);
  }
  for (i = 0; i < bytes; i++) seed = seed * 31 + data[i];
  status = kgl_open(&model, blob, (uint32_t)bytes);
  require(status <= KGL_OK && status >= KGL_ERR_ARGUMENT && status != KGL_ERR_ARENA,
          "an unexpected status of kgl_open");
  counts.all++;
  if (status != KGL_OK) {
    require(kgl_arena_bytes(&model) == 0, "a model half open");
    require(kgl_run(&model, &seed, 4, NULL, NULL) == KGL_ERR_ARGUMENT, "ran without a model");
  } else {
    counts.opened++;
    if (kgl_arena_bytes(&model) <= ARENA_MAX) {
      run_model(&model, seed);
    } else {
      counts.large++;
    }
  }
  require(bytes == 0 || memcmp(blob, data, bytes) == 0, "the blob was written to");
  free(blob);
  return 0;
}

static void print_counts(void) {
  fprintf(stderr,
          "executions %lu, refused by kgl_open %lu, opened %lu (%.1f %%): ran to the end %lu, "
          "streams found corrupt %lu, cut off %lu, arena above %u bytes %lu\n",
          counts.all, counts.all - counts.opened, counts.opened,
          100.0 * (double)counts.opened / (double)(counts.all > 0 ? counts.all : 1),
          counts.finished, counts.corrupt, counts.cut, ARENA_MAX, counts.large);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  watchdog_begin();
  atexit(print_counts);
  return 0;
}
