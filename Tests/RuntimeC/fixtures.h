/* What several test files make: random layers, and a network run beside its oracle. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include "builder.h"
#include "check.h"
#include "guarded.h"
#include "kinglet.h"

/* How a random layer is to be coded. */
typedef struct layer_plan {
  int mask, values;
  double density;       /* share of survivors; without a mask all survive */
  uint32_t levels;      /* of the table, 1...256 */
  uint32_t jump;        /* K, 1...255 */
  uint32_t longest_gap; /* longest code lengths, up to 12; enough for the alphabets */
  uint32_t longest_code;
  int is_skewed;        /* codes as uneven as they can be: the longest length is reached */
  uint32_t lanes, banks; /* at least 1; rows and banks are dealt out in turn */
  int scales, biases;   /* precisions, or ABSENT */
} layer_plan;

/* Gaps and 16 levels, 10 % of survivors, one lane, no scales, f16 biases. */
layer_plan usual_plan(void);

/* A random layer; free with layer_free. Scales and biases are values that their precision holds. */
layer random_layer(generator *g, uint32_t rows, uint32_t columns, const layer_plan *plan);
void layer_free(layer *l);

/* A complete code of at most `longest` bits for the symbols marked in `used`. */
void random_code(generator *g, code *c, uint32_t symbols, const uint8_t *used, uint32_t longest,
                 int is_skewed);

double *doubles(uint32_t count); /* the caller frees these */
float *random_floats(generator *g, uint32_t count, float low, float high);

/* An input, or output, of one axis at a place of its own. */
uint32_t input_of(builder *b, uint32_t count);
uint32_t output_of(builder *b, uint32_t count);

/* A copy of exactly these bytes, so that a sanitizer sees the first byte beyond. */
uint8_t *exact_copy(const uint8_t *data, uint32_t count);

/* Open a copy of exactly these bytes. A refused model must answer as one never opened: where it
 * does not, the status is KGL_OK. */
kgl_status open_exactly(const uint8_t *data, uint32_t count);

/* Open and run a blob (freed here) in an arena of exactly the bytes it asks for, and compare output
 * 0 with what is expected. The inputs are those of the plan, in order. */
void check_run(const char *name, builder *b, const void *const *inputs, const double *expected,
               uint32_t count, double tolerance);

/* A network with every opcode: input [3, 8, 8], output [10], two banks, an ancillary section. */
void rich_network(builder *b, uint64_t seed);

#endif
