/* Convolution, pools and dense layers against reference.c, over tables of named shapes. */
#include <math.h>
#include <stdlib.h>

#include "fixtures.h"
#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- Convolution ----------------------------------------------------------------------------- */

typedef struct convolution_case {
  const char *name;
  window w;
  double density; /* 1: no mask */
  uint32_t activation;
} convolution_case;

/* groups, C, H, W, O, OH, OW, kh, kw, sh, sw, dh, dw, top, left, bottom, right */
static const convolution_case convolutions[] = {
    {"one pixel", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 0},
    {"3x3 same", {1, 3, 8, 8, 4, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5, 1},
    {"3x3 valid", {1, 2, 9, 11, 3, 7, 9, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"3x3 wide", {1, 2, 5, 40, 3, 5, 40, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.4, 0},
    {"5x5 stride 2", {1, 3, 17, 19, 5, 9, 10, 5, 5, 2, 2, 1, 1, 2, 2, 0, 0}, 0.2, 2},
    {"stride 3 by 1", {1, 2, 16, 16, 2, 5, 14, 3, 3, 3, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"stride 1 by 2, wide", {1, 2, 4, 45, 2, 4, 23, 3, 3, 1, 2, 1, 1, 1, 1, 0, 0}, 0.5, 0},
    {"dilated 2", {1, 2, 12, 12, 3, 12, 12, 3, 3, 1, 1, 2, 2, 2, 2, 0, 0}, 0.5, 0},
    {"dilated 3 by 4", {1, 1, 10, 14, 2, 10, 14, 3, 3, 1, 1, 3, 4, 3, 4, 0, 0}, 0.7, 0},
    {"groups", {2, 4, 6, 6, 6, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5, 1},
    {"depthwise", {5, 5, 7, 9, 5, 7, 9, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.8, 3},
    {"depthwise, two filters a channel", {3, 3, 6, 6, 6, 4, 4, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 0},
    {"1x1", {1, 8, 5, 7, 6, 5, 7, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.3, 1},
    {"1x1 of one pixel", {1, 9, 1, 1, 6, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"1x1 stride 2", {1, 3, 7, 9, 2, 4, 5, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"1x1 with pads", {1, 2, 3, 4, 2, 5, 6, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5, 0},
    {"1x1 cropped", {1, 2, 6, 9, 2, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"one row", {1, 3, 1, 30, 4, 1, 30, 1, 5, 1, 1, 1, 1, 0, 2, 0, 0}, 0.5, 0},
    {"one column", {1, 3, 30, 1, 4, 30, 1, 5, 1, 1, 1, 1, 1, 2, 0, 0, 0}, 0.5, 0},
    {"a column, stride 2, dilated", {1, 2, 31, 1, 4, 14, 1, 3, 1, 2, 1, 2, 1, 0, 0, 0, 0}, 0.5, 0},
    {"kernel as large as the image", {1, 2, 4, 6, 3, 1, 1, 4, 6, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"kernel larger than the image", {1, 2, 3, 2, 3, 3, 2, 7, 5, 1, 1, 1, 1, 3, 2, 0, 0}, 0.5, 0},
    {"pads larger than the kernel", {1, 1, 3, 3, 2, 11, 13, 2, 2, 1, 1, 1, 1, 4, 5, 0, 0}, 0.9, 0},
    {"windows that miss the image", {1, 2, 3, 3, 2, 6, 9, 2, 2, 3, 4, 1, 1, 5, 1, 0, 0}, 0.9, 0},
    {"dilation over the image", {1, 1, 2, 3, 1, 6, 6, 2, 2, 1, 1, 5, 6, 3, 3, 0, 0}, 1, 0},
    {"far strides", {1, 1, 2, 2, 1, 2, 2, 1, 1, 65535, 65535, 1, 1, 0, 0, 0, 0}, 1, 0},
    {"far pads and dilation",
     {1, 1, 2, 2, 1, 1, 2, 2, 2, 1, 1, 65535, 65534, 65535, 65534, 0, 0}, 1, 0},
    {"ragged: 4 wide", {1, 2, 6, 6, 3, 4, 4, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"ragged: 7 wide", {1, 2, 9, 9, 3, 7, 7, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"ragged: 3 wide", {1, 2, 5, 5, 3, 3, 3, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"ragged: 8 wide", {1, 2, 8, 10, 3, 6, 8, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"a pad at the top only", {1, 2, 5, 6, 3, 5, 6, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0}, 0.7, 0},
    {"a pad at the left only", {1, 2, 5, 9, 3, 5, 9, 1, 2, 1, 1, 1, 1, 0, 1, 0, 0}, 0.7, 0},
    {"cut at the bottom only", {1, 2, 5, 6, 3, 5, 6, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 0.7, 0},
    {"cut at the right only", {1, 2, 5, 9, 3, 5, 9, 1, 2, 1, 1, 1, 1, 0, 0, 0, 0}, 0.7, 0},
    {"tall and narrow", {1, 2, 25, 3, 3, 25, 3, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.5, 0},
    {"tall and narrow, stride 2", {1, 2, 25, 5, 3, 13, 3, 3, 3, 2, 2, 1, 1, 1, 1, 0, 0}, 0.5, 0},
    {"64 channels at 10 %", {1, 64, 8, 8, 16, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0.1, 1},
    {"nothing survives", {1, 2, 5, 5, 3, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0}, 0, 0},
};

static void test_convolution(const convolution_case *c, uint64_t seed) {
  generator g = {seed};
  const window *w = &c->w;
  uint32_t columns = w->channels / w->groups * w->kh * w->kw;
  uint32_t out = w->filters * w->out_height * w->out_width, i;
  layer_plan plan = usual_plan();
  float *x = random_floats(&g, w->channels * w->height * w->width, -1, 1);
  const void *inputs[1];
  double *expected = doubles(out);
  uint32_t fields[17];
  const float first = c->activation == 3 ? -0.5f : 0.1f; /* alpha, or low */
  layer l;
  builder b;
  plan.mask = c->density == 1 ? NONE : seed % 2 ? GAPS : BITMAP;
  plan.density = c->density;
  plan.scales = seed % 3 == 0 ? HALF : ABSENT;
  l = random_layer(&g, w->filters, columns, &plan);
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, w->channels * w->height * w->width);
  fields[1] = output_of(&b, out);
  fields[2] = w->groups, fields[3] = w->channels, fields[4] = w->height, fields[5] = w->width;
  fields[6] = w->filters, fields[7] = w->out_height, fields[8] = w->out_width;
  fields[9] = w->kh, fields[10] = w->kw, fields[11] = w->sh, fields[12] = w->sw;
  fields[13] = w->dh, fields[14] = w->dw, fields[15] = w->top, fields[16] = w->left;
  builder_step(&b, 1, 17, fields);
  put_activation(&b, c->activation, first, 0.5f);
  put_layer(&b, &l);
  ref_convolution(w, x, l.weights, l.scales, l.biases, expected);
  for (i = 0; i < out; i++) {
    expected[i] = ref_activation(c->activation, first, 0.5f, expected[i]);
  }
  check_run(c->name, &b, inputs, expected, out, 1e-5);
  layer_free(&l);
  free(x);
  free(expected);
}

/* --- Pools ----------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  window w;
} pools[] = {
    {"2x2", {1, 3, 8, 8, 3, 4, 4, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0}},
    {"3x3 stride 2 with pads", {1, 2, 9, 7, 2, 5, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1}},
    {"ceiling: beyond bottom and right", {1, 2, 6, 5, 2, 3, 3, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0}},
    {"dilated", {1, 2, 9, 9, 2, 5, 5, 3, 3, 1, 1, 2, 2, 0, 0, 0, 0}},
    {"pads larger than the window", {1, 1, 3, 4, 1, 8, 9, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3}},
    {"windows that miss the image", {1, 2, 3, 3, 2, 5, 6, 2, 2, 3, 4, 1, 1, 4, 1, 0, 0}},
    {"whole image", {1, 4, 5, 6, 4, 1, 1, 5, 6, 1, 1, 1, 1, 0, 0, 0, 0}},
    {"one row", {1, 4, 1, 12, 4, 1, 6, 1, 2, 1, 2, 1, 1, 0, 0, 0, 0}},
    {"pads at one side", {1, 1, 5, 5, 1, 5, 5, 2, 2, 1, 1, 1, 1, 0, 0, 1, 1}},
};

/* has_nan: every seventh element is no number. */
static void test_pool(const char *name, const window *w, int is_mean, int counts_padding,
                      int has_nan) {
  generator g = {77};
  uint32_t in = w->channels * w->height * w->width;
  uint32_t out = w->channels * w->out_height * w->out_width;
  float *x = random_floats(&g, in, -2, -1);
  const void *inputs[1];
  double *expected = doubles(out);
  uint32_t fields[15], i;
  builder b;
  for (i = 0; has_nan && i < in; i += 7) x[i] = NAN;
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, in);
  fields[1] = output_of(&b, out);
  fields[2] = w->channels, fields[3] = w->height, fields[4] = w->width;
  fields[5] = w->out_height, fields[6] = w->out_width, fields[7] = w->kh, fields[8] = w->kw;
  fields[9] = w->sh, fields[10] = w->sw, fields[11] = w->dh, fields[12] = w->dw;
  fields[13] = w->top, fields[14] = w->left;
  builder_step(&b, is_mean ? 7 : 6, 15, fields);
  if (is_mean) {
    put_varint(&b.steps, w->bottom);
    put_varint(&b.steps, w->right);
    put_byte(&b.steps, (uint32_t)counts_padding);
  }
  ref_pool(w, is_mean, counts_padding, x, expected);
  check_run(name, &b, inputs, expected, out, 1e-6);
  free(x);
  free(expected);
}

/* --- Dense ----------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  uint32_t rows, inputs, outputs;
  double density;
  int scales, biases;
} denses[] = {
    {"dense 1x1", 1, 1, 1, 1, ABSENT, ABSENT},
    {"dense", 1, 40, 10, 0.1, ABSENT, FLOAT},
    {"dense with scales", 1, 40, 10, 0.3, HALF, SCALED},
    {"dense, several rows", 7, 33, 5, 0.3, FLOAT, HALF},
    {"dense, several rows, no mask", 3, 12, 5, 1, SCALED, ABSENT},
    {"dense of 3000", 1, 3000, 30, 0.5, ABSENT, HALF},
    {"dense of 3000, no mask", 1, 3000, 10, 1, ABSENT, ABSENT},
};

static void test_dense(uint32_t which) {
  generator g = {1000 + which};
  uint32_t rows = denses[which].rows, in = denses[which].inputs, out = denses[which].outputs;
  layer_plan plan = usual_plan();
  float *x = random_floats(&g, rows * in, -1, 1);
  const void *inputs[1];
  double *expected = doubles(rows * out);
  uint32_t fields[5];
  layer l;
  builder b;
  plan.density = denses[which].density;
  if (plan.density == 1) plan.mask = NONE;
  plan.scales = denses[which].scales;
  plan.biases = denses[which].biases;
  l = random_layer(&g, out, in, &plan);
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, rows * in);
  fields[1] = output_of(&b, rows * out);
  fields[2] = rows, fields[3] = in, fields[4] = out;
  builder_step(&b, 2, 5, fields);
  put_activation(&b, 0, 0, 0);
  put_layer(&b, &l);
  ref_dense(rows, in, out, x, l.weights, l.scales, l.biases, expected);
  check_run(denses[which].name, &b, inputs, expected, rows * out, 1e-5);
  layer_free(&l);
  free(x);
  free(expected);
}

void test_layers(void) {
  uint32_t i;
  for (i = 0; i < COUNT(convolutions); i++) {
    test_convolution(&convolutions[i], 11 + i);
    test_convolution(&convolutions[i], 1012 + i);
  }
  for (i = 0; i < COUNT(pools); i++) {
    test_pool(pools[i].name, &pools[i].w, 0, 0, 0);
    test_pool(pools[i].name, &pools[i].w, 0, 0, 1);
    test_pool(pools[i].name, &pools[i].w, 1, 0, 0);
    test_pool(pools[i].name, &pools[i].w, 1, 1, 1);
  }
  for (i = 0; i < COUNT(denses); i++) test_dense(i);
}
