/* Canonical codes: words of one length are consecutive numbers, and the first word of length n + 1
 * is twice the first free one of length n. So the count of words of each length is the whole code.
 * A reader that goes bit by bit keeps the first word of the present length and how many symbols
 * come before it (D. Hirschberg and D. Lelewer, "Efficient decoding of prefix codes", 1990). */
#include "kgl_huffman.h"

#include <stddef.h>

int kgl_alphabet_check(kgl_alphabet *alphabet) {
  uint32_t symbol, space = 0;
  alphabet->used = 0;
  alphabet->last = 0;
  alphabet->longest = 0;
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    uint32_t length = kgl_alphabet_length(alphabet, symbol);
    if (length > KGL_HUFFMAN_MAX_LENGTH) return 0;
    if (length == 0) continue;
    alphabet->used++;
    space += 1u << (KGL_HUFFMAN_MAX_LENGTH - length); /* at most 256 x 2^11 */
    if (length >= alphabet->longest) {
      alphabet->longest = (uint8_t)length;
      alphabet->last = (uint16_t)symbol;
    }
  }
  if (alphabet->symbols % 2 != 0 && alphabet->lengths[symbol / 2] >> 4 != 0) return 0;
  if (alphabet->used == 0) return 1;
  if (alphabet->used == 1) {
    int is_marked = alphabet->longest == 1;
    alphabet->longest = 0; /* the one symbol takes no bits */
    return is_marked;
  }
  return space == 1u << KGL_HUFFMAN_MAX_LENGTH;
}

uint32_t kgl_code_words(const kgl_alphabet *alphabet) {
  return alphabet->longest > KGL_HUFFMAN_TABLE_BITS ? (alphabet->symbols + 3u) / 4u : 0;
}

void kgl_code_prepare(kgl_code *code, const kgl_alphabet *alphabet, uint8_t *memory) {
  uint16_t place[KGL_HUFFMAN_MAX_LENGTH + 2];
  uint32_t symbol, length;
  code->sorted = NULL;
  code->window = alphabet->longest < KGL_HUFFMAN_TABLE_BITS ? alphabet->longest
                                                            : KGL_HUFFMAN_TABLE_BITS;
  for (length = 0; length <= KGL_HUFFMAN_MAX_LENGTH; length++) code->count[length] = 0;
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    code->count[kgl_alphabet_length(alphabet, symbol)]++;
  }
  code->count[0] = 0;
  if (alphabet->longest <= KGL_HUFFMAN_TABLE_BITS) return;

  place[0] = 0;
  for (length = 0; length <= KGL_HUFFMAN_MAX_LENGTH; length++) {
    place[length + 1] = (uint16_t)(place[length] + code->count[length]);
  }
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    length = kgl_alphabet_length(alphabet, symbol);
    if (length != 0) memory[place[length]++] = (uint8_t)symbol;
  }
  code->sorted = memory;
}

static uint32_t reversed(uint32_t word, uint32_t length) {
  uint32_t result = 0;
  for (; length > 0; length--, word >>= 1) result = result << 1 | (word & 1u);
  return result;
}

void kgl_words_begin(kgl_words *words, const kgl_code *code) {
  uint32_t length, next = 0;
  words->next[0] = 0;
  for (length = 1; length <= KGL_HUFFMAN_MAX_LENGTH; length++) {
    next = (next + code->count[length - 1]) << 1; /* at most 2^12: the lengths were checked */
    words->next[length] = (uint16_t)reversed(next, length);
  }
}

/* Counts in reversed words: the carry goes down from the word's last bit. */
uint32_t kgl_words_take(kgl_words *words, uint32_t length) {
  uint32_t word = words->next[length];
  uint32_t next = word, bit = 1u << (length - 1);
  for (; (next & bit) != 0; bit >>= 1) next ^= bit;
  words->next[length] = (uint16_t)(next | bit);
  return word;
}

uint32_t kgl_code_symbol(const kgl_code *code, uint32_t window, uint32_t *symbol) {
  uint32_t word = 0, first = 0, before = 0, length;
  for (length = 1; length < KGL_HUFFMAN_MAX_LENGTH; length++) {
    uint32_t count = code->count[length];
    word |= window & 1u;
    if (word - first < count) break;
    before += count;
    first = (first + count) << 1;
    word <<= 1;
    window >>= 1;
  }
  if (length == KGL_HUFFMAN_MAX_LENGTH) word |= window & 1u;
  *symbol = code->sorted[before + (word - first)]; /* within: the code is complete */
  return length;
}
