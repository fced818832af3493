#include "integers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Random layers --------------------------------------------------------------------------- */

layer random_integer_layer(generator *g, uint32_t rows, uint32_t columns, const layer_plan *plan,
                           uint32_t flat_bits, int precision) {
  layer_plan used = *plan;
  layer l;
  uint32_t i, most = precision == SCALED ? 127 : 32767;
  used.scales = used.biases = ABSENT;
  if (flat_bits > 0) {
    used.levels = 1u << flat_bits;
    used.longest_code = 8;
  }
  l = random_layer(g, rows, columns, &used);
  l.table_precision = precision;
  for (i = 0; i < rows * columns; i++) { /* to the level's number, from 1 on */
    if (l.weights[i] == 0) continue;
    l.weights[i] = roundf(l.weights[i] * 16 - 0.25f + (float)used.levels / 2) + 1;
  }
  for (i = 0; i < used.levels; i++) { /* levels apart, none of them 0 */
    const uint32_t step = most * 2 / (used.levels + 1);
    int32_t level = (int32_t)(i * step + random_below(g, step)) - (int32_t)most;
    l.table[i] = level == 0 ? (float)most : (float)level;
  }
  for (i = 0; i < rows * columns; i++) {
    if (l.weights[i] != 0) l.weights[i] = l.table[(uint32_t)l.weights[i] - 1];
  }
  if (flat_bits > 0) {
    memset(l.codes.lengths, (int)flat_bits, used.levels);
    code_assign(&l.codes);
  }
  return l;
}

scaling random_scaling(generator *g, const layer *l) {
  scaling s;
  uint32_t row, i;
  double largest = 1;
  s.multipliers = malloc(l->rows * sizeof *s.multipliers);
  s.biases = malloc(l->rows * sizeof *s.biases);
  if (s.multipliers == NULL || s.biases == NULL) abort();
  for (row = 0; row < l->rows; row++) {
    double sum = 0;
    for (i = 0; i < l->columns; i++) sum += pow((double)l->weights[row * l->columns + i], 2);
    largest = fmax(largest, sqrt(sum) * 128);
  }
  s.shift = random_below(g, 4);
  s.exponent = 15;
  while (s.exponent > 0 && ldexp(largest, (int)(s.shift + s.exponent)) * 1000 > ldexp(16384, 32)) {
    s.exponent--;
  }
  s.multiplier_bytes = random_below(g, 3);
  s.bias_bytes = random_below(g, 4);
  if (s.bias_bytes == 3) s.bias_bytes = 4;
  s.bias_shift = s.bias_bytes == 1 ? 5 : s.bias_bytes == 2 ? random_below(g, 3) : 0;
  for (row = 0; row < l->rows; row++) {
    double m = ldexp(8192, 32) / ldexp(largest, (int)(s.shift + s.exponent));
    m *= (double)random_float(g, 0.5f, 1.5f);
    s.multipliers[row] = (uint16_t)fmin(m, s.multiplier_bytes == 1 ? 255 : 65535);
    s.biases[row] = (int32_t)random_below(g, s.bias_bytes == 1 ? 256 : 8192);
    s.biases[row] -= s.bias_bytes == 1 ? 128 : 4096;
    if (s.bias_bytes == 4 && random_below(g, 8) == 0) s.biases[row] = -(1 << 29);
    if (s.multiplier_bytes == 0) s.multipliers[row] = s.multipliers[0];
  }
  return s;
}

void scaling_free(scaling *s) {
  free(s->multipliers);
  free(s->biases);
}

uint8_t *random_bytes(generator *g, uint32_t count) {
  uint8_t *values = malloc(count + 1);
  uint32_t i;
  if (values == NULL) abort();
  for (i = 0; i < count; i++) values[i] = (uint8_t)random_word(g);
  return values;
}

/* --- The oracle ------------------------------------------------------------------------------ */

