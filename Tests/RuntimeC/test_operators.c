/* Every opcode against reference.c, over tables of named shapes. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"
#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static double *doubles(uint32_t count) {
  double *values = malloc((count + 1) * sizeof *values);
  if (values == NULL) abort();
  return values;
}

/* Input of one axis at a new place. */
static uint32_t input_of(builder *b, uint32_t count) {
  uint32_t place = builder_place(b, count);
  builder_input(b, place, 1, &count);
  return place;
}

static uint32_t output_of(builder *b, uint32_t count) {
  uint32_t place = builder_place(b, count);
  builder_output(b, place, 1, &count);
  return place;
}

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
    {"one column, stride 2, dilated", {1, 2, 31, 1, 4, 14, 1, 3, 1, 2, 1, 2, 1, 0, 0, 0, 0}, 0.5, 0},
    {"kernel as large as the image", {1, 2, 4, 6, 3, 1, 1, 4, 6, 1, 1, 1, 1, 0, 0, 0, 0}, 0.5, 0},
    {"kernel larger than the image", {1, 2, 3, 2, 3, 3, 2, 7, 5, 1, 1, 1, 1, 3, 2, 0, 0}, 0.5, 0},
    {"pads larger than the kernel", {1, 1, 3, 3, 2, 11, 13, 2, 2, 1, 1, 1, 1, 4, 5, 0, 0}, 0.9, 0},
    {"windows that miss the image", {1, 2, 3, 3, 2, 6, 9, 2, 2, 3, 4, 1, 1, 5, 1, 0, 0}, 0.9, 0},
    {"dilation that steps over the image", {1, 1, 2, 3, 1, 6, 6, 2, 2, 1, 1, 5, 6, 3, 3, 0, 0}, 1, 0},
    {"far strides", {1, 1, 2, 2, 1, 2, 2, 1, 1, 65535, 65535, 1, 1, 0, 0, 0, 0}, 1, 0},
    {"far pads and dilation", {1, 1, 2, 2, 1, 1, 2, 2, 2, 1, 1, 65535, 65534, 65535, 65534, 0, 0}, 1, 0},
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
  const float *inputs[1];
  double *expected = doubles(out);
  uint32_t fields[17];
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
  put_activation(&b, c->activation, c->activation == 3 ? -0.5f : 0.1f, 0.5f);
  put_layer(&b, &l);
  ref_convolution(w, x, l.weights, l.scales, l.biases, expected);
  for (i = 0; i < out; i++) {
    expected[i] = ref_activation(c->activation, c->activation == 3 ? -0.5f : 0.1f, 0.5f, expected[i]);
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

static void test_pool(const char *name, const window *w, int is_mean, int counts_padding) {
  generator g = {77};
  uint32_t in = w->channels * w->height * w->width;
  uint32_t out = w->channels * w->out_height * w->out_width;
  float *x = random_floats(&g, in, -2, -1);
  const float *inputs[1];
  double *expected = doubles(out);
  uint32_t fields[15];
  builder b;
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
  const float *inputs[1];
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

/* --- Elementwise ----------------------------------------------------------------------------- */

static const struct {
  const char *name;
  uint32_t kind;
  float first, second;
} activations[] = {
    {"relu", 1, 0, 0},          {"leaky relu", 2, 0.01f, 0}, {"clip", 3, -0.5f, 1.5f},
    {"sigmoid", 4, 0, 0},       {"tanh", 5, 0, 0},           {"hard sigmoid", 6, 0.2f, 0.5f},
    {"hard swish", 7, 0, 0},    {"leaky relu, negative", 2, -2, 0},
    {"clip to one value", 3, 1, 1},
};

static void test_activation(uint32_t which, int in_place) {
  generator g = {2000 + which};
  uint32_t count = 65, fields[3], i;
  float *x = random_floats(&g, count, -8, 8);
  const float *inputs[1];
  double *expected = doubles(count);
  builder b;
  x[0] = 0;
  x[1] = 100;
  x[2] = -100;
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, count);
  if (in_place) {
    fields[1] = fields[0];
    builder_output(&b, fields[0], 1, &count);
  } else {
    fields[1] = output_of(&b, count);
  }
  fields[2] = count;
  builder_step(&b, 3, 3, fields);
  put_activation(&b, activations[which].kind, activations[which].first, activations[which].second);
  for (i = 0; i < count; i++) {
    expected[i] = ref_activation(activations[which].kind, activations[which].first,
                                 activations[which].second, x[i]);
  }
  check_run(activations[which].name, &b, inputs, expected, count, 1e-6);
  free(x);
  free(expected);
}

/* Opcodes 4, 5, 8, 14 on [outer, channels, inner]. */
static void test_block(const char *name, uint32_t opcode, uint32_t outer, uint32_t channels,
                       uint32_t inner, int precision) {
  generator g = {3000 + opcode};
  uint32_t count = outer * channels * inner, out = opcode == 8 ? channels : count;
  float *x = random_floats(&g, count, -3, 3);
  float *first = random_floats(&g, channels, -1, 1), *second = random_floats(&g, channels, -1, 1);
  const float *inputs[1];
  double *expected = doubles(count);
  uint32_t fields[5], i, n = 2;
  builder b;
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, count);
  fields[1] = output_of(&b, out);
  if (opcode == 4 || opcode == 5) fields[n++] = outer;
  fields[n++] = channels;
  fields[n++] = inner;
  builder_step(&b, opcode, n, fields);
  if (opcode == 4 || opcode == 14) put_numbers(&b, first, channels, precision, first);
  if (opcode == 14) put_numbers(&b, second, channels, precision, second);
  memset(expected, 0, count * sizeof *expected);
  for (i = 0; i < count; i++) {
    uint32_t c = i / inner % channels;
    if (opcode == 4) expected[i] = x[i] > 0 ? x[i] : (double)first[c] * x[i];
    if (opcode == 14) expected[i] = (double)x[i] * first[c] + second[c];
    if (opcode == 8) expected[c] += (double)x[i] / inner;
  }
  if (opcode == 5) ref_softmax(outer, channels, inner, x, expected);
  check_run(name, &b, inputs, expected, out, 1e-6);
  free(x);
  free(first);
  free(second);
  free(expected);
}

