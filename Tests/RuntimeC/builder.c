#include "builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Bytes ----------------------------------------------------------------------------------- */

void put_byte(bytes *b, uint32_t value) {
  if (b->count == b->room) {
    b->room = b->room * 2 + 64;
    b->data = realloc(b->data, b->room);
    if (b->data == NULL) abort();
  }
  b->data[b->count++] = (uint8_t)value;
}

void put_word(bytes *b, uint32_t value) {
  int i;
  for (i = 0; i < 4; i++) put_byte(b, value >> 8 * i & 255u);
}

void put_varint(bytes *b, uint32_t value) {
  while (value >= 128) {
    put_byte(b, (value & 127u) | 128u);
    value >>= 7;
  }
  put_byte(b, value);
}

void put_float(bytes *b, float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  put_word(b, word);
}

void put_bytes(bytes *b, const void *data, uint32_t count) {
  uint32_t i;
  for (i = 0; i < count; i++) put_byte(b, ((const uint8_t *)data)[i]);
}

void bytes_free(bytes *b) {
  free(b->data);
  memset(b, 0, sizeof *b);
}

uint16_t half_of(float value) {
  uint32_t sign = value < 0 ? 0x8000u : 0;
  double magnitude = fabs((double)value);
  int exponent;
  double steps;
  if (magnitude == 0) return (uint16_t)sign;
  frexp(magnitude, &exponent);          /* magnitude = 0.5...1 x 2^exponent */
  if (exponent < -13) exponent = -13;   /* subnormals share the smallest normal's step */
  steps = nearbyint(ldexp(magnitude, 11 - exponent));
  /* Adding the steps to a biased exponent lets a carry run into it. */
  return (uint16_t)(sign + (((uint32_t)(exponent + 13) << 10) + (uint32_t)steps));
}

float float_of_half(uint16_t half) {
  int exponent = half >> 10 & 31;
  double fraction = half & 1023;
  double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction + 1024, exponent - 25);
  return (float)(half & 0x8000 ? -value : value);
}

uint32_t crc_of(uint32_t crc, const uint8_t *data, uint32_t count) {
  uint32_t i;
  int bit;
  crc = ~crc;
  for (i = 0; i < count; i++) {
    crc ^= data[i];
    for (bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? 0xEDB88320u : 0);
  }
  return ~crc;
}

/* --- Codes ----------------------------------------------------------------------------------- */

void code_assign(code *c) {
  uint32_t length, symbol, word = 0;
  for (length = 1; length <= 12; length++) {
    word <<= 1;
    for (symbol = 0; symbol < c->symbols; symbol++) {
      if (c->lengths[symbol] == length) c->words[symbol] = (uint16_t)word++;
    }
  }
}

static uint32_t used_symbols(const code *c) {
  uint32_t symbol, used = 0;
  for (symbol = 0; symbol < c->symbols; symbol++) used += c->lengths[symbol] != 0;
  return used;
}

void put_bits(bit_string *s, uint32_t value, uint32_t count) {
  uint32_t i;
  for (i = 0; i < count; i++) {
    if (s->bits % 8 == 0) put_byte(&s->bytes, 0);
    s->bytes.data[s->bits / 8] |= (uint8_t)((value >> i & 1u) << s->bits % 8);
    s->bits++;
  }
}

void put_symbol(bit_string *s, const code *c, uint32_t symbol) {
  int bit;
  if (used_symbols(c) < 2) return; /* the one symbol is coded in no bits */
  for (bit = c->lengths[symbol] - 1; bit >= 0; bit--) put_bits(s, c->words[symbol] >> bit & 1u, 1);
}

void put_lengths(bytes *b, const code *c) {
  bit_string s;
  uint32_t i, last = 0;
  memset(&s, 0, sizeof s);
  for (i = 0; i < c->symbols; i++) {
    uint32_t length = c->lengths[i];
    if (last == 0) {
      put_bits(&s, length, 4);
    } else if (length == last) {
      put_bits(&s, 0, 1);
    } else if (length == last + 1) {
      put_bits(&s, 1, 2);
    } else if (length == 0) {
      put_bits(&s, 7, 4);
    } else if (length == last - 1) {
      put_bits(&s, 3, 3);
    } else {
      put_bits(&s, 15, 4);
      put_bits(&s, length, 4);
    }
    if (length != 0) last = length;
  }
  put_bytes(b, s.bytes.data, s.bytes.count);
  bytes_free(&s.bytes);
}

/* --- Blobs ----------------------------------------------------------------------------------- */

