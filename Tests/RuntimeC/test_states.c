/* Networks that keep state: windows that slide over a stream, of floats and of bytes, frame by frame against a window that
 * is moved by hand; streams saved and taken up again; and what a plan must not say of states. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

#ifndef KGL_SELF_TEST
#define KGL_SELF_TEST 1
#endif

enum { OF_FLOATS, OF_UINT8, OF_INT8 }; /* as element types */
enum { MOST = 512, FRAMES = 9, ZERO = 7 };

static const struct {
  uint32_t outer, count, inner, new;
} shapes[] = {{1, 1, 1, 1}, {1, 7, 3, 2}, {5, 4, 1, 1}, {3, 5, 2, 5}, {60, 8, 1, 1}, {2, 40, 3, 1}, {1, 3, 5, 3}};

enum { SHAPES = sizeof shapes / sizeof *shapes };

/* A blob of a state, over which what is given slides, and a copy of it as the output. */
typedef struct stream {
  builder b;
  bytes file;
  kgl_model model;
  uint32_t shape, type, each; /* bytes of an element */
  uint32_t window_count, frame_count; /* elements */
  uint8_t window[4 * MOST], frames[FRAMES][4 * MOST]; /* as they lie in memory */
} stream;

static void put_element(stream *s, uint8_t *to, uint32_t i, int32_t value) {
  const float number = (float)value;
  if (s->type == OF_FLOATS) memcpy(to + 4 * i, &number, 4);
  if (s->type != OF_FLOATS) to[i] = (uint8_t)value;
}

/* The window by hand: row after row, the new behind what is left. */
static void slide(stream *s, const uint8_t *frame) {
  const uint32_t row = shapes[s->shape].count * shapes[s->shape].inner * s->each;
  const uint32_t hop = shapes[s->shape].new * shapes[s->shape].inner * s->each;
  uint32_t o;
  for (o = 0; o < shapes[s->shape].outer; o++) {
    memmove(s->window + o * row, s->window + o * row + hop, row - hop);
    memcpy(s->window + o * row + row - hop, frame + o * hop, hop);
  }
}

/* has_beginning: the state begins as some elements, else as what stands for 0. */
static void begin_stream(stream *s, uint32_t shape, uint32_t type, int has_beginning, int has_self_test);

static void build(stream *s, int has_beginning) {
  const uint32_t words = s->type == OF_FLOATS ? s->window_count : (s->window_count + 3) / 4;
  uint32_t fields[6], copied[6], i, state;
  float numbers[MOST];
  uint8_t elements[MOST];
  builder_begin(&s->b);
  for (i = 0; i < s->window_count; i++) {
    const int32_t value = has_beginning ? (int32_t)(i * 37 % 100) : s->type == OF_FLOATS ? 0 : ZERO;
    numbers[i] = (float)value;
    elements[i] = (uint8_t)value;
    put_element(s, s->window, i, value);
  }
  state = builder_place(&s->b, words);
  if (s->type == OF_FLOATS) {
    builder_state(&s->b, state, s->window_count, has_beginning ? numbers : NULL);
  } else {
    builder_byte_state(&s->b, state, s->type, ZERO, s->window_count, has_beginning ? elements : NULL);
  }
  fields[0] = builder_place(&s->b, s->type == OF_FLOATS ? s->frame_count : (s->frame_count + 3) / 4);
  fields[1] = state;
  fields[2] = shapes[s->shape].outer, fields[3] = shapes[s->shape].count;
  fields[4] = shapes[s->shape].inner, fields[5] = shapes[s->shape].new;
  copied[0] = state;
  copied[1] = builder_place(&s->b, words);
  copied[2] = 1, copied[3] = copied[4] = s->window_count, copied[5] = 0;
  if (s->type == OF_FLOATS) {
    builder_input(&s->b, fields[0], 1, &s->frame_count);
    builder_output(&s->b, copied[1], 1, &s->window_count);
    builder_step(&s->b, 20, 6, fields);
    builder_step(&s->b, 10, 6, copied);
  } else {
    const uint32_t types = s->type == OF_INT8 ? 3 : 0;
    builder_byte_input(&s->b, fields[0], s->type, s->frame_count);
    builder_byte_output(&s->b, copied[1], s->type, s->window_count);
    builder_integer_step(&s->b, 20, types, 6, fields);
    builder_integer_step(&s->b, 10, types, 6, copied);
  }
}

