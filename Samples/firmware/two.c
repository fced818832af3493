/* Two models in one firmware, fed from the bytes of pictures by the functions that emit-c writes beside each:
 *
 *   kinglet emit-c one.kgl other.kgl --name first --name second -o folder
 *
 * and pixels.c with pixels.h (test.sh makes them) in the folder. Both models run in one arena. Prints, of each model, its
 * number as J:
 *
 *   sample I output J INTEGER ...        the elements of its answer
 *   numbers I output J BITS=DECIMAL ...  the same as numbers
 *   top I output J PLACE PLACE PLACE     where the three largest are; the first as arg max finds it, too
 *   done                                 last: a run without it failed */
#include <string.h>

#include "board.h"
#include "kinglet.h"
#include "models.h"
#include "pixels.h"

static KGL_ARENA(arena, KINGLET_MODELS_ARENA_BYTES);

static int fail(const char *what) {
  board_print(what);
  board_print("\n");
  return 1;
}

static void print_head(const char *word, uint32_t sample, uint32_t model) {
  board_print(word);
  board_print(" ");
  board_print_number(sample);
  board_print(" output ");
  board_print_number(model);
}

static void print_answer(uint32_t sample, uint32_t model, const int8_t *answer, const float *numbers, uint32_t count,
                         const uint32_t *places, uint32_t place_count) {
  uint32_t k;
  print_head("sample", sample, model);
  for (k = 0; k < count; k++) {
    board_print(answer[k] < 0 ? " -" : " ");
    board_print_number((uint32_t)(answer[k] < 0 ? -answer[k] : answer[k]));
  }
  board_print("\n");
  print_head("numbers", sample, model);
  for (k = 0; k < count; k++) {
    board_print(" ");
    board_print_float(numbers[k]);
  }
  board_print("\n");
  print_head("top", sample, model);
  for (k = 0; k < place_count; k++) {
    board_print(" ");
    board_print_number(places[k]);
  }
  board_print("\n");
}

static kgl_status answer(const unsigned char *blob, uint32_t bytes, const void *input, void *output) {
  const void *inputs[1];
  void *outputs[1];
  kgl_model model;
  kgl_status status = kgl_open(&model, blob, bytes);
  inputs[0] = input;
  outputs[0] = output;
  return status == KGL_OK ? kgl_run(&model, &arena, sizeof arena, inputs, outputs) : status;
}

/* A picture by its bytes; then by the numbers that they stand for, which must come to the same elements. `unit` is what
 * kinglet takes a byte of 1 for where the blob does not say it. */
#define RUN(name, NAME, number, unit)                                                                            \
  static int run_##name(uint32_t sample) {                                                                       \
    static uint8_t input[KINGLET_##NAME##_INPUT0_ELEMENTS], again[KINGLET_##NAME##_INPUT0_ELEMENTS];             \
    static int8_t output[KINGLET_##NAME##_OUTPUT0_ELEMENTS];                                                     \
    static float numbers[KINGLET_##NAME##_OUTPUT0_ELEMENTS], pixels[KINGLET_##NAME##_INPUT0_ELEMENTS];           \
    uint32_t places[3], i, count;                                                                                \
    for (i = 0; i < KINGLET_##NAME##_INPUT0_ELEMENTS; i++) pixels[i] = (float)name##_pixels[sample][i] * (unit); \
    kinglet_##name##_input0_from_bytes((void *)input, name##_pixels[sample]);                                    \
    kinglet_##name##_input0_from_floats((void *)again, pixels);                                                  \
    if (memcmp(input, again, sizeof input) != 0) return fail("bytes and numbers differ");                        \
    if (answer(kinglet_##name, kinglet_##name##_bytes, input, output) != KGL_OK) return fail("no answer");       \
    kinglet_##name##_output0_to_floats(numbers, output);                                                         \
    count = kinglet_##name##_output0_top(output, places, 3);                                                     \
    if (count == 0 || kinglet_##name##_output0_argmax(output) != places[0]) return fail("the largest differ");   \
    print_answer(sample, number, output, numbers, KINGLET_##NAME##_OUTPUT0_ELEMENTS, places, count);             \
    return 0;                                                                                                    \
  }

RUN(first, FIRST, 0, 1.0f)
RUN(second, SECOND, 1, 1.0f / 255.0f)

int main(void) {
  uint32_t sample;
  for (sample = 0; sample < PICTURES; sample++) {
    if (run_first(sample) != 0 || run_second(sample) != 0) return 1;
  }
  board_print("done\n");
  return 0;
}
