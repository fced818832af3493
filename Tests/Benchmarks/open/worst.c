/* Writes blobs that are as slow to open as a file of so many bytes can be made, for the figures of
 * open.sh. All are well-formed but for what a reader refuses because it would take too long.
 *
 *   worst KIND BYTES FILE      a blob of at most BYTES
 *   worst                      prints the kinds, one a line
 *
 * A kind is a step that is written again and again until the file is full. Where steps name a vector in the
 * parameters, that is half of the file, for then steps x vector is largest; or a 16th, where what may be
 * named is spent in a few steps and the rest of the file has others. */
#include "worst.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_list(worst *w, uint32_t count, const uint32_t *numbers) {
  uint32_t i;
  for (i = 0; i < count; i++) put_varint(&w->b.steps, numbers[i]);
}

/* --- Steps of few bytes ---------------------------------------------------------------------- */

/* name, opcode and fields of a step; none is above 127. */
#define STEP(name, opcode, ...)                                      \
  static void name(worst *w) {                                       \
    static const uint32_t fields[] = {__VA_ARGS__};                  \
    builder_step(&w->b, opcode, sizeof fields / sizeof *fields, fields); \
  }

STEP(relu, 3, 0, 0, 1, 1)
STEP(map, 35, 0, 0, 0, 1, 0)
STEP(prelu, 4, 0, 0, 1, 1, 1, HALF, 0)
STEP(constant, 13, 0, 1, HALF, 0)
STEP(scaled_constant, 13, 0, 1, SCALED, 0)
STEP(mean, 8, 0, FEW, 1, 1)
STEP(integer_mean, 40, 0, 0, FEW, 1, 1, 0, 0, 0)
STEP(select_two, 15, 0, 0, 1, 8, 2, 0)
STEP(select_six, 15, 0, 0, 1, 24, 6, 0)
STEP(copy, 10, 0, FEW, 1, 1, 1, 0)
STEP(softmax, 5, 0, 0, 1, 1, 1)
STEP(affine, 14, 0, 0, 1, 1, HALF, 0, HALF, 0)
STEP(transpose, 12, 0, FEW, 6, 1, 1, 1, 1, 1, 1, 5, 4, 3, 2, 1, 0)
STEP(short_transpose, 12, 0, FEW, 1, 1, 0)
STEP(binary, 9, 0, 0, 0, FEW, 6, 1, 1, 1, 1, 1, 1, 0, 0, 0)
STEP(repeating_binary, 9, 0, 0, 0, FEW, 6, 1, 1, 1, 1, 1, 1, 1, 2, 0)
STEP(scalar_binary, 9, 0, 0, 0, FEW, 0, 0, 0, 0)
STEP(pad, 43, 0, 0, 0, 0, FEW, 6, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
STEP(short_pad, 43, 0, 0, 0, 0, FEW, 1, 1, 0, 0)
STEP(max_pool, 6, 0, FEW, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0)

/* --- The file's size -------------------------------------------------------------------------- */

static uint32_t file_bytes(const worst *w) {
  uint32_t count = 20 + 12 * (2 + w->b.bank_count) + 8; /* with the plan's three counts */
  uint32_t i;
  for (i = 0; i < w->b.bank_count; i++) count += w->b.banks[i].count + w->b.pads[i];
  return count + w->b.inputs.count + w->b.outputs.count + w->b.steps.count + w->b.parameters.count;
}

/* --- What comes first ------------------------------------------------------------------------ */

/* As many inputs and outputs as there may be, of six axes. */
static void many_tensors(worst *w, uint32_t most) {
  static const uint32_t sizes[] = {1, 1, 1, 1, 1, 1};
  while (w->b.input_count < 255 && w->b.inputs.count < most / 2) {
    builder_input(&w->b, 0, 6, sizes);
  }
  while (w->b.output_count < 255 && w->b.outputs.count < most / 3) {
    builder_output(&w->b, 0, 6, sizes);
  }
}

/* A step, unless the file or what it has looked at became too much. */
static int put_within(worst *w, worst_step *put, uint32_t most, uint32_t looked) {
  const uint32_t count = w->b.steps.count, before = w->looked;
  put(w);
  if (file_bytes(w) <= most && w->looked <= looked && w->b.step_count <= 65535) {
    w->turn++;
    return 1;
  }
  w->b.steps.count = count;
  w->b.step_count--;
  w->looked = before;
  return 0;
}

/* What a file may have looked at beyond its bytes: Blob.md, "Limits". */
enum { LOOKED_MORE = 2048 };

/* Steps that have as much looked at as a file may, though it becomes somewhat shorter than `most`. */
static void spend(worst *w, uint32_t most, worst_step *put) {
  while (put_within(w, put, most, most - most / 64 + LOOKED_MORE)) {}
}

/* A long pad, so that there may be many columns. */
static void lengthen_pad(worst *w, uint32_t most) { w->b.pads[0] = most / 32; }

static void spend_on_halves(worst *w, uint32_t most) { spend(w, most, affine_halves); }
static void spend_on_floats(worst *w, uint32_t most) { spend(w, most, affine_floats); }
static void spend_on_bitmaps(worst *w, uint32_t most) { spend(w, most, select_ones); }
static void spend_on_biases(worst *w, uint32_t most) { spend(w, most, integer_affine); }
static void spend_on_uneven(worst *w, uint32_t most) { spend(w, most, uneven_alphabets); }
static void spend_on_paired(worst *w, uint32_t most) { spend(w, most, paired_alphabets); }
static void spend_on_holed(worst *w, uint32_t most) { spend(w, most, holed_alphabets); }
static void spend_on_rare(worst *w, uint32_t most) { spend(w, most, rare_holes); }

static void spend_and_lengthen(worst *w, uint32_t most) {
  lengthen_pad(w, most);
  spend_on_rare(w, most);
}

/* --- Kinds ----------------------------------------------------------------------------------- */

typedef struct kind {
  const char *name;
  worst_step *put;                        /* until the file is full */
  uint32_t part;                          /* the vector is one part in so many of the file; 0: small */
  uint32_t banks;
  void (*first)(worst *w, uint32_t most); /* or null */
} kind;

static const kind kinds[] = {
    {"select", select_ones, 2, 1, NULL},
    {"affine-halves", affine_halves, 2, 1, NULL},
    {"affine-floats", affine_floats, 2, 1, NULL},
    {"affine-bytes", affine_bytes, 2, 1, NULL},
    {"affine-shorts", affine_shorts, 2, 1, NULL},
    {"constant-bytes", constant_bytes, 2, 1, NULL},
    {"integer-affine", integer_affine, 2, 1, NULL},
    {"integer-biases", integer_biases, 2, 1, NULL},
    {"tables", tables, 0, 1, NULL},
    {"alphabets", alphabets, 0, 1, NULL},
    {"alphabets-61-banks", alphabets, 0, MAX_BANKS, NULL},
    {"uneven-alphabets", uneven_alphabets, 0, 1, NULL},
    {"paired-alphabets", paired_alphabets, 0, 1, NULL},
    {"holed-alphabets", holed_alphabets, 0, 1, NULL},
    {"rare-holes", rare_holes, 0, 1, NULL},
    {"small-alphabets", small_alphabets, 0, 1, NULL},
    {"lanes", lanes, 0, 1, NULL},
    {"lanes-61-banks", lanes, 0, MAX_BANKS, NULL},
    {"lanes-last-bank", last_bank, 0, MAX_BANKS, NULL},
    {"empty-lanes", empty_lanes, 0, 1, NULL},
    {"relu", relu, 0, 1, NULL},
    {"map", map, 0, 1, NULL},
    {"prelu", prelu, 0, 1, NULL},
    {"constant", constant, 0, 1, NULL},
    {"scaled-constant", scaled_constant, 0, 1, NULL},
    {"mean", mean, 0, 1, NULL},
    {"integer-mean", integer_mean, 0, 1, NULL},
    {"select-two", select_two, 0, 1, NULL},
    {"select-six", select_six, 0, 1, NULL},
    {"copy", copy, 0, 1, NULL},
    {"softmax", softmax, 0, 1, NULL},
    {"affine", affine, 0, 1, NULL},
    {"transpose", transpose, 0, 1, NULL},
    {"short-transpose", short_transpose, 0, 1, NULL},
    {"binary", binary, 0, 1, NULL},
    {"repeating-binary", repeating_binary, 0, 1, NULL},
    {"scalar-binary", scalar_binary, 0, 1, NULL},
    {"pad", pad, 0, 1, NULL},
    {"short-pad", short_pad, 0, 1, NULL},
    {"max-pool", max_pool, 0, 1, NULL},
    {"dense", dense, 0, 1, NULL},
    {"integer-dense", integer_dense, 0, 1, NULL},
    {"convolution", convolution, 0, 1, NULL},
    {"integer-convolution", integer_convolution, 0, 1, NULL},
    {"dividing-dense", dividing_dense, 0, 1, lengthen_pad},
    {"dividing-convolution", dividing_convolution, 0, 1, NULL},
    {"many-tensors", relu, 0, 1, many_tensors},
    {"halves-and-relu", relu, 16, 1, spend_on_halves},
    {"floats-and-relu", relu, 16, 1, spend_on_floats},
    {"biases-and-relu", relu, 16, 1, spend_on_biases},
    {"bitmaps-and-relu", relu, 16, 1, spend_on_bitmaps},
    {"bitmaps-and-constant", constant, 16, 1, spend_on_bitmaps},
    {"bitmaps-and-small", small_alphabets, 16, 1, spend_on_bitmaps},
    {"uneven-and-relu", relu, 0, 1, spend_on_uneven},
    {"uneven-and-scaled", scaled_constant, 0, 1, spend_on_uneven},
    {"paired-and-relu", relu, 0, 1, spend_on_paired},
    {"paired-and-scaled", scaled_constant, 0, 1, spend_on_paired},
    {"holed-and-relu", relu, 0, 1, spend_on_holed},
    {"holed-and-lanes", lanes, 0, 1, spend_on_holed},
    {"rare-holes-and-relu", relu, 0, 1, spend_on_rare},
    {"rare-holes-and-dense", dividing_dense, 0, 1, spend_and_lengthen},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- The file -------------------------------------------------------------------------------- */

static bytes write_worst(const kind *k, uint32_t most) {
  static const uint32_t one = 1;
  worst w;
  uint32_t i;
  bytes file;
  memset(&w, 0, sizeof w);
  builder_begin(&w.b);
  w.b.bank_count = k->banks;
  w.b.arena_words = 1u << 28;
  w.vector = k->part > 0 ? most / k->part : 512;
  for (i = 0; i < w.vector; i++) put_byte(&w.b.parameters, 0x11);
  for (i = 0; i < k->banks; i++) {
    put_byte(&w.b.banks[i], 0); /* a lane of a bit */
    w.b.pads[i] = 8;
  }
  builder_input(&w.b, 0, 1, &one);
  builder_output(&w.b, 0, 1, &one);
  if (k->first != NULL) k->first(&w, most);
  while (put_within(&w, k->put, most, UINT32_MAX)) {}
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
