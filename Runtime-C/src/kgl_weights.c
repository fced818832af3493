/* The decoder of a layer before its first row: how much memory it needs, how long a bank's pad must
 * be for it, and its look-up tables. kgl_rows.c reads rows with them. */
#include <stddef.h>

#include "kgl_weights.h"

#if KGL_TABLES
/* Index bits of the tables of a layer's gaps, or of its codes, which are all of one size. */
static uint32_t common_window(const kgl_alphabet *alphabets, uint32_t count) {
  uint32_t window = 0, i;
  for (i = 0; i < count; i++) {
    uint32_t bits = kgl_code_window(&alphabets[i]);
    if (bits > window) window = bits;
  }
  return window;
}
#endif

uint32_t kgl_weights_words(const kgl_weights *weights) {
  uint32_t words = 0, i;
  if (KGL_IS_INDEXED(weights)) return KGL_INDEXED_WORDS;
#if KGL_TABLES
  words = weights->gap_alphabets << common_window(weights->gaps, weights->gap_alphabets);
  words += 2 * weights->alphabets << common_window(weights->codes, weights->alphabets);
#endif
  for (i = 0; i < weights->gap_alphabets; i++) words += kgl_code_words(&weights->gaps[i]);
  for (i = 0; i < weights->alphabets; i++) words += kgl_code_words(&weights->codes[i]);
  return words;
}

/* ceil(a / b) for b <= 256 and a + b < 2^29: bit by bit where a division is a call, of code ten times
 * as long, that a build without convolutions may do without. */
static uint32_t divided_up(uint32_t a, uint32_t b) {
#if KGL_NARROW && !KGL_OP_CONVOLUTION
  uint32_t quotient = 0, part = b;
  a += b - 1;
  while (part <= a >> 4) part <<= 4;
  while (part <= a >> 1) part <<= 1;
  for (;; part >>= 1) {
    quotient <<= 1;
    if (part <= a) {
      a -= part;
      quotient++;
    }
    if (part == b) return quotient;
  }
#else
  return (a + b - 1) / b;
#endif
}

uint32_t kgl_weights_pad_bytes(const kgl_weights *weights) {
  const uint32_t positions = KGL_IS_BY_COLUMNS(weights) ? weights->rows : weights->columns;
  uint32_t value_bits = 0, most = 0, i;
  if (weights->gap_alphabets == 0 || weights->values == KGL_VALUES_RAW) return 4;
  for (i = 0; i < weights->alphabets; i++) {
    if (weights->codes[i].longest > value_bits) value_bits = weights->codes[i].longest;
  }
  for (i = 0; i < weights->gap_alphabets; i++) {
    const kgl_alphabet *gaps = &weights->gaps[i];
    uint32_t advance = gaps->last == weights->jump ? gaps->last : gaps->last + 1u;
    uint32_t pairs, bits = value_bits + gaps->longest, bytes; /* bits of a pair: at most 24 */
    if (gaps->used == 0) advance = 1; /* has no lanes with bits */
    pairs = divided_up(positions, advance); /* at most 2^28 */
    bytes = pairs / 8 * bits + (pairs % 8 * bits + 7) / 8;
    if (bytes > most) most = bytes;
  }
  return most + 4;
}

#if KGL_TABLES
/* Fill the gap table of an alphabet. */
static void build_gaps(const kgl_alphabet *alphabet, kgl_code *code, uint32_t *table,
                       uint32_t slots, uint8_t *memory, uint32_t flat_bits) {
  uint32_t jump = alphabet->symbols - 1u;
  uint32_t symbol, slot, every = KGL_GAP_ESCAPE;
  kgl_lengths lengths;
  kgl_words words;
  kgl_code_prepare(code, alphabet, memory);
  if (alphabet->used == 1) {
    every = alphabet->last == jump ? KGL_GAP_RARE : (alphabet->last + 1u) << 8;
  }
  for (slot = 0; slot < slots; slot++) table[slot] = every;
  if (alphabet->used == 1) return;
  kgl_words_begin(&words, code);
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol <= jump; symbol++) {
    uint32_t length = kgl_lengths_next(&lengths);
    uint32_t entry = (symbol == jump ? KGL_GAP_RARE : (symbol + 1) << 8) | (length + flat_bits);
    if (length == 0 || length > code->window) continue;
    for (slot = kgl_words_take(&words, length); slot < slots; slot += 1u << length) {
      table[slot] = entry;
    }
  }
}

