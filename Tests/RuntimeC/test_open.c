/* Calls with what they must not be given, and blobs with what they must not hold. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Open exactly these bytes; a refused model must answer as one never opened. */
static kgl_status open_exactly(const uint8_t *data, uint32_t count) {
  uint8_t *copy = exact_copy(data, count);
  kgl_model model;
  kgl_status status = kgl_open(&model, copy, count);
  if (status != KGL_OK) {
    uint32_t word = 0;
    if (kgl_arena_bytes(&model) != 0 || kgl_input_count(&model) != 0 ||
        kgl_run(&model, &word, 4, NULL, NULL) != KGL_ERR_ARGUMENT) {
      status = KGL_OK;
    }
  }
  free(copy);
  return status;
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void test_arguments(void) {
  builder b;
  bytes file;
  kgl_model model, never;
  kgl_tensor tensor;
  uint32_t needed, *arena;
  float image[192] = {0}, scores[10], again[10];
  const float *inputs[1] = {image};
  float *outputs[1] = {scores}, *none[1] = {NULL};
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
  CHECK(kgl_run(&model, arena, needed, (const float *const *)none, none) == KGL_OK, "null entries");
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
  const float *inputs[1] = {image};
  float *outputs[1];
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

/* Single bytes of header and table, checksums put right again. */
static void test_header(void) {
  static const struct {
    const char *name;
    uint32_t offset, value;
    kgl_status status;
  } cases[] = {
      {"magic", 0, 'k', KGL_ERR_MAGIC},
      {"version 0", 4, 0, KGL_ERR_VERSION},
      {"version 2", 4, 2, KGL_ERR_VERSION},
      {"version 257", 5, 1, KGL_ERR_VERSION},
      {"two sections", 6, 2, KGL_ERR_CORRUPT},
      {"reserved byte", 7, 1, KGL_ERR_CORRUPT},
      {"file bytes one less", 8, 0, KGL_ERR_CORRUPT}, /* value: see below */
      {"arena not a multiple of 4", 12, 2, KGL_ERR_CORRUPT},
      {"arena above 2^30", 15, 0x41, KGL_ERR_CORRUPT},
      {"first section not a plan", 20, 2, KGL_ERR_CORRUPT},
      {"plan of index 1", 21, 1, KGL_ERR_CORRUPT},
      {"reserved bytes of an entry", 22, 1, KGL_ERR_CORRUPT},
      {"second section not parameters", 32, 1, KGL_ERR_CORRUPT},
      {"no bank", 44, 128, KGL_ERR_CORRUPT},
      {"bank of index 1 first", 45, 1, KGL_ERR_CORRUPT},
      {"reserved kind", 68, 4, KGL_ERR_CORRUPT},
      {"reserved kind 127", 68, 127, KGL_ERR_CORRUPT},
      {"kind 0", 68, 0, KGL_ERR_CORRUPT},
      {"a plan after the banks", 68, 1, KGL_ERR_CORRUPT},
      {"ancillary with an index", 69, 1, KGL_ERR_CORRUPT},
      {"ancillary kind 255", 68, 255, KGL_OK},
      {"a larger section", 51, 1, KGL_ERR_CORRUPT},
  };
  uint32_t i;
  builder b;
  bytes file;
  rich_network(&b, 3);
  file = builder_end(&b);
  for (i = 0; i < COUNT(cases); i++) {
    uint8_t *copy = exact_copy(file.data, file.count);
    kgl_status status;
    copy[cases[i].offset] = (uint8_t)cases[i].value;
    if (cases[i].offset == 8) copy[8] = (uint8_t)(file.data[8] - 1);
    reseal(copy, file.count);
    status = open_exactly(copy, file.count);
    CHECK(status == cases[i].status, "%s: %d", cases[i].name, status);
    free(copy);
  }
  bytes_free(&file);
  builder_free(&b);
}

/* --- Plans ----------------------------------------------------------------------------------- */

/* Bytes and how many. */
#define BYTES(...) sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__}
#define F0 0, 0, 0, 0      /* 0.0, 1.0 and -1.0 as f32 */
#define F1 0, 0, 128, 63
#define FM1 0, 0, 128, 191

typedef struct bytes_case {
  const char *name;
  kgl_status status;
  size_t count;
  const uint8_t *bytes;
} bytes_case;

/* One step in a network whose arena has 100 words, its input [4] at 0, its output [4] at 96. The
 * parameters hold 112 bytes of 0, but the f32 at 96 is infinite; the bank holds 9 bytes of 0, then 11
 * of FF. */
static const bytes_case steps[] = {
    {"activation", KGL_OK, BYTES(3, 0, 96, 4, 1)},
    {"opcode 0", KGL_ERR_CORRUPT, BYTES(0, 0, 96, 4, 1)},
    {"opcode 15", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 4, 1)},
    {"activation 0 as a step", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 0)},
    {"activation 8", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 8)},
    {"in place", KGL_OK, BYTES(3, 96, 96, 4, 1)},
    {"partly in place", KGL_ERR_CORRUPT, BYTES(3, 95, 96, 4, 1)},
    {"beyond the arena", KGL_ERR_CORRUPT, BYTES(3, 0, 97, 4, 1)},
    {"reads beyond the arena", KGL_ERR_CORRUPT, BYTES(3, 97, 0, 4, 1)},
    {"count 0", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 0, 1)},
    {"a varint in two bytes that fits one", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 0x84, 0, 1)},
    {"a varint of six bytes", KGL_ERR_CORRUPT, BYTES(3, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 96, 4, 1)},
    {"a varint of 2^32", KGL_ERR_CORRUPT, BYTES(3, 0x80, 0x80, 0x80, 0x80, 0x10, 96, 4, 1)},
    {"place 2^32 - 1", KGL_ERR_CORRUPT, BYTES(3, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 96, 4, 1)},
    {"a byte after the plan", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 1, 0)},
    {"the plan ends early", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4)},
    {"leaky, not finite", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 2, 0, 0, 0x80, 0x7F)},
    {"leaky, not a number", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 2, 0, 0, 0xC0, 0xFF)},
    {"clip, low above high", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 3, F1, FM1)},
    {"clip, low equal to high", KGL_OK, BYTES(3, 0, 96, 4, 3, F1, F1)},
    {"PRelu", KGL_OK, BYTES(4, 0, 96, 1, 4, 1, 1, 0)},
    {"PRelu without slopes", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 0)},
    {"slopes beyond the parameters", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 1, 105)},
    {"slopes up to the end", KGL_OK, BYTES(4, 0, 96, 1, 4, 1, 1, 104)},
    {"slopes of precision 4", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 4, 0)},
    {"more elements than 2^28", KGL_ERR_CORRUPT,
     BYTES(5, 0, 96, 0x80, 0x80, 0x80, 1, 0x80, 0x80, 0x80, 1, 0x80, 0x80, 2)},
    {"max pool", KGL_OK, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0)},
    {"max pool, in place", KGL_ERR_CORRUPT,
     BYTES(6, 96, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0)},
    {"stride 0", KGL_ERR_CORRUPT, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 0, 1, 1, 1, 0, 0)},
    {"dilation 0", KGL_ERR_CORRUPT, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 0, 1, 0, 0)},
    {"kernel 65536", KGL_ERR_CORRUPT,
     BYTES(6, 0, 96, 1, 2, 2, 2, 2, 0x80, 0x80, 4, 1, 1, 1, 1, 1, 0, 0)},
    {"average pool", KGL_OK, BYTES(7, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {"counts-padding 2", KGL_ERR_CORRUPT,
     BYTES(7, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2)},
    {"mean", KGL_OK, BYTES(8, 0, 96, 4, 2)},
    {"mean over its input", KGL_ERR_CORRUPT, BYTES(8, 96, 96, 4, 1)},
    {"binary", KGL_OK, BYTES(9, 0, 0, 4, 96, 1, 4, 0, 0, 0)},
    {"binary operator 4", KGL_ERR_CORRUPT, BYTES(9, 4, 0, 4, 96, 1, 4, 0, 0, 0)},
    {"mask beyond the rank", KGL_ERR_CORRUPT, BYTES(9, 0, 0, 4, 96, 1, 4, 2, 0, 0)},
    {"rank 7", KGL_ERR_CORRUPT, BYTES(9, 0, 0, 4, 96, 7, 1, 1, 1, 1, 1, 1, 4, 0, 0, 0)},
    {"in place of a", KGL_OK, BYTES(9, 0, 96, 4, 96, 1, 4, 0, 0, 0)},
    {"in place of b", KGL_OK, BYTES(9, 0, 4, 96, 96, 1, 4, 0, 0, 0)},
    {"in place of both", KGL_OK, BYTES(9, 0, 96, 96, 96, 1, 4, 0, 0, 0)},
    {"in place of a that repeats", KGL_ERR_CORRUPT, BYTES(9, 0, 96, 4, 96, 1, 4, 1, 0, 0)},
    {"in place of b that repeats", KGL_ERR_CORRUPT, BYTES(9, 0, 4, 96, 96, 1, 4, 0, 1, 0)},
    {"a repeats inside y", KGL_ERR_CORRUPT, BYTES(9, 0, 97, 4, 96, 1, 4, 1, 0, 0)},
    {"copy", KGL_OK, BYTES(10, 0, 96, 2, 1, 2, 1)},
    {"copy beyond its row", KGL_ERR_CORRUPT, BYTES(10, 0, 96, 2, 1, 2, 2)},
    {"copy beyond the arena", KGL_ERR_CORRUPT, BYTES(10, 0, 96, 2, 1, 3, 0)},
    {"pad", KGL_OK, BYTES(11, 0, F0, 0, 96, 1, 2, 1, 1)},
    {"pad mode 3", KGL_ERR_CORRUPT, BYTES(11, 3, F0, 0, 96, 1, 2, 1, 1)},
    {"reflect as far as the size", KGL_ERR_CORRUPT, BYTES(11, 1, F0, 0, 96, 1, 2, 2, 0)},
    {"pad of rank 0", KGL_ERR_CORRUPT, BYTES(11, 0, F0, 0, 96, 0)},
    {"pad to 2^24", KGL_ERR_CORRUPT,
     BYTES(11, 0, F0, 0, 96, 1, 2, 0xFF, 0xFF, 0xFF, 3, 0xFF, 0xFF, 0xFF, 3)},
    {"transpose", KGL_OK, BYTES(12, 0, 96, 2, 2, 2, 1, 0)},
    {"an axis twice", KGL_ERR_CORRUPT, BYTES(12, 0, 96, 2, 2, 2, 1, 1)},
    {"an axis beyond the rank", KGL_ERR_CORRUPT, BYTES(12, 0, 96, 2, 2, 2, 2, 0)},
    {"transpose in place", KGL_ERR_CORRUPT, BYTES(12, 96, 96, 2, 2, 2, 1, 0)},
    {"constant", KGL_OK, BYTES(13, 96, 4, 2, 80)},
    {"constant that is absent", KGL_ERR_CORRUPT, BYTES(13, 96, 4, 0)},
    {"constant that is not finite", KGL_ERR_CORRUPT, BYTES(13, 96, 4, 2, 84)},
    {"affine", KGL_OK, BYTES(14, 0, 96, 4, 1, 1, 0, 1, 8)},
    {"affine without shift", KGL_ERR_CORRUPT, BYTES(14, 0, 96, 4, 1, 1, 0, 0)},
    /* dense: 2 rows of 4; mask, values, [K, lengths], n, lengths, table, scales, biases, lanes */
    {"dense", KGL_OK, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"rows of lanes do not add up", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 1)},
    {"no lane", KGL_ERR_CORRUPT, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 0)},
    {"bank 1", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 1, 0, 8, 2)},
    {"mask 3", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"values 2", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 2, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"no level", KGL_ERR_CORRUPT, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a table that is absent", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"an incomplete code", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x21, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a code of too many words", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 3, 0x11, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"one symbol of length 2", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x20, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"one symbol of length 1", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x10, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"a length of 13", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0xD1, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a spare nibble", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 1, 0x11, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"K of 0", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 0x80, 1, 2)},
    {"a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 16, 8, 2)},
    {"a lane beyond the bank", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 21, 0, 2)},
    {"spare bits of a lane", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 9, 7, 2)},
    {"bits in a lane without rows", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 2, 0, 0, 8, 2, 0, 1, 1, 0)},
    {"no bits in a lane without rows", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 2, 0, 0, 8, 2, 0, 1, 0, 0)},
    /* gaps of K = 1, lengths 1 1: A = 1, P = ceil((4 + 2) (1 + 1) / 8) + 4 = 6 */
    {"gaps, pad long enough", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x11, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"gaps, a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x11, 2, 0x11, 1, 0, 0, 0, 1, 0, 14, 8, 2)},
    {"gaps, a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x11, 2, 0x11, 1, 0, 0, 0, 1, 0, 13, 8, 2)},
    /* raw: P = ceil((4 + 2) (1 + 32) / 8) + 4 = 29, more than the bank has */
    {"gaps, pad too short", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 0, 1, 0x11, 0, 0, 1, 0, 0, 8)},
    {"groups that do not divide", KGL_ERR_CORRUPT,
     BYTES(1, 0, 96, 2, 1, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0)},
    {"convolution", KGL_OK,
     BYTES(1, 0, 96, 1, 1, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 1, 1)},
};