static int64_t divided(int64_t a, int64_t b) { /* floor(a / b), b above 0 */
  int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

static int64_t element(uint8_t byte, int is_signed) {
  return is_signed && byte >= 128 ? (int64_t)byte - 256 : byte;
}

/* sum modulo 2^32, as a signed number */
static int64_t wrapped(int64_t sum) {
  int64_t rest = sum - divided(sum, (int64_t)1 << 32) * ((int64_t)1 << 32);
  return rest >= (int64_t)1 << 31 ? rest - ((int64_t)1 << 32) : rest;
}

static uint8_t finished(const scaling *s, uint32_t row, int64_t sum, int64_t term, int is_signed) {
  int64_t m = (int64_t)s->multipliers[row] << s->exponent, z, low = is_signed ? -128 : 0;
  z = divided(wrapped(wrapped(sum) * (1 << s->shift)) * m, (int64_t)1 << 32) + term;
  if (s->bias_bytes > 0) z += (int64_t)s->biases[row] * (1 << s->bias_shift);
  z = divided(z + 32, 64);
  z = z < low ? low : z > low + 255 ? low + 255 : z;
  return (uint8_t)(z & 255);
}

void ref_integer_dense(uint32_t rows, const layer *l, const scaling *s, uint32_t types,
                       const uint8_t *x, uint8_t *y) {
  uint32_t r, o, i;
  for (r = 0; r < rows; r++) {
    for (o = 0; o < l->rows; o++) {
      int64_t sum = 0;
      for (i = 0; i < l->columns; i++) {
        sum += (int64_t)l->weights[o * l->columns + i] *
               element(x[r * l->columns + i], (types & X_SIGNED) != 0);
      }
      y[r * l->rows + o] = finished(s, o, sum, 0, (types & Y_SIGNED) != 0);
    }
  }
}

/* The sum of a window. */
static int64_t window_sum(const window *w, const float *weights, const uint8_t *x, int is_signed,
                          uint32_t row, uint32_t column) {
  uint32_t c, i, j;
  int64_t sum = 0;
  for (c = 0; c < w->channels / w->groups; c++) {
    for (i = 0; i < w->kh; i++) {
      for (j = 0; j < w->kw; j++, weights++) {
        int64_t h = (int64_t)row * w->sh - w->top + (int64_t)i * w->dh;
        int64_t v = (int64_t)column * w->sw - w->left + (int64_t)j * w->dw;
        if (h < 0 || h >= w->height || v < 0 || v >= w->width) continue;
        sum += (int64_t)*weights *
               element(x[(c * w->height + (uint32_t)h) * w->width + (uint32_t)v], is_signed);
      }
    }
  }
  return sum;
}

void ref_integer_convolution(const window *w, const layer *l, const scaling *s, uint32_t types,
                             const uint8_t *x, const uint8_t *r, int32_t c, uint8_t *y) {
  uint32_t o, row, column, group_filters = w->filters / w->groups;
  const uint32_t plane = w->height * w->width;
  for (o = 0; o < w->filters; o++) {
    const uint8_t *from = x + o / group_filters * (w->channels / w->groups) * plane;
    for (row = 0; row < w->out_height; row++) {
      for (column = 0; column < w->out_width; column++, y++) {
        int64_t term = 0;
        int64_t sum = window_sum(w, l->weights + o * l->columns, from, (types & X_SIGNED) != 0, row,
                                 column);
        if (r != NULL) term = divided(element(*r++, (types & R_SIGNED) != 0) * c, 256);
        *y = finished(s, o, sum, term, (types & Y_SIGNED) != 0);
      }
    }
  }
}

/* --- Runs ------------------------------------------------------------------------------------ */

void check_bytes(const char *name, uint32_t which, builder *b, kgl_status wanted,
                 const void *const *inputs, const uint8_t *expected, uint32_t count) {
  bytes file = builder_end(b);
  uint8_t *blob = exact_copy(file.data, file.count);
  kgl_model model;
  kgl_status status = kgl_open(&model, blob, file.count);
  CHECK(status == wanted, "%s %u: status %d", name, which, (int)status);
  if (status == KGL_OK) {
    const uint32_t arena_bytes = kgl_arena_bytes(&model);
    uint8_t *arena = guarded_new(arena_bytes, 0xA5), *y = guarded_new(count, 0);
    void *outputs[1];
    uint32_t i, others = 0;
    outputs[0] = y;
    status = kgl_run(&model, arena, arena_bytes, inputs, outputs);
    CHECK(status == KGL_OK, "%s %u: run: status %d", name, which, (int)status);
    for (i = 0; i < count; i++) others += y[i] != expected[i];
    CHECK(others == 0, "%s %u: %u of %u bytes differ", name, which, others, count);
    CHECK(guarded_free(arena, arena_bytes), "%s %u: wrote outside the arena", name, which);
    CHECK(guarded_free(y, count), "%s %u: wrote behind it", name, which);
  }
  free(blob);
  bytes_free(&file);
  builder_free(b);
}

void integer_network(builder *b, uint64_t seed) {
  /* [2, 6, 9] -> [2, 6, 9], in place of its residual; -> [3, 3, 5]; -> 7 */
  const uint32_t first[] = {0, 27, 1, 2, 6, 9, 2, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 27, 300};
  const uint32_t second[] = {27, 54, 1, 2, 6, 9, 3, 3, 5, 2, 2, 2, 2, 1, 1, 0, 0, 0};
  const uint32_t third[] = {54, 66, 1, 45, 7};
  const uint32_t shapes[3][2] = {{2, 18}, {3, 8}, {7, 45}};
  generator g = {seed};
  uint32_t i;
  builder_begin(b);
  builder_place(b, 68);
  builder_byte_input(b, 0, 1, 108);
  builder_byte_input(b, 27, 2, 108);
  builder_byte_output(b, 66, 2, 7);
  for (i = 0; i < 3; i++) {
    layer_plan plan = usual_plan();
    layer l;
    scaling s;
    plan.density = 0.4;
    plan.jump = 8;
    plan.longest_gap = 6;
    plan.lanes = i == 2 ? 2 : 1;
    if (i == 2 && seed == 2 && KGL_COLUMNS) plan.mask = COLUMNS;
    if (i == 2 && seed == 1 && KGL_INDEXED) plan.mask = INDEXED;
    l = random_integer_layer(&g, shapes[i][0], shapes[i][1], &plan, i == 1 ? 0 : 4,
                             i == 1 ? SHORTS : SCALED);
    s = random_scaling(&g, &l);
    if (i == 0) builder_integer_step(b, 1, R_SIGNED | Y_SIGNED, 20, first);
    if (i == 1) builder_integer_step(b, 1, X_SIGNED, 18, second);
    if (i == 2) builder_integer_step(b, 2, Y_SIGNED, 5, third);
    put_integer_layer(b, &l, &s);
    scaling_free(&s);
    layer_free(&l);
  }
}
