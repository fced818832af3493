/* Steps on numbers of 16 bits: the cell of an LSTM and what it gives, at every power of two that a cell may stand for, and
 * products of windows. Against the formulas of Blob.md, "Exact steps", the table among them, in 64 bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "integers.h"

#ifndef KGL_EXACT
#define KGL_EXACT 1
#endif

enum { UNITS = 9, SUMS = 4 * UNITS, POWERS = 16, INNER = 5 };

static kgl_status wanted(void) { return KGL_INTEGER && KGL_EXACT && KGL_OP_SHORTS ? KGL_OK : KGL_ERR_UNSUPPORTED; }

/* --- By the page ----------------------------------------------------------------------------- */

static int64_t floor_of(int64_t number, int64_t by) { return number / by - (number % by < 0); }

static int64_t within(int64_t number, int64_t low, int64_t high) {
  return number < low ? low : number > high ? high : number;
}

static int64_t sat(int64_t number) { return within(number, -32768, 32767); }

static int64_t table(int64_t i) {
  const double g = 1 / (1 + exp(-(double)i / 24));
  return i >= 255 ? 65535 : (int64_t)floor(65536 * (g - g * (1 - g) * (1 - 2 * g) / 9216) + 0.5);
}

static int64_t ref_sigmoid(int64_t x) {
  const int64_t k = 3 * (x < 0 ? -x : x), i = k / 512;
  const int64_t r = table(i) * 512 + k % 512 * (table(i + 1) - table(i));
  return x < 0 ? floor_of(33554432 - r + 511, 1024) : floor_of(r + 512, 1024);
}

static int64_t ref_tangent(int64_t x, int power) {
  const int64_t v = power >= -12 ? 3 * x * (1 << (power + 12)) : floor_of(3 * x + (1 << (-power - 13)), 1 << (-power - 12));
  const int64_t k = v < 0 ? -v : v, i = k / 256;
  const int64_t r = i >= 255 ? 65535 * 256 : table(i) * 256 + k % 256 * (table(i + 1) - table(i));
  return v < 0 ? floor_of(8388608 - r + 127, 256) : floor_of(r - 8388608 + 128, 256);
}

/* scale(u; m, -n), of a u that has room to be doubled. */
static int64_t scaled(int64_t u, int64_t m, int n) {
  const int64_t t = floor_of(u * m + 1073741824, 2147483648LL), size = t < 0 ? -t : t;
  const int64_t rounded = n == 0 ? size : (size + ((int64_t)1 << (n - 1))) >> n;
  return t < 0 ? -rounded : rounded;
}

/* --- LSTM ------------------------------------------------------------------------------------ */

/* What one step of an LSTM is given and gives. */
typedef struct units {
  int16_t a[SUMS], b[SUMS], cell[UNITS], changed[UNITS];
  uint8_t given[UNITS]; /* of the cell as it was */
} units;

enum { LIMIT = 20000, ZERO = 11, MULTIPLIER = 1500000001, RIGHT = 22 };

static void fill(int16_t *numbers, uint32_t count, generator *g) {
  static const int16_t ends[4] = {-32768, 32767, 0, -1};
  uint32_t i;
  for (i = 0; i < count; i++) {
    numbers[i] = random_below(g, 4) == 0 ? ends[random_below(g, 4)] : (int16_t)(random_below(g, 65536) - 32768);
  }
}

/* As a tensor has them: two bytes each, the lower first. */
static void as_bytes(const int16_t *numbers, uint32_t count, uint8_t *to) {
  uint32_t i;
  for (i = 0; i < count; i++, to += 2) {
    to[0] = (uint8_t)((uint16_t)numbers[i] & 255u);
    to[1] = (uint8_t)((uint16_t)numbers[i] >> 8);
  }
}

static void expect_units(units *u, int power, int has_limit) {
  int i;
  for (i = 0; i < UNITS; i++) {
    int64_t gates[4], cell, shown;
    int k;
    for (k = 0; k < 4; k++) gates[k] = sat(u->a[k * UNITS + i] + u->b[k * UNITS + i]);
    cell = sat(scaled(ref_sigmoid(gates[2]) * u->cell[i], 1073741824, 14));
    cell = sat(cell + sat(scaled(ref_sigmoid(gates[0]) * ref_tangent(gates[3], -12), 1073741824, 29 + power)));
    u->changed[i] = (int16_t)(has_limit ? within(cell, -LIMIT, LIMIT) : cell);
    shown = ref_tangent(u->cell[i], power) * ref_sigmoid(gates[1]);
    u->given[i] = (uint8_t)within(ZERO + scaled(shown, MULTIPLIER, RIGHT), -128, 127);
  }
}

