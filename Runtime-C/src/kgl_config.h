/* Every compile-time switch, with what it costs. Give another value on the command line
 * (-DKGL_OP_SOFTMAX=0) or in a header of your own named by -DKGL_CONFIG_FILE='"my_config.h"'.
 * Sizes are of code and constants on a Cortex-M4F with gcc -O2. */
#ifndef KGL_CONFIG_H
#define KGL_CONFIG_H

#ifdef KGL_CONFIG_FILE
#include KGL_CONFIG_FILE
#endif

/* Index bits of the Huffman look-up tables, 0...12: speed against RAM. Codes up to this length cost one
 * look-up; longer ones are found length by length, some five times slower. 0: there are no tables, every
 * code is found so, KGL_FAST_ROWS is 0, and the code is 1 KB smaller.
 *
 * RAM in the arena, bytes, for the tables and the symbols of codes that are longer than their index; n
 * is the setting, or the layer's longest code if that is shorter:
 *
 *   gaps               4 << n, twice that with two classes of rows; 256 more an alphabet if n < 12
 *   values             8 << n, three times that with neighbours;    256 more an alphabet if n < 12
 *
 * and at most, with one alphabet of each | with two and three:
 *
 *   0:  512 |  1280    3:  608 |  1536    6: 1280 |  3328    9:  6656 | 17664    12: 49152 | 131072
 *   1:  536 |  1344    4:  704 |  1792    7: 2048 |  5376   10: 12800 | 34048
 *   2:  560 |  1408    5:  896 |  2304    8: 3584 |  9472   11: 25088 | 66816 */
#ifndef KGL_HUFFMAN_TABLE_BITS
#define KGL_HUFFMAN_TABLE_BITS 8
#endif

/* 1: rows with table values are decoded in loops of their own, those of gaps without a check for
 * each code. 0: one decoder, which looks at every step, for all: 1.6 KB smaller, about four times
 * slower. */
#ifndef KGL_FAST_ROWS
#define KGL_FAST_ROWS 1
#endif

/* 1: the loops over weights are compiled for speed (gcc's -O2) where all else is compiled for size (-Os).
 * 0: as all else. */
#ifndef KGL_FAST_KERNELS
#define KGL_FAST_KERNELS 1
#endif

/* 1: masks that are bitmaps (0.4 KB). 0: a blob with one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_BITMAP
#define KGL_BITMAP 1
#endif

/* 1: masks of joint symbols, which the compiler takes for nearly dense layers (0.6 KB). 0: a blob
 * with one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_JOINT_ROWS
#define KGL_JOINT_ROWS 1
#endif

/* 1: codes whose alphabet depends on the weight beside theirs, which the compiler takes where that
 * saves bytes, mostly for layers that read images (1.0 KB). 0: a blob with such is
 * KGL_ERR_UNSUPPORTED. */
#ifndef KGL_NEIGHBOURS
#define KGL_NEIGHBOURS 1
#endif

/* 1: gaps with an alphabet for each of two classes of rows, which the compiler takes where that saves
 * bytes, mostly for large dense layers (0.3 KB, and twice the look-up table of gaps). 0: a blob with
 * such is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_ROW_CLASSES
#define KGL_ROW_CLASSES 1
#endif

/* 1: dense layers of integers that are stored by columns, which the compiler takes where many inputs are zero
 * (1.2 KB, and a word of arena for each output). 0, or tables of less than 8 bits: a blob with one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_COLUMNS
#define KGL_COLUMNS 1
#endif

/* 1: dense layers of integers whose survivors are a byte and a half each, which the compiler takes for speed (0.4 KB).
 * 0: a blob with one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_INDEXED
#define KGL_INDEXED 1
#endif

/* The most banks of a blob, 1...62: kgl_open takes 8 bytes of stack for each. A blob with more is
 * KGL_ERR_UNSUPPORTED. `kinglet emit-c` writes how many a model has. */
#ifndef KGL_BANKS
#define KGL_BANKS 62
#endif

/* 1: steps on float32 tensors. 0: a blob that has one is KGL_ERR_UNSUPPORTED, and the runtime has no
 * floating-point instruction but for KGL_BORDER. */
#ifndef KGL_FLOAT
#define KGL_FLOAT 1
#endif

