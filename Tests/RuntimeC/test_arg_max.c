/* Places of the largest and the least, along the middle axis of [outer, count, inner]: of floats and of bytes, with
 * many that are equal; and an output of int32 in every call. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

#ifndef KGL_OP_ARG_MAX
#define KGL_OP_ARG_MAX 1
#endif

enum { OF_FLOATS, OF_UINT8, OF_INT8 }; /* as element types */

static const struct {
  uint32_t outer, count, inner;
} shapes[] = {{1, 10, 1}, {3, 4, 5}, {1, 1, 3}, {2, 300, 1}, {1, 7, 9}};

enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 600 };

/* A blob of one step, its input as numbers and as it is given, and what is right. */
typedef struct one_step {
  builder b;
  double numbers[MOST];
  float floats[MOST];
  uint8_t elements[MOST];
  int32_t expected[MOST];
  uint32_t count, places;
} one_step;

/* The first of the largest, or the least: looked for from behind. */
static int32_t place_of(const double *x, uint32_t count, uint32_t stride, int is_least) {
  uint32_t i, place = count - 1;
  for (i = count - 1; i-- > 0;) {
    const double other = x[i * stride], best = x[place * stride];
    if (is_least ? other <= best : other >= best) place = i;
  }
  return (int32_t)place;
}

static void make_step(one_step *s, uint32_t shape, uint32_t type, uint32_t mode) {
  const uint32_t outer = shapes[shape].outer, count = shapes[shape].count, inner = shapes[shape].inner;
  generator g = {7000 + shape};
  uint32_t fields[5], i, o;
  s->count = outer * count * inner;
  s->places = outer * inner;
  for (i = 0; i < s->count; i++) { /* of few values, the extremes among them */
    const int32_t low = type == OF_UINT8 ? 0 : -128, step = (int32_t)random_below(&g, 4) * 85;
    s->numbers[i] = low + step;
    s->floats[i] = (float)s->numbers[i];
    s->elements[i] = (uint8_t)(low + step);
  }
  for (o = 0; o < outer; o++) {
    for (i = 0; i < inner; i++) {
      s->expected[o * inner + i] = place_of(s->numbers + o * count * inner + i, count, inner, mode == 1);
    }
  }
  builder_begin(&s->b);
  fields[0] = builder_place(&s->b, type == OF_FLOATS ? s->count : (s->count + 3) / 4);
  fields[1] = builder_place(&s->b, s->places);
  fields[2] = outer, fields[3] = count, fields[4] = inner;
  if (type == OF_FLOATS) {
    builder_input(&s->b, fields[0], 1, &s->count);
  } else {
    builder_byte_input(&s->b, fields[0], type, s->count);
  }
  builder_place_output(&s->b, fields[1], s->places);
  put_byte(&s->b.steps, type == OF_FLOATS ? 18 : 50);
  if (type != OF_FLOATS) put_byte(&s->b.steps, type == OF_INT8);
  put_byte(&s->b.steps, mode);
  for (i = 0; i < 5; i++) put_varint(&s->b.steps, fields[i]);
  s->b.step_count++;
}

/* Runs it in an arena of the exact size. */
static void run_step(const char *name, one_step *s, uint32_t type) {
  bytes file = builder_end(&s->b);
  uint8_t *blob = exact_copy(file.data, file.count);
  const uint32_t answer_bytes = s->places * (uint32_t)sizeof(int32_t);
  const int is_built_in = (type == OF_FLOATS ? KGL_FLOAT : KGL_INTEGER) && KGL_OP_ARG_MAX;
  kgl_model model;
  kgl_tensor tensor;
  kgl_status status = kgl_open(&model, blob, file.count);
  CHECK(status == (is_built_in ? KGL_OK : KGL_ERR_UNSUPPORTED), "%s: %d", name, status);
  if (status == KGL_OK) {
    const uint32_t arena_bytes = kgl_arena_bytes(&model);
    uint8_t *arena = guarded_new(arena_bytes, 0xFF), *places = guarded_new(answer_bytes, 0);
    const void *inputs[1];
    void *outputs[1] = {NULL};
    inputs[0] = type == OF_FLOATS ? (const void *)s->floats : s->elements;
    outputs[0] = places;
    CHECK(kgl_output(&model, 0, &tensor) == KGL_OK && tensor.type == KGL_INT32 && tensor.elements == s->places &&
              tensor.scale > 0.999f && tensor.scale < 1.001f && tensor.zero_point == 0, "%s: its tensor", name);
    CHECK(kgl_run(&model, arena, arena_bytes, inputs, outputs) == KGL_OK, "%s: run", name);
    CHECK(memcmp(places, s->expected, answer_bytes) == 0, "%s: other places", name);
    CHECK(guarded_free(arena, arena_bytes), "%s: wrote outside the arena", name);
    CHECK(guarded_free(places, answer_bytes), "%s: wrote behind it", name);
  }
  free(blob);
  bytes_free(&file);
}

