/* The public calls: what they must not be given, re-entrancy, damaged blobs, and streams that do
 * not end where they should. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

/* --- Calls ----------------------------------------------------------------------------------- */

static void test_arguments(void) {
  builder b;
  bytes file;
  kgl_model model, never;
  kgl_tensor tensor;
  uint32_t needed, *arena;
  float image[192] = {0}, scores[10], again[10];
  const void *inputs[1] = {image};
  void *outputs[1] = {scores}, *none[1] = {NULL};
  memset(&never, 0, sizeof never);
  rich_network(&b, 1);
  file = builder_end(&b);
  CHECK(kgl_open(NULL, file.data, file.count) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_open(&model, NULL, 0) == KGL_ERR_ARGUMENT, "no blob");
  CHECK(kgl_open(&model, file.data, 0) == KGL_ERR_TRUNCATED, "no bytes");
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "the rich network");
  needed = kgl_arena_bytes(&model);
  CHECK(needed > b.arena_words * 4 && needed % 4 == 0, "%u bytes of arena", needed);
  CHECK(kgl_input_count(&model) == 1 && kgl_output_count(&model) == 1, "counts");
  CHECK(kgl_input(&model, 0, &tensor) == KGL_OK && tensor.rank == 3 && tensor.elements == 192 &&
            tensor.sizes[0] == 3 && tensor.sizes[2] == 8 && tensor.sizes[3] == 0,
        "input 0");
  CHECK(kgl_output(&model, 0, &tensor) == KGL_OK && tensor.rank == 1 && tensor.elements == 10 &&
            tensor.word_offset == b.arena_words - 10,
        "output 0");
  CHECK(kgl_input(&model, 1, &tensor) == KGL_ERR_ARGUMENT, "no input 1");
  CHECK(kgl_output(&model, 1, &tensor) == KGL_ERR_ARGUMENT, "no output 1");
  CHECK(kgl_input(&model, 0, NULL) == KGL_ERR_ARGUMENT, "nowhere to put it");
  CHECK(kgl_output(NULL, 0, &tensor) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_arena_bytes(NULL) == 0 && kgl_arena_bytes(&never) == 0, "not open");
  CHECK(kgl_input_count(NULL) == 0 && kgl_output_count(&never) == 0, "not open");

  arena = malloc(needed + 4);
  if (arena == NULL) abort();
  CHECK(kgl_run(NULL, arena, needed, inputs, outputs) == KGL_ERR_ARGUMENT, "no model");
  CHECK(kgl_run(&never, arena, needed, inputs, outputs) == KGL_ERR_ARGUMENT, "not open");
  CHECK(kgl_run(&model, NULL, needed, inputs, outputs) == KGL_ERR_ARENA, "no arena");
  CHECK(kgl_run(&model, arena, needed - 1, inputs, outputs) == KGL_ERR_ARENA, "one byte short");
  CHECK(kgl_run(&model, arena, 0, inputs, outputs) == KGL_ERR_ARENA, "no bytes");
  CHECK(kgl_run(&model, (uint8_t *)arena + 1, needed, inputs, outputs) == KGL_ERR_ARENA, "odd");
  CHECK(kgl_run(&model, (uint8_t *)arena + 2, needed, inputs, outputs) == KGL_ERR_ARENA, "half");
  memset(arena, 0, needed);
  CHECK(kgl_run(&model, arena, needed, inputs, outputs) == KGL_OK, "as it should be");
  /* The same with the input in place and the output left there. */
  memset(arena, 0, needed);
  CHECK(kgl_run(&model, arena, needed, NULL, NULL) == KGL_OK, "all in the arena");
  memcpy(again, (float *)arena + tensor.word_offset, sizeof again);
  CHECK(memcmp(scores, again, sizeof again) == 0, "in place");
  memset(arena, 0, needed);
  CHECK(kgl_run(&model, arena, needed, (const void *const *)none, none) == KGL_OK, "null entries");
  CHECK(memcmp(scores, (float *)arena + tensor.word_offset, sizeof again) == 0, "null entries");
  CHECK(kgl_version() == KGL_VERSION, "version");
  CHECK(strlen(kgl_status_text((kgl_status)77)) > 0, "a status that is none");
  free(arena);
  bytes_free(&file);
  builder_free(&b);
}

/* Two models run in turn, and a copy of one, give what each gives alone; the blob may lie at an odd
 * address. */
