/* Elementwise operators and those that move things, against reference.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"
#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

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
  const void *inputs[1];
  double *expected = doubles(count);
  builder b;
  x[0] = 0;
  x[1] = 100;
  x[2] = -100;
  x[3] = NAN;
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
  const void *inputs[1];
  double *expected = doubles(count);
  uint32_t fields[5], i, n = 2;
  builder b;
  if (opcode == 4 || outer > 1) x[1] = NAN;
  inputs[0] = x;
  builder_begin(&b);
  fields[0] = input_of(&b, count);
  fields[1] = output_of(&b, out);
  if (opcode == 4 || opcode == 5 || opcode == 17) fields[n++] = outer;
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
  if (opcode == 5 || opcode == 17) ref_softmax(outer, channels, inner, x, expected);
  for (i = 0; opcode == 17 && i < count; i++) expected[i] = log(expected[i]);
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
  const void *inputs[2];
  double *expected;
  uint32_t fields[3];
  builder b;
  for (r = 0; r < rank; r++) {
    count *= sizes[r];
    a_count *= binaries[which].mask_a >> r & 1u ? 1 : sizes[r];
    b_count *= binaries[which].mask_b >> r & 1u ? 1 : sizes[r];
  }
  left = random_floats(&g, a_count, -2, 2);
  if (a_count > 1) left[1] = NAN;
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
  const void *inputs[3];
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
  const void *inputs[1];
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
  const void *inputs[1];
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
  const void *inputs[1];
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
  for (i = 0; i < COUNT(activations); i++) {
    test_activation(i, 0);
    test_activation(i, 1);
  }
  for (k = HALF; k <= SHORTS; k++) {
    test_block("PRelu", 4, 2, 3, 5, (int)k);
    test_block("PRelu, one slope", 4, 1, 1, 11, (int)k);
    test_block("affine", 14, 1, 4, 6, (int)k);
    test_constant((int)k);
  }
  test_block("softmax", 5, 1, 10, 1, 0);
  test_block("softmax, middle axis", 5, 3, 4, 5, 0);
  test_block("softmax of one", 5, 2, 1, 2, 0);
  test_block("logarithms of a softmax", 17, 1, 10, 1, 0);
  test_block("logarithms of a softmax, middle axis", 17, 3, 4, 5, 0);
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
