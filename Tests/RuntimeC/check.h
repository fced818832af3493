/* What every test file uses: counted checks, a seeded generator, and the tolerance. */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>

extern unsigned long checks_passed, checks_failed;

/* Count a check; where it fails say which, with a printf-like note of the case at hand. */
#define CHECK(condition, ...)                                  \
  do {                                                         \
    if (condition) {                                           \
      checks_passed++;                                         \
    } else {                                                   \
      checks_failed++;                                         \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);   \
      printf(__VA_ARGS__);                                     \
      printf("\n");                                            \
    }                                                          \
  } while (0)

/* A generator of its own for each test, so that a case never depends on those before it
 * (xorshift64*, seed not 0). */
typedef struct generator {
  uint64_t state;
} generator;

uint32_t random_word(generator *g);
uint32_t random_below(generator *g, uint32_t bound);          /* 0 ..< bound */
float random_float(generator *g, float low, float high);

/* The largest |a - b| over the largest |b|; infinite where one of two is NaN or is infinite. */
double relative_difference(const float *a, const double *b, uint32_t count);

/* Parts that this build of the runtime may lack (kgl_config.h): what needs one must be refused. */
#ifndef KGL_FLOAT
#define KGL_FLOAT 1
#endif
#ifndef KGL_INTEGER
#define KGL_INTEGER 1
#endif
#ifndef KGL_OBSERVE
#define KGL_OBSERVE 1
#endif
#ifndef KGL_DETECT
#define KGL_DETECT 1
#endif
#ifndef KGL_RECHECK
#define KGL_RECHECK 1
#endif
#ifndef KGL_BITMAP
#define KGL_BITMAP 1
#endif
#ifndef KGL_DENSE_ROWS
#define KGL_DENSE_ROWS 1
#endif
#ifndef KGL_OP_CONVOLUTION
#define KGL_OP_CONVOLUTION 1
#endif
#ifndef KGL_NEIGHBOURS
#define KGL_NEIGHBOURS 1
#endif
#ifndef KGL_ROW_CLASSES
#define KGL_ROW_CLASSES 1
#endif
#ifndef KGL_JOINT_ROWS
#define KGL_JOINT_ROWS 1
#endif
#ifndef KGL_HUFFMAN_TABLE_BITS
#define KGL_HUFFMAN_TABLE_BITS 8
#endif
#ifndef KGL_FAST_ROWS
#define KGL_FAST_ROWS 1
#endif
#if !defined(KGL_COLUMNS) && KGL_HUFFMAN_TABLE_BITS >= 8 && KGL_FAST_ROWS && KGL_INTEGER
#define KGL_COLUMNS 1
#elif !defined(KGL_COLUMNS)
#define KGL_COLUMNS 0
#endif
#ifndef KGL_INDEXED
#define KGL_INDEXED KGL_INTEGER
#endif

#ifndef KGL_STATES
#define KGL_STATES 1
#endif
#ifndef KGL_OP_SLIDE
#define KGL_OP_SLIDE 1
#endif
#ifndef KGL_OP_SHORTS
#define KGL_OP_SHORTS 1
#endif
#ifndef KGL_OP_COPY
#define KGL_OP_COPY 1
#endif

void test_format(void);     /* the worked examples of the format document */
void test_layers(void);     /* convolution, pools, dense, against reference.c */
void test_steps(void);      /* runs step by step, and where a blob is wrong */
void test_operators(void);  /* every other opcode, against reference.c */
void test_detect(void);     /* objects of heads, and which of them stay */
void test_arg_max(void);    /* places of the largest, on floats and bytes */
void test_shorts(void);     /* numbers of 16 bits: the cell of an LSTM, what it gives, products of windows */
void test_states(void);     /* what is kept from one run to the next, and windows that slide */
void test_weights(void);    /* every way to code a layer */
void test_integer(void);    /* convolution and dense layers on integers */
void test_open(void);       /* calls, re-entrancy, truncations, flipped bits */
void test_refusals(void);   /* what a blob must not hold, field by field */
void test_self_test(void);  /* the samples that a blob carries with their answers */
void test_mutations(void);  /* random damage with checksums put right */
void test_integer_mutations(void);

#endif
