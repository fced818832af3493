/* The filter decoder: one layer's weights, row by row, straight from the blob (Blob.md, "Lanes").
 *
 * A row is either listed (its survivors, for a filter that is then held still) or consumed as a
 * dot product. Memory beside the struct: the decoder tables, kgl_weights_words of the arena. */
#ifndef KGL_WEIGHTS_H
#define KGL_WEIGHTS_H

#include "kgl_bits.h"
#include "kgl_integer.h"
#include "kgl_ops.h"

/* A weight: of an integer step its level in the table, else its value. */
typedef union kgl_weight {
  float real;
  int32_t level; /* -32768...32767 */
} kgl_weight;

/* A weight that is not zero, and where. */
typedef struct kgl_survivor {
  uint32_t column; /* below the row's columns; the convolution puts an input offset here */
  kgl_weight value;
} kgl_survivor;

/* 0: no look-up tables, every code is found length by length. */
#define KGL_TABLES (KGL_HUFFMAN_TABLE_BITS > 0)

/* Slots of the gap table: zeros + 1 in the upper 24 bits, the code's length in the lower 8; or,
 * with the top bit set, symbol K with its length, or an escape. */
#define KGL_GAP_RARE 0x80000000u
#define KGL_GAP_ESCAPE (KGL_GAP_RARE | 0x100u) /* a code longer than the table's index */

/* A slot of the value table: what the next bits stand for. */
typedef struct kgl_value {
  kgl_weight value;
  uint32_t length; /* bits of the code; 0: look closer (longer than the table, or of no bits) */
} kgl_value;

/* With joint symbols a slot says a gap and the value behind it: its length is the gap << 4 and the
 * code's bits; or, with the top bit set, a jump with its bits, or an escape. */
#define KGL_JOINT_SHIFT 4
#define KGL_JOINT_ESCAPE (KGL_GAP_RARE | 1u << KGL_JOINT_SHIFT) /* longer than the table's index */

/* A decoder in the middle of a layer: about 300 bytes. */
typedef struct kgl_filters {
  const kgl_model *model;
  const kgl_weights *weights;
  kgl_cursor lanes;     /* the lanes not yet begun */
  kgl_bits bits;        /* the lane at hand */
  uint32_t rows_left;   /* of it */
  uint32_t position;    /* columns of the coming row known to be done or zero; may pass its end;
                           with joint symbols signed: where the next symbol's gap begins */
  int is_at_survivor;   /* a gap has ended: column `position` has a weight, and it comes next */
  uint32_t row;         /* of the layer, the coming one */
  uint32_t row_class;   /* of the coming gap symbol: 0, or 1 for the second of KGL_MASK_ROWS */
  int is_behind;        /* that symbol comes right behind a value, and is of that one's row */
  uint32_t alphabet;    /* of the coming code, if no zeros lie before it: 0, or 1 or 2 by the level
                           of the survivor before (KGL_VALUES_BESIDE) */
  int is_integer;       /* weights are levels */
  int is_exact;         /* and rows are finished by the exact rule */
  uint32_t x_flip;      /* integer: 128 where x is int8, else 0 */
  int has_fast_rows;    /* the lane may be decoded without a check for each code */
#if KGL_TABLES
  uint32_t flat_bits;   /* bits of every code, where all are equal and the gap table counts them with
                           the gap's (kgl_rows_flat.c); else 0 */
  const uint32_t *gaps; /* for each alphabet of gaps, 1 << gap_window slots, see above */
  uint32_t gap_window;
  const kgl_value *values; /* for each alphabet of codes, 1 << value_window slots */
  uint32_t value_window;
#endif
  kgl_code gap_codes[KGL_GAP_ALPHABETS_MAX];
  kgl_code value_codes[KGL_ALPHABETS_MAX];
} kgl_filters;

/* The weight of a code. */
KGL_INLINE kgl_weight kgl_table_weight(const kgl_filters *filters, uint32_t code) {
  const kgl_numbers *table = &filters->weights->table;
  kgl_weight weight;
#if KGL_INTEGER
  if (KGL_IS_INTEGER(filters)) {
    const uint8_t *p = table->bytes + 4;
    if (KGL_EXACT && table->precision == KGL_RUN) {
      weight.level = kgl_signed8(*table->bytes) + (int32_t)code;
      return weight;
    }
    weight.level = table->precision == KGL_SCALED_BYTES ? kgl_signed8(p[code])
                                                        : kgl_signed16(kgl_read16(p + 2 * code));
    return weight;
  }
#endif
#if KGL_FLOAT
  weight.real = kgl_number(table, code);
#else
  weight.level = 0; /* never: kgl_open refused it */
#endif
  return weight;
}

/* What joint symbol number `symbol` says, as a slot's length without the code's bits; *value is the
 * weight, or 0 for a jump. */
uint32_t kgl_joint_symbol(const kgl_filters *filters, uint32_t symbol, kgl_weight *value);

/* Words behind the activations that a layer of indices takes: its levels, and so many bytes that no index which a byte
 * holds leads from an input out of the arena. */
