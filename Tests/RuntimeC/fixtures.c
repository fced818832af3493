#include "fixtures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint32_t random_word(generator *g) {
  g->state ^= g->state >> 12;
  g->state ^= g->state << 25;
  g->state ^= g->state >> 27;
  return (uint32_t)(g->state * 0x2545F4914F6CDD1Du >> 32);
}

uint32_t random_below(generator *g, uint32_t bound) {
  return (uint32_t)((uint64_t)random_word(g) * bound >> 32);
}

float random_float(generator *g, float low, float high) {
  return low + (high - low) * (float)(random_word(g) >> 8) / 16777216.0f;
}

double relative_difference(const float *a, const double *b, uint32_t count) {
  double difference = 0, largest = 1e-30;
  uint32_t i;
  for (i = 0; i < count; i++) {
    if (isnan((double)a[i]) && isnan(b[i])) continue;
    if (!isfinite((double)a[i]) || !isfinite(b[i])) return HUGE_VAL;
    difference = fmax(difference, fabs((double)a[i] - b[i]));
    largest = fmax(largest, fabs(b[i]));
  }
  return difference == 0 ? 0 : difference / largest;
}

double *doubles(uint32_t count) {
  double *values = malloc((count + 1) * sizeof *values);
  if (values == NULL) abort();
  return values;
}

uint32_t input_of(builder *b, uint32_t count) {
  uint32_t place = builder_place(b, count);
  builder_input(b, place, 1, &count);
  return place;
}

uint32_t output_of(builder *b, uint32_t count) {
  uint32_t place = builder_place(b, count);
  builder_output(b, place, 1, &count);
  return place;
}

layer_plan usual_plan(void) {
  layer_plan plan;
  memset(&plan, 0, sizeof plan);
  plan.mask = GAPS;
  plan.values = TABLE;
  plan.density = 0.1;
  plan.levels = 16;
  plan.jump = 48;
  plan.longest_gap = 8;
  plan.longest_code = 5;
  plan.lanes = 1;
  plan.banks = 1;
  plan.scales = ABSENT;
  plan.biases = HALF;
  return plan;
}

void random_code(generator *g, code *c, uint32_t symbols, const uint8_t *used, uint32_t longest,
                 int is_skewed) {
  uint8_t leaves[256];
  uint32_t count = 0, grown = 1, i;
  memset(c, 0, sizeof *c);
  c->symbols = symbols;
  for (i = 0; i < symbols; i++) count += used[i] != 0;
  if (count == 0) return;
  leaves[0] = count == 1; /* one symbol is marked by length 1 */
  while (grown < count) {  /* split a leaf: the deepest that may be, or any */
    uint32_t pick = random_below(g, grown);
    for (i = 0; i < grown && is_skewed; i++) {
      if (leaves[i] < longest && (leaves[i] > leaves[pick] || leaves[pick] >= longest)) pick = i;
    }
    if (leaves[pick] >= longest) continue;
    leaves[grown++] = ++leaves[pick];
  }
  for (i = 0; i < symbols; i++) { /* deal them out at random */
    uint32_t pick;
    if (!used[i]) continue;
    pick = random_below(g, grown);
    c->lengths[i] = leaves[pick];
    leaves[pick] = leaves[--grown];
  }
  code_assign(c);
}

float *random_floats(generator *g, uint32_t count, float low, float high) {
  float *values = malloc((count + 1) * sizeof *values);
  uint32_t i;
  if (values == NULL) abort();
  for (i = 0; i < count; i++) values[i] = random_float(g, low, high);
  return values;
}

/* Values that every precision keeps exactly: small multiples of 1/64. */
static float *exact_floats(generator *g, uint32_t count, int precision) {
  float *values;
  uint32_t i;
  if (precision == ABSENT) return NULL;
  values = random_floats(g, count, 0, 0);
  for (i = 0; i < count; i++) values[i] = ((float)random_below(g, 253) - 126) / 64;
  if (precision == SCALED && count > 0) values[0] = 127.0f / 64; /* so that the scale is 1/64 */
  return values;
}