void builder_begin(builder *b) {
  memset(b, 0, sizeof *b);
  b->bank_count = 1;
}

void builder_free(builder *b) {
  int i;
  bytes_free(&b->plan);
  bytes_free(&b->states);
  bytes_free(&b->inputs);
  bytes_free(&b->outputs);
  bytes_free(&b->steps);
  bytes_free(&b->parameters);
  bytes_free(&b->ancillary);
  bytes_free(&b->self_test);
  for (i = 0; i < MAX_BANKS; i++) bytes_free(&b->banks[i]);
}

uint32_t builder_place(builder *b, uint32_t words) {
  uint32_t place = b->arena_words;
  b->arena_words += words;
  return place;
}

void put_tensor(bytes *b, uint32_t place, uint32_t rank, const uint32_t *sizes) {
  uint32_t i;
  put_varint(b, place);
  put_varint(b, rank);
  for (i = 0; i < rank; i++) put_varint(b, sizes[i]);
}

void builder_input(builder *b, uint32_t place, uint32_t rank, const uint32_t *sizes) {
  put_tensor(&b->inputs, place, rank, sizes);
  put_byte(&b->inputs, 0);
  put_varint(&b->inputs, 0);
  b->input_count++;
}

void builder_output(builder *b, uint32_t place, uint32_t rank, const uint32_t *sizes) {
  put_tensor(&b->outputs, place, rank, sizes);
  b->output_count++;
}

void builder_step(builder *b, uint32_t opcode, uint32_t field_count, const uint32_t *fields) {
  uint32_t i;
  put_byte(&b->steps, opcode);
  for (i = 0; i < field_count; i++) put_varint(&b->steps, fields[i]);
  b->step_count++;
}

void builder_integer_step(builder *b, uint32_t opcode, uint32_t types, uint32_t field_count,
                          const uint32_t *fields) {
  uint32_t i;
  put_byte(&b->steps, opcode + 32);
  put_byte(&b->steps, types);
  for (i = 0; i < field_count; i++) put_varint(&b->steps, fields[i]);
  b->step_count++;
}

static void put_byte_tensor(bytes *b, uint32_t place, uint32_t type, uint32_t count) {
  put_varint(b, place);
  put_varint(b, 8 * type + 1);
  put_varint(b, count);
  put_float(b, 0.25f);
}

void builder_byte_input(builder *b, uint32_t place, uint32_t type, uint32_t count) {
  put_byte_tensor(&b->inputs, place, type, count);
  put_byte(&b->inputs, 0);
  put_varint(&b->inputs, 0);
  b->input_count++;
}

void builder_byte_output(builder *b, uint32_t place, uint32_t type, uint32_t count) {
  put_byte_tensor(&b->outputs, place, type, count);
  b->output_count++;
}

void builder_state(builder *b, uint32_t place, uint32_t count, const float *numbers) {
  put_tensor(&b->states, place, 1, &count);
  put_byte(&b->states, numbers == NULL ? ABSENT : FLOAT);
  if (numbers != NULL) put_varint(&b->states, b->parameters.count);
  for (; numbers != NULL && count > 0; count--) put_float(&b->parameters, *numbers++);
  b->state_count++;
}

void builder_byte_state(builder *b, uint32_t place, uint32_t type, uint32_t zero, uint32_t count, const uint8_t *elements) {
  put_varint(&b->states, place);
  put_varint(&b->states, 1 + 8 * (zero == 0 ? type : 5 - type));
  put_varint(&b->states, count);
  put_float(&b->states, 0.5f);
  if (zero != 0) put_byte(&b->states, zero);
  put_byte(&b->states, elements != NULL);
  if (elements != NULL) {
    put_varint(&b->states, b->parameters.count);
    put_bytes(&b->parameters, elements, count);
  }
  b->state_count++;
}

void builder_place_output(builder *b, uint32_t place, uint32_t count) {
  put_varint(&b->outputs, place);
  put_varint(&b->outputs, 8 * 5 + 1);
  put_varint(&b->outputs, count);
  b->output_count++;
}

void put_activation(builder *b, uint32_t kind, float first, float second) {
  put_byte(&b->steps, kind);
  if (kind == 2 || kind == 3 || kind == 6) put_float(&b->steps, first);
  if (kind == 3 || kind == 6) put_float(&b->steps, second);
}