#define KGL_INDEXED_WORDS (KGL_INDEXED_COLUMNS / 4)

/* Words of decoder tables for a layer. */
uint32_t kgl_weights_words(const kgl_weights *weights);

/* Bytes of pad that a bank with a lane of this layer (one that has bits) must end in; Blob.md,
 * "Banks". At most 2^32 - 1: a larger pad does not fit a blob. */
uint32_t kgl_weights_pad_bytes(const kgl_weights *weights);

/* Begin the layer of a step (kgl_weights.c): builds its tables in the scratch, kgl_weights_words
 * words, but for one that is there from the layer before. Place and step must outlive the decoder. */
void kgl_filters_open(kgl_filters *filters, kgl_place *place, const kgl_step *step);

/* Decode the next row (kgl_rows.c), to be called at most `rows` times.
 *
 * list   out  the survivors in order of their columns, room for `columns`
 * count  out  how many
 *
 * Returns KGL_OK, or KGL_ERR_CORRUPT if the lane's end was passed or the lane, when this was its
 * last row, has bits left. Writes at most `columns` entries whatever the bits are. */
kgl_status kgl_filters_list(kgl_filters *filters, kgl_survivor *list, uint32_t *count);

#if KGL_INTEGER && KGL_OP_CONVOLUTION && KGL_TILES
/* The next row's weights as int8, where they lie in the blob or in the room, which takes `columns` survivors: of a layer
 * that has no zeros and no levels of 16 bits. Null for KGL_ERR_CORRUPT. */
const uint8_t *kgl_filters_levels(kgl_filters *filters, kgl_survivor *room);
#endif

#if KGL_INTEGER && KGL_EXACT
/* The next rows of a layer whose values are bytes (KGL_VALUES_BYTES), where they lie in the blob, one behind the other:
 * at most *count, which becomes how many they are. Null for KGL_ERR_CORRUPT. */
const uint8_t *kgl_filters_bytes(kgl_filters *filters, uint32_t *count);
#endif

/* Decode all rows of the layer and multiply as they come: y[row] = sum of weight x x[column], in
 * float32 in the order of columns. To be called once, instead of kgl_filters_list.
 *
 * x: [columns], y: [rows]. Returns as kgl_filters_list. */
kgl_status kgl_filters_product(kgl_filters *filters, const float *x, float *y);

#if KGL_INTEGER
/* The same of an integer layer: y[row] is the sum of level x x[column] finished by the step's rule. x: [columns], y: [rows]; of the step's types. */
kgl_status kgl_filters_finish(kgl_filters *filters, const kgl_step *step, const uint8_t *x,
                              uint8_t *y);

#if KGL_COLUMNS
/* The same of a layer by columns; sums: room for `rows` words. Returns as kgl_filters_list, but bits of columns whose
 * inputs are zero are not looked at. */
kgl_status kgl_filters_columns(kgl_filters *filters, const kgl_step *step, uint32_t *sums, const uint8_t *x,
                               uint8_t *y);

/* All rows of the lane at hand of such a layer (kgl_rows_columns.h). */
kgl_status kgl_flat_columns(kgl_filters *filters, const kgl_finish *finish, uint32_t *sums, const uint8_t *x,
                            uint8_t *y);
#endif

#if KGL_INDEXED
/* The same of a layer whose survivors are bytes. What is wrong in these may come to another sum. */
kgl_status kgl_filters_indexed(kgl_filters *filters, const kgl_step *step, uint32_t *scratch, const uint8_t *x,
                               uint8_t *y);

/* All rows of the lane at hand of such a layer (kgl_rows_indexed.h); levels: KGL_INDEXED_LEVELS of them. */
kgl_status kgl_indexed_rows(kgl_filters *filters, const kgl_finish *finish, const int16_t *levels, const uint8_t *x,
                            uint8_t *y);
#endif

/* All rows of the lane at hand, where codes are flat and the lane has fast rows (kgl_rows_flat.c). */
kgl_status kgl_flat_rows(kgl_filters *filters, const kgl_finish *finish, const uint8_t *x,
                         uint8_t *y);

#if KGL_LANES_AT_ONCE > 1
/* A lane of a dense layer among others that are decoded with it. */
typedef struct kgl_lane_state {
  kgl_bits bits;
  uint32_t row, left; /* the coming row, and how many are left of the lane */
  int32_t column;     /* of the next survivor, counted from the row's end */
  uint32_t sum;       /* of the row so far */
} kgl_lane_state;

/* All rows of KGL_LANES_AT_ONCE lanes, whose bits, row and left are set. As kgl_flat_rows. */
kgl_status kgl_flat_lanes(kgl_filters *filters, kgl_lane_state *lanes,
                          const kgl_finish *finish, const uint8_t *x, uint8_t *y);
#endif

/* kgl_filters_list, where codes are flat and the lane has fast rows. */
kgl_status kgl_flat_list(kgl_filters *filters, kgl_survivor *list, uint32_t *count);
#endif

#endif