/* The frames with their answers, as a self-test has them. */
static void add_self_test(stream *s) {
  uint8_t first[4 * MOST];
  bytes *test = &s->b.self_test;
  uint32_t frame, i, k;
  memcpy(first, s->window, sizeof first);
  put_varint(test, FRAMES);
  put_float(test, 0);
  for (frame = 0; frame < FRAMES; frame++) {
    const uint8_t *parts[2];
    parts[0] = s->frames[frame], parts[1] = s->window;
    slide(s, s->frames[frame]);
    for (k = 0; k < 2; k++) {
      for (i = 0; i < (k == 0 ? s->frame_count : s->window_count); i++) {
        float number;
        memcpy(&number, parts[k] + 4 * i, 4);
        if (s->type == OF_FLOATS) put_float(test, number);
        if (s->type != OF_FLOATS) put_byte(test, parts[k][i]);
      }
    }
  }
  s->b.self_test_count = 1;
  memcpy(s->window, first, sizeof first);
}

static void begin_stream(stream *s, uint32_t shape, uint32_t type, int has_beginning, int has_self_test) {
  generator g = {900 + 10 * shape + type};
  uint32_t frame, i;
  memset(s, 0, sizeof *s);
  s->shape = shape, s->type = type, s->each = type == OF_FLOATS ? 4 : 1;
  s->window_count = shapes[shape].outer * shapes[shape].count * shapes[shape].inner;
  s->frame_count = shapes[shape].outer * shapes[shape].new * shapes[shape].inner;
  build(s, has_beginning);
  for (frame = 0; frame < FRAMES; frame++) {
    for (i = 0; i < s->frame_count; i++) put_element(s, s->frames[frame], i, (int32_t)random_below(&g, 100));
  }
  if (has_self_test) add_self_test(s);
  s->file = builder_end(&s->b);
}

static void end_stream(stream *s) {
  bytes_free(&s->file);
  builder_free(&s->b);
}

/* Runs a frame in an arena, and compares what comes out with the window by hand. */
static void run_frame(stream *s, uint8_t *arena, uint32_t frame, const char *name) {
  uint8_t answer[4 * MOST];
  const void *inputs[1];
  void *outputs[1];
  inputs[0] = s->frames[frame], outputs[0] = answer;
  CHECK(kgl_run(&s->model, arena, kgl_arena_bytes(&s->model), inputs, outputs) == KGL_OK, "%s: run", name);
  CHECK(memcmp(answer, s->window, s->each * s->window_count) == 0, "%s: frame %u of shape %u, type %u", name, frame,
        s->shape, s->type);
}

static int is_built_in(uint32_t type) {
  return KGL_STATES && KGL_OP_SLIDE && KGL_OP_COPY && (type == OF_FLOATS ? KGL_FLOAT : KGL_INTEGER);
}

static void test_stream(uint32_t shape, uint32_t type, int has_beginning) {
  stream s;
  kgl_status status;
  uint32_t frame, arena_bytes, state_bytes;
  uint8_t *arena, first[4 * MOST], saved[4 * MOST], expected[4 * MOST];
  begin_stream(&s, shape, type, has_beginning, 1);
  status = kgl_open(&s.model, s.file.data, s.file.count);
  CHECK(status == (is_built_in(type) ? KGL_OK : KGL_ERR_UNSUPPORTED), "open: %d", status);
  if (status != KGL_OK) {
    CHECK(kgl_state_bytes(&s.model) == 0, "of a model that is not open");
    end_stream(&s);
    return;
  }
  arena_bytes = kgl_arena_bytes(&s.model);
  state_bytes = kgl_state_bytes(&s.model);
  arena = guarded_new(arena_bytes, 0xEE);
  memcpy(first, s.window, sizeof first);
  CHECK(state_bytes == (s.each * s.window_count + 3) / 4 * 4, "%u bytes of state", state_bytes);
  CHECK(kgl_reset(&s.model, arena, arena_bytes - 4) == KGL_ERR_ARENA, "an arena too small");
  CHECK(kgl_reset(&s.model, arena + 1, arena_bytes) == KGL_ERR_ARENA, "an arena at an odd address");
  CHECK(kgl_reset(NULL, arena, arena_bytes) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_reset(&s.model, arena, arena_bytes) == KGL_OK, "reset");
  for (frame = 0; frame < FRAMES; frame++) {
    slide(&s, s.frames[frame]);
    run_frame(&s, arena, frame, "in turn");
    if (frame == 3) {
      memcpy(saved, arena, state_bytes);
      memcpy(expected, s.window, sizeof expected);
    }
  }
  memset(arena, 0x55, arena_bytes); /* another stream's, or another model's */
  memcpy(arena, saved, state_bytes);
  memcpy(s.window, expected, sizeof expected);
  slide(&s, s.frames[4]);
  run_frame(&s, arena, 4, "taken up again");
  CHECK(kgl_reset(&s.model, arena, arena_bytes) == KGL_OK, "reset");
  memcpy(s.window, first, sizeof first);
  slide(&s, s.frames[0]);
  run_frame(&s, arena, 0, "anew");
#if KGL_SELF_TEST
  CHECK(kgl_self_test(&s.model, arena, arena_bytes) == KGL_OK, "self-test: frames in turn");
#endif
  CHECK(guarded_free(arena, arena_bytes), "wrote outside the arena");
  end_stream(&s);
}

