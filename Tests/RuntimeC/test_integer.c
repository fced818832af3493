/* Dense layers and convolutions on integers against integers.c: every byte must be the same. */
#include <stdlib.h>

#include "integers.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WANTED(is_built_in) (KGL_INTEGER && (is_built_in) ? KGL_OK : KGL_ERR_UNSUPPORTED)

/* Whether this build decodes a layer coded so. */
static int is_built_in(const layer_plan *plan) {
  return (plan->mask != BITMAP || KGL_BITMAP) && (plan->mask != JOINT || KGL_JOINT_ROWS) &&
         (plan->mask != ROWS || KGL_ROW_CLASSES) && (plan->values != BESIDE || KGL_NEIGHBOURS);
}

/* --- Dense ----------------------------------------------------------------------------------- */

/* What is done to the weights of a layer, beside its density. */
enum { AS_DRAWN, EMPTY_ROWS, LAST_SURVIVES, ALTERNATE_ROWS, ONLY_FIRST, ONLY_LAST };

static void shape_weights(layer *l, int shape, uint32_t jump) {
  uint32_t i, row, count = l->rows * l->columns, lane, past = 0;
  for (i = 0; i < count; i++) {
    row = i / l->columns;
    if (shape == EMPTY_ROWS && row % 5 != 3) l->weights[i] = 0;
    if (shape == ALTERNATE_ROWS && row % 2 == 1) l->weights[i] = 0;
    if (shape == ONLY_FIRST && i != 0) l->weights[i] = 0;
    if (shape == ONLY_LAST && i != count - 1) l->weights[i] = 0;
    /* Zeros in the number of jumps up to each end of a row. */
    if (shape == ALTERNATE_ROWS && l->columns > jump && i % l->columns >= l->columns - jump) {
      l->weights[i] = 0;
    }
  }
  if (shape == ONLY_FIRST) l->weights[0] = l->table[0];
  if (shape == ONLY_LAST) l->weights[count - 1] = l->table[0];
  for (lane = 0; shape == LAST_SURVIVES && lane < l->lane_count; lane++) {
    past += l->lane_rows[lane] * l->columns;
    if (past > 0) l->weights[past - 1] = l->table[0];
  }
}

static void run_dense(const char *name, uint32_t which, uint32_t rows, layer *l, uint32_t types,
                      generator *g, kgl_status wanted) {
  const uint32_t in = rows * l->columns, out = rows * l->rows;
  const uint32_t fields[5] = {0, (in + 3) / 4, rows, l->columns, l->rows};
  uint8_t *x = random_bytes(g, in), *y = random_bytes(g, out);
  const void *inputs[1];
  scaling s = random_scaling(g, l);
  builder b;
  uint32_t i;
  inputs[0] = x;
  for (i = 0; l->mask == COLUMNS && i < in; i++) x[i] = random_below(g, 2) ? x[i] : 0;
  builder_begin(&b);
  for (i = 0; i < l->lane_count; i++) {
    if (l->lane_banks[i] >= b.bank_count) b.bank_count = l->lane_banks[i] + 1;
  }
  builder_place(&b, (in + 3) / 4 + (out + 3) / 4);
  builder_byte_input(&b, 0, types & X_SIGNED ? 2 : 1, in);
  builder_byte_output(&b, fields[1], types & Y_SIGNED ? 2 : 1, out);
  builder_integer_step(&b, 2, types, 5, fields);
  put_integer_layer(&b, l, &s);
  ref_integer_dense(rows, l, &s, types, x, y);
  check_bytes(name, which, &b, wanted, inputs, y, out);
  scaling_free(&s);
  free(x);
  free(y);
}

/* Codes of the same number of bits, 1...8, through all shapes, over lanes and rows. */
static void test_flat_dense(uint32_t which) {
  generator g = {7000 + which};
  const uint32_t bits = 1 + which % 8, columns = 1 + random_below(&g, which % 3 == 0 ? 300 : 60);
  const uint32_t outputs = 1 + random_below(&g, 40);
  const uint32_t rows = which % 7 == 6 ? 3 : 1;
  layer_plan plan = usual_plan();
  layer l;
  plan.density = (double)random_float(&g, 0.02f, 0.6f);
  plan.jump = which % 4 == 0 ? 1 + random_below(&g, 6) : 7 + random_below(&g, 40);
  plan.longest_gap = bits < 6 ? 6 : 4; /* a pair of at most 12 bits is the flat loop's */
  if (plan.longest_gap == 4 && plan.jump > 15) plan.jump = 15;
  plan.lanes = 1 + random_below(&g, 4);
  plan.banks = 1 + random_below(&g, 2);
  l = random_integer_layer(&g, outputs, columns, &plan, bits, which % 2 ? SHORTS : SCALED);
  shape_weights(&l, (int)(which / 8 % 6), plan.jump);
  run_dense("flat dense", which, rows, &l, which % 4, &g, WANTED(rows == 1 || KGL_DENSE_ROWS));
  layer_free(&l);
}

