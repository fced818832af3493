#include "worst.h"

/* Where this step's vector begins: its first byte or that behind it. */
static uint32_t offset_of(const worst *w) { return w->turn % 2; }

void select_ones(worst *w) {
  const uint32_t most = w->vector - 1; /* bytes of two ones each, wherever it begins */
  const uint32_t fields[] = {0, 0, 1, 8 * most, 2 * most, offset_of(w)};
  builder_step(&w->b, 15, 6, fields);
  w->looked += most;
}

/* How many numbers of a precision the vector holds from either place. */
static uint32_t numbers_in(const worst *w, int precision) {
  static const uint32_t bytes_each[] = {0, 2, 4, 1, 2};
  return (w->vector - 1 - (precision >= SCALED ? 4 : 0)) / bytes_each[precision];
}

static void name_numbers(worst *w, int precision) {
  const uint32_t numbers[] = {(uint32_t)precision, offset_of(w)};
  put_list(w, 2, numbers);
  if (precision < SCALED) w->looked += 2 * (uint32_t)precision * numbers_in(w, precision);
}

static void affine(worst *w, int precision) {
  const uint32_t fields[] = {0, 0, numbers_in(w, precision), 1};
  builder_step(&w->b, 14, 4, fields);
  name_numbers(w, precision);
  name_numbers(w, precision);
}

void affine_halves(worst *w) { affine(w, HALF); }
void affine_floats(worst *w) { affine(w, FLOAT); }
void affine_bytes(worst *w) { affine(w, SCALED); }
void affine_shorts(worst *w) { affine(w, SHORTS); }

void constant_bytes(worst *w) {
  const uint32_t fields[] = {0, numbers_in(w, SCALED)};
  builder_step(&w->b, 13, 2, fields);
  name_numbers(w, SCALED);
}

/* Biases of 4 bytes, which are checked one by one. */
void integer_affine(worst *w) {
  const uint32_t fields[] = {0, 0, numbers_in(w, FLOAT), 1, offset_of(w), 4, 0, offset_of(w)};
  builder_integer_step(&w->b, 14, 0, 8, fields);
  w->looked += 4 * numbers_in(w, FLOAT);
}

/* The same of a dense layer without survivors. */
void integer_biases(worst *w) {
  const uint32_t rows = numbers_in(w, FLOAT);
  const uint32_t fields[] = {0, FEW, 1, 1, rows, 1, 1, 1, 0, 1, 1, SCALED, 0, 0, 0, 0, 1, 4, 0,
                             offset_of(w), 1, 0, 0, 0, rows};
  builder_integer_step(&w->b, 2, 0, 25, fields);
  w->looked += 4 * rows;
}
