/* Writes blobs that are as slow to open as a file of so many bytes can be made, for the figures of
 * open.sh. All are well-formed but for what a reader refuses because it would take too long.
 *
 *   worst KIND BYTES FILE      a blob of at most BYTES
 *   worst                      prints the kinds, one a line
 *
 * A kind is a step that is written again and again until the file is full, and the vector in the
 * parameters that all of them name: half the file, where there is one, for then steps x vector is
 * largest. Steps take turns at two places in it, and at two alphabets, so that remembering the last one
 * does not help a reader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../RuntimeC/builder.h"

/* A blob while it is written. */
typedef struct worst {
  builder b;
  uint32_t vector; /* bytes that every step names */
  uint32_t turn;   /* steps so far */
} worst;

enum { FEW = 4 }; /* a place behind small inputs */

/* --- Steps that name a large vector ---------------------------------------------------------- */

/* Where this step's vector begins: its first byte or that behind it. */
static uint32_t turn_offset(const worst *w) { return w->turn % 2; }

static void select_ones(worst *w) {
  const uint32_t most = w->vector - 1; /* bytes of 55: four ones each, wherever it begins */
  const uint32_t fields[] = {0, 0, 1, 8 * most, 4 * most, turn_offset(w)};
  builder_step(&w->b, 15, 6, fields);
}

/* How many numbers of a precision the vector holds from either place. */
static uint32_t numbers_in(const worst *w, int precision) {
  static const uint32_t bytes_each[] = {0, 2, 4, 1, 2};
  return (w->vector - 1 - (precision >= SCALED ? 4 : 0)) / bytes_each[precision];
}

static void name_numbers(worst *w, int precision) {
  put_byte(&w->b.steps, (uint32_t)precision);
  put_varint(&w->b.steps, turn_offset(w));
}

static void affine(worst *w, int precision) {
  const uint32_t fields[] = {0, 0, numbers_in(w, precision), 1};
  builder_step(&w->b, 14, 4, fields);
  name_numbers(w, precision);
  name_numbers(w, precision);
}

static void affine_halves(worst *w) { affine(w, HALF); }
static void affine_floats(worst *w) { affine(w, FLOAT); }
static void affine_bytes(worst *w) { affine(w, SCALED); }
static void affine_shorts(worst *w) { affine(w, SHORTS); }

static void constant_bytes(worst *w) {
  const uint32_t fields[] = {0, numbers_in(w, SCALED)};
  builder_step(&w->b, 13, 2, fields);
  name_numbers(w, SCALED);
}

static void integer_affine(worst *w) {
  const uint32_t fields[] = {0, 0, numbers_in(w, FLOAT), 1, turn_offset(w)};
  builder_integer_step(&w->b, 14, 0, 5, fields);
  put_byte(&w->b.steps, 4);
  put_byte(&w->b.steps, 0);
  put_varint(&w->b.steps, turn_offset(w));
}

/* --- Layers ---------------------------------------------------------------------------------- */

static void put_list(worst *w, uint32_t count, const uint32_t *numbers) {
  uint32_t i;
  for (i = 0; i < count; i++) put_varint(&w->b.steps, numbers[i]);
}

/* Lengths of 256 symbols in a bit or so each: all 8, but for the first three in every other one. */
static void put_long_alphabet(worst *w) {
  code c;
  memset(&c, 0, sizeof c);
  c.symbols = 256;
  memset(c.lengths, 8, 256);
  if (w->turn % 2) { /* 2^-7 + 2^-9 + 2^-9 are three times 2^-8 */
    c.lengths[0] = 7;
    c.lengths[1] = c.lengths[2] = 9;
  }
  put_lengths(&w->b.steps, &c);
}

/* Dense [1, 1] to [1, rows], up to its mask. */
static void begin_dense(worst *w, uint32_t columns, uint32_t rows) {
  const uint32_t fields[] = {0, FEW, 1, columns, rows, 0};
  builder_step(&w->b, 2, 6, fields);
}

