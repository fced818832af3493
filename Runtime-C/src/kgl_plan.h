/* The plan's records as structs, and the one reader of them: kgl_open reads every step to check
 * it, kgl_run reads it again to run it (Blob.md, "Plan" and "Steps"). The reader checks each field
 * by itself; what fields say together about the arena is checked at open, in kgl_blob.c. */
#ifndef KGL_PLAN_H
#define KGL_PLAN_H

#include <stddef.h>

#include "kgl_bytes.h"
#include "kgl_cursor.h"
#include "kgl_huffman.h"
#include "kgl_operators.h"
#include "kinglet.h"

#define KGL_ELEMENTS_MAX 0x10000000u /* 2^28: of a tensor */
#define KGL_IMAGE_MAX 65535u         /* of what a window slides over, and of the window */
#define KGL_UNIT_BITS 20             /* of the largest unit of a resize */
#define KGL_WEIGHT_BITS 10           /* of what a place counts for in integers */

/* Opcodes: KGL_STEP_CONVOLUTION = 1, ... */
#define KGL_OPCODE(name, built, traits, r, s, f, i) KGL_STEP_##name,
enum {
  KGL_STEP_NONE,
  KGL_OPERATORS(KGL_OPCODE)
  KGL_STEP_END,
  KGL_STEP_INTEGER = 32 /* added to the opcode of the integer form */
};

enum { KGL_ADD, KGL_SUBTRACT, KGL_MULTIPLY, KGL_DIVIDE, KGL_MAXIMUM, KGL_MINIMUM }; /* binary operators */
enum { KGL_PAD_CONSTANT, KGL_PAD_REFLECT, KGL_PAD_EDGE, KGL_PAD_SYMMETRIC }; /* pad modes */
enum { KGL_NEAREST, KGL_LINEAR };                                   /* modes of resize */
enum { KGL_LSTM_CELL, KGL_LSTM_OUTPUT };                            /* modes of an LSTM */
enum { KGL_LARGEST, KGL_LEAST };                                    /* modes of arg max */
enum { KGL_MASK_NONE, KGL_MASK_GAPS, KGL_MASK_BITMAP, KGL_MASK_JOINT, KGL_MASK_ROWS,
       KGL_MASK_COLUMNS, KGL_MASK_INDEXED }; /* of weights */
enum { KGL_VALUES_RAW, KGL_VALUES_TABLE, KGL_VALUES_BESIDE, KGL_VALUES_BYTES }; /* values of weights */
enum { KGL_ABSENT, KGL_HALVES, KGL_FLOATS, KGL_SCALED_BYTES, KGL_SCALED_SHORTS, KGL_RUN }; /* of numbers */
enum {                                                              /* activations */
  KGL_IDENTITY, KGL_RELU, KGL_LEAKY_RELU, KGL_CLIP, KGL_SIGMOID, KGL_TANH, KGL_HARD_SIGMOID,
  KGL_HARD_SWISH, KGL_ELU,
  /* functions, KGL_FUNCTIONS */
  KGL_ABSOLUTE, KGL_EXPONENTIAL, KGL_LOGARITHM, KGL_SQUARE_ROOT, KGL_RECIPROCAL, KGL_POWER, KGL_ERROR_FUNCTION,
  KGL_SOFTPLUS, KGL_SOFTSIGN, KGL_GELU, KGL_TANGENT_GELU, KGL_SILU, KGL_MISH, KGL_SINE, KGL_COSINE, KGL_FLOOR,
  KGL_CEILING, KGL_ROUNDED, KGL_SIGN, KGL_THRESHOLD
};

/* A vector in the parameters section. */
typedef struct kgl_numbers {
  const uint8_t *bytes; /* null if absent; scaled ones begin with their scale; the first of a run */
  uint32_t count;
  uint32_t precision;   /* KGL_ABSENT... */
} kgl_numbers;

