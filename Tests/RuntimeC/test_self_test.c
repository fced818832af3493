/* The self-test that a blob carries: right and wrong answers, and everything its section must not
 * hold, which kgl_open lets pass as ancillary. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

/* Two networks in one blob: y = max(x, 0) on three floats, and 255 - byte on five elements. */
static void put_network(builder *b) {
  const uint32_t three = 3, relu[3] = {0, 3, 3}, map[4] = {1, 6, 8, 5};
  uint32_t i;
  builder_begin(b);
  builder_place(b, 10);
  builder_input(b, 0, 1, &three);
  put_varint(&b->inputs, 6); /* word 6, rank 1 of int8, size 5, scale, transform */
  put_varint(&b->inputs, 1 + 8 * 2);
  put_varint(&b->inputs, 5);
  put_float(&b->inputs, 0.5f);
  put_varint(&b->inputs, 0);
  put_varint(&b->inputs, 0);
  b->input_count++;
  builder_output(b, 3, 1, &three);
  put_varint(&b->outputs, 8);
  put_varint(&b->outputs, 1 + 8 * 1);
  put_varint(&b->outputs, 5);
  put_float(&b->outputs, 1);
  b->output_count++;
  builder_step(b, 3, 3, relu);
  put_activation(b, 1, 0, 0);
  builder_step(b, 35, 4, map); /* types: int8 to uint8 */
  put_varint(&b->steps, b->parameters.count);
  for (i = 0; i < 256; i++) put_byte(&b->parameters, 255 - i);
}

/* A section of so many samples, all answers right. */
static void put_samples(bytes *s, uint32_t count, float tolerance) {
  uint32_t i, k;
  put_varint(s, count);
  put_float(s, tolerance);
  for (i = 0; i < count; i++) {
    for (k = 0; k < 3; k++) put_float(s, (float)(i + k) - 1.5f);
    for (k = 0; k < 5; k++) put_byte(s, (i + 77 * k) & 255u);
    for (k = 0; k < 3; k++) put_float(s, i + k < 2 ? 0 : (float)(i + k) - 1.5f);
    for (k = 0; k < 5; k++) put_byte(s, (255 - (i + 77 * k)) & 255u);
  }
}

/* Of the section above, in bytes. */
enum { HEAD = 5, SAMPLE = 34, FLOATS = HEAD + 17, ELEMENTS = HEAD + 29 };

/* Open a file and replay it in an arena of the exact size; `lacking` bytes less. */
static kgl_status replay(const bytes *file, uint32_t lacking) {
  uint8_t *blob = exact_copy(file->data, file->count), *arena;
  kgl_model model;
  kgl_status status = kgl_open(&model, blob, file->count);
  uint32_t arena_bytes;
  CHECK(status == KGL_OK, "open gave %d", status);
  arena_bytes = kgl_arena_bytes(&model) - lacking;
  arena = guarded_new(arena_bytes, 0x5A);
  status = kgl_self_test(&model, arena, arena_bytes);
  CHECK(guarded_free(arena, arena_bytes), "wrote outside the arena");
  free(blob);
  return status;
}

/* What a blob with this section, or with `sections` of it, gives. */
static kgl_status replay_section(const void *section, uint32_t count, uint32_t sections,
                                 uint32_t lacking) {
  builder b;
  bytes file;
  kgl_status status;
  put_network(&b);
  b.self_test_count = sections;
  put_bytes(&b.self_test, section, count);
  file = builder_end(&b);
  status = replay(&file, lacking);
  bytes_free(&file);
  builder_free(&b);
  return status;
}