#endif

/* What joint symbol number `symbol` says, as a slot's length field without the code's length;
 * *value is the weight, or 0 for a jump. */
uint32_t kgl_joint_symbol(const kgl_filters *filters, uint32_t symbol, kgl_weight *value) {
  const kgl_weights *weights = filters->weights;
  uint32_t gap = symbol / weights->table.count;
  value->level = 0;
  if (gap == weights->jump) return KGL_GAP_RARE;
  *value = kgl_table_weight(filters, symbol % weights->table.count);
  return gap << KGL_JOINT_SHIFT;
}

#if KGL_TABLES
/* Fill the value table of an alphabet whose words are all equally long: they are the symbols, their
 * bits the other way round. */
static void build_flat_values(kgl_filters *filters, const kgl_alphabet *alphabet,
                              kgl_value *table) {
  const uint32_t top = 1u << (alphabet->longest - 1);
  uint32_t symbol, slot = 0, bit;
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    table[slot].value = kgl_table_weight(filters, symbol);
    table[slot].length = alphabet->longest;
    for (bit = top; (slot & bit) != 0; bit >>= 1) slot ^= bit; /* the next reversed number */
    slot |= bit;
  }
}

/* Fill the value table of an alphabet, or that of joint symbols. */
static void build_values(kgl_filters *filters, const kgl_alphabet *alphabet, kgl_code *code,
                         kgl_value *table, uint8_t *memory) {
  uint32_t slots = 1u << filters->value_window;
  const int is_joint = KGL_JOINT_ROWS && filters->weights->mask == KGL_MASK_JOINT;
  uint32_t symbol, slot;
  kgl_lengths lengths;
  kgl_words words;
  kgl_code_prepare(code, alphabet, memory);
  for (slot = 0; slot < slots; slot++) {
    table[slot].value.level = 0;
    table[slot].length = is_joint ? KGL_JOINT_ESCAPE : 0;
  }
  if (alphabet->used == 1) {
    for (slot = 0; slot < slots; slot++) {
      if (is_joint) {
        table[slot].length = kgl_joint_symbol(filters, alphabet->last, &table[slot].value);
      } else {
        table[slot].value = kgl_table_weight(filters, alphabet->last);
      }
    }
    return;
  }
  kgl_words_begin(&words, code);
  kgl_lengths_begin(&lengths, alphabet);
  for (symbol = 0; symbol < alphabet->symbols; symbol++) {
    uint32_t length = kgl_lengths_next(&lengths), bits = length;
    kgl_weight value;
    if (length == 0 || length > code->window) continue;
    if (is_joint) {
      length |= kgl_joint_symbol(filters, symbol, &value);
    } else {
      value = kgl_table_weight(filters, symbol);
    }
    for (slot = kgl_words_take(&words, bits); slot < slots; slot += 1u << bits) {
      table[slot].value = value;
      table[slot].length = length;
    }
  }
}

/* Whether every code of a layer has the same number of bits, and a code and a gap together so few
 * that two such pairs fit one window. */
static uint32_t flat_bits_of(const kgl_weights *weights) {
#if KGL_INTEGER && KGL_FAST_ROWS
  const kgl_alphabet *codes = &weights->codes[0];
  if ((weights->mask != KGL_MASK_GAPS && !KGL_IS_BY_COLUMNS(weights)) || weights->values != KGL_VALUES_TABLE) return 0;
  if (codes->longest == 0 || codes->used != 1u << codes->longest) return 0;
  if (codes->longest > KGL_HUFFMAN_TABLE_BITS || weights->gaps[0].used < 2) return 0;
  if (weights->gaps[0].longest > KGL_HUFFMAN_TABLE_BITS) return 0;
  return codes->longest + weights->gaps[0].longest <= 12 ? codes->longest : 0;
#else
  (void)weights;
  return 0;
#endif
}