/* The same by columns, where a gap and a code have 12 bits at most and half of the inputs are zero. */
static void test_columns(uint32_t which) {
  generator g = {8000 + which};
  const uint32_t bits = 1 + which % 8, columns = 1 + random_below(&g, 60);
  const uint32_t outputs = 1 + random_below(&g, which % 3 == 0 ? 500 : 60);
  const uint32_t rows = which % 9 == 8 ? 2 : 1;
  layer_plan plan = usual_plan();
  layer l;
  plan.mask = COLUMNS;
  plan.density = which % 5 == 0 ? 1 : (double)random_float(&g, 0.02f, 0.6f);
  plan.longest_gap = bits < 4 ? 8 : 12 - bits;
  plan.jump = 1 + random_below(&g, (1u << plan.longest_gap) - 1);
  plan.is_skewed = (int)random_below(&g, 2) && plan.jump < plan.longest_gap;
  plan.lanes = 1 + random_below(&g, 4);
  plan.banks = 1 + random_below(&g, 2);
  l = random_integer_layer(&g, outputs, columns, &plan, bits, which % 2 ? SHORTS : SCALED);
  shape_weights(&l, (int)(which / 8 % 6), plan.jump);
  run_dense("columns", which, rows, &l, which % 4, &g,
            !KGL_COLUMNS ? KGL_ERR_UNSUPPORTED : rows == 1 ? KGL_OK : KGL_ERR_CORRUPT);
  layer_free(&l);
}

/* The same as indices: rows of more than 256 columns, up to 16 levels, of both widths. */
static void test_indices(uint32_t which) {
  generator g = {8500 + which};
  const uint32_t columns = 1 + random_below(&g, which % 3 == 0 ? 700 : 60), outputs = 1 + random_below(&g, 60);
  const uint32_t rows = which % 9 == 8 ? 2 : 1;
  layer_plan plan = usual_plan();
  layer l;
  plan.mask = INDEXED;
  plan.levels = 1 + which % 16;
  plan.density = which % 5 == 0 && columns < 256 ? 1 : (double)random_float(&g, 0.01f, 0.6f);
  plan.lanes = 1 + random_below(&g, 4);
  plan.banks = 1 + random_below(&g, 2);
  l = random_integer_layer(&g, outputs, columns, &plan, 0, which % 2 ? SHORTS : SCALED);
  shape_weights(&l, (int)(which / 8 % 6), 1);
  run_dense("indices", which, rows, &l, which % 4, &g,
            !KGL_INDEXED || (rows > 1 && !KGL_DENSE_ROWS) ? KGL_ERR_UNSUPPORTED
            : rows == 1                                   ? KGL_OK
                                                          : KGL_ERR_CORRUPT);
  layer_free(&l);
}

/* Every way to code a layer, codes of any length. */
static void test_coded_dense(uint32_t which) {
  static const int codings[][2] = {{GAPS, TABLE}, {NONE, TABLE},  {BITMAP, TABLE}, {JOINT, TABLE},
                                   {ROWS, TABLE}, {GAPS, BESIDE}, {ROWS, BESIDE}};
  generator g = {9000 + which};
  const uint32_t columns = 1 + random_below(&g, 120), outputs = 1 + random_below(&g, 50);
  const uint32_t rows = which % 5 == 4 ? 2 : 1;
  const uint32_t kind = which % (uint32_t)COUNT(codings);
  layer_plan plan = usual_plan();
  layer l;
  plan.mask = codings[kind][0];
  plan.values = codings[kind][1];
  plan.density = (double)random_float(&g, 0.05f, 0.7f);
  plan.levels = plan.mask == JOINT ? 1 + random_below(&g, 12) : 1 + random_below(&g, 100);
  plan.jump = plan.mask == JOINT ? 1 + random_below(&g, 255 / plan.levels)
                                 : 1 + random_below(&g, 60);
  plan.longest_gap = 7 + random_below(&g, 6);
  plan.longest_code = plan.mask == JOINT ? 8 + random_below(&g, 5) : 7 + random_below(&g, 6);
  plan.is_skewed = (int)random_below(&g, 2);
  plan.lanes = 1 + random_below(&g, 4);
  l = random_integer_layer(&g, outputs, columns, &plan, 0, which % 2 ? SHORTS : SCALED);
  if (plan.mask != NONE) shape_weights(&l, (int)(which / 7 % 6), plan.jump);
  run_dense("coded dense", which, rows, &l, which / 2 % 4, &g,
            WANTED(is_built_in(&plan) && (rows == 1 || KGL_DENSE_ROWS)));
  layer_free(&l);
}