/* --- What a plan must not say ----------------------------------------------------------------- */

typedef struct refusal {
  const char *name;
  void (*build)(builder *b);
  kgl_status status;
} refusal;

static const uint32_t two = 2;

/* Words 0, 1: a state; 2, 3 another; 4, 5 the input, which is copied to `to`. */
static void states_and_copy(builder *b, uint32_t from, uint32_t to, uint32_t count) {
  uint32_t fields[6];
  fields[0] = from, fields[1] = to, fields[2] = 1, fields[3] = fields[4] = count, fields[5] = 0;
  builder_place(b, 12);
  builder_state(b, 0, 2, NULL);
  builder_state(b, 2, 2, NULL);
  builder_input(b, 4, 1, &two);
  builder_output(b, 6, 1, &two);
  builder_step(b, 10, 6, fields);
}

static void to_a_state(builder *b) { states_and_copy(b, 4, 2, 2); }
static void from_a_state(builder *b) { states_and_copy(b, 0, 8, 2); }
static void from_both_states(builder *b) { states_and_copy(b, 0, 8, 4); }
static void over_the_end(builder *b) { states_and_copy(b, 6, 3, 2); }
static void read_over_the_end(builder *b) { states_and_copy(b, 3, 8, 2); }

static void input_in_a_state(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->inputs.data[0] = 0;
}

static void output_in_a_state(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->outputs.data[0] = 2;
}

static void output_over_the_end(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->outputs.data[0] = 3;
}

static void states_that_overlap(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->states.data[4] = 1;
}

static void a_gap_between_states(builder *b) {
  states_and_copy(b, 6, 8, 2);
  b->states.data[4] = 3;
}

static void a_state_beyond_the_arena(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->states.data[6] = 99;
}

static void a_state_of_places(builder *b) {
  states_and_copy(b, 4, 2, 2);
  b->states.data[1] = 1 + 8 * 5;
}

static void a_beginning_that_is_not_finite(builder *b) {
  static const float numbers[2] = {1, 1e38f};
  states_and_copy(b, 4, 8, 2);
  builder_state(b, 4, 2, numbers);
  b->inputs.data[0] = 6;
  b->steps.data[1] = 6;
  b->outputs.data[0] = 8;
  b->parameters.data[6] = 0x80; /* the second: infinite */
  b->parameters.data[7] = 0x7F;
}

static void a_beginning_outside_the_parameters(builder *b) {
  static const uint8_t elements[8] = {0};
  states_and_copy(b, 6, 8, 2);
  builder_byte_state(b, 4, 1, 0, 8, elements);
  b->inputs.data[0] = 6;
  b->parameters.count = 7;
}

static void no_states(builder *b) {
  states_and_copy(b, 4, 8, 2);
  put_byte(&b->plan, 0);
  put_varint(&b->plan, 0);
  put_varint(&b->plan, 1);
  put_bytes(&b->plan, b->inputs.data, b->inputs.count);
  put_varint(&b->plan, 1);
  put_bytes(&b->plan, b->outputs.data, b->outputs.count);
  put_varint(&b->plan, 1);
  put_bytes(&b->plan, b->steps.data, b->steps.count);
}

static void cut_within_states(builder *b) {
  states_and_copy(b, 4, 8, 2);
  put_byte(&b->plan, 0);
  put_varint(&b->plan, 2);
  put_bytes(&b->plan, b->states.data, b->states.count - 1);
}

