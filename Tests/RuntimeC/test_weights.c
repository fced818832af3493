/* Every way to code a layer: masks, values, alphabets that degenerate, long codes, lanes, banks.
 * Each layer is run as a dense layer of one row (multiplied as it is decoded), of three rows and
 * as a convolution (listed), against the matrix it was made of. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"
#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The layer as a dense layer of so many rows; 0 rows: as a convolution over a 4 by 9 image, where
 * its columns are channels x 2 x 2 (or x 1 x 1). */
static void check_layer(const char *name, const layer *l, uint32_t rows, uint32_t banks) {
  generator g = {99};
  window w = {1, 0, 4, 9, 0, 5, 10, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0};
  uint32_t in = rows * l->columns, out = rows * l->rows, x_place, y_place, i;
  float *x;
  const void *inputs[1];
  double *expected;
  builder b;
  if (rows == 0) {
    if (l->columns % 4 != 0) w.kh = w.kw = 1, w.out_height = 4, w.out_width = 9, w.top = w.left = 0;
    w.channels = l->columns / (w.kh * w.kw);
    w.filters = l->rows;
    in = w.channels * w.height * w.width;
    out = w.filters * w.out_height * w.out_width;
  }
  inputs[0] = x = random_floats(&g, in, -1, 1);
  expected = malloc(out * sizeof *expected);
  if (expected == NULL) abort();
  builder_begin(&b);
  b.bank_count = banks;
  x_place = builder_place(&b, in);
  y_place = builder_place(&b, out);
  builder_input(&b, x_place, 1, &in);
  builder_output(&b, y_place, 1, &out);
  if (rows == 0) {
    const uint32_t fields[17] = {x_place, y_place, 1,    w.channels, w.height, w.width,
                                 w.filters, w.out_height, w.out_width, w.kh, w.kw, w.sh,
                                 w.sw, w.dh, w.dw, w.top, w.left};
    builder_step(&b, 1, 17, fields);
    ref_convolution(&w, x, l->weights, l->scales, l->biases, expected);
  } else {
    const uint32_t fields[5] = {x_place, y_place, rows, l->columns, l->rows};
    builder_step(&b, 2, 5, fields);
    ref_dense(rows, l->columns, l->rows, x, l->weights, l->scales, l->biases, expected);
  }
  put_activation(&b, 0, 0, 0);
  put_layer(&b, l);
  for (i = 0; i < out; i++) expected[i] += 0; /* no -0 */
  check_run(name, &b, inputs, expected, out, 1e-5);
  free(x);
  free(expected);
}

static void check_all(const char *name, layer *l, uint32_t banks) {
  check_layer(name, l, 1, banks);
  check_layer(name, l, 3, banks);
  check_layer(name, l, 0, banks);
  layer_free(l);
}