static void test_step(const bytes_case *c) {
  builder b;
  bytes file;
  kgl_status status;
  uint32_t i, four = 4;
  builder_begin(&b);
  b.arena_words = 100;
  b.step_count = 1;
  builder_input(&b, 0, 1, &four);
  builder_output(&b, 96, 1, &four);
  put_bytes(&b.steps, c->bytes, (uint32_t)c->count);
  for (i = 0; i < 112; i++) put_byte(&b.parameters, i == 98 ? 0x80 : i == 99 ? 0x7F : 0);
  for (i = 0; i < 20; i++) put_byte(&b.banks[0], i < 9 ? 0 : 255);
  file = builder_end(&b);
  status = open_exactly(file.data, file.count);
  CHECK(status == c->status, "%s: %d", c->name, status);
  bytes_free(&file);
  builder_free(&b);
}

/* Whole plans: inputs, outputs, and one activation in place at 0; the arena has 100 words. */
static const bytes_case plans[] = {
    {"number", KGL_OK, BYTES(1, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no input", KGL_ERR_CORRUPT, BYTES(0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no output", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no step", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0, 1, 0, 0, 0)},
    {"layout 3", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 3, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"input beyond the arena", KGL_ERR_CORRUPT,
     BYTES(1, 97, 1, 4, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"output beyond the arena", KGL_ERR_CORRUPT,
     BYTES(1, 0, 0, 0, 0, 1, 99, 1, 2, 1, 3, 0, 0, 1, 1)},
    {"size 0", KGL_ERR_CORRUPT, BYTES(1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"rank 7", KGL_ERR_CORRUPT,
     BYTES(1, 0, 7, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k = 1", KGL_OK,
     BYTES(1, 0, 1, 4, 1, 1, 0, 0, 128, 63, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k = channels", KGL_OK,
     BYTES(1, 0, 1, 2, 2, 2, 0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k of other channels", KGL_OK,
     BYTES(1, 0, 1, 4, 2, 2, 0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k of 256", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0x80, 2, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"scale not finite", KGL_ERR_CORRUPT,
     BYTES(1, 0, 1, 4, 1, 1, 0, 0, 128, 127, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
};

static void test_plan(const bytes_case *c) {
  builder b;
  bytes file;
  kgl_status status;
  builder_begin(&b);
  b.arena_words = 100;
  put_bytes(&b.plan, c->bytes, (uint32_t)c->count);
  file = builder_end(&b);
  status = open_exactly(file.data, file.count);
  CHECK(status == c->status, "%s: %d", c->name, status);
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
    const uint8_t step[] = {2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0,
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
  static const uint8_t step[] = {2, 0, 96, 1, 90, 1, 0, 1, 1, 1, 0x11, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 0, 1};
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

/* Sizes that only a huge arena has room for; it is named, not allocated. */
static const bytes_case large_sizes[] = {
    {"pad to 2^24 - 1", KGL_OK, BYTES(11, 0, F0, 0, 96, 1, 2, 0xFD, 0xFF, 0xFF, 7, 0)},
    {"pad to 2^24", KGL_ERR_CORRUPT, BYTES(11, 0, F0, 0, 96, 1, 2, 0xFE, 0xFF, 0xFF, 7, 0)},
    {"a count of 2^24 - 1", KGL_OK, BYTES(3, 0, 0, 0xFF, 0xFF, 0xFF, 7, 1)},
    {"a count of 2^24", KGL_ERR_CORRUPT, BYTES(3, 0, 0, 0x80, 0x80, 0x80, 8, 1)},
    {"2^28 elements", KGL_OK, BYTES(5, 0, 0, 0x80, 0x80, 1, 0x80, 0x80, 1, 1)},
    {"more than 2^28 elements", KGL_ERR_CORRUPT, BYTES(5, 0, 0, 0x80, 0x80, 1, 0x81, 0x80, 1, 1)},
    {"2^28 elements, from word 1", KGL_ERR_CORRUPT,
     BYTES(5, 1, 1, 0x80, 0x80, 1, 0x80, 0x80, 1, 1)},
};

static void test_large_sizes(void) {
  uint32_t i, four = 4;
  for (i = 0; i < COUNT(large_sizes); i++) {
    builder b;
    bytes file;
    kgl_status status;
    builder_begin(&b);
    b.arena_words = 1u << 28;
    b.step_count = 1;
    builder_input(&b, 0, 1, &four);
    builder_output(&b, 96, 1, &four);
    put_bytes(&b.steps, large_sizes[i].bytes, (uint32_t)large_sizes[i].count);
    file = builder_end(&b);
    status = open_exactly(file.data, file.count);
    CHECK(status == large_sizes[i].status, "%s: %d", large_sizes[i].name, status);
    bytes_free(&file);
    builder_free(&b);
  }
}

void test_open(void) {
  uint32_t i;
  test_arguments();
  test_two_models();
  test_damage();
  test_header();
  for (i = 0; i < COUNT(steps); i++) test_step(&steps[i]);
  for (i = 0; i < COUNT(plans); i++) test_plan(&plans[i]);
  test_pad_bytes();
  test_lane_ends();
  test_lane_without_bits();
  test_large_sizes();
}
