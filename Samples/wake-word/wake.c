/* A firmware that listens: from the bytes of a WAV file to decisions. MAIN of Samples/firmware (wake.sh).
 *
 *   frame I N        what the network answers, of 256
 *   heard I          a decision, in the frame that brings it: the mean of the last ANSWERS answers is above CUTOFF;
 *                    then none for HOLD frames
 *   windows N, frames N
 *   instructions_front_end N, instructions_network N     of a window and of a frame, the most of all
 *   stack_front_end N, stack_network N                   bytes
 *   arena N, state N, blob N, flash N, data N            bytes, as in main.c there
 *   done             last: a run without it failed
 *
 * ANSWERS and CUTOFF are what microWakeWord's description of hey_jarvis says: 5 and 0.97. */
#include "board.h"
#include "front_end.h"
#include "kinglet.h"
#include "model.h"
#include "sound.h"
#include "wav.h"

enum { WINDOWS = 3, ANSWERS = 5, HOLD = 33 };
#ifndef CUTOFF
#define CUTOFF 248u /* of 256 */
#endif

static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
static front_end ears;

/* What decides: the last answers, and for how many frames no other decision is made. */
typedef struct decision {
  uint8_t answers[ANSWERS];
  uint32_t at, hold;
} decision;

/* The most that any call took. */
typedef struct cost {
  uint32_t instructions, stack;
} cost;

static void print_pair(const char *key, uint32_t number) {
  board_print(key);
  board_print(" ");
  board_print_number(number);
  board_print("\n");
}

static int fail(const char *call, const char *why) {
  board_print(call);
  board_print(": ");
  board_print(why);
  board_print("\n");
  return 1;
}

static void begin_cost(void) {
  board_stack_begin();
  board_count_begin();
}

static void end_cost(cost *most) {
  const uint32_t instructions = board_count_end(), stack = board_stack_end();
  if (instructions > most->instructions) most->instructions = instructions;
  if (stack > most->stack) most->stack = stack;
}

/* Whether an answer makes a decision. */
static int is_heard(decision *of, uint8_t answer) {
  uint32_t sum = 0, i;
  of->answers[of->at++ % ANSWERS] = answer;
  for (i = 0; i < ANSWERS; i++) sum += of->answers[i];
  if (of->hold > 0) of->hold--;
  if (of->hold > 0 || sum <= ANSWERS * CUTOFF) return 0;
  of->hold = HOLD;
  return 1;
}

/* The network's input and output must be those of this front end and this decision; *flip are the bits by which int8
 * differs from uint8. */
static int is_taken(const kgl_model *model, uint8_t *flip) {
  kgl_tensor input, output;
  if (kgl_input_count(model) != 1 || kgl_output_count(model) != 1) return 0;
  if (kgl_input(model, 0, &input) != KGL_OK || kgl_output(model, 0, &output) != KGL_OK) return 0;
  *flip = input.type == KGL_INT8 ? 128 : 0;
  return (input.type == KGL_INT8 || input.type == KGL_UINT8) && input.elements == WINDOWS * FRONT_END_CHANNELS &&
         output.type == KGL_UINT8 && output.elements == 1;
}

/* The next window's features as the network takes them, behind the frame's others. */
static int take_window(const wav *sound, uint32_t at, uint8_t *to, uint8_t flip, cost *most) {
  int16_t samples[FRONT_END_HOP];
  uint16_t features[FRONT_END_CHANNELS];
  int is_full;
  uint32_t i;
  wav_read(sound, at, samples, FRONT_END_HOP);
  begin_cost();
  is_full = front_end_take(&ears, samples, features);
  end_cost(most);
  for (i = 0; is_full && i < FRONT_END_CHANNELS; i++) to[i] = front_end_element(features[i]) ^ flip;
  return is_full;
}

static kgl_status run_frame(const kgl_model *model, const uint8_t *frame, uint8_t *answer, cost *most) {
  const void *inputs[1];
  void *outputs[1];
  kgl_status status;
  inputs[0] = frame;
  outputs[0] = answer;
  begin_cost();
  status = kgl_run(model, &arena, sizeof arena, inputs, outputs);
  end_cost(most);
  return status;
}

static void print_answer(uint32_t frame, uint8_t answer, decision *deciding) {
  board_print("frame ");
  board_print_number(frame);
  print_pair("", answer);
  if (is_heard(deciding, answer)) print_pair("heard", frame);
}

static void print_figures(const kgl_model *model, const cost *of_window, const cost *of_frame) {
  print_pair("instructions_front_end", of_window->instructions);
  print_pair("instructions_network", of_frame->instructions);
  print_pair("stack_front_end", of_window->stack);
  print_pair("stack_network", of_frame->stack);
  print_pair("arena", kgl_arena_bytes(model));
  print_pair("state", kgl_state_bytes(model));
  print_pair("blob", kinglet_model_bytes);
  print_pair("flash", board_flash_bytes());
  print_pair("data", board_data_bytes());
}

int main(void) {
  static decision deciding;
  cost of_window = {0, 0}, of_frame = {0, 0};
  uint8_t frame[WINDOWS * FRONT_END_CHANNELS], flip;
  uint32_t at, windows = 0, frames = 0;
  kgl_model model;
  wav sound;
  kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes);
  if (status != KGL_OK) return fail("kgl_open", kgl_status_text(status));
  if (!is_taken(&model, &flip)) return fail("model", "takes no 120 features of a byte, or gives no byte");
  if (!wav_open(&sound, sound_file, sound_file_bytes)) return fail("sound", "no WAV of 16 bits, one channel, 16 kHz");
  status = kgl_reset(&model, &arena, sizeof arena);
  if (status != KGL_OK) return fail("kgl_reset", kgl_status_text(status));
  front_end_begin(&ears);
  for (at = 0; sound.sample_count - at >= FRONT_END_HOP; at += FRONT_END_HOP) {
    uint8_t answer;
    if (!take_window(&sound, at, frame + windows % WINDOWS * FRONT_END_CHANNELS, flip, &of_window)) continue;
    if (++windows % WINDOWS != 0) continue;
    status = run_frame(&model, frame, &answer, &of_frame);
    if (status != KGL_OK) return fail("kgl_run", kgl_status_text(status));
    print_answer(frames++, answer, &deciding);
  }
  print_pair("windows", windows);
  print_pair("frames", frames);
  print_figures(&model, &of_window, &of_frame);
  board_print("done\n");
  return 0;
}
