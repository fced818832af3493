/* Writes blobs for the tests: a second reading of Formats/Blob.md, which shares nothing with the
 * compiler's writer or with the runtime. It does what it is told; tests also use it to write what
 * a reader must refuse. */
#ifndef BUILDER_H
#define BUILDER_H

#include <stddef.h>
#include <stdint.h>

/* --- Bytes ----------------------------------------------------------------------------------- */

typedef struct bytes {
  uint8_t *data;
  uint32_t count, room;
} bytes;

void put_byte(bytes *b, uint32_t value);
void put_word(bytes *b, uint32_t value);    /* u32 */
void put_varint(bytes *b, uint32_t value);
void put_float(bytes *b, float value);
void put_bytes(bytes *b, const void *data, uint32_t count);
void bytes_free(bytes *b);

uint16_t half_of(float value);              /* nearest f16, ties to even */
float float_of_half(uint16_t half);
uint32_t crc_of(uint32_t crc, const uint8_t *data, uint32_t count); /* bit by bit */

/* --- Codes ----------------------------------------------------------------------------------- */

/* Code lengths of an alphabet; words by the canonical rule, first bit highest. */
typedef struct code {
  uint32_t symbols;
  uint8_t lengths[256];
  uint16_t words[256];
} code;

/* Words from lengths. */
void code_assign(code *c);

/* The description of the lengths. */
void put_lengths(bytes *b, const code *c);

typedef struct bit_string {
  bytes bytes;
  uint32_t bits;
} bit_string;

void put_bits(bit_string *s, uint32_t value, uint32_t count); /* low bit first */
void put_symbol(bit_string *s, const code *c, uint32_t symbol);

/* --- Layers ---------------------------------------------------------------------------------- */

enum { NONE, GAPS, BITMAP, JOINT, ROWS, COLUMNS, INDEXED };
enum { RAW, TABLE, BESIDE };
enum { ABSENT, HALF, FLOAT, SCALED, SHORTS };

/* A layer's weights and how to code them. */
typedef struct layer {
  uint32_t rows, columns;
  float *weights;        /* [rows, columns], zeros where nothing survives; table values exactly */
  int mask, values;
  code gaps;             /* symbols = K + 1 */
  code second_gaps;      /* where mask is ROWS: of the rows whose class is 1 */
  uint8_t classes[512];  /* of each row */
  uint32_t jump;         /* K, where mask is JOINT */
  code codes;            /* symbols = levels; where mask is JOINT, K x levels + 1 */
  code beside[2];        /* where values is BESIDE: right behind a negative weight, or another */
  float table[256];
  int table_precision;
  const float *scales, *biases; /* null: absent */
  int scale_precision, bias_precision;
  uint32_t lane_count;
  uint32_t lane_rows[255];
  uint32_t lane_banks[255];
} layer;

/* How sums of an integer layer become bytes. */
typedef struct scaling {
  uint32_t shift, exponent;     /* l and e */
  uint32_t multiplier_bytes;    /* 0: multipliers[0] is that of every row */
  uint16_t *multipliers;
  uint32_t bias_bytes;          /* 0, 1, 2 or 4 */
  uint32_t bias_shift;          /* k */
  int32_t *biases;              /* as they are written, without k */
} scaling;

/* --- Blobs ----------------------------------------------------------------------------------- */

#define MAX_BANKS 61

typedef struct builder {
  bytes plan;            /* a plan as it is; if empty, it is made of the next three */
  bytes states, inputs, outputs, steps;
  bytes parameters;
  bytes banks[MAX_BANKS];
  uint32_t pads[MAX_BANKS];
  uint32_t state_count; /* 0: the plan begins with the inputs */
  uint32_t input_count, output_count, step_count, bank_count; /* bank_count: at least 1 */
  uint32_t arena_words;
  bytes ancillary;       /* written if it has bytes */
  int has_bitmap;        /* a layer's mask is a bitmap */
  bytes self_test;       /* of kind 129, written self_test_count times */
  uint32_t self_test_count;
} builder;

void builder_begin(builder *b);
void builder_free(builder *b);

/* A place for so many floats, apart from all others. */
uint32_t builder_place(builder *b, uint32_t words);

void put_tensor(bytes *b, uint32_t place, uint32_t rank, const uint32_t *sizes);
void builder_input(builder *b, uint32_t place, uint32_t rank, const uint32_t *sizes);
void builder_output(builder *b, uint32_t place, uint32_t rank, const uint32_t *sizes);

/* Begin a step; its fields then go into b->steps. */
void builder_step(builder *b, uint32_t opcode, uint32_t field_count, const uint32_t *fields);

/* The same of an integer form; `opcode` is that of the float form. */
void builder_integer_step(builder *b, uint32_t opcode, uint32_t types, uint32_t field_count,
                          const uint32_t *fields);

/* An input, or output, of bytes: one axis. type: 1 uint8, 2 int8. */
void builder_byte_input(builder *b, uint32_t place, uint32_t type, uint32_t count);
void builder_byte_output(builder *b, uint32_t place, uint32_t type, uint32_t count);

/* A state of one axis, at its place; without numbers, or elements, it begins as what stands for 0. Of bytes: type 1
 * uint8, 2 int8, and its zero point, which if not 0 makes it type 4 or 3. */
void builder_state(builder *b, uint32_t place, uint32_t count, const float *numbers);
void builder_byte_state(builder *b, uint32_t place, uint32_t type, uint32_t zero, uint32_t count, const uint8_t *elements);

/* An output of int32 of one axis. */
void builder_place_output(builder *b, uint32_t place, uint32_t count);

void put_activation(builder *b, uint32_t kind, float first, float second);

/* Numbers at the end of the parameters. `stored`, unless null, gets the values as read back. */
void put_numbers(builder *b, const float *values, uint32_t count, int precision, float *stored);

/* Weights fields and lanes; pads are noted and added by builder_end. */
void put_layer(builder *b, const layer *l);

/* The same of an integer layer, whose table holds whole numbers: scaling instead of scales and biases.
 * Its table_precision is SCALED or SHORTS. */
void put_integer_layer(builder *b, const layer *l, const scaling *s);

/* The whole file: the caller frees it. */
bytes builder_end(builder *b);

/* Put the checksums right in a blob whose header and table are those of a blob. */
void reseal(uint8_t *blob, uint32_t count);

#endif