static void slid(builder *b, uint32_t x, uint32_t y, uint32_t count, uint32_t new) {
  uint32_t fields[6];
  states_and_copy(b, 4, 8, 2);
  fields[0] = x, fields[1] = y, fields[2] = 1, fields[3] = count, fields[4] = 1, fields[5] = new;
  builder_step(b, 20, 6, fields);
}

static void slide_of_one(builder *b) { slid(b, 4, 0, 2, 1); }
static void slide_of_none(builder *b) { slid(b, 4, 0, 2, 0); }
static void slide_of_more_than_all(builder *b) { slid(b, 4, 0, 2, 3); }
static void slide_onto_itself(builder *b) { slid(b, 9, 8, 2, 1); }
static void slide_over_the_end(builder *b) { slid(b, 6, 2, 3, 1); }

static const refusal refusals[] = {
    {"to a state", to_a_state, KGL_OK},
    {"from a state", from_a_state, KGL_OK},
    {"from both states", from_both_states, KGL_OK},
    {"an output in a state", output_in_a_state, KGL_OK},
    {"a slide", slide_of_one, KGL_OK},
    {"over the end", over_the_end, KGL_ERR_CORRUPT},
    {"read over the end", read_over_the_end, KGL_ERR_CORRUPT},
    {"an input in a state", input_in_a_state, KGL_ERR_CORRUPT},
    {"an output over the end", output_over_the_end, KGL_ERR_CORRUPT},
    {"states that overlap", states_that_overlap, KGL_ERR_CORRUPT},
    {"a gap between states", a_gap_between_states, KGL_ERR_CORRUPT},
    {"a state beyond the arena", a_state_beyond_the_arena, KGL_ERR_CORRUPT},
    {"a state of places", a_state_of_places, KGL_ERR_CORRUPT},
    {"a beginning that is not finite", a_beginning_that_is_not_finite, KGL_ERR_CORRUPT},
    {"a beginning outside the parameters", a_beginning_outside_the_parameters, KGL_ERR_CORRUPT},
    {"no states", no_states, KGL_ERR_CORRUPT},
    {"cut within states", cut_within_states, KGL_ERR_CORRUPT},
    {"a slide of none", slide_of_none, KGL_ERR_CORRUPT},
    {"a slide of more than all", slide_of_more_than_all, KGL_ERR_CORRUPT},
    {"a slide onto itself", slide_onto_itself, KGL_ERR_CORRUPT},
    {"a slide over the end of states", slide_over_the_end, KGL_ERR_CORRUPT},
};

static void test_plans(void) {
  uint32_t i;
  for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    builder b;
    bytes file;
    kgl_status status;
    builder_begin(&b);
    refusals[i].build(&b);
    file = builder_end(&b);
    status = open_exactly(file.data, file.count);
    CHECK(status == refusals[i].status, "%s: %d", refusals[i].name, status);
    bytes_free(&file);
    builder_free(&b);
  }
}

/* Nothing is kept, and nothing to be done for that. */
static void test_none(void) {
  builder b;
  bytes file;
  kgl_model model;
  float arena[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  const uint32_t fields[6] = {0, 4, 1, 2, 2, 0};
  builder_begin(&b);
  builder_place(&b, 8);
  builder_input(&b, 0, 1, &two);
  builder_output(&b, 4, 1, &two);
  builder_step(&b, 10, 6, fields);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  CHECK(kgl_state_bytes(&model) == 0, "no state");
  CHECK(kgl_reset(&model, arena, sizeof arena) == KGL_OK, "reset");
  CHECK(arena[0] > 0.9f && arena[0] < 1.1f && arena[7] > 7.9f, "the arena is as it was");
  CHECK(kgl_reset(&model, NULL, 32) == KGL_ERR_ARENA, "no arena");
  bytes_free(&file);
  builder_free(&b);
}

void test_states(void) {
  uint32_t shape, type;
  for (shape = 0; shape < SHAPES; shape++) {
    for (type = OF_FLOATS; type <= OF_INT8; type++) {
      test_stream(shape, type, 0);
      test_stream(shape, type, 1);
    }
  }
  if (KGL_FLOAT && KGL_STATES && KGL_OP_SLIDE && KGL_OP_COPY) {
    test_plans();
    test_none();
  }
}