/* Number i of numbers that are not absent; i < count. */
KGL_INLINE float kgl_number(const kgl_numbers *numbers, uint32_t i) {
  const uint8_t *p = numbers->bytes;
  KGL_ASSERT(p != NULL && i < numbers->count);
  if (numbers->precision == KGL_HALVES) return kgl_half(kgl_load16(p + 2 * i));
  if (numbers->precision == KGL_FLOATS) return kgl_float(kgl_load32(p + 4 * i));
  if (numbers->precision == KGL_SCALED_SHORTS) {
    int32_t step = (int32_t)(kgl_load16(p + 4 + 2 * i) ^ 32768u) - 32768;
    return kgl_float(kgl_load32(p)) * (float)step;
  }
  return kgl_float(kgl_load32(p)) * (float)((int32_t)(p[4 + i] ^ 128u) - 128);
}

/* Number i, or `otherwise` where the numbers are absent. */
KGL_INLINE float kgl_number_or(const kgl_numbers *numbers, uint32_t i, float otherwise) {
  return numbers->precision == KGL_ABSENT ? otherwise : kgl_number(numbers, i);
}

typedef struct kgl_activation {
  uint32_t kind; /* KGL_IDENTITY... */
  float a, b;    /* alpha and beta, or low and high */
} kgl_activation;

/* A part of a bank: rows of filters, decodable by itself. */
typedef struct kgl_lane {
  uint32_t bank;   /* below the model's bank_count */
  uint32_t offset; /* bytes in the bank */
  uint32_t bits;
  uint32_t rows;
} kgl_lane;

/* A layer's filters: a matrix of which the zeros are left out. */
typedef struct kgl_weights {
  uint32_t rows;
  uint32_t columns;
  uint32_t mask;         /* KGL_MASK_NONE... */
  uint32_t values;       /* KGL_VALUES_RAW... */
  uint32_t jump;         /* K; 0 where the mask has none */
  uint32_t gap_alphabets; /* 0, 1 where mask is KGL_MASK_GAPS or KGL_MASK_COLUMNS, 2 where it is KGL_MASK_ROWS */
  kgl_alphabet gaps[KGL_GAP_ALPHABETS_MAX]; /* symbols 0...K, so K + 1 of them */
  const uint8_t *classes; /* which of two each row's gaps are of: a bit a row, the first lowest */
  uint32_t alphabets;    /* of codes: 0 raw or KGL_MASK_INDEXED, 1, or 3 where values is KGL_VALUES_BESIDE */
  kgl_alphabet codes[KGL_ALPHABETS_MAX]; /* one code a level; where mask is KGL_MASK_JOINT, K x levels
                            + 1 of gaps and levels together. Of three, the second is for codes
                            right behind a negative level, the third right behind another */
  kgl_numbers table;     /* the levels */
  uint32_t changes;      /* of all alphabets, see kgl_alphabet */
  uint32_t lane_count;
  kgl_cursor lanes;      /* at the first lane; kgl_read_lane reads the next */
} kgl_weights;

/* What slides over an image: both kinds of pool, and the convolution. Index 0 is vertical, index 1
 * horizontal. */
typedef struct kgl_window {
  uint32_t channels;    /* of the input */
  uint32_t filters;     /* channels of the output; for pools those of the input */
  uint32_t group_channels; /* convolution only: of a group */
  uint32_t group_filters;
  uint32_t in[2];       /* image height and width */
  uint32_t out[2];
  uint32_t kernel[2];
  uint32_t stride[2];
  uint32_t dilation[2];
  uint32_t before[2];   /* top and left pad */
  uint32_t after[2];    /* bottom and right; average pool only, else 0 */
} kgl_window;

/* Where along an axis output i reads: near start + i x step, both in whole places and units. */
typedef struct kgl_line {
  uint32_t unit;
  uint32_t step, step_rest;
  int32_t start;
  uint32_t start_rest;
} kgl_line;

/* An image at another size. Index 0 is vertical, index 1 horizontal. */
typedef struct kgl_resize {
  uint32_t channels;
  uint32_t in[2];
  uint32_t out[2];
  kgl_line lines[2];
} kgl_resize;