static void test_answers(void) {
  static const uint32_t counts[] = {1, 2, 127, 128, 255};
  bytes s = {NULL, 0, 0};
  uint32_t i;
  for (i = 0; i < 5; i++) {
    put_samples(&s, counts[i], 0);
    CHECK(replay_section(s.data, s.count, 1, 0) == KGL_OK, "%u samples", counts[i]);
    s.count = 0;
  }
  put_samples(&s, 3, 1e-5f);
  for (i = 0; i < 3; i++) { /* of each sample the last element, then the last float */
    s.data[ELEMENTS + i * SAMPLE + 4] ^= 1;
    CHECK(replay_section(s.data, s.count, 1, 0) == KGL_ERR_SELF_TEST, "element of sample %u", i);
    s.data[ELEMENTS + i * SAMPLE + 4] ^= 1;
    s.data[FLOATS + i * SAMPLE + 10] ^= 0x40; /* of the fraction: by a half and more */
    CHECK(replay_section(s.data, s.count, 1, 0) == KGL_ERR_SELF_TEST, "float of sample %u", i);
    s.data[FLOATS + i * SAMPLE + 10] ^= 0x40;
  }
  CHECK(replay_section(s.data, s.count, 1, 0) == KGL_OK, "all put right");
  CHECK(replay_section(s.data, s.count, 0, 0) == KGL_ERR_ARGUMENT, "no section");
  CHECK(replay_section(s.data, s.count, 2, 0) == KGL_ERR_CORRUPT, "two sections");
  CHECK(replay_section(s.data, s.count, 1, 1) == KGL_ERR_ARENA, "an arena one byte short");
  bytes_free(&s);
}

/* The largest expected is 2.5, so that 0.01 allows 0.025. */
static void test_tolerance(void) {
  static const struct {
    float tolerance, answer;
    kgl_status status;
  } cases[] = {
      {0.01f, 0.5f, KGL_OK},        {0.01f, 0.524f, KGL_OK},
      {0.01f, 0.476f, KGL_OK},      {0.01f, 0.526f, KGL_ERR_SELF_TEST},
      {0.01f, 0.474f, KGL_ERR_SELF_TEST}, {0, 0.50000006f, KGL_ERR_SELF_TEST},
      {1, -1.9f, KGL_OK},           {1, -2.1f, KGL_ERR_SELF_TEST},
  };
  uint32_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    bytes s = {NULL, 0, 0}, answer = {NULL, 0, 0};
    put_samples(&s, 3, cases[i].tolerance);
    put_float(&answer, cases[i].answer);
    memcpy(s.data + FLOATS + 8, answer.data, 4); /* sample 0, of -1.5, -0.5, 0.5 */
    CHECK(replay_section(s.data, s.count, 1, 0) == cases[i].status, "case %u", i);
    bytes_free(&s);
    bytes_free(&answer);
  }
}

static void test_malformed(void) {
  static const struct {
    const char *name;
    uint32_t at, bits; /* a word in its place */
  } cases[] = {
      {"a tolerance below 0", 1, 0xB727C5ACu}, {"a tolerance above 1", 1, 0x3F800001u},
      {"an infinite tolerance", 1, 0x7F800000u}, {"a tolerance that is no number", 1, 0x7FC00000u},
      {"an infinite input", HEAD, 0xFF800000u},
      {"an input that is no number", HEAD + 8, 0x7F800001u},
      {"an infinite answer", FLOATS, 0x7F800000u},
      {"an answer that is no number", FLOATS + SAMPLE + 8, 0xFFC00000u},
  };
  bytes s = {NULL, 0, 0};
  uint32_t i, k;
  put_samples(&s, 2, 1e-5f);
  for (i = 0; i < s.count; i++) {
    CHECK(replay_section(s.data, i, 1, 0) == KGL_ERR_CORRUPT, "cut at %u", i);
  }
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t *copy = exact_copy(s.data, s.count);
    for (k = 0; k < 4; k++) copy[cases[i].at + k] = (uint8_t)(cases[i].bits >> 8 * k);
    CHECK(replay_section(copy, s.count, 1, 0) == KGL_ERR_CORRUPT, "%s", cases[i].name);
    free(copy);
  }
  for (i = 0; i < 256; i++) {
    if (i == 2) continue;
    s.data[0] = (uint8_t)i;
    CHECK(replay_section(s.data, s.count, 1, 0) == KGL_ERR_CORRUPT, "%u samples announced", i);
  }
  s.data[0] = 2;
  put_byte(&s, 0);
  CHECK(replay_section(s.data, s.count, 1, 0) == KGL_ERR_CORRUPT, "a byte more");
  bytes_free(&s);
}

