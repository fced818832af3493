/* Canonical codes: words of one length are consecutive numbers, and the first word of length n + 1
 * is twice the first free one of length n. So the count of words of each length is the whole code.
 * A reader that goes length by length keeps the first word of the present one and how many symbols
 * come before it; those that the table knows it passes over (D. Hirschberg and D. Lelewer,
 * "Efficient decoding of prefix codes", 1990). */
#include "kgl_huffman.h"

#include <stddef.h>

void kgl_lengths_begin(kgl_lengths *lengths, const kgl_alphabet *alphabet) {
  lengths->bytes = alphabet->lengths;
  lengths->byte_count = (uint32_t)(alphabet->end - alphabet->lengths);
  lengths->at = 0;
  lengths->last = 0;
}

/* A description of 4 bits (while there is no last length) or 1 to 8. Behind the end all bits are
 * 1, and 15 is no length. */
uint32_t kgl_lengths_next(kgl_lengths *lengths) {
  const uint8_t *at = lengths->bytes + (lengths->at >> 3);
  const uint32_t rest = lengths->byte_count - (lengths->at >> 3);
  uint32_t window = 0xFF00u, ones = 0, length = lengths->last;
  if (rest > 1) window = (uint32_t)at[1] << 8;
  window |= rest > 0 ? at[0] : 0xFFu;
  window >>= lengths->at & 7u; /* at least 9 bits */
  if (length == 0) {
    lengths->at += 4;
    length = window & 15u;
  } else {
    while (ones < 4 && (window >> ones & 1u) != 0) ones++;
    lengths->at += ones < 4 ? ones + 1 : 8;
    if (ones == 1) length++;
    if (ones == 2) length--;
    if (ones == 4) length = window >> 4 & 15u;
    if (length == 0) length = 15; /* no word is said in another way */
    if (ones == 3) length = 0;
  }
  if (length != 0) lengths->last = length;
  return (lengths->at + 7) / 8 > lengths->byte_count ? 15 : length;
}

#if KGL_FAST_ROWS
/* Reads the description as kgl_lengths_next does, but symbols of one length that follow one another
 * together: a hostile blob is opened in much of its time here. Behind the end all bits are 1. */
int kgl_alphabet_check(kgl_alphabet *alphabet) {
  const uint8_t *at = alphabet->lengths, *const end = alphabet->end;
  uint32_t window = 0, have = 0, beyond = 0; /* bits at hand, and how many of them lie behind the end */
  uint32_t left = alphabet->symbols, last = 0, longest = 0, space = 0;
  uint16_t *const count = alphabet->count;
  uint32_t length;
  for (length = 0; length <= KGL_HUFFMAN_MAX_LENGTH; length++) count[length] = 0;
  alphabet->used = 0;
  alphabet->changes = 0;
  while (left > 0) {
    uint32_t run = 1, bits = 4;
    if (have < 8) {
      if (at < end) {
        window |= (uint32_t)*at++ << have;
      } else {
        window |= 0xFFu << have;
        beyond += 8;
      }
      have += 8;
    }
    length = last;
    if (length == 0) {
      length = window & 15u;
    } else if ((window & 1u) == 0) {
      bits = 1;
    } else if ((window & 2u) == 0) {
      bits = 2;
      length++;
    } else if ((window & 4u) == 0) {
      bits = 3;
      if (--length == 0) return 0; /* no word is said in another way */
    } else if ((window & 8u) == 0) {
      length = 0;
    } else {
      bits = 8;
      length = window >> 4 & 15u;
      if (length == 0) return 0;
    }
    window >>= bits;
    have -= bits;
    if (length != last && last != 0) alphabet->changes++;
    if (length == 0) {
      left--;
      continue;
    }
    if (length > KGL_HUFFMAN_MAX_LENGTH) return 0;
    last = length;
    if ((window & 1u) == 0) { /* the same again */
      if (window == 0) {
        run += have;
      } else {
        for (; (window & 1u) == 0; run++) window >>= 1;
      }
      if (run > left) { /* the bits behind the description */
        window <<= run - left;
        run = left;
      }
      have -= run - 1;
      for (; have == 0 && left - run >= 8 && at < end && *at == 0; at++) run += 8;
    }
    left -= run;
    count[length] = (uint16_t)(count[length] + run);
    if (length >= longest) {
      longest = length;
      alphabet->last = (uint16_t)(alphabet->symbols - left - 1);
    }
  }
  if (have < beyond) return 0; /* the description goes on behind the end */
  have -= beyond;
  if ((window & ((1u << have % 8) - 1)) != 0) return 0;
  alphabet->end = at - have / 8;
  for (length = 1; length <= longest; length++) {
    alphabet->used = (uint16_t)(alphabet->used + count[length]);
    space += (uint32_t)count[length] << (KGL_HUFFMAN_MAX_LENGTH - length); /* at most 256 x 2^11 */
  }
  alphabet->longest = alphabet->used < 2 ? 0 : (uint8_t)longest; /* one symbol takes no bits */
  if (alphabet->used == 0) alphabet->last = 0;
  if (alphabet->used < 2) return longest == alphabet->used;
  return space == 1u << KGL_HUFFMAN_MAX_LENGTH;
}
#else
int kgl_alphabet_check(kgl_alphabet *alphabet) {
  kgl_lengths lengths;
  uint32_t symbol, space = 0;
  kgl_lengths_begin(&lengths, alphabet);
  alphabet->used = 0;
  alphabet->last = 0;
  alphabet->longest = 0;
  alphabet->changes = 0;
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    const uint32_t last = lengths.last, length = kgl_lengths_next(&lengths);
    if (length > KGL_HUFFMAN_MAX_LENGTH) return 0;
    if (last != 0 && length != last) alphabet->changes++;
    if (length == 0) continue;
    alphabet->used++;
    space += 1u << (KGL_HUFFMAN_MAX_LENGTH - length); /* at most 256 x 2^11 */
    if (length >= alphabet->longest) {
      alphabet->longest = (uint8_t)length;
      alphabet->last = (uint16_t)symbol;
    }
  }
  if (lengths.at % 8 != 0 && lengths.bytes[lengths.at / 8] >> lengths.at % 8 != 0) return 0;
  alphabet->end = lengths.bytes + (lengths.at + 7) / 8;
  if (alphabet->used == 0) return 1;
  if (alphabet->used == 1) {
    int is_marked = alphabet->longest == 1;
    alphabet->longest = 0; /* the one symbol takes no bits */
    return is_marked;
  }
  return space == 1u << KGL_HUFFMAN_MAX_LENGTH;
}
#endif