/* How sums become 64ths of an output's unit (Blob.md, "Integer steps"). */
typedef struct kgl_scaling {
  uint32_t shift;             /* l: 0...15 */
  uint32_t exponent;          /* e: 0...15 */
  uint32_t multiplier;        /* m of every row, if multipliers is null */
  const uint8_t *multipliers; /* one a row, of multiplier_bytes each */
  const uint8_t *biases;      /* one a row, of bias_bytes each, or null */
  uint8_t multiplier_bytes;   /* 1 or 2 */
  uint8_t bias_bytes;         /* 1, 2 or 4 */
  uint8_t bias_shift;         /* k: 0...13 */
} kgl_scaling;

/* Bits of an integer step's types. */
enum { KGL_X_IS_SIGNED = 1, KGL_Y_IS_SIGNED = 2, KGL_B_IS_SIGNED = 4, KGL_IS_RULED = 8 };

/* m 2^(e - 31), rounded twice (Blob.md, "Exact steps"). */
typedef struct kgl_rescale {
  uint32_t multiplier; /* below 2^31; of a row 2^30 at least */
  uint8_t left;        /* max(e, 0) + 1 */
  uint8_t right;       /* max(-e, 0) */
} kgl_rescale;

#define KGL_SHARED_MULTIPLIER 31u /* multiplier_bits of rows that have one multiplier */

/* A tensor seen as [outer, middle, inner]. */
typedef struct kgl_block {
  uint32_t outer;
  uint32_t middle; /* channels or count; for a copy the stride */
  uint32_t inner;
  uint32_t offset; /* of a copy; of a product the columns; of a slide how many are new */
} kgl_block;

/* A tensor by its axes. */
typedef struct kgl_axes {
  uint32_t rank;
  uint32_t sizes[KGL_MAX_RANK];  /* of the output for binary, else of the input */
  uint32_t before[KGL_MAX_RANK]; /* pad; for transpose the axes */
  uint32_t after[KGL_MAX_RANK];
} kgl_axes;

/* What the float32 form of a step has beside its places and sizes. */
typedef struct kgl_real_form {
  float value; /* pad */
  kgl_activation activation;
  kgl_numbers numbers[2]; /* 1, 2 row scales and biases; 4 slopes; 13; 14 scale and shift */
} kgl_real_form;

/* The same of the integer form. */
typedef struct kgl_integer_form {
  uint32_t types;       /* KGL_X_IS_SIGNED... */
  kgl_scaling scaling;  /* 1, 2, 8, 9; 14 its biases */
  uint32_t factors[2];  /* c of 1 and 4, ca and cb of 9; byte of 11 */
  const uint8_t *bytes; /* the table of 3, 5, 9; slopes of 4, factors of 14, data of 13 */
  uint32_t bytes_count; /* 5: n */
} kgl_integer_form;

/* The same of an exact step. */
typedef struct kgl_exact_form {
  uint32_t types;          /* as in kgl_integer_form */
  int8_t zero, low, high;  /* y's zero point, and what it is kept between */
  int8_t border;           /* 1: what taps outside the image read */
  int8_t zeros[2];         /* 9: the zero points of a and b; 4: of x and of the slopes; 22: the power */
  float unit;              /* 3: the scale of its bytes, whose zero point is `zero` */
  kgl_rescale scales[3];   /* 5, 8: one; 9: of a, b and y, or of a product; 4: above and below */
  const uint8_t *slopes;   /* 4; 23: weights of 16 bits */
  int32_t bias;            /* 8; 22: the limit */
  const uint8_t *longs;    /* 1, 2: a bit a row, whether its multiplier has further bits; null: none has */
  const uint8_t *rows;     /* 23: biases of 32 bits; 1, 2, 21: a multiplier, an exponent and a bias each, in so many bits: */
  const uint8_t *further;  /* further_bits of each long multiplier */
  uint32_t further_room;   /* bytes from there to the parameters' end */
  uint8_t multiplier_bits; /* behind the leading one; KGL_SHARED_MULTIPLIER: that of scales[0] */
  uint8_t further_bits;
  uint8_t exponent_bits;   /* below top */
  uint8_t bias_bits;
  uint8_t bias_shift;
  uint8_t rounds_once;     /* 1: what a row's exponent is below 0 shifts its multiplier, not its products; 3: halves to even */
  int8_t top;              /* the largest exponent */
} kgl_exact_form;