static const struct {
  const char *name;
  uint32_t rows, columns;
  layer_plan plan; /* mask, values, density, levels, K, longest gap and code, skewed, lanes, banks,
                      scales, biases */
} cases[] = {
    {"gaps, table", 20, 60, {GAPS, TABLE, 0.1, 16, 48, 8, 5, 0, 1, 1, HALF, HALF}},
    {"gaps, raw", 20, 60, {GAPS, RAW, 0.1, 1, 48, 8, 5, 0, 1, 1, ABSENT, FLOAT}},
    {"bitmap, table", 20, 60, {BITMAP, TABLE, 0.3, 16, 1, 8, 5, 0, 1, 1, FLOAT, HALF}},
    {"bitmap, raw", 20, 60, {BITMAP, RAW, 0.3, 1, 1, 8, 5, 0, 1, 1, ABSENT, ABSENT}},
    {"no mask, table", 20, 60, {NONE, TABLE, 1, 16, 1, 8, 5, 0, 1, 1, ABSENT, SCALED}},
    {"no mask, raw", 20, 60, {NONE, RAW, 1, 1, 1, 8, 5, 0, 1, 1, ABSENT, ABSENT}},
    {"12-bit gaps", 40, 120, {GAPS, TABLE, 0.1, 16, 63, 12, 5, 1, 1, 1, ABSENT, HALF}},
    {"12-bit codes", 40, 120, {GAPS, TABLE, 0.1, 256, 63, 8, 12, 1, 1, 1, ABSENT, HALF}},
    {"12-bit gaps and codes", 40, 120, {GAPS, TABLE, 0.1, 64, 30, 12, 12, 1, 1, 1, ABSENT, HALF}},
    {"12-bit codes, no mask", 20, 60, {NONE, TABLE, 1, 40, 1, 8, 12, 1, 1, 1, ABSENT, HALF}},
    {"12-bit codes, bitmap", 20, 60, {BITMAP, TABLE, 0.4, 40, 1, 8, 12, 1, 1, 1, ABSENT, HALF}},
    {"12-bit gaps, raw", 20, 60, {GAPS, RAW, 0.2, 1, 40, 12, 1, 1, 1, 1, ABSENT, HALF}},
    {"256 levels", 30, 60, {GAPS, TABLE, 0.5, 256, 15, 8, 8, 0, 1, 1, ABSENT, HALF}},
    {"256 levels, no mask", 30, 60, {NONE, TABLE, 1, 256, 15, 8, 8, 0, 1, 1, ABSENT, HALF}},
    {"two levels", 30, 60, {GAPS, TABLE, 0.2, 2, 15, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"one level: codes of no bits", 30, 60, {GAPS, TABLE, 0.2, 1, 15, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"one level, bitmap", 30, 60, {BITMAP, TABLE, 0.2, 1, 15, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"one level, no mask: no bits", 9, 12, {NONE, TABLE, 1, 1, 1, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"K = 1", 10, 40, {GAPS, TABLE, 0.5, 16, 1, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"K = 255", 10, 400, {GAPS, TABLE, 0.01, 16, 255, 12, 5, 0, 1, 1, ABSENT, HALF}},
    {"rows often empty", 200, 8, {GAPS, TABLE, 0.02, 16, 20, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"gaps over many rows", 300, 3, {GAPS, TABLE, 0.01, 16, 255, 12, 5, 0, 1, 1, ABSENT, HALF}},
    {"one column", 50, 1, {GAPS, TABLE, 0.3, 16, 15, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"one row", 1, 300, {GAPS, TABLE, 0.1, 16, 32, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"nothing survives", 10, 20, {GAPS, TABLE, 0, 16, 32, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"nothing survives, bitmap", 10, 20, {BITMAP, TABLE, 0, 16, 32, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"all survive, coded as gaps", 10, 20, {GAPS, TABLE, 2, 16, 32, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"seven lanes", 30, 60, {GAPS, TABLE, 0.1, 16, 48, 8, 5, 0, 7, 1, ABSENT, HALF}},
    {"two banks", 30, 60, {GAPS, TABLE, 0.1, 16, 48, 8, 5, 0, 5, 2, HALF, HALF}},
    {"two banks, bitmap", 30, 60, {BITMAP, TABLE, 0.4, 16, 48, 8, 5, 0, 4, 2, ABSENT, HALF}},
    {"two banks, no mask", 30, 60, {NONE, TABLE, 0.4, 16, 48, 8, 5, 0, 4, 2, ABSENT, HALF}},
    {"two banks, raw", 30, 60, {GAPS, RAW, 0.4, 1, 48, 8, 5, 0, 4, 2, ABSENT, HALF}},
    {"60 banks", 60, 20, {GAPS, TABLE, 0.2, 16, 48, 8, 5, 0, 60, 60, ABSENT, HALF}},
    {"joint", 20, 60, {JOINT, TABLE, 0.6, 16, 3, 1, 8, 0, 1, 1, HALF, HALF}},
    {"joint, 12 bits", 20, 60, {JOINT, TABLE, 0.4, 16, 15, 1, 12, 1, 1, 1, HALF, HALF}},
    {"joint, K = 1", 20, 60, {JOINT, TABLE, 0.9, 255, 1, 1, 12, 1, 1, 1, ABSENT, HALF}},
    {"joint, one level", 20, 60, {JOINT, TABLE, 0.2, 1, 255, 1, 8, 0, 1, 1, ABSENT, HALF}},
    {"joint, sparse", 30, 60, {JOINT, TABLE, 0.01, 4, 9, 1, 8, 0, 1, 1, ABSENT, HALF}},
    {"joint, over many rows", 300, 3, {JOINT, TABLE, 0.02, 1, 200, 1, 12, 1, 1, 1, ABSENT, HALF}},
    {"joint, one column", 50, 1, {JOINT, TABLE, 0.3, 16, 5, 1, 9, 0, 1, 1, ABSENT, HALF}},
    {"joint, nothing survives", 10, 20, {JOINT, TABLE, 0, 16, 2, 1, 8, 0, 1, 1, ABSENT, HALF}},
    {"joint, all survive", 10, 20, {JOINT, TABLE, 2, 16, 2, 1, 8, 0, 1, 1, ABSENT, HALF}},
    {"beside", 20, 60, {GAPS, BESIDE, 0.4, 16, 20, 8, 5, 0, 1, 1, HALF, HALF}},
    {"beside, 12 bits", 40, 60, {GAPS, BESIDE, 0.5, 64, 15, 12, 12, 1, 1, 1, ABSENT, HALF}},
    {"beside, 256 levels", 30, 60, {GAPS, BESIDE, 0.6, 256, 15, 8, 8, 0, 1, 1, ABSENT, HALF}},
    {"beside, one level", 30, 60, {GAPS, BESIDE, 0.3, 1, 15, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"beside, two levels", 30, 60, {GAPS, BESIDE, 0.5, 2, 15, 8, 1, 0, 1, 1, ABSENT, HALF}},
    {"beside, sparse", 40, 60, {GAPS, BESIDE, 0.02, 16, 48, 12, 5, 1, 1, 1, ABSENT, HALF}},
    {"beside, over many rows", 300, 3, {GAPS, BESIDE, 0.3, 16, 7, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"beside, one column", 80, 1, {GAPS, BESIDE, 0.6, 16, 5, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"beside, K = 1", 20, 40, {GAPS, BESIDE, 0.6, 16, 1, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"beside, nothing survives", 10, 20, {GAPS, BESIDE, 0, 16, 9, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"beside, all survive", 10, 20, {GAPS, BESIDE, 2, 16, 9, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"beside, lanes and banks", 30, 60, {GAPS, BESIDE, 0.5, 16, 9, 8, 5, 0, 7, 2, ABSENT, HALF}},
    {"two classes of rows", 20, 60, {ROWS, TABLE, 0.1, 16, 48, 8, 5, 0, 1, 1, HALF, HALF}},
    {"classes, 12 bits", 40, 60, {ROWS, TABLE, 0.2, 64, 40, 12, 12, 1, 1, 1, ABSENT, HALF}},
    {"classes, beside", 30, 60, {ROWS, BESIDE, 0.5, 16, 9, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, beside, 12 bits", 33, 40, {ROWS, BESIDE, 0.4, 64, 30, 12, 12, 1, 3, 2, HALF, HALF}},
    {"classes, over many rows", 300, 3, {ROWS, TABLE, 0.05, 16, 255, 12, 5, 1, 1, 1, ABSENT, HALF}},
    {"classes, short jumps", 300, 3, {ROWS, TABLE, 0.1, 16, 2, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, one column", 80, 1, {ROWS, BESIDE, 0.6, 16, 5, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, K = 1", 20, 40, {ROWS, TABLE, 0.6, 16, 1, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, nothing survives", 10, 20, {ROWS, TABLE, 0, 16, 9, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, all survive", 11, 20, {ROWS, TABLE, 2, 16, 9, 8, 5, 0, 1, 1, ABSENT, HALF}},
    {"classes, lanes and banks", 30, 60, {ROWS, TABLE, 0.2, 16, 20, 9, 5, 0, 7, 2, ABSENT, HALF}},
    {"joint, lanes and banks", 30, 60, {JOINT, TABLE, 0.5, 16, 2, 1, 8, 0, 7, 2, ABSENT, HALF}},
    {"255 lanes, some of no rows", 200, 9, {GAPS, TABLE, 0.2, 16, 9, 8, 5, 0, 255, 1, ABSENT, HALF}},
};

/* A matrix in which only symbol `gap` occurs: survivors at every (gap + 1)th column. */
static void test_one_gap(uint32_t gap, uint32_t jump, uint32_t columns, uint32_t levels) {
  generator g = {17 + gap};
  layer_plan plan = usual_plan();
  uint8_t used[256] = {0};
  layer l;
  uint32_t i;
  plan.levels = levels;
  plan.longest_code = levels == 1 ? 1 : 5;
  plan.mask = NONE;
  l = random_layer(&g, 6, columns, &plan);
  l.mask = GAPS;
  for (i = 0; i < 6 * columns; i++) {
    if ((i + 1) % (gap + 1) != 0) l.weights[i] = 0;
  }
  used[gap] = 1;
  random_code(&g, &l.gaps, jump + 1, used, 8, 0);
  check_all("one gap symbol", &l, 1);
}

/* Only joint symbols of one gap and one level, or only jumps: no bits. */
static void test_one_joint(uint32_t gap, uint32_t columns, int is_jump) {
  generator g = {23 + gap};
  layer_plan plan = usual_plan();
  uint8_t used[256] = {0};
  layer l;
  uint32_t i;
  plan.mask = JOINT;
  plan.levels = 3;
  plan.jump = 5;
  plan.density = 0;
  l = random_layer(&g, 6, columns, &plan);
  for (i = gap; i < 6 * columns && !is_jump; i += gap + 1) l.weights[i] = l.table[1];
  used[is_jump ? 15 : gap * 3 + 1] = 1;
  random_code(&g, &l.codes, 16, used, 8, 0);
  check_all("one joint symbol", &l, 1);
}

/* No symbol in the gap alphabet, or only symbol K: no survivors and no bits. */
static void test_no_survivors(int has_jump, int has_codes) {
  generator g = {5};
  layer_plan plan = usual_plan();
  uint8_t used[256] = {0};
  layer l;
  plan.density = 0;
  l = random_layer(&g, 5, 12, &plan);
  used[7] = (uint8_t)has_jump;
  random_code(&g, &l.gaps, 8, used, 8, 0);
  if (!has_codes) memset(l.codes.lengths, 0, sizeof l.codes.lengths);
  check_all("no survivors", &l, 1);
}

/* Of three alphabets of codes one has a single symbol: behind a negative weight, or behind another, comes
 * level 2 alone. */
static void test_one_symbol_beside(int is_other) {
  generator g = {41};
  layer_plan plan = usual_plan();
  uint8_t used[256] = {0};
  layer l;
  uint32_t i;
  plan.values = BESIDE;
  plan.density = 0.6;
  l = random_layer(&g, 9, 30, &plan);
  for (i = 1; i < 9 * 30; i++) {
    const float before = l.weights[i - 1];
    if (l.weights[i] != 0 && before != 0 && (before < 0) == !is_other) l.weights[i] = l.table[2];
  }
  used[2] = 1;
  random_code(&g, &l.beside[is_other], 16, used, 8, 0);
  check_all("one symbol beside", &l, 1);
}

/* Of two alphabets of gaps the second has a single symbol: its rows are full, and so is the first column. */
static void test_one_symbol_of_rows(uint32_t levels) {
  generator g = {43};
  layer_plan plan = usual_plan();
  uint8_t used[256] = {0};
  layer l;
  uint32_t i;
  plan.mask = ROWS;
  plan.levels = levels;
  l = random_layer(&g, 12, 30, &plan);
  for (i = 0; i < 12; i++) l.classes[i] = i % 3 == 1;
  for (i = 0; i < 12 * 30; i++) {
    if (l.classes[i / 30] || i % 30 == 0) l.weights[i] = l.table[i % levels];
  }
  used[0] = 1;
  random_code(&g, &l.second_gaps, plan.jump + 1, used, 8, 0);
  check_all("one symbol of rows", &l, 1);
}

/* The lane's last position has a survivor, and the one before it, and gaps end at row ends. */
static void test_row_ends(void) {
  uint32_t variant;
  for (variant = 0; variant < 16; variant++) {
    generator g = {31 + variant};
    layer_plan plan = usual_plan();
    layer l;
    plan.jump = 1 + variant % 5;
    plan.density = 0.05;
    l = random_layer(&g, 7, 16, &plan);
    l.weights[7 * 16 - 1] = variant & 1u ? l.table[3] : 0;
    l.weights[6 * 16 - 1] = variant & 2u ? l.table[2] : 0;
    l.weights[5 * 16] = variant & 4u ? l.table[9] : 0;
    l.weights[0] = variant & 8u ? l.table[1] : 0;
    check_all("row ends", &l, 1);
  }
}

/* Table values at each precision. */
static void test_table_precisions(void) {
  int precision;
  for (precision = HALF; precision <= SHORTS; precision++) {
    generator g = {8};
    layer_plan plan = usual_plan();
    layer l;
    uint32_t i;
    plan.levels = 16;
    l = random_layer(&g, 9, 30, &plan);
    l.table_precision = precision;
    for (i = 0; i < 9 * 30; i++) { /* levels that a scale and a byte hold: the largest is 127/64 */
      uint32_t level = random_below(&g, 16);
      if (l.weights[i] != 0) l.weights[i] = ((float)level * 16 - 113) / 64;
    }
    for (i = 0; i < 16; i++) l.table[i] = ((float)i * 16 - 113) / 64;
    check_all("table precision", &l, 1);
  }
}

void test_weights(void) {
  uint32_t i, k;
  for (i = 0; i < COUNT(cases); i++) {
    for (k = 0; k < 3; k++) {
      generator g = {501 + 7 * i + k};
      layer l = random_layer(&g, cases[i].rows, cases[i].columns, &cases[i].plan);
      check_all(cases[i].name, &l, cases[i].plan.banks);
    }
  }
  for (i = 0; i < 4; i++) {
    for (k = 1; k <= 16; k += 15) {
      test_one_gap(i, 5, 12, k);
      test_one_gap(i, 5, 25, k); /* the lane ends within a gap */
      test_one_gap(i, i + 1, 4, k);
    }
  }
  for (i = 0; i < 5; i++) {
    for (k = 1; k < 14; k += 4) test_one_joint(i, k, i == 4);
  }
  for (i = 0; i < 4; i++) test_no_survivors((int)i & 1, (int)i >> 1);
  test_one_symbol_beside(0);
  test_one_symbol_beside(1);
  test_one_symbol_of_rows(1);
  test_one_symbol_of_rows(16);
  test_row_ends();
  test_table_precisions();
}