static void test_calls(void) {
  kgl_model never;
  builder b;
  bytes file;
  uint32_t arena[64];
  memset(&never, 0, sizeof never);
  CHECK(kgl_self_test(NULL, arena, sizeof arena) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_self_test(&never, arena, sizeof arena) == KGL_ERR_ARGUMENT, "never opened");
  put_network(&b);
  b.self_test_count = 1;
  put_samples(&b.self_test, 1, 0);
  file = builder_end(&b);
  CHECK(kgl_open(&never, file.data, file.count) == KGL_OK, "open");
  CHECK(kgl_self_test(&never, NULL, sizeof arena) == KGL_ERR_ARENA, "no arena");
  CHECK(kgl_self_test(&never, (uint8_t *)arena + 2, 128) == KGL_ERR_ARENA, "misaligned");
  CHECK(kgl_self_test(&never, arena, sizeof arena) == KGL_OK, "as it should be");
  CHECK(strcmp(kgl_status_text(KGL_ERR_SELF_TEST), kgl_status_text((kgl_status)77)) != 0, "text");
  bytes_free(&file);
  builder_free(&b);
}

/* A network of every opcode with what it answers, and with one of its lanes damaged. */
static void test_rich(void) {
  builder b;
  bytes file;
  kgl_model model;
  kgl_tensor output;
  uint32_t i, *arena;
  generator g = {8};
  float image[192], scores[10];
  const void *inputs[1] = {image};
  void *outputs[1] = {scores};
  for (i = 0; i < 192; i++) image[i] = random_float(&g, -1, 1);
  rich_network(&b, 3);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
  arena = malloc(kgl_arena_bytes(&model));
  if (arena == NULL) abort();
  CHECK(kgl_run(&model, arena, kgl_arena_bytes(&model), inputs, outputs) == KGL_OK, "run");
  CHECK(kgl_output(&model, 0, &output) == KGL_OK && output.elements == 10, "output");
  bytes_free(&file);
  b.self_test_count = 1;
  put_varint(&b.self_test, 1);
  put_float(&b.self_test, 0);
  for (i = 0; i < 192; i++) put_float(&b.self_test, image[i]);
  for (i = 0; i < 10; i++) put_float(&b.self_test, scores[i]);
  file = builder_end(&b);
  for (i = 0; i < 2; i++) {
    if (i == 1) file.data[20 + 12 * 6 + b.plan.count + b.parameters.count] ^= 0x10;
    reseal(file.data, file.count);
    CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open %u", i);
    CHECK((kgl_self_test(&model, arena, kgl_arena_bytes(&model)) == KGL_OK) == (i == 0), "%u", i);
  }
  bytes_free(&file);
  builder_free(&b);
  free(arena);
}

/* Random damage to the section: a status, and no byte beyond the exact buffers. */
static void test_damage(void) {
  uint32_t i, seen[3] = {0, 0, 0};
  bytes s = {NULL, 0, 0};
  put_samples(&s, 3, 1e-5f);
  for (i = 0; i < 4000; i++) {
    generator g = {500 + i};
    uint8_t *copy = exact_copy(s.data, s.count);
    uint32_t count = s.count - (random_below(&g, 8) == 0 ? random_below(&g, 3 * SAMPLE) : 0);
    kgl_status status;
    copy[random_below(&g, count)] ^= (uint8_t)(1u << random_below(&g, 8));
    if (random_below(&g, 2) == 0) copy[random_below(&g, count)] = (uint8_t)random_word(&g);
    status = replay_section(copy, count, 1, 0);
    CHECK(status == KGL_OK || status == KGL_ERR_SELF_TEST || status == KGL_ERR_CORRUPT,
          "damage %u: %d", i, status);
    seen[status == KGL_OK ? 0 : status == KGL_ERR_SELF_TEST ? 1 : 2]++;
    free(copy);
  }
  CHECK(seen[1] > 1000 && seen[2] > 400, "%u, %u, %u", seen[0], seen[1], seen[2]);
  bytes_free(&s);
}

void test_self_test(void) {
  test_answers();
  test_tolerance();
  test_malformed();
  test_calls();
  test_rich();
  test_damage();
}