void put_numbers(builder *b, const float *values, uint32_t count, int precision, float *stored) {
  bytes *p = &b->parameters;
  uint32_t i;
  float largest = 0, scale;
  put_byte(&b->steps, (uint32_t)precision);
  if (precision == ABSENT) return;
  put_varint(&b->steps, p->count);
  for (i = 0; i < count; i++) largest = fmaxf(largest, fabsf(values[i]));
  scale = largest == 0 ? 1 : largest / 127;
  if (precision == SHORTS) scale /= 256;
  if (precision >= SCALED) put_float(p, scale);
  for (i = 0; i < count; i++) {
    float as_read = values[i];
    if (precision == HALF) {
      uint16_t half = half_of(values[i]);
      put_byte(p, half & 255u);
      put_byte(p, half >> 8);
      as_read = float_of_half(half);
    } else if (precision == FLOAT) {
      put_float(p, values[i]);
    } else {
      int step = (int)lrintf(values[i] / scale);
      put_byte(p, (uint32_t)step & 255u);
      if (precision == SHORTS) put_byte(p, (uint32_t)step >> 8 & 255u);
      as_read = scale * (float)step;
    }
    if (stored != NULL) stored[i] = as_read;
  }
}

/* --- Layers ---------------------------------------------------------------------------------- */

static uint32_t levels_of(const layer *l) {
  return l->mask == JOINT ? (l->codes.symbols - 1) / l->jump : l->codes.symbols;
}

/* before: the weight at the position before, in the lane; else 0. */
static void put_value(bit_string *s, const layer *l, float value, float before) {
  const code *codes = &l->codes;
  uint32_t symbol, word;
  if (l->values == BESIDE && before != 0) codes = &l->beside[before < 0 ? 0 : 1];
  if (l->values == RAW) {
    memcpy(&word, &value, 4);
    put_bits(s, word, 32);
    return;
  }
  for (symbol = 0; symbol < codes->symbols; symbol++) {
    if (codes->lengths[symbol] != 0 && l->table[symbol] == value) {
      put_symbol(s, codes, symbol);
      return;
    }
  }
  abort(); /* a weight that no level has */
}

/* The smallest symbol at or above `least` that has a code; symbols if none has. */
static uint32_t symbol_from(const code *c, uint32_t least) {
  while (least < c->symbols && c->lengths[least] == 0) least++;
  return least;
}

/* So many zeros, then a survivor or, for the last ones of a lane, its end: there any symbol that
 * reaches the end will do. `from` is the position of the first zero, from the beginning of the lane's
 * first row. */
static void put_gap(bit_string *s, const layer *l, uint32_t zeros, int is_last, uint32_t first_row,
                    uint32_t from) {
  uint32_t jump = l->gaps.symbols - 1, behind = from > 0;
  if (is_last && zeros == 0) return; /* the lane ended with a value */
  for (;; from += jump, behind = 0) {
    uint32_t row = first_row + (from - behind) / l->columns;
    const code *c = l->mask == ROWS && l->classes[row] ? &l->second_gaps : &l->gaps;
    uint32_t symbol = is_last ? symbol_from(c, zeros) : zeros;
    if (symbol < jump || (is_last && symbol == jump)) {
      if (c->lengths[symbol] == 0) abort(); /* the alphabet cannot say it */
      put_symbol(s, c, symbol);
      return;
    }
    if (c->lengths[jump] == 0) abort();
    put_symbol(s, c, jump);
    zeros -= jump;
  }
}

/* The joint symbol of so many zeros (at most K) and a weight, or a jump where that is 0. */
static void put_joint(bit_string *s, const layer *l, uint32_t zeros, float weight) {
  uint32_t levels = levels_of(l), symbol = l->jump * levels, level;
  for (level = 0; level < levels && weight != 0; level++) {
    if (l->table[level] == weight) symbol = zeros * levels + level;
  }
  if (l->codes.lengths[symbol] == 0) abort(); /* the alphabet cannot say it */
  put_symbol(s, &l->codes, symbol);
}

static void put_joint_gap(bit_string *s, const layer *l, uint32_t zeros, float weight) {
  for (; zeros >= l->jump; zeros -= l->jump) put_joint(s, l, 0, 0);
  if (weight != 0) {
    put_joint(s, l, zeros, weight);
  } else if (zeros > 0) { /* the lane's end: here any symbol that reaches it */
    uint32_t symbol = symbol_from(&l->codes, zeros * levels_of(l));
    if (symbol == l->codes.symbols) abort();
    put_symbol(s, &l->codes, symbol);
  }
}