/* 1: steps on uint8 and int8 tensors. 0: a blob that has one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_INTEGER
#define KGL_INTEGER 1
#endif

/* 1: exact steps, of networks that came as int8 and answer as TensorFlow Lite Micro does, to the last bit. 0: a
 * blob that has one is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_EXACT
#define KGL_EXACT 1
#endif

/* 1: exact steps between float32 and bytes, of networks of int8 whose inputs or outputs are float32 (0.3 KB, and
 * where the machine has no float unit the C library's division and product of floats). 0: a blob that has one is
 * KGL_ERR_UNSUPPORTED. */
#ifndef KGL_BORDER
#define KGL_BORDER KGL_FLOAT
#endif

/* 1: kgl_run looks at each step's places and lanes again before it runs it, so that a bit of the plan
 * that flips while the model is open is CORRUPT or another answer, but never an access outside the arena (0.1 KB;
 * 0.1 % of the time). 0: what kgl_open saw is relied upon. */
#ifndef KGL_RECHECK
#define KGL_RECHECK 1
#endif

/* 1: networks that keep state from one run to the next (0.4 KB). 0: a blob with state is KGL_ERR_UNSUPPORTED, and
 * kgl_reset does nothing. */
#ifndef KGL_STATES
#define KGL_STATES 1
#endif

/* 1: kgl_status_text has texts (0.4 KB). 0: it gives "". */
#ifndef KGL_STATUS_TEXT
#define KGL_STATUS_TEXT 1
#endif

/* 1: kgl_self_test replays the samples that a blob carries (0.9 KB, or nothing where it is not
 * called). 0: it gives KGL_ERR_UNSUPPORTED. */
#ifndef KGL_SELF_TEST
#define KGL_SELF_TEST 1
#endif

/* 1: kgl_run_observed tells what each step writes (0.3 KB, or nothing where it is not called). 0: it gives
 * KGL_ERR_UNSUPPORTED. */
#ifndef KGL_OBSERVE
#define KGL_OBSERVE 1
#endif

/* 1: objects out of a detector's outputs, kinglet_detect.h (1.6 KB and expf, or nothing where it is not called). 0:
 * kgl_find_objects gives KGL_ERR_UNSUPPORTED. */
#ifndef KGL_DETECT
#define KGL_DETECT 1
#endif

/* KGL_CRC_FUNCTION: the name of a function of yours that is called for checksums instead of the runtime's, which
 * takes most of kgl_open's time; see README.md for one that uses a chip's CRC unit. It is
 *
 *   uint32_t f(uint32_t crc, const uint8_t *bytes, uint32_t count);
 *
 * and gives the checksum of what `crc` is the checksum of, followed by these bytes: zlib's crc32. */

/* 1: sigmoid, tanh and ELU as activations, softmax and its logarithm, in float32; they call expf, tanhf and logf of <math.h>
 * (about 3 KB of the C library). 0: a blob that uses them is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_MATH
#define KGL_MATH 1
#endif

/* 1: further functions as activations, in float32: exponentials, logarithms, roots, powers, GELU, SiLU and others
 * (0.5 KB, and about 8 KB of <math.h>; they need KGL_MATH). 0: a blob that uses them is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_FUNCTIONS
#define KGL_FUNCTIONS 1
#endif

/* Operators. 0 leaves one out: a blob that uses it is KGL_ERR_UNSUPPORTED. */
#ifndef KGL_OP_CONVOLUTION /* 3.4 KB, and the filter decoder */
#define KGL_OP_CONVOLUTION 1
#endif
#ifndef KGL_OP_DENSE /* 0.6 KB, and the filter decoder (4 KB, shared) */
#define KGL_OP_DENSE 1
#endif
#ifndef KGL_DENSE_ROWS /* dense layers over several rows of input: 0.4 KB */
#define KGL_DENSE_ROWS 1
#endif
#ifndef KGL_OP_ACTIVATION /* as a step of its own, and maps of integers: 0.1 KB */
#define KGL_OP_ACTIVATION 1
#endif
#ifndef KGL_OP_PRELU /* 0.3 KB */
#define KGL_OP_PRELU 1
#endif
#ifndef KGL_OP_SOFTMAX /* 0.3 KB; in float32 it needs KGL_MATH */
#define KGL_OP_SOFTMAX 1
#endif
#ifndef KGL_OP_POOL /* 0.5 KB; largest and mean */
#define KGL_OP_POOL 1
#endif
#ifndef KGL_OP_MEAN /* 0.1 KB */
#define KGL_OP_MEAN 1
#endif
#ifndef KGL_OP_BINARY /* 0.6 KB */
#define KGL_OP_BINARY 1
#endif
#ifndef KGL_OP_COPY /* 0.1 KB */
#define KGL_OP_COPY 1
#endif
#ifndef KGL_OP_PAD /* 0.5 KB */
#define KGL_OP_PAD 1
#endif
#ifndef KGL_OP_TRANSPOSE /* 0.4 KB */
#define KGL_OP_TRANSPOSE 1
#endif
#ifndef KGL_OP_CONSTANT /* 0.2 KB */
#define KGL_OP_CONSTANT 1
#endif
#ifndef KGL_OP_AFFINE /* 0.3 KB */
#define KGL_OP_AFFINE 1
#endif
#ifndef KGL_OP_SELECT /* 0.1 KB */
#define KGL_OP_SELECT 1
#endif
#ifndef KGL_OP_RESIZE /* 0.7 KB */
#define KGL_OP_RESIZE 1
#endif
#ifndef KGL_OP_LOG_SOFTMAX /* 1.2 KB; in float32 it needs KGL_MATH, on integers KGL_EXACT */
#define KGL_OP_LOG_SOFTMAX 1
#endif
#ifndef KGL_OP_ARG_MAX /* 0.2 KB */
#define KGL_OP_ARG_MAX 1
#endif

