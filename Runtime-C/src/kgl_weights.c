/* The decoder of a layer before its first row: how much memory it needs, how long a bank's pad must
 * be for it, and its look-up tables. kgl_rows.c reads rows with them. */
#include "kgl_weights.h"

static uint32_t window_bits(const kgl_alphabet *alphabet) {
  return alphabet->longest < KGL_HUFFMAN_TABLE_BITS ? alphabet->longest : KGL_HUFFMAN_TABLE_BITS;
}

uint32_t kgl_weights_words(const kgl_weights *weights) {
  uint32_t words = 0;
  if (weights->mask == KGL_MASK_GAPS) {
    words += (1u << window_bits(&weights->gaps)) + kgl_code_words(&weights->gaps);
  }
  if (weights->values == KGL_VALUES_TABLE) {
    words += (2u << window_bits(&weights->codes)) + kgl_code_words(&weights->codes);
  }
  return words;
}

uint32_t kgl_weights_pad_bytes(const kgl_weights *weights) {
  const kgl_alphabet *gaps = &weights->gaps;
  uint32_t advance, symbol_bits;
  uint64_t bits;
  if (weights->mask != KGL_MASK_GAPS || weights->values == KGL_VALUES_RAW) return 4;
  advance = gaps->last == gaps->symbols - 1u ? gaps->last : gaps->last + 1u;
  if (gaps->used == 0) advance = 1; /* has no lanes with bits */
  symbol_bits = (uint32_t)gaps->longest + weights->codes.longest;
  bits = (uint64_t)((weights->columns + advance - 1) / advance) * symbol_bits;
  bits = (bits + 7) / 8 + 4;
  return bits > 0xFFFFFFFFu ? 0xFFFFFFFFu : (uint32_t)bits;
}

/* Fill the gap table; returns the words used. */
static uint32_t build_gaps(kgl_filters *filters, uint32_t *table) {
  const kgl_alphabet *alphabet = &filters->weights->gaps;
  uint32_t slots = 1u << window_bits(alphabet);
  uint32_t jump = alphabet->symbols - 1u;
  uint32_t symbol, slot;
  kgl_lengths lengths;
  kgl_words words;
  kgl_code_prepare(&filters->gap_code, alphabet, (uint8_t *)(table + slots));
  filters->gaps = table;
  if (alphabet->used == 1) {
    table[0] = alphabet->last == jump ? KGL_GAP_RARE : (alphabet->last + 1u) << 8;
    return slots;
  }
  if (alphabet->longest > KGL_HUFFMAN_TABLE_BITS) {
    for (slot = 0; slot < slots; slot++) table[slot] = KGL_GAP_ESCAPE;
  }
  kgl_words_begin(&words, &filters->gap_code);
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol <= jump; symbol++) {
    uint32_t length = kgl_lengths_next(&lengths);
    uint32_t entry = (symbol == jump ? KGL_GAP_RARE : (symbol + 1) << 8) | length;
    if (length == 0 || length > filters->gap_code.window) continue;
    for (slot = kgl_words_take(&words, length); slot < slots; slot += 1u << length) {
      table[slot] = entry;
    }
  }
  return slots + kgl_code_words(alphabet);
}

/* What joint symbol number `symbol` says, as a slot's length field without the code's length;
 * *value is the weight, or 0 for a jump. */
uint32_t kgl_joint_symbol(const kgl_weights *weights, uint32_t symbol, float *value) {
  uint32_t gap = symbol / weights->table.count;
  *value = 0.0f;
  if (gap == weights->jump) return KGL_GAP_RARE;
  *value = kgl_number(&weights->table, symbol % weights->table.count);
  return gap << KGL_JOINT_SHIFT;
}

/* Fill the value table, or that of joint symbols. */
static void build_values(kgl_filters *filters, uint32_t *memory) {
  const kgl_alphabet *alphabet = &filters->weights->codes;
  uint32_t slots = 1u << window_bits(alphabet);
  kgl_value *table = (kgl_value *)memory;
  const int is_joint = KGL_JOINT_ROWS && filters->weights->mask == KGL_MASK_JOINT;
  uint32_t symbol, slot;
  kgl_lengths lengths;
  kgl_words words;
  kgl_code_prepare(&filters->value_code, alphabet, (uint8_t *)(table + slots));
  filters->values = table;
  for (slot = 0; slot < slots; slot++) {
    table[slot].value = 0.0f;
    table[slot].length = is_joint ? KGL_JOINT_ESCAPE : 0;
  }
  if (alphabet->used == 1) {
    if (is_joint) {
      table[0].length = kgl_joint_symbol(filters->weights, alphabet->last, &table[0].value);
    } else {
      table[0].value = kgl_number(&filters->weights->table, alphabet->last);
    }
    return;
  }
  kgl_words_begin(&words, &filters->value_code);
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    uint32_t length = kgl_lengths_next(&lengths), bits = length;
    float value;
    if (length == 0 || length > filters->value_code.window) continue;
    if (is_joint) {
      length |= kgl_joint_symbol(filters->weights, symbol, &value);
    } else {
      value = kgl_number(&filters->weights->table, symbol);
    }
    for (slot = kgl_words_take(&words, bits); slot < slots; slot += 1u << bits) {
      table[slot].value = value;
      table[slot].length = length;
    }
  }
}

void kgl_filters_open(kgl_filters *filters, const kgl_model *model, const kgl_weights *weights,
                      uint32_t *tables) {
  filters->model = model;
  filters->weights = weights;
  filters->lanes = weights->lanes;
  filters->rows_left = 0;
  if (weights->mask == KGL_MASK_GAPS) tables += build_gaps(filters, tables);
  if (weights->values == KGL_VALUES_TABLE) build_values(filters, tables);
}