/* So many zeros of a column, then a survivor or the column's end, which always has a symbol. */
static void put_column_gap(bit_string *s, const code *c, uint32_t zeros, int is_last) {
  uint32_t jump = c->symbols - 1;
  for (;; zeros -= jump) {
    uint32_t symbol = is_last ? symbol_from(c, zeros) : zeros;
    if (symbol >= jump && !(is_last && symbol == jump)) symbol = jump;
    if (c->lengths[symbol] == 0) abort();
    put_symbol(s, c, symbol);
    if (symbol != jump || (is_last && zeros <= jump)) return;
  }
}

/* A lane by columns: of each the bytes, then gaps and values down the rows. */
static bit_string code_columns(const layer *l, uint32_t first_row, uint32_t rows) {
  bit_string s;
  uint32_t column, row;
  memset(&s, 0, sizeof s);
  for (column = 0; column < l->columns && rows > 0; column++) {
    bit_string own;
    bytes count;
    uint32_t since = 0, i;
    memset(&own, 0, sizeof own);
    memset(&count, 0, sizeof count);
    for (row = 0; row < rows; row++) {
      float weight = l->weights[(first_row + row) * l->columns + column];
      if (weight == 0) continue;
      put_column_gap(&own, &l->gaps, row - since, 0);
      put_value(&own, l, weight, 0);
      since = row + 1;
    }
    if (since > 0) put_column_gap(&own, &l->gaps, rows - since, 1);
    put_varint(&count, own.bytes.count);
    for (i = 0; i < count.count; i++) put_bits(&s, count.data[i], 8);
    for (i = 0; i < own.bytes.count; i++) put_bits(&s, own.bytes.data[i], 8);
    bytes_free(&count);
    bytes_free(&own.bytes);
  }
  return s;
}

/* A lane of indices: of a row's survivors among 256 columns how many, and for each two their columns and codes. */
static bit_string code_indices(const layer *l, uint32_t first_row, uint32_t rows) {
  bit_string s;
  uint32_t row, block, i;
  memset(&s, 0, sizeof s);
  for (row = first_row; row < first_row + rows; row++) {
    for (block = 0; block < l->columns; block += 256) {
      const uint32_t width = l->columns - block < 256 ? l->columns - block : 256;
      const float *weights = l->weights + row * l->columns + block;
      uint32_t columns[256], levels[256], count = 0;
      for (i = 0; i < width; i++) {
        uint32_t level = 0;
        if (weights[i] == 0) continue;
        while (l->table[level] != weights[i]) level++;
        columns[count] = i;
        levels[count++] = level;
      }
      put_bits(&s, count, 8);
      for (i = 0; i < count; i += 2) {
        const int is_pair = i + 1 < count;
        put_bits(&s, columns[i], 8);
        if (is_pair) put_bits(&s, columns[i + 1], 8);
        put_bits(&s, levels[i], 4);
        put_bits(&s, is_pair ? levels[i + 1] : 0, 4);
      }
    }
  }
  return s;
}

static bit_string code_lane(const layer *l, uint32_t first_row, uint32_t rows) {
  bit_string s;
  const float *weights = l->weights + first_row * l->columns;
  uint32_t count = rows * l->columns, i, since = 0;
  if (l->mask == COLUMNS) return code_columns(l, first_row, rows);
  if (l->mask == INDEXED) return code_indices(l, first_row, rows);
  memset(&s, 0, sizeof s);
  for (i = 0; i < count; i++) {
    if (l->mask == BITMAP) put_bits(&s, weights[i] != 0, 1);
    if ((l->mask == GAPS || l->mask == ROWS) && weights[i] != 0) {
      put_gap(&s, l, i - since, 0, first_row, since);
      since = i + 1;
    }
    if (l->mask == JOINT && weights[i] != 0) {
      put_joint_gap(&s, l, i - since, weights[i]);
      since = i + 1;
    } else if (l->mask == NONE || weights[i] != 0) {
      put_value(&s, l, weights[i], i > 0 ? weights[i - 1] : 0);
    }
  }
  if (l->mask == JOINT && used_symbols(&l->codes) > 0) put_joint_gap(&s, l, count - since, 0);
  if ((l->mask == GAPS || l->mask == ROWS) && used_symbols(&l->gaps) > 0) {
    put_gap(&s, l, count - since, 1, first_row, since);
  }
  return s;
}

static uint32_t longest(const code *c) {
  uint32_t symbol, most = 0;
  if (used_symbols(c) < 2) return 0;
  for (symbol = 0; symbol < c->symbols; symbol++) {
    if (c->lengths[symbol] > most) most = c->lengths[symbol];
  }
  return most;
}