#ifndef KGL_OP_SLIDE /* 0.2 KB */
#define KGL_OP_SLIDE 1
#endif

#ifndef KGL_OP_SHORTS /* LSTM and SVDF of int8: 2.6 KB */
#define KGL_OP_SHORTS 1
#endif
#ifndef KGL_OP_PRODUCT /* matrices that are computed, times each other: 0.4 KB */
#define KGL_OP_PRODUCT 1
#endif

#if KGL_HUFFMAN_TABLE_BITS < 0 || KGL_HUFFMAN_TABLE_BITS > 12
#error "KGL_HUFFMAN_TABLE_BITS must be 0...12"
#endif
#if !KGL_FLOAT && !KGL_INTEGER
#error "KGL_FLOAT and KGL_INTEGER are both 0: no step is left that could run"
#endif
#if KGL_BANKS < 1 || KGL_BANKS > 62
#error "KGL_BANKS must be 1...62"
#endif
#if KGL_HUFFMAN_TABLE_BITS == 0 /* the fast loops are made around the tables */
#undef KGL_FAST_ROWS
#define KGL_FAST_ROWS 0
#endif

#if !KGL_FAST_ROWS || KGL_HUFFMAN_TABLE_BITS < 8 || !KGL_INTEGER || !KGL_OP_DENSE
#undef KGL_COLUMNS
#define KGL_COLUMNS 0
#endif

#if !KGL_INTEGER || !KGL_OP_DENSE
#undef KGL_INDEXED
#define KGL_INDEXED 0
#endif

/* Whether a filter is ever listed, rather than multiplied as it is decoded. */
#define KGL_LISTS (KGL_OP_CONVOLUTION || (KGL_OP_DENSE && KGL_DENSE_ROWS) || KGL_SHORTS)

/* Whether there are numbers of 16 bits. */
#define KGL_SHORTS (KGL_OP_SHORTS && KGL_INTEGER && KGL_EXACT)

/* 1 on machines whose loads may begin at any byte. */
#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__)
#define KGL_UNALIGNED 1
#else
#define KGL_UNALIGNED 0
#endif

/* 1 where words of 64 bits are as fast as those of 32, and their first byte is the lowest. */
#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KGL_WIDE 1
#else
#define KGL_WIDE 0
#endif

/* sum + a x b, in one instruction and with one rounding where the machine has it. */
#if defined(__GNUC__) && (defined(__ARM_FEATURE_FMA) || defined(__FMA__))
#define KGL_MULTIPLY_ADD(sum, a, b) __builtin_fmaf((a), (b), (sum))
#else
#define KGL_MULTIPLY_ADD(sum, a, b) ((sum) + (a) * (b))
#endif

/* 1 on machines without a product of 64 bits. */
#ifndef KGL_NARROW
#if defined(__ARM_ARCH_6M__) || defined(__AVR__)
#define KGL_NARROW 1
#else
#define KGL_NARROW 0
#endif
#endif