/* Whether the symbols are needed in order of their words: there are words, and not all of them are
 * found in a look-up table. */
static int needs_sorted(const kgl_alphabet *alphabet) {
  return alphabet->longest > KGL_HUFFMAN_TABLE_BITS;
}

uint32_t kgl_code_words(const kgl_alphabet *alphabet) {
  return needs_sorted(alphabet) ? (alphabet->symbols + 3u) / 4u : 0;
}

#if KGL_HUFFMAN_TABLE_BITS > 0
/* What a walk knows that begins behind the codes of the look-up table. */
static void pass_over_window(kgl_code *code) {
  uint32_t length, first = 0, before = 0;
  for (length = 1; length <= code->window; length++) {
    before += code->count[length];
    first = (first + code->count[length]) << 1;
  }
  code->first = (uint16_t)first;
  code->before = (uint16_t)before;
}
#endif

void kgl_code_prepare(kgl_code *code, const kgl_alphabet *alphabet, uint8_t *memory) {
  uint16_t place[KGL_HUFFMAN_MAX_LENGTH + 1];
  kgl_lengths lengths;
  uint32_t symbol, length, sum = 0;
  code->sorted = NULL;
#if KGL_KEEPS_COUNTS
  for (length = 0; length <= KGL_HUFFMAN_MAX_LENGTH; length++) {
    code->count[length] = alphabet->count[length];
  }
#else
  for (length = 0; length <= KGL_HUFFMAN_MAX_LENGTH; length++) code->count[length] = 0;
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol < alphabet->symbols; symbol++) code->count[kgl_lengths_next(&lengths)]++;
  code->count[0] = 0;
#endif
#if KGL_HUFFMAN_TABLE_BITS > 0
  code->window = (uint8_t)kgl_code_window(alphabet);
#endif
  if (!needs_sorted(alphabet)) return;
#if KGL_HUFFMAN_TABLE_BITS > 0
  pass_over_window(code);
#endif
  for (length = 1; length <= KGL_HUFFMAN_MAX_LENGTH; length++) {
    place[length] = (uint16_t)sum;
    sum += code->count[length];
  }
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    length = kgl_lengths_next(&lengths);
    if (length != 0) memory[place[length]++] = (uint8_t)symbol;
  }
  KGL_ASSERT(sum == alphabet->used && sum <= 4 * kgl_code_words(alphabet));
  code->sorted = memory;
}

#if KGL_HUFFMAN_TABLE_BITS > 0
/* The lowest `length` bits, at most 16, the other way round. */
static uint32_t reversed(uint32_t word, uint32_t length) {
  word = (word & 0x5555u) << 1 | (word >> 1 & 0x5555u);
  word = (word & 0x3333u) << 2 | (word >> 2 & 0x3333u);
  word = (word & 0x0F0Fu) << 4 | (word >> 4 & 0x0F0Fu);
  word = (word & 0x00FFu) << 8 | (word >> 8 & 0x00FFu);
  return word >> (16 - length);
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
  uint32_t bits = reversed(window, 16), first = code->first, before = code->before;
  uint32_t length = code->window + 1u;
  for (; length < KGL_HUFFMAN_MAX_LENGTH; length++) {
    uint32_t count = code->count[length];
    if ((bits >> (16 - length)) - first < count) break;
    before += count;
    first = (first + count) << 1;
  }
  *symbol = code->sorted[before + ((bits >> (16 - length)) - first)]; /* within: it is complete */
  return length;
}
#else
uint32_t kgl_code_symbol(const kgl_code *code, uint32_t window, uint32_t *symbol) {
  uint32_t word = 0, first = 0, before = 0, length;
  for (length = 1;; length++, window >>= 1) {
    uint32_t count = code->count[length];
    word = word << 1 | (window & 1u);
    if (word - first < count || length == KGL_HUFFMAN_MAX_LENGTH) break; /* at most: it is complete */
    before += count;
    first = (first + count) << 1;
  }
  *symbol = code->sorted[before + (word - first)];
  return length;
}
#endif