/* The replayed answer is right, and where a byte of it is another, wrong. */
static void replay_step(one_step *s, uint32_t type, uint32_t damage) {
  bytes file, *test = &s->b.self_test;
  kgl_model model;
  kgl_status status;
  uint32_t i, k, first;
  put_varint(test, 1);
  put_float(test, 0);
  for (i = 0; i < s->count; i++) {
    if (type == OF_FLOATS) put_float(test, s->floats[i]);
    if (type != OF_FLOATS) put_byte(test, s->elements[i]);
  }
  first = test->count;
  for (i = 0; i < s->places; i++) {
    for (k = 0; k < 4; k++) put_byte(test, (uint32_t)s->expected[i] >> 8 * k & 255u);
  }
  if (damage < 4) test->data[first + 4 * (s->places - 1) + damage] ^= 1;
  s->b.self_test_count = 1;
  file = builder_end(&s->b);
  if (kgl_open(&model, file.data, file.count) == KGL_OK) {
    const uint32_t arena_bytes = kgl_arena_bytes(&model);
    uint8_t *arena = guarded_new(arena_bytes, 0x5A);
    status = kgl_self_test(&model, arena, arena_bytes);
    CHECK(status == (damage < 4 ? KGL_ERR_SELF_TEST : KGL_OK), "self-test: %d", status);
    CHECK(guarded_free(arena, arena_bytes), "wrote outside the arena");
  }
  bytes_free(&file);
}

/* Nothing is larger or less than a NaN: where it is the first it stays, elsewhere it is passed over. */
static void test_nan(uint32_t mode) {
  static const int32_t places[2][3] = {{0, 2, 3}, {0, 1, 0}};
  one_step s;
  uint32_t i;
  make_step(&s, 1, OF_FLOATS, mode);
  for (i = 0; i < s.count; i++) s.floats[i] = (float)i;
  for (i = 0; i < s.places; i++) s.expected[i] = mode == 0 ? 3 : 0;
  s.floats[0] = NAN;           /* column 0 of the first: the first */
  s.floats[1 + 5 * 3] = NAN;   /* column 1: the last, which is the largest */
  s.floats[1] = mode == 0 ? 1.0f : 99.0f;
  s.floats[2 + 5 * 1] = NAN;   /* column 2: the second */
  for (i = 0; i < 3; i++) s.expected[i] = places[mode][i];
  run_step("NaN", &s, OF_FLOATS);
  builder_free(&s.b);
}

void test_arg_max(void) {
  uint32_t shape, type, mode;
  for (shape = 0; shape < SHAPES; shape++) {
    for (type = OF_FLOATS; type <= OF_INT8; type++) {
      for (mode = 0; mode < 2; mode++) {
        one_step s;
        uint32_t damage;
        make_step(&s, shape, type, mode);
        run_step(mode == 0 ? "arg max" : "arg min", &s, type);
        builder_free(&s.b);
        for (damage = 0; damage < 5; damage += 1 + mode) {
          make_step(&s, shape, type, mode);
          replay_step(&s, type, damage);
          builder_free(&s.b);
        }
      }
    }
  }
  test_nan(0);
  test_nan(1);
}