/* The tables of a layer, in the scratch: gaps, values, symbols of long codes. */
static void build(kgl_filters *filters, kgl_place *place) {
  const kgl_weights *weights = filters->weights;
  uint32_t *tables = place->scratch;
  uint32_t i, slots;
  uint8_t *memory;
  filters->flat_bits = filters->is_integer && !filters->is_exact ? flat_bits_of(weights) : 0;
  filters->gap_window = common_window(weights->gaps, weights->gap_alphabets);
  filters->value_window = common_window(weights->codes, weights->alphabets);
  filters->gaps = tables;
  slots = 1u << filters->gap_window;
  filters->values = (const kgl_value *)(tables + weights->gap_alphabets * slots);
  memory = (uint8_t *)(filters->values + (weights->alphabets << filters->value_window));
  for (i = 0; i < weights->gap_alphabets; i++) {
    const kgl_alphabet *gaps = &weights->gaps[i];
    /* Codes longer than the table's index are in `memory`, which is elsewhere in each layer. */
    const int is_kept = weights->gap_alphabets == 1 && place->kept_lengths == gaps->lengths &&
                        place->kept_bits == filters->flat_bits && kgl_code_words(gaps) == 0;
    if (!is_kept) {
      build_gaps(gaps, &filters->gap_codes[i], tables + i * slots, slots, memory,
                 filters->flat_bits);
    }
    memory += 4 * kgl_code_words(gaps);
  }
  place->kept_lengths = weights->gap_alphabets == 1 ? weights->gaps[0].lengths : NULL;
  place->kept_bits = filters->flat_bits;
  tables += weights->gap_alphabets * slots;
  slots = 1u << filters->value_window;
  for (i = 0; i < weights->alphabets; i++) {
    const kgl_alphabet *alphabet = &weights->codes[i];
    if (filters->flat_bits > 0 && alphabet->symbols == alphabet->used) {
      build_flat_values(filters, alphabet, (kgl_value *)tables);
      break;
    }
    build_values(filters, alphabet, &filters->value_codes[i],
                 (kgl_value *)(tables + 2 * slots * i), memory);
    memory += 4 * kgl_code_words(alphabet);
  }
}
#else
/* The symbols of a layer's codes in order of their words, in the scratch. */
static void build(kgl_filters *filters, kgl_place *place) {
  const kgl_weights *weights = filters->weights;
  uint8_t *memory = (uint8_t *)place->scratch;
  uint32_t i;
  for (i = 0; i < weights->gap_alphabets; i++) {
    kgl_code_prepare(&filters->gap_codes[i], &weights->gaps[i], memory);
    memory += 4 * kgl_code_words(&weights->gaps[i]);
  }
  for (i = 0; i < weights->alphabets; i++) {
    kgl_code_prepare(&filters->value_codes[i], &weights->codes[i], memory);
    memory += 4 * kgl_code_words(&weights->codes[i]);
  }
}
#endif

void kgl_filters_open(kgl_filters *filters, kgl_place *place, const kgl_step *step) {
  filters->model = place->model;
  filters->weights = &step->weights;
  filters->lanes = step->weights.lanes;
  filters->rows_left = 0;
  filters->row = 0;
  filters->row_class = 0;
  filters->is_behind = 0;
  filters->is_integer = KGL_IS_INTEGER(step) ? 1 : 0;
  filters->is_exact = KGL_IS_INTEGER(step) && KGL_IS_EXACT(step);
  filters->x_flip = 0;
#if KGL_INTEGER
  if (KGL_IS_INTEGER(step) && (step->form.integer.types & KGL_X_IS_SIGNED) != 0) filters->x_flip = 128;
#endif
  build(filters, place);
}