/* Blob.md, "Banks". */
static uint32_t pad_for(const layer *l, const code *gaps) {
  uint32_t i, symbol, word_symbol = 0, advance, longest_pair;
  for (symbol = 0; symbol < gaps->symbols; symbol++) { /* the last of the longest */
    if (gaps->lengths[symbol] != 0 && gaps->lengths[symbol] >= longest(gaps)) word_symbol = symbol;
  }
  advance = word_symbol == gaps->symbols - 1 ? word_symbol : word_symbol + 1;
  longest_pair = longest(&l->codes);
  for (i = 0; i < 2 && l->values == BESIDE; i++) {
    if (longest(&l->beside[i]) > longest_pair) longest_pair = longest(&l->beside[i]);
  }
  longest_pair += longest(gaps);
  return (((l->mask == COLUMNS ? l->rows : l->columns) + advance - 1) / advance * longest_pair + 7) / 8 + 4;
}

static uint32_t pad_of(const layer *l) {
  uint32_t pad, second;
  if ((l->mask != GAPS && l->mask != ROWS && l->mask != COLUMNS) || l->values == RAW) return 4;
  pad = pad_for(l, &l->gaps);
  if (l->mask != ROWS) return pad;
  second = pad_for(l, &l->second_gaps);
  return second > pad ? second : pad;
}

/* The fields up to the code alphabets. */
static void put_coding(builder *b, const layer *l) {
  uint32_t i;
  put_byte(&b->steps, (uint32_t)l->mask);
  put_byte(&b->steps, (uint32_t)l->values);
  if (l->mask == BITMAP) b->has_bitmap = 1;
  if (l->mask == GAPS || l->mask == ROWS || l->mask == COLUMNS) {
    put_varint(&b->steps, l->gaps.symbols - 1);
    put_lengths(&b->steps, &l->gaps);
  }
  if (l->mask == ROWS) {
    put_lengths(&b->steps, &l->second_gaps);
    for (i = 0; i < l->rows; i += 8) {
      uint32_t bit, byte = 0;
      for (bit = 0; bit < 8 && i + bit < l->rows; bit++) byte |= (uint32_t)l->classes[i + bit] << bit;
      put_byte(&b->steps, byte);
    }
  }
  if (l->mask == JOINT) put_varint(&b->steps, l->jump);
  if (l->values != RAW) {
    put_varint(&b->steps, levels_of(l));
    if (l->mask != INDEXED) put_lengths(&b->steps, &l->codes);
    for (i = 0; i < 2 && l->values == BESIDE; i++) put_lengths(&b->steps, &l->beside[i]);
  }
}

static void put_lanes(builder *b, const layer *l) {
  uint32_t i, row = 0;
  put_varint(&b->steps, l->lane_count);
  for (i = 0; i < l->lane_count; i++) {
    uint32_t bank = l->lane_banks[i];
    bit_string s = code_lane(l, row, l->lane_rows[i]);
    put_varint(&b->steps, bank);
    put_varint(&b->steps, b->banks[bank].count);
    put_varint(&b->steps, s.bits);
    put_varint(&b->steps, l->lane_rows[i]);
    put_bytes(&b->banks[bank], s.bytes.data, s.bytes.count);
    if (s.bits > 0 && pad_of(l) > b->pads[bank]) b->pads[bank] = pad_of(l);
    bytes_free(&s.bytes);
    row += l->lane_rows[i];
  }
}

void put_layer(builder *b, const layer *l) {
  put_coding(b, l);
  if (l->values != RAW) put_numbers(b, l->table, levels_of(l), l->table_precision, NULL);
  put_numbers(b, l->scales, l->rows, l->scales == NULL ? ABSENT : l->scale_precision, NULL);
  put_numbers(b, l->biases, l->rows, l->biases == NULL ? ABSENT : l->bias_precision, NULL);
  put_lanes(b, l);
}

/* The lowest bytes of a number, at the end of the parameters. */
static void put_whole(builder *b, int32_t value, uint32_t count) {
  uint32_t i;
  for (i = 0; i < count; i++) put_byte(&b->parameters, (uint32_t)value >> 8 * i & 255u);
}