static const struct {
  const char *name;
  uint32_t rank, sizes[6], mask_a, mask_b;
  int in_place; /* 1: y is a, 2: y is b */
} binaries[] = {
    {"numbers", 0, {0}, 0, 0, 0},
    {"same shapes", 3, {2, 3, 5}, 0, 0, 0},
    {"same shapes, in place", 3, {2, 3, 5}, 0, 0, 1},
    {"same shapes, in the second's place", 2, {4, 5}, 0, 0, 2},
    {"a number to the right", 2, {3, 4}, 0, 3, 0},
    {"a number to the right, in place", 2, {3, 4}, 0, 3, 1},
    {"a number to the left", 2, {3, 4}, 3, 0, 0},
    {"a channel's number", 3, {4, 3, 5}, 0, 6, 0},
    {"a channel's number to the left, in place", 3, {4, 3, 5}, 6, 0, 2},
    {"a row and a column", 2, {4, 5}, 1, 2, 0},
    {"every other axis", 6, {2, 3, 2, 3, 2, 2}, 21, 42, 0},
    {"sizes of one", 6, {1, 3, 1, 1, 4, 1}, 0, 61, 0},
    {"both repeat the same", 3, {2, 3, 4}, 2, 2, 0},
    {"middle axes", 5, {2, 3, 4, 2, 3}, 12, 1, 0},
};