/* word >> (entry & 31), where the lower byte of entry is below 32: a machine may look at that byte
 * alone. */
#if defined(__GNUC__) && defined(__thumb2__) && !defined(KGL_NO_ASM)
#define KGL_SHIFT_DOWN(word, entry)                                                          \
  __extension__({                                                                            \
    uint32_t shifted_;                                                                       \
    __asm__("lsr.w %0, %1, %2" : "=r"(shifted_) : "r"(word), "r"((uint32_t)(entry)));        \
    shifted_;                                                                                \
  })
#else
#define KGL_SHIFT_DOWN(word, entry) ((word) >> ((entry) & 31u))
#endif

/* 1: the integer convolution by the vectors of a Cortex-M with Helium (5 KB); 0: by portable C there
 * too. */
#ifndef KGL_HELIUM
#if defined(__ARM_FEATURE_MVE)
#define KGL_HELIUM 1
#else
#define KGL_HELIUM 0
#endif
#endif

/* 1: sums by the instructions of a processor that multiplies two by two (Cortex-M4, M7, M33 ...); 0: by
 * portable C there too. */
#ifndef KGL_DUAL
#if defined(__ARM_FEATURE_SIMD32)
#define KGL_DUAL 1
#else
#define KGL_DUAL 0
#endif
#endif

/* 1: the sweep with two outputs a multiplication, for filters of small weights (0.4 KB), where a processor takes words
 * apart in an instruction; 0: one by one. */
#ifndef KGL_PAIRED
#if KGL_DUAL && KGL_UNALIGNED && !KGL_HELIUM
#define KGL_PAIRED 1
#else
#define KGL_PAIRED 0
#endif
#endif

/* 1: layers without zeros by kernels of their own, filters by tiles of outputs and nine weights in registers, which
 * pay where sums are taken several at a time (3 KB); 0: by the sweep that all layers can. */
#ifndef KGL_TILES
#define KGL_TILES (KGL_DUAL || KGL_HELIUM)
#endif

/* 1: the arena has room for these kernels, though they are not built: what a PC says of an arena holds on every
 * processor. */
#ifndef KGL_TILES_ROOM
#if KGL_TILES || defined(__x86_64__) || defined(__aarch64__)
#define KGL_TILES_ROOM 1
#else
#define KGL_TILES_ROOM 0
#endif
#endif

/* The integer convolution by the vectors of a PC, AVX2. 1: always; 2: where the processor that runs it has them, which
 * is asked then (GCC and Clang on Linux and macOS); 0: by portable C there too. */
#ifndef KGL_AVX2
#if defined(__AVX2__)
#define KGL_AVX2 1
#elif defined(__x86_64__) && defined(__GNUC__) && (defined(__linux__) || defined(__APPLE__))
#define KGL_AVX2 2
#else
#define KGL_AVX2 0
#endif
#endif

/* 1: a loop of its own for the largest of two by two integers, some ten times faster (0.2 KB). */
#ifndef KGL_POOL_BY_TWO
#if defined(__x86_64__) || defined(__aarch64__)
#define KGL_POOL_BY_TWO 1
#else
#define KGL_POOL_BY_TWO 0
#endif
#endif

/* How many lanes of a dense layer are decoded side by side, where a blob has them: 4 on machines that
 * run several instructions at once, or 1. */
#ifndef KGL_LANES_AT_ONCE
#if defined(__x86_64__) || defined(__aarch64__)
#define KGL_LANES_AT_ONCE 4
#else
#define KGL_LANES_AT_ONCE 1
#endif
#endif

/* 1: what is known to be true is asserted, for tests. 0: nothing is compiled for it. */
#ifndef KGL_ASSERTIONS
#define KGL_ASSERTIONS 0
#endif
#if KGL_ASSERTIONS
#include <assert.h>
#define KGL_ASSERT(condition) assert(condition)
#else
#define KGL_ASSERT(condition) ((void)0)
#endif

/* Small functions that must be compiled into their callers for the loops to be fast. */
#if defined(__GNUC__)
#define KGL_INLINE static inline __attribute__((always_inline, unused))
#define KGL_NOINLINE static __attribute__((noinline)) /* rare, and kept out of the fast path */
#define KGL_RARELY(condition) __builtin_expect((condition) != 0, 0)
#else
#define KGL_INLINE static inline
#define KGL_NOINLINE static
#define KGL_RARELY(condition) (condition)
#endif

#endif