/* One level, of one code of no bits, in the table at the parameters' beginning; no scales or biases. */
static void put_one_level(worst *w) {
  static const uint32_t numbers[] = {1, 1, HALF, 0, ABSENT, ABSENT};
  put_list(w, 6, numbers);
}

static void put_empty_lane(worst *w, uint32_t rows) {
  const uint32_t numbers[] = {1, 0, 0, 0, rows};
  put_list(w, 5, numbers);
}

/* Gaps of two long alphabets. */
static void alphabets(worst *w) {
  static const uint32_t coding[] = {4, 1, 255};
  begin_dense(w, 1, 1);
  put_list(w, 3, coding);
  put_long_alphabet(w);
  put_long_alphabet(w);
  put_byte(&w->b.steps, 0); /* the row's class */
  put_one_level(w);
  put_empty_lane(w, 1);
}

/* A table of 256 levels, scaled, of a long alphabet. */
static void tables(worst *w) {
  static const uint32_t coding[] = {0, 1, 256};
  const uint32_t numbers[] = {SCALED, turn_offset(w), ABSENT, ABSENT};
  begin_dense(w, 1, 1);
  put_list(w, 3, coding);
  put_long_alphabet(w);
  put_list(w, 4, numbers);
  put_empty_lane(w, 1);
}

/* 255 lanes, each of a row of a bit, a bank apart from the one before. */
static void lanes(worst *w) {
  static const uint32_t coding[] = {1, 1, 1, 0x01, 1, 1, HALF, 0, ABSENT, ABSENT, 255};
  uint32_t i;
  begin_dense(w, 1, 255);
  put_list(w, 11, coding); /* gap symbols 0 and 1 have a bit each */
  for (i = 0; i < 255; i++) {
    const uint32_t lane[] = {i % w->b.bank_count, 0, 1, 1};
    put_list(w, 4, lane);
  }
}

/* Biases of 4 bytes, which are checked one by one. */
static void integer_biases(worst *w) {
  const uint32_t rows = numbers_in(w, FLOAT);
  const uint32_t fields[] = {0, FEW, 1, 1, rows};
  const uint32_t numbers[] = {1, 1, 1, 0, 1, 1, SCALED, 0, 0, 0, 0, 1, 4, 0, turn_offset(w)};
  builder_integer_step(&w->b, 2, 0, 5, fields);
  put_list(w, 15, numbers);
  put_empty_lane(w, rows);
}

/* --- Steps of few bytes ---------------------------------------------------------------------- */

static void relu(worst *w) {
  const uint32_t fields[] = {0, 0, 1, 1};
  builder_step(&w->b, 3, 4, fields);
}

static void copy(worst *w) {
  const uint32_t fields[] = {0, FEW, 1, 1, 1, 0};
  builder_step(&w->b, 10, 6, fields);
}

static void softmax(worst *w) {
  const uint32_t fields[] = {0, 0, 1, 1, 1};
  builder_step(&w->b, 5, 5, fields);
}

static void transpose(worst *w) {
  const uint32_t fields[] = {0, FEW, 6, 1, 1, 1, 1, 1, 1, 5, 4, 3, 2, 1, 0};
  builder_step(&w->b, 12, 15, fields);
}

static void binary(worst *w) {
  const uint32_t fields[] = {0, 0, 0, FEW, 6, 1, 1, 1, 1, 1, 1, 0, 0, 0};
  builder_step(&w->b, 9, 14, fields);
}

static void scalar_binary(worst *w) {
  const uint32_t fields[] = {0, 0, 0, FEW, 0, 0, 0, 0};
  builder_step(&w->b, 9, 8, fields);
}