/* A blob of one step whose input is a, b and the cell. */
static void check_units(units *u, int power, uint32_t part, int has_limit) {
  builder b;
  const void *inputs[3];
  uint8_t first[2 * SUMS], second[2 * SUMS], old[2 * UNITS], changed[2 * UNITS];
  uint32_t fields[10], count = 7, answers = part == 0 ? 2 * UNITS : UNITS;
  uint32_t cell;
  builder_begin(&b);
  fields[0] = part;
  fields[1] = builder_place(&b, 2 * UNITS);
  fields[2] = builder_place(&b, 2 * UNITS);
  cell = builder_place(&b, (2 * UNITS + 3) / 4);
  fields[3] = part == 0 ? cell : builder_place(&b, (UNITS + 3) / 4);
  fields[4] = UNITS;
  fields[5] = (uint32_t)-power;
  fields[6] = part == 0 ? (has_limit ? LIMIT : 0) : cell;
  if (part == 1) {
    fields[7] = MULTIPLIER, fields[8] = 31 - RIGHT, fields[9] = ZERO;
    count = 10;
  }
  builder_byte_input(&b, fields[1], 2, 8 * UNITS);
  builder_byte_input(&b, fields[2], 2, 8 * UNITS);
  builder_byte_input(&b, cell, 2, 2 * UNITS);
  builder_byte_output(&b, fields[3], 2, answers);
  builder_integer_step(&b, 22, 11, count, fields);
  as_bytes(u->a, SUMS, first), as_bytes(u->b, SUMS, second);
  as_bytes(u->cell, UNITS, old), as_bytes(u->changed, UNITS, changed);
  inputs[0] = first, inputs[1] = second, inputs[2] = old;
  check_bytes(part == 0 ? "lstm cell" : "lstm output", (uint32_t)-power, &b, wanted(), inputs,
              part == 0 ? changed : u->given, answers);
}

static void lstms(void) {
  generator g = {9100};
  int power;
  for (power = 0; power < POWERS; power++) {
    units u;
    fill(u.a, SUMS, &g);
    fill(u.b, SUMS, &g);
    fill(u.cell, UNITS, &g);
    expect_units(&u, -power, power % 2);
    check_units(&u, -power, 0, power % 2);
    check_units(&u, -power, 1, 0);
  }
}

/* --- Products -------------------------------------------------------------------------------- */

/* Sums that take all of 32 bits, and run over. */
static void products(void) {
  generator g = {9200};
  uint32_t right, unit, i;
  for (right = 0; right <= 31; right += 31) {
    int16_t x[UNITS * INNER], weights[UNITS * INNER];
    uint8_t expected[UNITS], given[2 * UNITS * INNER];
    const void *inputs[1];
    uint32_t fields[9];
    builder b;
    builder_begin(&b);
    fill(x, UNITS * INNER, &g);
    fill(weights, UNITS * INNER, &g);
    for (i = 0; i < UNITS * INNER; i++) {
      put_byte(&b.parameters, (uint32_t)weights[i] & 255u);
      put_byte(&b.parameters, (uint32_t)weights[i] >> 8 & 255u);
    }
    for (unit = 0; unit < UNITS; unit++) {
      const uint32_t bias = random_below(&g, 100000);
      uint32_t sum = bias;
      put_word(&b.parameters, bias);
      for (i = 0; i < INNER; i++) sum += (uint32_t)(x[unit * INNER + i] * weights[unit * INNER + i]);
      expected[unit] = (uint8_t)within(ZERO + scaled((int32_t)sum, MULTIPLIER, (int)right), -128, 127);
    }
    fields[0] = builder_place(&b, (2 * UNITS * INNER + 3) / 4);
    fields[1] = builder_place(&b, (UNITS + 3) / 4);
    fields[2] = UNITS, fields[3] = INNER;
    fields[4] = MULTIPLIER, fields[5] = 31 - right, fields[6] = ZERO;
    fields[7] = 0, fields[8] = 2 * UNITS * INNER;
    builder_byte_input(&b, fields[0], 2, 2 * UNITS * INNER);
    builder_byte_output(&b, fields[1], 2, UNITS);
    builder_integer_step(&b, 23, 11, 9, fields);
    as_bytes(x, UNITS * INNER, given);
    inputs[0] = given;
    check_bytes("product of 16 bits", right, &b, wanted(), inputs, expected, UNITS);
  }
}

void test_shorts(void) {
  lstms();
  products();
}