static void test_binary(uint32_t which, uint32_t operation, uint32_t activation) {
  generator g = {4000 + which};
  uint32_t rank = binaries[which].rank, r, i, count = 1, a_count = 1, b_count = 1;
  const uint32_t *sizes = binaries[which].sizes;
  float *left, *right;
  const float *inputs[2];
  double *expected;
  uint32_t fields[3];
  builder b;
  for (r = 0; r < rank; r++) {
    count *= sizes[r];
    a_count *= binaries[which].mask_a >> r & 1u ? 1 : sizes[r];
    b_count *= binaries[which].mask_b >> r & 1u ? 1 : sizes[r];
  }
  left = random_floats(&g, a_count, -2, 2);
  right = random_floats(&g, b_count, 1, 3);
  expected = doubles(count);
  inputs[0] = left;
  inputs[1] = right;
  builder_begin(&b);
  fields[0] = input_of(&b, a_count);
  fields[1] = input_of(&b, b_count);
  if (binaries[which].in_place) {
    fields[2] = fields[binaries[which].in_place - 1];
    builder_output(&b, fields[2], 1, &count);
  } else {
    fields[2] = output_of(&b, count);
  }
  put_byte(&b.steps, 9);
  b.step_count++;
  put_byte(&b.steps, operation);
  for (i = 0; i < 3; i++) put_varint(&b.steps, fields[i]);
  put_varint(&b.steps, rank);
  for (r = 0; r < rank; r++) put_varint(&b.steps, sizes[r]);
  put_byte(&b.steps, binaries[which].mask_a);
  put_byte(&b.steps, binaries[which].mask_b);
  put_activation(&b, activation, 0, 0);
  ref_binary(operation, rank, sizes, binaries[which].mask_a, binaries[which].mask_b, left, right,
             expected);
  for (i = 0; i < count; i++) expected[i] = ref_activation(activation, 0, 0, expected[i]);
  check_run(binaries[which].name, &b, inputs, expected, count, 1e-6);
  free(left);
  free(right);
  free(expected);
}

/* --- Moving things --------------------------------------------------------------------------- */

/* Three parts of 1, 3 and 2 columns beside each other. */
static void test_copy(void) {
  generator g = {5000};
  static const uint32_t widths[3] = {1, 3, 2};
  uint32_t outer = 4, stride = 6, offset = 0, part, o, i, y, fields[6];
  float *parts[3];
  const float *inputs[3];
  double expected[24];
  builder b;
  builder_begin(&b);
  y = output_of(&b, outer * stride);
  for (part = 0; part < 3; part++) {
    inputs[part] = parts[part] = random_floats(&g, outer * widths[part], -1, 1);
    fields[0] = input_of(&b, outer * widths[part]);
    fields[1] = y;
    fields[2] = outer, fields[3] = widths[part], fields[4] = stride, fields[5] = offset;
    builder_step(&b, 10, 6, fields);
    for (o = 0; o < outer; o++) {
      for (i = 0; i < widths[part]; i++) {
        expected[o * stride + offset + i] = parts[part][o * widths[part] + i];
      }
    }
    offset += widths[part];
  }
  check_run("concatenation", &b, inputs, expected, 24, 0);
  for (part = 0; part < 3; part++) free(parts[part]);
}

static const struct {
  const char *name;
  uint32_t rank, sizes[6], before[6], after[6];
} pads[] = {
    {"one axis", 1, {5}, {2}, {3}},
    {"an image", 3, {2, 3, 4}, {0, 1, 2}, {0, 2, 1}},
    {"nothing", 2, {3, 4}, {0, 0}, {0, 0}},
    {"one axis of three", 3, {3, 4, 2}, {0, 3, 0}, {0, 2, 0}},
    {"six axes", 6, {2, 2, 2, 2, 2, 3}, {1, 0, 1, 0, 1, 2}, {0, 1, 1, 0, 0, 1}},
};

static void test_pad(uint32_t which, uint32_t mode) {
  generator g = {6000 + which};
  uint32_t rank = pads[which].rank, r, in = 1, out = 1;
  float *x;
  const float *inputs[1];
  double *expected;
  uint32_t fields[2];
  builder b;
  for (r = 0; r < rank; r++) {
    in *= pads[which].sizes[r];
    out *= pads[which].before[r] + pads[which].sizes[r] + pads[which].after[r];
  }
  inputs[0] = x = random_floats(&g, in, -1, 1);
  expected = doubles(out);
  builder_begin(&b);
  fields[0] = input_of(&b, in);
  fields[1] = output_of(&b, out);
  put_byte(&b.steps, 11);
  b.step_count++;
  put_byte(&b.steps, mode);
  put_float(&b.steps, 0.5f);
  put_varint(&b.steps, fields[0]);
  put_varint(&b.steps, fields[1]);
  put_varint(&b.steps, rank);
  for (r = 0; r < rank; r++) put_varint(&b.steps, pads[which].sizes[r]);
  for (r = 0; r < rank; r++) put_varint(&b.steps, pads[which].before[r]);
  for (r = 0; r < rank; r++) put_varint(&b.steps, pads[which].after[r]);
  ref_pad(mode, 0.5f, rank, pads[which].sizes, pads[which].before, pads[which].after, x, expected);
  check_run(pads[which].name, &b, inputs, expected, out, 0);
  free(x);
  free(expected);
}