static void pad(worst *w) {
  static const uint32_t fields[] = {0, FEW, 6, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  builder_integer_step(&w->b, 11, 0, 0, fields);
  put_byte(&w->b.steps, 0);
  put_byte(&w->b.steps, 0);
  put_list(w, 21, fields);
}

static void max_pool(worst *w) {
  const uint32_t fields[] = {0, FEW, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  builder_step(&w->b, 6, 15, fields);
}

/* Gaps without a symbol: the layer of fewest bytes. */
static void dense(worst *w) {
  static const uint32_t coding[] = {1, 1, 1, 0};
  begin_dense(w, 1, 1);
  put_list(w, 4, coding);
  put_one_level(w);
  put_empty_lane(w, 1);
}

/* --- The file -------------------------------------------------------------------------------- */

typedef struct kind {
  const char *name;
  void (*put)(worst *w);
  int has_vector;
  uint32_t banks;
} kind;

static const kind kinds[] = {
    {"select", select_ones, 1, 1},
    {"affine-halves", affine_halves, 1, 1},
    {"affine-floats", affine_floats, 1, 1},
    {"affine-bytes", affine_bytes, 1, 1},
    {"affine-shorts", affine_shorts, 1, 1},
    {"constant-bytes", constant_bytes, 1, 1},
    {"integer-affine", integer_affine, 1, 1},
    {"integer-biases", integer_biases, 1, 1},
    {"tables", tables, 0, 1},
    {"alphabets", alphabets, 0, 1},
    {"alphabets-61-banks", alphabets, 0, MAX_BANKS},
    {"lanes", lanes, 0, 1},
    {"lanes-61-banks", lanes, 0, MAX_BANKS},
    {"relu", relu, 0, 1},
    {"copy", copy, 0, 1},
    {"softmax", softmax, 0, 1},
    {"transpose", transpose, 0, 1},
    {"binary", binary, 0, 1},
    {"scalar-binary", scalar_binary, 0, 1},
    {"pad", pad, 0, 1},
    {"max-pool", max_pool, 0, 1},
    {"dense", dense, 0, 1},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint32_t file_bytes(const worst *w) {
  uint32_t count = 20 + 12 * (2 + w->b.bank_count) + 16; /* with inputs, outputs and their counts */
  uint32_t i;
  for (i = 0; i < w->b.bank_count; i++) count += w->b.banks[i].count + w->b.pads[i];
  return count + w->b.steps.count + w->b.parameters.count;
}

/* Steps until the next one would make the file too long. */
static void fill(worst *w, const kind *k, uint32_t most) {
  for (;;) {
    const uint32_t steps = w->b.steps.count;
    k->put(w);
    if (file_bytes(w) > most || w->b.step_count == 65535) {
      w->b.steps.count = steps;
      w->b.step_count--;
      return;
    }
    w->turn++;
  }
}

static bytes write_worst(const kind *k, uint32_t most) {
  static const uint32_t one = 1;
  worst w;
  uint32_t i;
  bytes file;
  memset(&w, 0, sizeof w);
  builder_begin(&w.b);
  w.b.bank_count = k->banks;
  w.b.arena_words = 8 * most;
  w.vector = k->has_vector ? most / 2 : 512;
  for (i = 0; i < w.vector; i++) put_byte(&w.b.parameters, k->put == select_ones ? 0x55 : 0x11);
  for (i = 0; i < k->banks; i++) {
    put_byte(&w.b.banks[i], 0); /* a lane of a bit */
    w.b.pads[i] = 8;
  }
  builder_input(&w.b, 0, 1, &one);
  builder_output(&w.b, 0, 1, &one);
  fill(&w, k, most);
  file = builder_end(&w.b);
  builder_free(&w.b);
  return file;
}

int main(int count, char **arguments) {
  int i;
  if (count != 4) {
    for (i = 0; i < KINDS; i++) puts(kinds[i].name);
    return count == 1 ? 0 : 2;
  }
  for (i = 0; i < KINDS; i++) {
    FILE *stream;
    bytes file;
    if (strcmp(kinds[i].name, arguments[1]) != 0) continue;
    file = write_worst(&kinds[i], (uint32_t)strtoul(arguments[2], NULL, 10));
    stream = fopen(arguments[3], "wb");
    if (stream == NULL || fwrite(file.data, 1, file.count, stream) != file.count ||
        fclose(stream) != 0) {
      perror(arguments[3]);
      return 1;
    }
    bytes_free(&file);
    return 0;
  }
  fprintf(stderr, "worst: no kind '%s'\n", arguments[1]);
  return 2;
}