layer random_layer(generator *g, uint32_t rows, uint32_t columns, const layer_plan *plan) {
  layer l;
  uint8_t used[256];
  uint32_t i;
  memset(&l, 0, sizeof l);
  l.rows = rows;
  l.columns = columns;
  l.mask = plan->mask;
  l.values = plan->values;
  l.table_precision = HALF;
  l.scales = exact_floats(g, rows, plan->scales);
  l.biases = exact_floats(g, rows, plan->biases);
  l.scale_precision = plan->scales;
  l.bias_precision = plan->biases;
  l.weights = random_floats(g, rows * columns, -1, 1);
  for (i = 0; i < plan->levels; i++) l.table[i] = ((float)i - (float)plan->levels / 2 + 0.25f) / 16;
  for (i = 0; i < rows * columns; i++) {
    if (l.values != RAW) l.weights[i] = l.table[random_below(g, plan->levels)];
    if (l.mask != NONE && random_float(g, 0, 1) >= (float)plan->density) l.weights[i] = 0;
  }
  memset(used, 1, sizeof used);
  if (plan->mask == GAPS || plan->mask == ROWS || plan->mask == COLUMNS) {
    random_code(g, &l.gaps, plan->jump + 1, used, plan->longest_gap, plan->is_skewed);
  }
  if (plan->mask == ROWS) {
    random_code(g, &l.second_gaps, plan->jump + 1, used, plan->longest_gap, plan->is_skewed);
    for (i = 0; i < rows; i++) l.classes[i] = (uint8_t)random_below(g, 2);
  }
  l.jump = plan->jump;
  random_code(g, &l.codes, plan->mask == JOINT ? plan->jump * plan->levels + 1 : plan->levels, used,
              plan->longest_code, plan->is_skewed);
  for (i = 0; i < 2 && plan->values == BESIDE; i++) {
    random_code(g, &l.beside[i], plan->levels, used, plan->longest_code, plan->is_skewed);
  }
  l.lane_count = plan->lanes;
  for (i = 0; i < plan->lanes; i++) {
    l.lane_rows[i] = rows * (i + 1) / plan->lanes - rows * i / plan->lanes;
    l.lane_banks[i] = i % plan->banks;
  }
  return l;
}

void layer_free(layer *l) {
  free(l->weights);
  free((void *)(uintptr_t)l->scales);
  free((void *)(uintptr_t)l->biases);
}

uint8_t *exact_copy(const uint8_t *data, uint32_t count) {
  uint8_t *copy = malloc(count > 0 ? count : 1);
  if (copy == NULL) abort();
  if (count > 0) memcpy(copy, data, count);
  return copy;
}

void check_run(const char *name, builder *b, const void *const *inputs, const double *expected,
               uint32_t count, double tolerance) {
  bytes file = builder_end(b);
  uint8_t *blob = exact_copy(file.data, file.count);
  kgl_model model;
  kgl_tensor tensor;
  kgl_status status = kgl_open(&model, blob, file.count);
  const kgl_status wanted = b->has_bitmap && !KGL_BITMAP ? KGL_ERR_UNSUPPORTED : KGL_OK;
  CHECK(status == wanted, "%s: %s", name, kgl_status_text(status));
  if (status == KGL_OK && kgl_output(&model, 0, &tensor) == KGL_OK) {
    uint32_t arena_bytes = kgl_arena_bytes(&model);
    uint8_t *arena = guarded_new(arena_bytes, 0xFF); /* all NaN */
    void *outputs[255] = {NULL};
    double difference;
    outputs[0] = guarded_new(count * (uint32_t)sizeof(float), 0);
    CHECK(tensor.elements == count, "%s: %u elements, not %u", name, tensor.elements, count);
    status = kgl_run(&model, arena, arena_bytes, inputs, outputs);
    CHECK(status == KGL_OK, "%s: run: %s", name, kgl_status_text(status));
    if (status == KGL_OK && tensor.elements == count) {
      difference = relative_difference(outputs[0], expected, count);
      CHECK(difference <= tolerance, "%s: off by %g", name, difference);
    }
    CHECK(guarded_free(arena, arena_bytes), "%s: wrote outside the arena", name);
    CHECK(guarded_free(outputs[0], count * (uint32_t)sizeof(float)), "%s: wrote behind it", name);
  }
  free(blob);
  bytes_free(&file);
  builder_free(b);
}

kgl_status open_exactly(const uint8_t *data, uint32_t count) {
  uint8_t *copy = exact_copy(data, count);
  kgl_model model;
  kgl_status status = kgl_open(&model, copy, count);
  if (status != KGL_OK) {
    uint32_t word = 0;
    if (kgl_arena_bytes(&model) != 0 || kgl_input_count(&model) != 0 ||
        kgl_run(&model, &word, 4, NULL, NULL) != KGL_ERR_ARGUMENT) {
      status = KGL_OK;
    }
  }
  free(copy);
  return status;
}

