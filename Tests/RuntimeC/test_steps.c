/* Runs that go step by step, and where a blob is wrong. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

#ifdef KGL_CRC_FUNCTION
/* A checksum of the caller's, bit by bit. */
uint32_t KGL_CRC_FUNCTION(uint32_t crc, const uint8_t *data, uint32_t count);
uint32_t KGL_CRC_FUNCTION(uint32_t crc, const uint8_t *data, uint32_t count) {
  uint32_t i, bit;
  crc = ~crc;
  for (i = 0; i < count; i++) {
    crc ^= data[i];
    for (bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? 0xEDB88320u : 0);
  }
  return ~crc;
}
#endif

/* The answers of a run by steps, in another arena, are those of a whole one to the bit. */
static void test_same_answers(void) {
  builder b;
  bytes file;
  kgl_model model;
  kgl_running run;
  generator g = {7};
  uint32_t bytes_needed, steps = 0;
  float *image = random_floats(&g, 192, -1, 1), scores[10], again[10] = {0};
  const void *inputs[1];
  void *outputs[1] = {scores};
  uint8_t *arena, *other;
  kgl_status status;
  inputs[0] = image;
  rich_network(&b, 3);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  bytes_needed = kgl_arena_bytes(&model);
  arena = guarded_new(bytes_needed, 0);
  other = guarded_new(bytes_needed, 0);
  CHECK(kgl_run(&model, arena, bytes_needed, inputs, outputs) == KGL_OK, "whole");
  outputs[0] = again;
  status = kgl_run_begin(&run, &model, other, bytes_needed, inputs);
  CHECK(status == KGL_OK && run.steps_left == b.step_count, "%u steps", run.steps_left);
  CHECK(kgl_run_end(&run, outputs) == KGL_ERR_ARGUMENT, "an end before the steps");
  while (status == KGL_OK && run.steps_left > 0) {
    CHECK(run.at.step == steps++, "step %u", run.at.step);
    status = kgl_run_step(&run);
  }
  CHECK(status == KGL_OK && steps == b.step_count, "%d after %u steps", (int)status, steps);
  CHECK(kgl_run_step(&run) == KGL_ERR_ARGUMENT, "one step too many");
  CHECK(kgl_run_end(&run, outputs) == KGL_OK, "end");
  CHECK(memcmp(scores, again, sizeof scores) == 0, "the same answers");
  CHECK(kgl_run_end(&run, NULL) == KGL_OK, "no outputs");
  CHECK(guarded_free(arena, bytes_needed) && guarded_free(other, bytes_needed), "guards");
  free(image);
  bytes_free(&file);
  builder_free(&b);
}

static void test_calls(void) {
  builder b;
  bytes file;
  kgl_model model, never;
  kgl_running run;
  uint32_t arena[1];
  memset(&never, 0, sizeof never);
  rich_network(&b, 1);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  CHECK(kgl_run_begin(NULL, &model, arena, 4, NULL) == KGL_ERR_ARGUMENT, "no run");
  CHECK(kgl_run_begin(&run, NULL, arena, 4, NULL) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_run_step(&run) == KGL_ERR_ARGUMENT && kgl_run_end(&run, NULL) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_run_begin(&run, &never, arena, 4, NULL) == KGL_ERR_ARGUMENT, "not open");
  CHECK(kgl_run_begin(&run, &model, arena, 4, NULL) == KGL_ERR_ARENA, "too small");
  CHECK(kgl_run_step(&run) == KGL_ERR_ARENA && run.steps_left == 0, "too small");
  CHECK(kgl_run_step(NULL) == KGL_ERR_ARGUMENT && kgl_run_end(NULL, NULL) == KGL_ERR_ARGUMENT, "no run");
  bytes_free(&file);
  builder_free(&b);
}

typedef struct sighting {
  uint32_t steps;
  kgl_written last;
  float values[10];
} sighting;

static void look(void *context, const kgl_written *written) {
  sighting *seen = context;
  CHECK(written->step == seen->steps++, "step %u", written->step);
  seen->last = *written;
  if (written->elements == 10) memcpy(seen->values, written->values, sizeof seen->values);
}

/* Who looks on sees every step, the last as what the network answers, and changes nothing. */
static void test_observed(void) {
  builder b;
  bytes file;
  kgl_model model;
  sighting seen = {0};
  generator g = {7};
  uint32_t count;
  float *image = random_floats(&g, 192, -1, 1), scores[10], again[10] = {0};
  const void *inputs[1];
  void *outputs[1] = {scores};
  uint8_t *arena;
  inputs[0] = image;
  rich_network(&b, 3);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  count = kgl_arena_bytes(&model);
  arena = guarded_new(count, 0);
  CHECK(kgl_run(&model, arena, count, inputs, outputs) == KGL_OK, "whole");
  outputs[0] = again;
  CHECK(kgl_run_observed(&model, arena, count, inputs, outputs, look, &seen) ==
            (KGL_OBSERVE ? KGL_OK : KGL_ERR_UNSUPPORTED), "observed");
  CHECK(kgl_run_observed(&model, arena, count, inputs, outputs, NULL, &seen) == KGL_ERR_ARGUMENT, "nobody looks on");
  CHECK(kgl_run_observed(NULL, arena, count, inputs, outputs, look, &seen) == KGL_ERR_ARGUMENT, "no model");
#if KGL_OBSERVE
  CHECK(kgl_run_observed(&model, arena, count - 4, inputs, outputs, look, &seen) == KGL_ERR_ARENA, "too small");
  CHECK(seen.steps == model.step_count, "%u steps seen", seen.steps);
  CHECK(seen.last.type == KGL_FLOAT32 && seen.last.elements == 10, "the last");
  CHECK(memcmp(scores, again, sizeof scores) == 0 && memcmp(scores, seen.values, sizeof scores) == 0, "the same answers");
#endif
  CHECK(guarded_free(arena, count), "guards");
  free(image);
  bytes_free(&file);
  builder_free(&b);
}