static const struct {
  const char *name;
  uint32_t rank, sizes[6], axes[6];
} transposes[] = {
    {"one axis", 1, {7}, {0}},
    {"a matrix", 2, {3, 5}, {1, 0}},
    {"as it is", 3, {2, 3, 4}, {0, 1, 2}},
    {"channels last to first", 3, {4, 5, 3}, {2, 0, 1}},
    {"six axes", 6, {2, 1, 3, 2, 2, 3}, {5, 3, 1, 0, 4, 2}},
};

static void test_transpose(uint32_t which) {
  generator g = {7000 + which};
  uint32_t rank = transposes[which].rank, r, count = 1, fields[9];
  float *x;
  const float *inputs[1];
  double *expected;
  builder b;
  for (r = 0; r < rank; r++) count *= transposes[which].sizes[r];
  inputs[0] = x = random_floats(&g, count, -1, 1);
  expected = doubles(count);
  builder_begin(&b);
  fields[0] = input_of(&b, count);
  fields[1] = output_of(&b, count);
  fields[2] = rank;
  for (r = 0; r < rank; r++) fields[3 + r] = transposes[which].sizes[r];
  builder_step(&b, 12, 3 + rank, fields);
  for (r = 0; r < rank; r++) put_varint(&b.steps, transposes[which].axes[r]);
  ref_transpose(rank, transposes[which].sizes, transposes[which].axes, x, expected);
  check_run(transposes[which].name, &b, inputs, expected, count, 0);
  free(x);
  free(expected);
}

static void test_constant(int precision) {
  generator g = {8000};
  float values[9], stored[9];
  const float *inputs[1];
  double expected[9];
  uint32_t i, fields[2];
  builder b;
  for (i = 0; i < 9; i++) values[i] = random_float(&g, -3, 3);
  values[0] = 6e-8f; /* subnormal as f16 */
  values[1] = -65504; /* the largest f16 */
  values[2] = 0.00006104f;
  if (precision == SCALED) values[1] = -3;
  builder_begin(&b);
  input_of(&b, 1);
  inputs[0] = values;
  fields[0] = output_of(&b, 9);
  fields[1] = 9;
  builder_step(&b, 13, 2, fields);
  put_numbers(&b, values, 9, precision, stored);
  for (i = 0; i < 9; i++) expected[i] = stored[i];
  check_run("constant", &b, inputs, expected, 9, 0);
}

void test_operators(void) {
  uint32_t i, k;
  for (i = 0; i < COUNT(convolutions); i++) {
    test_convolution(&convolutions[i], 11 + i);
    test_convolution(&convolutions[i], 1012 + i);
  }
  for (i = 0; i < COUNT(pools); i++) {
    test_pool(pools[i].name, &pools[i].w, 0, 0);
    test_pool(pools[i].name, &pools[i].w, 1, 0);
    test_pool(pools[i].name, &pools[i].w, 1, 1);
  }
  for (i = 0; i < COUNT(denses); i++) test_dense(i);
  for (i = 0; i < COUNT(activations); i++) {
    test_activation(i, 0);
    test_activation(i, 1);
  }
  for (k = HALF; k <= SCALED; k++) {
    test_block("PRelu", 4, 2, 3, 5, (int)k);
    test_block("PRelu, one slope", 4, 1, 1, 11, (int)k);
    test_block("affine", 14, 1, 4, 6, (int)k);
    test_constant((int)k);
  }
  test_block("softmax", 5, 1, 10, 1, 0);
  test_block("softmax, middle axis", 5, 3, 4, 5, 0);
  test_block("softmax of one", 5, 2, 1, 2, 0);
  test_block("mean", 8, 1, 5, 12, 0);
  test_block("mean of one", 8, 1, 3, 1, 0);
  for (i = 0; i < COUNT(binaries); i++) {
    for (k = 0; k < 4; k++) test_binary(i, k, k == 1);
  }
  test_copy();
  for (i = 0; i < COUNT(pads); i++) {
    for (k = 0; k < 3; k++) {
      if (k == 1 && (i == 0 ? 0 : i == 4)) continue; /* reflect needs pads below the size */
      test_pad(i, k);
    }
  }
  for (i = 0; i < COUNT(transposes); i++) test_transpose(i);
}