/* --- Convolution ----------------------------------------------------------------------------- */

/* has_residual: 1 a tensor of its own, 2 the output's place. */
static void run_convolution(const char *name, uint32_t which, const window *w, layer *l,
                            uint32_t types, int has_residual, generator *g, kgl_status wanted) {
  const uint32_t in = w->channels * w->height * w->width;
  const uint32_t out = w->filters * w->out_height * w->out_width;
  const uint32_t y_place = (in + 3) / 4, r_place = has_residual == 1 ? y_place + (out + 3) / 4 : y_place;
  const uint32_t factor = random_below(g, 40000);
  const uint32_t fields[20] = {0,         y_place,       w->groups,    w->channels, w->height,
                               w->width,  w->filters,    w->out_height, w->out_width, w->kh,
                               w->kw,     w->sh,         w->sw,        w->dh,       w->dw,
                               w->top,    w->left,       has_residual > 0, r_place, factor};
  uint8_t *x = random_bytes(g, in), *r = random_bytes(g, out), *y = random_bytes(g, out);
  const void *inputs[2];
  scaling s = random_scaling(g, l);
  builder b;
  inputs[0] = x;
  inputs[1] = r;
  builder_begin(&b);
  builder_place(&b, (in + 3) / 4 + (out + 3) / 4 * (has_residual == 1 ? 2 : 1));
  builder_byte_input(&b, 0, types & X_SIGNED ? 2 : 1, in);
  if (has_residual) builder_byte_input(&b, r_place, types & R_SIGNED ? 2 : 1, out);
  if (!has_residual) types &= X_SIGNED | Y_SIGNED;
  builder_byte_output(&b, y_place, types & Y_SIGNED ? 2 : 1, out);
  builder_integer_step(&b, 1, types, has_residual ? 20 : 18, fields);
  put_integer_layer(&b, l, &s);
  ref_integer_convolution(w, l, &s, types, x, has_residual ? r : NULL, (int32_t)factor, y);
  check_bytes(name, which, &b, wanted, inputs, y, out);
  scaling_free(&s);
  free(x);
  free(r);
  free(y);
}