/* Three activations in an arena of 100 words; `step` and `offset` of the bytes of steps that follow. */
typedef struct faulty {
  const char *name;
  uint8_t steps[15];
  uint32_t step, offset;
} faulty;

static void test_faults(void) {
  static const faulty cases[] = {
      {"x beyond the arena", {3, 0, 0, 1, 1, 3, 100, 0, 1, 1, 3, 0, 0, 1, 1}, 1, 5},
      {"no such opcode", {3, 0, 0, 1, 1, 3, 0, 0, 1, 1, 31, 0, 0, 1, 1}, 2, 10},
      {"no elements", {3, 0, 0, 0, 1, 3, 0, 0, 1, 1, 3, 0, 0, 1, 1}, 0, 3},
      {"no such activation", {3, 0, 0, 1, 1, 3, 0, 0, 1, 29, 3, 0, 0, 1, 1}, 1, 9},
      {"an activation that is none", {3, 0, 0, 1, 1, 3, 0, 0, 1, 1, 3, 0, 0, 1, 0}, 2, 14},
  };
  uint32_t i, one = 1, steps_offset;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    builder b;
    bytes file;
    kgl_model model;
    kgl_fault fault;
    builder_begin(&b);
    b.arena_words = 100;
    b.step_count = 3;
    builder_input(&b, 0, 1, &one);
    builder_output(&b, 0, 1, &one);
    put_bytes(&b.steps, cases[i].steps, 15);
    file = builder_end(&b);
    for (steps_offset = 56; memcmp(file.data + steps_offset, cases[i].steps, 15) != 0;) steps_offset++;
    CHECK(kgl_open(&model, file.data, file.count) == KGL_ERR_CORRUPT, "%s", cases[i].name);
    fault = kgl_open_fault(&model);
    CHECK(fault.step == cases[i].step && fault.offset == steps_offset + cases[i].offset,
          "%s: step %u, byte %u", cases[i].name, fault.step, fault.offset - steps_offset);
    bytes_free(&file);
    builder_free(&b);
  }
}

/* Faults in no step, and none. */
static void test_other_faults(void) {
  builder b;
  bytes file;
  kgl_model model;
  kgl_fault fault;
  rich_network(&b, 1);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  fault = kgl_open_fault(&model);
  CHECK(fault.step == KGL_NO_STEP && fault.offset == 0, "of an open model");
  file.data[60] ^= 1;
  CHECK(kgl_open(&model, file.data, file.count) == KGL_ERR_CHECKSUM, "damaged");
  fault = kgl_open_fault(&model);
  CHECK(fault.step == KGL_NO_STEP && fault.offset == 0, "of a checksum");
  fault = kgl_open_fault(NULL);
  CHECK(fault.step == KGL_NO_STEP && fault.offset == 0, "of no model");
  bytes_free(&file);
  builder_free(&b);
}

/* A bit of the plan that flips after it was opened: the run says in which step, and stays stopped. */
static void test_run_fault(void) {
#if KGL_RECHECK
  static const uint8_t steps[] = {3, 0, 0, 1, 1, 3, 0, 0, 1, 1};
  builder b;
  bytes file;
  kgl_model model;
  kgl_running run;
  uint32_t arena[100], one = 1, at = 56;
  memset(arena, 0, sizeof arena);
  builder_begin(&b);
  b.arena_words = 100;
  b.step_count = 2;
  builder_input(&b, 0, 1, &one);
  builder_output(&b, 0, 1, &one);
  put_bytes(&b.steps, steps, sizeof steps);
  file = builder_end(&b);
  while (memcmp(file.data + at, steps, sizeof steps) != 0) at++;
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  file.data[at + 7] ^= 0x64; /* y of the second step: word 100 */
  CHECK(kgl_run(&model, arena, sizeof arena, NULL, NULL) == KGL_ERR_CORRUPT, "whole");
  CHECK(kgl_run_begin(&run, &model, arena, sizeof arena, NULL) == KGL_OK, "begin");
  CHECK(kgl_run_step(&run) == KGL_OK, "the first step");
  CHECK(kgl_run_step(&run) == KGL_ERR_CORRUPT, "the second");
  CHECK(run.at.step == 1 && run.at.offset == at + 5, "step %u, byte %u", run.at.step, run.at.offset - at);
  CHECK(kgl_run_step(&run) == KGL_ERR_CORRUPT && kgl_run_end(&run, NULL) == KGL_ERR_CORRUPT, "again");
  file.data[at - 2] ^= 1; /* of what the plan says of outputs */
  CHECK(kgl_run_begin(&run, &model, arena, sizeof arena, NULL) == KGL_ERR_CORRUPT, "another interface");
  bytes_free(&file);
  builder_free(&b);
#endif
}

void test_steps(void) {
  test_same_answers();
  test_calls();
  test_observed();
  test_faults();
  test_other_faults();
  test_run_fault();
}