/* A step of fields and nothing else. */
#define STEP(b, opcode, ...)                                        \
  do {                                                              \
    const uint32_t fields[] = {__VA_ARGS__};                        \
    builder_step(b, opcode, sizeof fields / sizeof *fields, fields); \
  } while (0)

void rich_network(builder *b, uint64_t seed) {
  generator g = {seed};
  static const uint32_t image[3] = {3, 8, 8}, scores[1] = {10};
  layer_plan plan = usual_plan();
  float numbers[8] = {0.5f, -0.25f, 1, 0.125f, 2, -1, 0.75f, 0.5f};
  uint32_t x, conv, pooled, averaged, padded, turned, constant, added, joined, means, logits;
  layer l;
  builder_begin(b);
  b->bank_count = 2;
  put_bytes(&b->ancillary, "note", 4);
  x = builder_place(b, 192);
  conv = builder_place(b, 256);
  pooled = builder_place(b, 64);
  averaged = builder_place(b, 64);
  padded = builder_place(b, 4 * 6 * 7);
  turned = builder_place(b, 4 * 6 * 7);
  constant = builder_place(b, 7);
  added = builder_place(b, 4 * 6 * 7);
  joined = builder_place(b, 4 * 6 * 8);
  means = builder_place(b, 24);
  logits = builder_place(b, 10);
  builder_input(b, x, 3, image);
  builder_output(b, logits, 1, scores);

  plan.density = 0.4;
  plan.scales = HALF;
  plan.values = BESIDE;
  l = random_layer(&g, 4, 27, &plan);
  STEP(b, 1, x, conv, 1, 3, 8, 8, 4, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1);
  put_activation(b, 1, 0, 0);
  put_layer(b, &l);
  layer_free(&l);
  STEP(b, 6, conv, pooled, 4, 8, 8, 4, 4, 2, 2, 2, 2, 1, 1, 0, 0);
  STEP(b, 14, pooled, pooled, 4, 16);
  put_numbers(b, numbers, 4, HALF, NULL);
  put_numbers(b, numbers + 4, 4, FLOAT, NULL);
  STEP(b, 4, pooled, pooled, 1, 4, 16);
  put_numbers(b, numbers, 4, SCALED, NULL);
  STEP(b, 7, pooled, averaged, 4, 4, 4, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1);
  put_byte(&b->steps, 1);
  put_byte(&b->steps, 11); /* pad to [4, 6, 7] */
  put_byte(&b->steps, 1);
  put_float(&b->steps, 0);
  {
    const uint32_t fields[] = {averaged, padded, 3, 4, 4, 4, 0, 1, 2, 0, 1, 1};
    uint32_t i;
    for (i = 0; i < 12; i++) put_varint(&b->steps, fields[i]);
    b->step_count++;
  }
  STEP(b, 12, padded, turned, 3, 4, 6, 7, 1, 0, 2);
  STEP(b, 13, constant, 7);
  put_numbers(b, numbers, 7, HALF, NULL);
  put_byte(&b->steps, 9); /* [6, 4, 7] + [7] */
  put_byte(&b->steps, 0);
  {
    const uint32_t fields[] = {turned, constant, added, 3, 6, 4, 7, 0, 3};
    uint32_t i;
    for (i = 0; i < 9; i++) put_varint(&b->steps, fields[i]);
    b->step_count++;
  }
  put_activation(b, 3, -2, 2);
  STEP(b, 3, joined, joined, 4 * 6 * 8);
  put_activation(b, 3, 0, 0); /* clears what no copy writes */
  STEP(b, 10, added, joined, 24, 7, 8, 1);
  STEP(b, 8, joined, means, 24, 8);
  plan.density = 0.3;
  plan.values = TABLE;
  plan.mask = ROWS;
  plan.lanes = 4;
  plan.banks = 2;
  l = random_layer(&g, 10, 24, &plan);
  STEP(b, 2, means, logits, 1, 24, 10);
  put_activation(b, 0, 0, 0);
  put_layer(b, &l);
  layer_free(&l);
  STEP(b, 5, logits, logits, 1, 10, 1);
}