static void test_two_models(void) {
  builder builders[2];
  bytes files[2];
  kgl_model models[2];
  uint8_t *odd[2];
  float image[192], alone[2][10], turn[10];
  const void *inputs[1] = {image};
  void *outputs[1];
  uint32_t *arenas[2], i, k;
  generator g = {4};
  for (i = 0; i < 192; i++) image[i] = random_float(&g, -1, 1);
  for (i = 0; i < 2; i++) {
    rich_network(&builders[i], 70 + i);
    files[i] = builder_end(&builders[i]);
    odd[i] = malloc(files[i].count + 1);
    if (odd[i] == NULL) abort();
    memcpy(odd[i] + 1, files[i].data, files[i].count);
    CHECK(kgl_open(&models[i], odd[i] + 1, files[i].count) == KGL_OK, "model %u", i);
    arenas[i] = calloc(1, kgl_arena_bytes(&models[i]));
    outputs[0] = alone[i];
    CHECK(kgl_run(&models[i], arenas[i], kgl_arena_bytes(&models[i]), inputs, outputs) == KGL_OK,
          "alone %u", i);
  }
  CHECK(memcmp(alone[0], alone[1], sizeof turn) != 0, "different networks");
  outputs[0] = turn;
  for (k = 0; k < 6; k++) {
    kgl_model copy = models[k % 2];
    CHECK(kgl_run(&copy, arenas[k % 2], kgl_arena_bytes(&copy), inputs, outputs) == KGL_OK, "turn");
    CHECK(memcmp(turn, alone[k % 2], sizeof turn) == 0, "turn %u", k);
  }
  for (i = 0; i < 2; i++) {
    free(odd[i]);
    free(arenas[i]);
    bytes_free(&files[i]);
    builder_free(&builders[i]);
  }
}

/* --- Damage ---------------------------------------------------------------------------------- */

static void test_damage(void) {
  builder b;
  bytes file;
  uint32_t i, accepted = 0, not_truncated = 0;
  rich_network(&b, 2);
  file = builder_end(&b);
  CHECK(open_exactly(file.data, file.count) == KGL_OK, "undamaged");
  for (i = 0; i < file.count; i++) {
    not_truncated += open_exactly(file.data, i) != KGL_ERR_TRUNCATED;
  }
  CHECK(not_truncated == 0, "%u cut blobs are not called so", not_truncated);
  for (i = 0; i < file.count * 8; i++) {
    file.data[i / 8] ^= (uint8_t)(1u << i % 8);
    accepted += open_exactly(file.data, file.count) == KGL_OK;
    file.data[i / 8] ^= (uint8_t)(1u << i % 8);
  }
  CHECK(accepted == 0, "%u flipped bits went unseen", accepted);
  put_byte(&file, 0);
  CHECK(open_exactly(file.data, file.count) == KGL_ERR_CORRUPT, "a byte too many");
  bytes_free(&file);
  builder_free(&b);
}

/* A pad byte that is not FF, a checksum that is right. */
static void test_pad_bytes(void) {
  builder b;
  bytes file;
  rich_network(&b, 5);
  file = builder_end(&b);
  file.data[file.count - 4 - 1] = 0xFE; /* 4 ancillary bytes follow the last bank's pad */
  reseal(file.data, file.count);
  CHECK(open_exactly(file.data, file.count) == KGL_ERR_CORRUPT, "a pad byte");
  bytes_free(&file);
  builder_free(&b);
}

/* Lanes whose bits are not those that their positions take: found while running. */
static void test_lane_ends(void) {
  int change;
  for (change = -1; change <= 1; change++) {
    builder b;
    bytes file;
    kgl_model model;
    uint32_t arena[512], i, four = 4;
    const uint8_t step[] = {2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0,
                            (uint8_t)(8 + change), 2};
    builder_begin(&b);
    b.arena_words = 100;
    b.step_count = 1;
    builder_input(&b, 0, 1, &four);
    builder_output(&b, 96, 1, &four);
    put_bytes(&b.steps, step, sizeof step);
    for (i = 0; i < 4; i++) put_byte(&b.parameters, 0);
    for (i = 0; i < 8; i++) put_byte(&b.banks[0], i < 2 ? 0 : 255);
    file = builder_end(&b);
    CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "%d", change);
    memset(arena, 0, sizeof arena);
    CHECK(kgl_run(&model, arena, sizeof arena, NULL, NULL) == (change ? KGL_ERR_CORRUPT : KGL_OK),
          "%d bits too many", change);
    bytes_free(&file);
    builder_free(&b);
  }
}

/* A lane said to have no bits, though its codes take some: found while running, and nothing behind
 * the lane is read for it. */
static void test_lane_without_bits(void) {
  static const uint8_t step[] = {2, 0, 96, 1, 90, 1, 0, 1, 1, 1, 0x01,
                                 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  builder b;
  bytes file;
  kgl_model model;
  uint32_t arena[512], i, four = 4;
  builder_begin(&b);
  b.arena_words = 100;
  b.step_count = 1;
  builder_input(&b, 0, 1, &four);
  builder_output(&b, 96, 1, &four);
  put_bytes(&b.steps, step, sizeof step);
  for (i = 0; i < 4; i++) put_byte(&b.parameters, 0);
  file = builder_end(&b);
  CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "a bank of no bytes");
  memset(arena, 0, sizeof arena);
  CHECK(kgl_run(&model, arena, sizeof arena, NULL, NULL) == KGL_ERR_CORRUPT, "no bits");
  bytes_free(&file);
  builder_free(&b);
}

void test_open(void) {
  test_arguments();
  test_two_models();
  test_damage();
  test_pad_bytes();
  test_lane_ends();
  test_lane_without_bits();
}