/* Any step; which fields are set depends on the opcode. */
typedef struct kgl_step {
  uint32_t opcode;     /* of the float32 form */
  uint32_t is_integer; /* 1: the integer form */
  uint32_t mode;       /* binary's operator, pad's, resize's and arg max's mode, average pool's counts-padding; of an integer
                          convolution 1 if it has a residual, which is then b; of a border 1 from bytes; an LSTM's part */
  uint32_t x;          /* places, in words; binary's a */
  uint32_t b;          /* binary's second operand */
  uint32_t y;
  union {
    kgl_real_form real;
    kgl_integer_form integer;
    kgl_exact_form exact;
  } form;
  union {
    kgl_block block;   /* 2, 21 as [R, O, I], 22, 3, 4, 5, 8, 10, 13, 14, 15, 17...20 as [outer, count, inner];
                          sizes not in the step are 1 */
#if KGL_OP_CONVOLUTION || KGL_OP_POOL
    kgl_window window; /* 1, 6, 7: KGL_WINDOW_OF */
#endif
#if KGL_OP_BINARY || KGL_OP_PAD || KGL_OP_TRANSPOSE
    kgl_axes axes;     /* 9, 11, 12: KGL_AXES_OF */
#endif
#if KGL_OP_RESIZE
    kgl_resize resize; /* 16: KGL_RESIZE_OF */
#endif
  } u;
  uint32_t masks[2];     /* binary: of a and b; 22: the first is the place of c */
  const uint8_t *bitmap; /* 15: inner bits, low bits first */
  kgl_weights weights;   /* 1, 2, 21 */
} kgl_step;

/* The parts of a step that are as large as a step is in a build without them; there nothing looks. */
#if KGL_OP_CONVOLUTION || KGL_OP_POOL
#define KGL_WINDOW_OF(step) (&(step)->u.window)
#else
#define KGL_WINDOW_OF(step) ((kgl_window *)(void *)(step))
#endif
#if KGL_OP_BINARY || KGL_OP_PAD || KGL_OP_TRANSPOSE
#define KGL_AXES_OF(step) (&(step)->u.axes)
#else
#define KGL_AXES_OF(step) ((kgl_axes *)(void *)(step))
#endif
#if KGL_OP_RESIZE
#define KGL_RESIZE_OF(step) (&(step)->u.resize)
#else
#define KGL_RESIZE_OF(step) ((kgl_resize *)(void *)(step))
#endif

/* Makes a step ready for kgl_read_step. */
void kgl_step_begin(kgl_step *step);

/* Whether a layer is stored by columns. */
#define KGL_IS_BY_COLUMNS(weights) (KGL_COLUMNS && (weights)->mask == KGL_MASK_COLUMNS)

/* Whether its survivors are bytes that say where they are. */
#define KGL_IS_INDEXED(weights) (KGL_INDEXED && (weights)->mask == KGL_MASK_INDEXED)
#define KGL_INDEXED_LEVELS 16u /* at most */
#define KGL_INDEXED_COLUMNS 256u /* that a byte tells apart */

/* Whether a step is of the integer form: a constant where this build has one form only. */
#define KGL_IS_INTEGER(step) (KGL_INTEGER && (!KGL_FLOAT || (step)->is_integer))

/* Whether an integer step is finished by the exact rule. */
#define KGL_IS_EXACT(step) (KGL_EXACT && ((step)->form.integer.types & KGL_IS_RULED) != 0)

/* A signed number of 2 bytes, and of 1: two's complement, as every compiler converts to these. */
KGL_INLINE int32_t kgl_signed16(uint32_t bits) { return (int16_t)(uint16_t)bits; }
KGL_INLINE int32_t kgl_signed8(uint32_t bits) { return (int8_t)(uint8_t)bits; }

/* Whether so many words from a place on lie in the activations: all of them in the states, or all behind. */
KGL_INLINE int kgl_is_inside(const kgl_model *model, uint32_t place, uint32_t words) {
  const uint32_t state_words = KGL_STATES ? model->state_bytes / 4 : 0;
  const uint32_t end = place < state_words ? state_words : model->activation_bytes / 4;
  return place <= end && words <= end - place;
}

