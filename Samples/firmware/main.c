/* The smallest firmware around a Kinglet blob: open it, run every sample, print what came out and
 * what it took. model.h and samples.h are what `kinglet emit-c` writes.
 *
 * Prints lines of words, for people and scripts alike:
 *
 *   sample I output J BITS=DECIMAL BITS=DECIMAL ...     each output value as f32 bits and decimal
 *   sample I output J INTEGER INTEGER ...               or, of integer outputs, the integers
 *   instructions_open N      kgl_open
 *   instructions N           kgl_run, the most of all samples
 *   stack_open N             bytes of stack that kgl_open used
 *   step I N                 with STEPS, what a step of the first sample took
 *   stack N                  bytes of stack that kgl_run used
 *   arena N                  bytes of arena that the model needs, activations and decoder
 *   blob N                   bytes of the model
 *   flash N                  bytes of the whole image: code, constants, model, samples
 *   data N                   bytes of data memory, arena included, stack not
 *   done                     last: a run without it failed */
#include <string.h>

#include "board.h"
#include "kinglet.h"
#include "model.h"
#include "samples.h"

/* What the elements of the samples are: a kgl_type. */
#ifndef KINGLET_SAMPLE_TYPE
#define KINGLET_SAMPLE_TYPE 0
#endif

static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);

static void print_pair(const char *key, uint32_t number) {
  board_print(key);
  board_print(" ");
  board_print_number(number);
  board_print("\n");
}

/* Print a failed call; gives main's status. */
static int fail(const char *call, kgl_status status) {
  board_print(call);
  board_print(": ");
  board_print(kgl_status_text(status));
  board_print("\n");
  return 1;
}

/* A sample's inputs, one after another, to their places in the arena. */
static kgl_status place_inputs(const kgl_model *model, const void *sample) {
  const uint8_t *from = (const uint8_t *)sample;
  uint32_t i;
  for (i = 0; i < kgl_input_count(model); i++) {
    kgl_tensor tensor;
    uint32_t bytes;
    kgl_input(model, i, &tensor);
    if ((int)tensor.type != KINGLET_SAMPLE_TYPE) return KGL_ERR_ARGUMENT;
    bytes = tensor.elements * (uint32_t)sizeof kinglet_samples[0][0];
    memcpy(arena.bytes + 4 * tensor.word_offset, from, bytes);
    from += bytes;
  }
  return KGL_OK;
}

static void print_integer(int32_t value) {
  board_print(value < 0 ? " -" : " ");
  board_print_number(value < 0 ? (uint32_t)-value : (uint32_t)value);
}

static void print_element(const kgl_tensor *tensor, uint32_t index) {
  const uint8_t *bytes = arena.bytes + 4 * tensor->word_offset;
  if (tensor->type == KGL_UINT8) {
    print_integer(bytes[index]);
  } else if (tensor->type == KGL_INT8) {
    print_integer(((const int8_t *)bytes)[index]);
#if defined(KINGLET_SAMPLE_GOLDEN) && KINGLET_SAMPLE_TYPE != 0 /* answers are known as bytes */
  } else if (tensor->type == KGL_INT32) {
    uint32_t k;
    for (k = 0; k < 4; k++) print_integer(bytes[4 * index + k]);
#elif !defined(KINGLET_SAMPLE_GOLDEN)
  } else if (tensor->type == KGL_INT32) {
    print_integer((int32_t)arena.words[tensor->word_offset + index]);
#endif
  } else { /* or, of a golden file, what has the bits */
    board_print(" ");
    board_print_float(arena.reals[tensor->word_offset + index]);
  }
}

static void print_outputs(const kgl_model *model, uint32_t sample) {
  uint32_t i, k;
  for (i = 0; i < kgl_output_count(model); i++) {
    kgl_tensor tensor;
    kgl_output(model, i, &tensor);
    board_print("sample ");
    board_print_number(sample);
    board_print(" output ");
    board_print_number(i);
    for (k = 0; k < tensor.elements; k++) print_element(&tensor, k);
    board_print("\n");
  }
}

#ifdef STEPS
/* A run step by step; prints the instructions of each. */
static kgl_status count_steps(const kgl_model *model) {
  kgl_running running;
  kgl_status status = kgl_run_begin(&running, model, &arena, sizeof arena, NULL);
  while (status == KGL_OK && running.steps_left > 0) {
    const uint32_t step = running.at.step;
    uint32_t count;
    board_count_begin();
    status = kgl_run_step(&running);
    count = board_count_end();
    board_print("step ");
    board_print_number(step);
    print_pair("", count);
  }
  return status == KGL_OK ? kgl_run_end(&running, NULL) : status;
}
#endif

int main(void) {
  kgl_model model;
  kgl_status status;
  uint32_t i, open_count, open_stack, run_count = 0, run_stack = 0;

  board_stack_begin();
  board_count_begin();
  status = kgl_open(&model, kinglet_model, kinglet_model_bytes);
  open_count = board_count_end();
  open_stack = board_stack_end();
  if (status != KGL_OK) return fail("kgl_open", status);
  if (kgl_arena_bytes(&model) > sizeof arena) return fail("arena", KGL_ERR_ARENA);
  status = kgl_reset(&model, &arena, sizeof arena); /* samples of a network that keeps state are frames in turn */
  if (status != KGL_OK) return fail("kgl_reset", status);

  for (i = 0; i < KINGLET_SAMPLE_COUNT; i++) {
    uint32_t count, stack;
    status = place_inputs(&model, kinglet_samples[i]);
    if (status != KGL_OK) return fail("samples of another type", status);
#ifdef STEPS
    if (i == 0) {
      status = count_steps(&model);
      if (status == KGL_OK) status = kgl_reset(&model, &arena, sizeof arena);
      if (status != KGL_OK) return fail("kgl_run_step", status);
      place_inputs(&model, kinglet_samples[i]);
    }
#endif
    board_stack_begin();
    board_count_begin();
    status = kgl_run(&model, &arena, sizeof arena, NULL, NULL);
    count = board_count_end();
    stack = board_stack_end();
    if (status != KGL_OK) return fail("kgl_run", status);
    if (count > run_count) run_count = count;
    if (stack > run_stack) run_stack = stack;
    print_outputs(&model, i);
  }

  print_pair("instructions_open", open_count);
  print_pair("instructions", run_count);
  print_pair("stack_open", open_stack);
  print_pair("stack", run_stack);
  print_pair("arena", kgl_arena_bytes(&model));
  print_pair("blob", kinglet_model_bytes);
  print_pair("flash", board_flash_bytes());
  print_pair("data", board_data_bytes());
  board_print("done\n");
  return 0;
}