void put_integer_layer(builder *b, const layer *l, const scaling *s) {
  uint32_t i;
  put_coding(b, l);
  put_byte(&b->steps, (uint32_t)l->table_precision);
  put_varint(&b->steps, b->parameters.count);
  put_float(&b->parameters, 0.5f);
  for (i = 0; i < levels_of(l); i++) {
    put_whole(b, (int32_t)l->table[i], l->table_precision == SCALED ? 1 : 2);
  }
  put_byte(&b->steps, s->shift);
  put_byte(&b->steps, s->exponent);
  put_byte(&b->steps, s->multiplier_bytes);
  put_varint(&b->steps, s->multiplier_bytes == 0 ? s->multipliers[0] : b->parameters.count);
  for (i = 0; i < l->rows; i++) put_whole(b, s->multipliers[i], s->multiplier_bytes);
  put_byte(&b->steps, s->bias_bytes);
  if (s->bias_bytes > 0) {
    put_byte(&b->steps, s->bias_shift);
    put_varint(&b->steps, b->parameters.count);
    for (i = 0; i < l->rows; i++) put_whole(b, s->biases[i], s->bias_bytes);
  }
  put_lanes(b, l);
}

/* --- The file -------------------------------------------------------------------------------- */

static void put_section(bytes *file, uint32_t *offset, uint32_t entry, uint32_t kind,
                        uint32_t index, const bytes *content) {
  uint8_t *at = file->data + 20 + 12 * entry;
  uint32_t i;
  at[0] = (uint8_t)kind;
  at[1] = (uint8_t)index;
  for (i = 0; i < 4; i++) at[4 + i] = (uint8_t)(content->count >> 8 * i);
  for (i = 0; i < content->count; i++) file->data[(*offset)++] = content->data[i];
}

bytes builder_end(builder *b) {
  bytes *plan = &b->plan, file = {NULL, 0, 0};
  uint32_t i, k, entries = 2 + b->bank_count + (b->ancillary.count > 0), offset, total;
  if (plan->count == 0) {
    if (b->state_count > 0) {
      put_byte(plan, 0);
      put_varint(plan, b->state_count);
      put_bytes(plan, b->states.data, b->states.count);
    }
    put_varint(plan, b->input_count);
    put_bytes(plan, b->inputs.data, b->inputs.count);
    put_varint(plan, b->output_count);
    put_bytes(plan, b->outputs.data, b->outputs.count);
    put_varint(plan, b->step_count);
    put_bytes(plan, b->steps.data, b->steps.count);
  }
  entries += b->self_test_count;
  total = 20 + 12 * entries + plan->count + b->parameters.count + b->ancillary.count;
  total += b->self_test_count * b->self_test.count;
  for (i = 0; i < b->bank_count; i++) {
    uint32_t p;
    for (p = 0; p < b->pads[i]; p++) put_byte(&b->banks[i], 255);
    total += b->banks[i].count;
  }
  file.count = file.room = total;
  file.data = calloc(1, total);
  if (file.data == NULL) abort();
  memcpy(file.data, "KGL\x1A\x02", 5);
  file.data[6] = (uint8_t)entries;
  for (i = 0; i < 4; i++) {
    file.data[8 + i] = (uint8_t)(total >> 8 * i);
    file.data[12 + i] = (uint8_t)(b->arena_words * 4 >> 8 * i);
  }
  offset = 20 + 12 * entries;
  put_section(&file, &offset, 0, 1, 0, plan);
  put_section(&file, &offset, 1, 2, 0, &b->parameters);
  for (i = 0; i < b->bank_count; i++) put_section(&file, &offset, 2 + i, 3, i, &b->banks[i]);
  if (b->ancillary.count > 0) put_section(&file, &offset, 2 + i++, 200, 0, &b->ancillary);
  for (k = 0; k < b->self_test_count; k++) put_section(&file, &offset, 2 + i++, 129, 0, &b->self_test);
  reseal(file.data, file.count);
  return file;
}

static uint32_t word_at(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void set_word(uint8_t *p, uint32_t value) {
  int i;
  for (i = 0; i < 4; i++) p[i] = (uint8_t)(value >> 8 * i);
}

void reseal(uint8_t *blob, uint32_t count) {
  uint32_t entries = blob[6], i, offset = 20 + 12 * entries, crc;
  if (count < offset) return;
  for (i = 0; i < entries; i++) {
    uint8_t *entry = blob + 20 + 12 * i;
    uint32_t size = word_at(entry + 4);
    if (size > count - offset) break;
    set_word(entry + 8, crc_of(0, blob + offset, size));
    offset += size;
  }
  crc = crc_of(0, blob, 16);
  set_word(blob + 16, crc_of(crc, blob + 20, 12 * entries));
}