/* A cursor over the plan from `offset` (in the blob) to the plan's end. */
kgl_cursor kgl_plan_cursor(const kgl_model *model, uint32_t offset);

/* Read a tensor's place and shape; `failed` also if it has more than 2^28 elements. */
void kgl_read_tensor(kgl_cursor *cursor, kgl_tensor *tensor);

/* Whether an element takes a word and stands for itself; else a byte, which has a scale. */
#define KGL_IS_OF_WORDS(tensor) ((tensor)->type == KGL_FLOAT32 || (tensor)->type == KGL_INT32)

/* Bytes of a tensor's elements; at most 2^30. */
uint32_t kgl_tensor_bytes(const kgl_tensor *tensor);

/* What is kept from one run to the next. */
typedef struct kgl_state {
  kgl_tensor tensor;
  kgl_numbers beginning; /* of bytes those of its elements; absent: every element stands for 0 */
} kgl_state;

/* How many states a plan begins with. */
uint32_t kgl_take_state_count(kgl_cursor *cursor);

/* Read one of them; `failed` also where it is of int32. */
void kgl_read_state(const kgl_model *model, kgl_cursor *cursor, kgl_state *state);

/* Read the transform of an input, and forget it. */
void kgl_read_transform(kgl_cursor *cursor);

/* Read one step: KGL_OK; KGL_ERR_CORRUPT if a field is outside its range or the plan ends early;
 * KGL_ERR_UNSUPPORTED if this build lacks the step or a part of it, and then nothing behind it can be
 * read. `step` keeps what the step before left in it: alphabets that come again are told by their
 * bytes. */
kgl_status kgl_read_step(const kgl_model *model, kgl_cursor *cursor, kgl_step *step);

/* Whether a step that was read may run: its places lie in the arena and are apart, its bitmap has as many
 * ones as it says, each bias of 4 bytes is within 2^29 (kgl_spans.c). *unread is how many bytes of the
 * parameters may still be looked at one by one; those that are, are taken from it. */
int kgl_check_step(const kgl_model *model, const kgl_step *step, uint32_t *unread);

#define KGL_CHANGE_BYTES 6u /* that a change of an alphabet's lengths counts as */

/* Takes bytes from *unread; 0 if they are more. */
int kgl_take_unread(uint32_t *unread, uint32_t bytes);

/* Words behind the activations that a step needs; 2^32 - 1: as many or more. */
uint32_t kgl_scratch_words(const kgl_step *step);

#if KGL_OBSERVE
/* What a step writes, where it lies in the activations at `arena`; all but the step's number. */
void kgl_step_written(const kgl_step *step, const void *arena, kgl_written *written);
#endif

/* Read the next lane of a layer. */
void kgl_read_lane(const kgl_model *model, kgl_cursor *cursor, kgl_lane *lane);

/* How many bytes a bank has, and the first; bank < bank_count. */
uint32_t kgl_bank_bytes(const kgl_model *model, uint32_t bank);
const uint8_t *kgl_bank(const kgl_model *model, uint32_t bank);

/* Whether a lane lies in its bank; *behind is then how many of the bank's bytes follow it. */
KGL_INLINE int kgl_is_in_bank(const kgl_model *model, const kgl_lane *lane, uint32_t *behind) {
  const uint32_t bank_bytes = kgl_bank_bytes(model, lane->bank);
  const uint32_t bytes = lane->bits / 8 + (lane->bits % 8 != 0);
  if (lane->offset > bank_bytes || bytes > bank_bytes - lane->offset) return 0;
  *behind = bank_bytes - lane->offset - bytes;
  return 1;
}

/* Whether so many bytes are a pad: all FF. */
int kgl_is_pad(const uint8_t *at, uint32_t bytes);

/* a x b, but at most 2^28 + 1, so that products of sizes cannot wrap around. */
uint32_t kgl_product(uint32_t a, uint32_t b);

#endif
