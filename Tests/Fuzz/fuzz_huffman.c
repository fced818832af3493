/* Fuzzes the Huffman decoder by itself: a description of code lengths, then bits to decode. What it
 * gives is compared with the plain canonical rule (RFC 1951, 3.2.2), bit by bit.
 *
 *   make huffman SECONDS=900
 *
 * An input is a byte, the symbols less one; a byte n; n bytes to find the description in; bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kgl_huffman.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static unsigned long executions, accepted, with_long_words;

static void require(int is_so, const char *what) {
  if (is_so) return;
  fprintf(stderr, "fuzz_huffman: %s\n", what);
  abort();
}

/* An alphabet by the plain rule; words first bit highest. */
typedef struct plain_code {
  uint32_t symbols, used, longest;
  uint8_t lengths[KGL_HUFFMAN_MAX_SYMBOLS];
  uint16_t words[KGL_HUFFMAN_MAX_SYMBOLS];
} plain_code;

static void assign_words(plain_code *plain) {
  uint32_t length, symbol, word = 0;
  for (length = 1; length <= KGL_HUFFMAN_MAX_LENGTH; length++, word <<= 1) {
    for (symbol = 0; symbol < plain->symbols; symbol++) {
      if (plain->lengths[symbol] == length) plain->words[symbol] = (uint16_t)word++;
    }
  }
  require(plain->used < 2 || word == 2u << KGL_HUFFMAN_MAX_LENGTH, "a code that is not complete");
}

static void read_lengths(plain_code *plain, const kgl_alphabet *alphabet) {
  kgl_lengths lengths;
  uint32_t symbol, last = 0;
  plain->symbols = alphabet->symbols;
  plain->used = plain->longest = 0;
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    uint32_t length = kgl_lengths_next(&lengths);
    require(length <= KGL_HUFFMAN_MAX_LENGTH, "a length above 12 in a checked alphabet");
    plain->lengths[symbol] = (uint8_t)length;
    plain->used += length > 0;
    if (length > 0 && length >= plain->longest) {
      plain->longest = length;
      last = symbol;
    }
  }
  require(plain->used == alphabet->used, "used symbols");
  require(plain->used == 0 || last == alphabet->last, "the last symbol");
  require(alphabet->longest == (plain->used < 2 ? 0 : plain->longest), "the longest word");
}

/* The symbol whose word begins the window (lowest bit first), by comparing with every word. */
static uint32_t plain_symbol(const plain_code *plain, uint32_t window) {
  uint32_t symbol, bit;
  for (symbol = 0; symbol < plain->symbols; symbol++) {
    uint32_t length = plain->lengths[symbol], word = 0;
    for (bit = 0; bit < length; bit++) word = word << 1 | (window >> bit & 1u);
    if (length > 0 && word == plain->words[symbol]) return symbol;
  }
  abort(); /* a complete code has a word for every window */
}

/* Each word as it was dealt out: the plain word, first bit lowest. */
static void check_words(const plain_code *plain, const kgl_code *code) {
  kgl_words words;
  uint32_t symbol, bit;
  kgl_words_begin(&words, code);
  for (symbol = 0; symbol < plain->symbols; symbol++) {
    uint32_t length = plain->lengths[symbol], word, reversed = 0;
    if (length == 0) continue;
    word = kgl_words_take(&words, length);
    for (bit = 0; bit < length; bit++) reversed = reversed << 1 | (word >> bit & 1u);
    require(reversed == plain->words[symbol] && word >> length == 0, "another word");
  }
}

/* Decode a window at each bit where a long word begins. */
static void check_decoding(const plain_code *plain, const kgl_code *code, const uint8_t *bits,
                           size_t bytes) {
  size_t at = 0;
  while (at + 16 <= 8 * bytes) {
    const uint8_t *p = bits + at / 8;
    uint32_t window = p[0] | (uint32_t)p[1] << 8, expected, symbol = 0;
    if (at % 8 != 0) window |= (uint32_t)p[2] << 16;
    window = window >> at % 8 & 0xFFFFu;
    expected = plain_symbol(plain, window);
    if (plain->lengths[expected] > code->window) {
      uint32_t length = kgl_code_symbol(code, window, &symbol);
      require(symbol == expected && length == plain->lengths[expected], "another symbol");
    }
    at += plain->lengths[expected];
  }
}

static void check_code(const kgl_alphabet *alphabet, const uint8_t *bits, size_t bytes) {
  uint32_t memory_bytes = 4 * kgl_code_words(alphabet);
  uint8_t *memory = malloc(memory_bytes);
  plain_code plain;
  kgl_code code;
  require(memory_bytes == 0 || memory != NULL, "out of memory");
  read_lengths(&plain, alphabet);
  accepted++;
  with_long_words += memory_bytes > 0;
  assign_words(&plain);
  kgl_code_prepare(&code, alphabet, memory);
  if (plain.used > 1) {
    check_words(&plain, &code);
    check_decoding(&plain, &code, bits, bytes);
  }
  free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  kgl_alphabet alphabet;
  uint8_t *description;
  size_t count;
  executions++;
  if (bytes < 2) return 0;
  count = data[1] < bytes - 2 ? data[1] : bytes - 2;
  description = malloc(count > 0 ? count : 1);
  require(description != NULL, "out of memory");
  memcpy(description, data + 2, count);
  memset(&alphabet, 0, sizeof alphabet);
  alphabet.lengths = description;
  alphabet.end = description + count;
  alphabet.symbols = (uint16_t)(data[0] + 1u);
  if (kgl_alphabet_check(&alphabet)) {
    require(alphabet.end >= description && alphabet.end <= description + count, "the end");
    check_code(&alphabet, data + 2 + count, bytes - 2 - count);
  }
  free(description);
  return 0;
}

static void print_counts(void) {
  fprintf(stderr, "executions %lu, codes accepted %lu, of them with words beyond the table %lu\n",
          executions, accepted, with_long_words);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  atexit(print_counts);
  return 0;
}