/* groups, C, H, W, O, OH, OW, kh, kw, sh, sw, dh, dw, top, left, bottom, right */
static const struct {
  const char *name;
  window w;
  double density;
} convolutions[] = {
    {"one pixel", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1},
    {"3x3 same", {1, 3, 8, 8, 4, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5},
    {"5x5 stride 2", {1, 3, 17, 19, 5, 9, 10, 5, 5, 2, 2, 1, 1, 2, 2, 0, 0}, 0.2},
    {"stride 3 by 1", {1, 2, 16, 16, 2, 5, 14, 3, 3, 3, 1, 1, 1, 0, 0, 0, 0}, 0.5},
    {"stride 1 by 3, wide", {1, 2, 4, 67, 2, 4, 23, 3, 3, 1, 3, 1, 1, 1, 1, 0, 0}, 0.5},
    {"dilated 3 by 4", {1, 1, 10, 14, 2, 10, 14, 3, 3, 1, 1, 3, 4, 3, 4, 0, 0}, 0.7},
    {"groups", {2, 4, 6, 6, 6, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5},
    {"depthwise", {5, 5, 7, 9, 5, 7, 9, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.8},
    {"depthwise, two filters a channel", {3, 3, 6, 6, 6, 4, 4, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 1},
    {"depthwise, stride 2", {3, 3, 9, 12, 3, 5, 6, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0}, 1},
    {"depthwise, stride 1 by 2", {2, 2, 5, 9, 2, 5, 5, 3, 3, 1, 2, 1, 1, 1, 1, 0, 0}, 1},
    {"depthwise, one pixel", {4, 4, 1, 1, 4, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 1},
    {"1x1", {1, 8, 5, 7, 6, 5, 7, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.3},
    {"many filters", {1, 7, 5, 5, 71, 5, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.6},
    {"long filters", {1, 130, 4, 3, 5, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.2},
    {"1x1 stride 2", {1, 3, 7, 9, 2, 4, 5, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0}, 0.5},
    {"1x1 with pads", {1, 2, 3, 4, 2, 5, 6, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5},
    {"nothing but a border", {1, 2, 2, 3, 2, 1, 2, 1, 1, 1, 1, 1, 1, 3, 1, 0, 0}, 0.5},
    {"a border on the left alone", {1, 2, 2, 3, 2, 2, 3, 1, 1, 1, 1, 1, 1, 0, 7, 0, 0}, 0.5},
    {"1x1 cropped", {1, 2, 6, 9, 2, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5},
    {"one row", {1, 3, 1, 30, 4, 1, 30, 1, 5, 1, 1, 1, 1, 0, 2, 0, 0}, 0.5},
    {"a column, stride 2, dilated", {1, 2, 31, 1, 4, 14, 1, 3, 1, 2, 1, 2, 1, 0, 0, 0, 0}, 0.5},
    {"kernel larger than the image", {1, 2, 3, 2, 3, 3, 2, 7, 5, 1, 1, 1, 1, 3, 2, 0, 0}, 0.5},
    {"windows that miss the image", {1, 2, 3, 3, 2, 6, 9, 2, 2, 3, 4, 1, 1, 5, 1, 0, 0}, 0.9},
    {"dilation over the image", {1, 1, 2, 3, 1, 6, 6, 2, 2, 1, 1, 5, 6, 3, 3, 0, 0}, 1},
    {"cut at bottom and right", {1, 2, 5, 9, 3, 5, 9, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0}, 0.7},
    {"nothing survives", {1, 2, 5, 5, 3, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0},
    {"ways beyond 65535", {1, 40, 70, 72, 3, 70, 72, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.08},
    {"ways beyond 65535, padded", {1, 30, 60, 60, 2, 60, 60, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.01},
};

static void test_convolution(const char *name, uint32_t which, const window *w, double density) {
  generator g = {20000 + which};
  layer_plan plan = usual_plan();
  const uint32_t flat = which % 3 == 0 ? 0 : which % 3 == 1 ? 4 : 1 + random_below(&g, 8);
  layer l;
  plan.mask = density == 1 ? NONE : which % 5 == 4 ? BITMAP : GAPS;
  plan.density = density;
  plan.jump = 1 + random_below(&g, 15);
  plan.longest_gap = 4 + random_below(&g, 3);
  l = random_integer_layer(&g, w->filters, w->channels / w->groups * w->kh * w->kw, &plan, flat,
                           which % 4 == 3 ? SHORTS : SCALED);
  run_convolution(name, which, w, &l, which / 2 % 8, (int)(which % 3), &g,
                  WANTED(is_built_in(&plan) && KGL_OP_CONVOLUTION));
  layer_free(&l);
}

void test_integer(void) {
  uint32_t i, round;
  for (i = 0; i < 336; i++) test_flat_dense(i);
  for (i = 0; i < 240; i++) test_columns(i);
  for (i = 0; i < 240; i++) test_indices(i);
  for (i = 0; i < 280; i++) test_coded_dense(i);
  for (round = 0; round < 8; round++) {
    for (i = 0; i < COUNT(convolutions); i++) {
      test_convolution(convolutions[i].name, 100 * round + 5 * i + round, &convolutions[i].w,
                       convolutions[i].density);
      if (convolutions[i].w.channels * convolutions[i].w.width < 1000) {
        test_convolution(convolutions[i].name, 5000 + 100 * round + 7 * i, &convolutions[i].w, 1);
      }
    }
  }
  for (i = 1; i <= 40; i++) { /* every width, in and out */
    const window same = {1, 2, 3, 0, 2, 3, 0, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0};
    for (round = 0; round < 4; round++) {
      window w = same;
      w.width = w.out_width = i;
      if (round == 1) w.out_height = 1, w.top = w.left = 0, w.width = i + 2;
      if (round == 2) w.sw = 2, w.width = 2 * i;
      if (round == 3) w.dw = 2, w.left = 2;
      test_convolution("width", 1000 + 40 * round + 7 * i, &w, 0.5);
      test_convolution("width, without zeros", 2000 + 40 * round + 7 * i, &w, 1);
      w.channels = 4;
      test_convolution("width, four channels", 4000 + 40 * round + 7 * i, &w, 0.3 + 0.1 * round);
      w.channels = 12, w.filters = 4, w.groups = 2;
      test_convolution("width, groups of six", 6000 + 40 * round + 7 * i, &w, 0.6);
      w.channels = w.filters = w.groups = 3;
      if (round < 3) test_convolution("width, depthwise", 3000 + 40 * round + 7 * i, &w, 1);
    }
  }
}
