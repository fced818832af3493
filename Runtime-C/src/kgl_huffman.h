/* Canonical Huffman codes (Blob.md, "Code tables").
 *
 * An alphabet is the code lengths as the blob describes them, and is read from its beginning each
 * time, symbol by symbol. A code is what decoding
 * needs: codes of at most `window` bits are found in a table that belongs to the user of the code
 * (kgl_weights.c keeps what a symbol means in it, not the symbol); longer ones by the canonical
 * rule, length by length. */
#ifndef KGL_HUFFMAN_H
#define KGL_HUFFMAN_H

#include <stdint.h>

#include "kgl_config.h"

#define KGL_HUFFMAN_MAX_LENGTH 12

/* 1: checking an alphabet keeps how many words there are of each length, so that a table is built
 * without reading them once more. */
#define KGL_KEEPS_COUNTS (KGL_FAST_ROWS && KGL_HUFFMAN_TABLE_BITS > 0)
#define KGL_HUFFMAN_MAX_SYMBOLS 256
#define KGL_ALPHABETS_MAX (KGL_NEIGHBOURS ? 3 : 1) /* of a layer's codes */
#define KGL_GAP_ALPHABETS_MAX (KGL_ROW_CLASSES ? 2 : 1)

/* Code lengths in the blob, and what checking them found out. */
typedef struct kgl_alphabet {
  const uint8_t *lengths; /* their description, see kgl_lengths */
  const uint8_t *end;     /* of the bytes that it may be read from */
  uint16_t symbols;       /* 1...256 */
  uint16_t used;          /* symbols that occur; 0 and 1 are the two exceptions */
  uint16_t last;          /* the symbol of the all-ones word, or the only symbol */
  uint8_t longest;        /* bits of the longest code word, 0...12; 0 where used is 0 or 1 */
  uint8_t changes;        /* lengths, 0 too, that differ from the last one before them that is not 0 */
#if KGL_KEEPS_COUNTS
  uint16_t count[KGL_HUFFMAN_MAX_LENGTH + 1]; /* used symbols of each length; [0] is 0 */
#endif
} kgl_alphabet;

/* A reader of code lengths: each is told by how it differs from the last one that was not 0. */
typedef struct kgl_lengths {
  const uint8_t *bytes;
  uint32_t byte_count;
  uint32_t at;   /* the next bit */
  uint32_t last; /* 0 while there is none */
} kgl_lengths;

void kgl_lengths_begin(kgl_lengths *lengths, const kgl_alphabet *alphabet);

/* The next symbol's length, 0...13 or 15; what is not allowed is above 12. Reads nothing at or
 * behind `end`. */
uint32_t kgl_lengths_next(kgl_lengths *lengths);

/* Fill in used, last, longest and changes, and move `end` to the description's end. 0 if the lengths are not
 * those of a complete code (nor of no symbol, nor of one), one exceeds 12, the description does not
 * end within its bytes, or a bit behind it is not 0. */
int kgl_alphabet_check(kgl_alphabet *alphabet);

/* Index bits of an alphabet's look-up table. */
KGL_INLINE uint32_t kgl_code_window(const kgl_alphabet *alphabet) {
  return alphabet->longest > KGL_HUFFMAN_TABLE_BITS ? KGL_HUFFMAN_TABLE_BITS : alphabet->longest;
}

/* An alphabet ready for decoding: 40 bytes or so. */
typedef struct kgl_code {
  const uint8_t *sorted; /* all used symbols in order of their code words; null if not needed */
  uint16_t count[KGL_HUFFMAN_MAX_LENGTH + 1]; /* used symbols of each length */
#if KGL_HUFFMAN_TABLE_BITS > 0
  uint16_t first;  /* the first word of window + 1 bits */
  uint16_t before; /* used symbols of at most window bits */
  uint8_t window;  /* kgl_code_window */
#endif
} kgl_code;

/* Words (of 4 bytes) of memory that kgl_code_prepare writes for this alphabet: one byte a symbol if a
 * code word is longer than the table's index, else 0, as for an alphabet of no symbol or of one. */
uint32_t kgl_code_words(const kgl_alphabet *alphabet);

/* Make a code of a checked alphabet. `memory` has kgl_code_words words. */
void kgl_code_prepare(kgl_code *code, const kgl_alphabet *alphabet, uint8_t *memory);

#if KGL_HUFFMAN_TABLE_BITS > 0
/* Deals out the code words of an alphabet to its used symbols, in their order. The slots of a word
 * of n bits in a table of 1 << window entries are the word itself and every 1 << n after it. */
typedef struct kgl_words {
  uint16_t next[KGL_HUFFMAN_MAX_LENGTH + 1]; /* the next free word of each length, reversed */
} kgl_words;

void kgl_words_begin(kgl_words *words, const kgl_code *code);

/* The next symbol's word of this length (1...12), first bit lowest, as it stands in the stream. */
uint32_t kgl_words_take(kgl_words *words, uint32_t length);
#endif

/* Decode one symbol of more bits than the table's index from a window whose lowest bit comes first
 * and which holds at least `longest` bits. Needs `sorted`. Gives the code word's length and stores
 * the symbol. */
uint32_t kgl_code_symbol(const kgl_code *code, uint32_t window, uint32_t *symbol);

#endif
