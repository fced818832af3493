#include <string.h>

#include "worst.h"

/* Dense [1, columns] to [1, rows], up to its mask. */
static void begin_dense(worst *w, uint32_t columns, uint32_t rows) {
  const uint32_t fields[] = {rows, 0, 1, columns, rows, 0};
  builder_step(&w->b, 2, 6, fields);
}

/* One level, of one code of no bits, in the table at the parameters' beginning; no scales or biases. */
static void put_one_level(worst *w) {
  static const uint32_t numbers[] = {1, 1, SCALED, 0, ABSENT, ABSENT};
  put_list(w, 6, numbers);
}

static void put_empty_lane(worst *w, uint32_t rows) {
  const uint32_t numbers[] = {1, 0, 0, 0, rows};
  put_list(w, 5, numbers);
}

/* --- Alphabets ------------------------------------------------------------------------------- */

/* That a change of lengths counts as. */
enum { CHANGE_BYTES = 6 };

static void put_alphabet(worst *w, const code *c) {
  uint32_t i, last = 0;
  for (i = 0; i < c->symbols; i++) {
    if (last != 0 && c->lengths[i] != last) w->looked += CHANGE_BYTES;
    if (c->lengths[i] != 0) last = c->lengths[i];
  }
  put_lengths(&w->b.steps, c);
}

/* Lengths of 256 symbols in a bit or so each: all 8, but for the last three in every other one. */
static void put_long_alphabet(worst *w) {
  code c;
  memset(&c, 0, sizeof c);
  c.symbols = 256;
  memset(c.lengths, 8, 256);
  if (w->turn % 2) { /* 2^-7 + 2^-9 + 2^-9 are three times 2^-8 */
    c.lengths[253] = 7;
    c.lengths[254] = c.lengths[255] = 9;
  }
  put_alphabet(w, &c);
}

/* Lengths of 129 symbols that keep changing: a 2, then 7 and 8 as `period` has them. The last two change
 * places in every other alphabet. */
static void put_changing_alphabet(worst *w, const uint8_t period[4]) {
  code c;
  uint32_t i;
  memset(&c, 0, sizeof c);
  c.symbols = 129;
  c.lengths[0] = 2;
  for (i = 0; i < 128; i++) c.lengths[i + 1] = period[i % 4];
  if (w->turn % 2) {
    c.lengths[128] = 7;
    c.lengths[127] = period[2] == 7 ? 8 : 7;
    c.lengths[126] = 8;
    c.lengths[125] = period[0] == 7 && period[1] == 7 ? 8 : 7;
  }
  put_alphabet(w, &c);
}

/* Gaps of two alphabets, of which `put` writes each. */
static void put_rows(worst *w, uint32_t jump, void (*put)(worst *, const uint8_t *),
                     const uint8_t *period) {
  const uint32_t coding[] = {4, 1, jump};
  begin_dense(w, 1, 1);
  put_list(w, 3, coding);
  put(w, period);
  put(w, period);
  put_byte(&w->b.steps, 0); /* the row's class */
  put_one_level(w);
  put_empty_lane(w, 1);
}

static void put_long(worst *w, const uint8_t *period) {
  (void)period;
  put_long_alphabet(w);
}

void alphabets(worst *w) { put_rows(w, 255, put_long, NULL); }

void uneven_alphabets(worst *w) {
  static const uint8_t period[4] = {7, 8, 7, 8};
  put_rows(w, 128, put_changing_alphabet, period);
}

void paired_alphabets(worst *w) {
  static const uint8_t period[4] = {8, 8, 7, 7};
  put_rows(w, 128, put_changing_alphabet, period);
}

/* Lengths of 256 symbols, of which every one behind `same` others does not occur: 7, and 8 behind so many as
 * make the code complete. The last that does not occur changes places with the one before in every other
 * alphabet. */
static void put_holed_alphabet(worst *w, const uint8_t *same) {
  const uint32_t period = *same + 1u;
  uint32_t i, sevens = 256 / period;
  code c;
  memset(&c, 0, sizeof c);
  c.symbols = 256;
  for (i = 0; i < 256; i++) {
    if (i % period == *same) continue;
    c.lengths[i] = sevens > 0 ? 7 : 8;
    if (sevens > 0) sevens--;
  }
  if (w->turn % 2) {
    for (i = 255; c.lengths[i] != 0; i--) {}
    c.lengths[i] = c.lengths[i - 1];
    c.lengths[i - 1] = 0;
  }
  put_alphabet(w, &c);
}

void holed_alphabets(worst *w) {
  static const uint8_t same = 1;
  put_rows(w, 255, put_holed_alphabet, &same);
}

void rare_holes(worst *w) {
  static const uint8_t same = 7;
  put_rows(w, 255, put_holed_alphabet, &same);
}

/* Two alphabets of gaps and three of codes of a byte each. */
void small_alphabets(worst *w) {
  static const uint32_t coding[] = {4, 2, 1, 1, 1, 0, 2, 1, 1, 1};
  const uint32_t numbers[] = {w->turn % 2 ? HALF : SCALED, 0, ABSENT, ABSENT};
  begin_dense(w, 1, 1);
  put_list(w, 10, coding);
  put_list(w, 4, numbers);
  put_empty_lane(w, 1);
}

/* A table of 256 levels, scaled, of a long alphabet. */
void tables(worst *w) {
  static const uint32_t coding[] = {0, 1, 256};
  const uint32_t numbers[] = {SCALED, w->turn % 2, ABSENT, ABSENT};
  begin_dense(w, 1, 1);
  put_list(w, 3, coding);
  put_long_alphabet(w);
  put_list(w, 4, numbers);
  put_empty_lane(w, 1);
}

/* --- Lanes ----------------------------------------------------------------------------------- */

/* 255 lanes of a row of so many bits, 1 or 0, in turn in the banks from one on. */
static void put_many_lanes(worst *w, uint32_t bits, uint32_t first_bank) {
  /* Gap symbols 0 and 1 have a bit each, or there are none. */
  const uint32_t coding[] = {1, 1, 1, bits, 1, 1, HALF, 0, ABSENT, ABSENT, 255};
  uint32_t i;
  begin_dense(w, 1, 255);
  put_list(w, 11, coding);
  for (i = 0; i < 255; i++) {
    const uint32_t lane[] = {first_bank + i % (w->b.bank_count - first_bank), 0, bits, 1};
    put_list(w, 4, lane);
  }
}

void lanes(worst *w) { put_many_lanes(w, 1, 0); }
void last_bank(worst *w) { put_many_lanes(w, 1, w->b.bank_count - 1); }
void empty_lanes(worst *w) { put_many_lanes(w, 0, 0); }

/* --- Layers of few bytes, without a survivor ------------------------------------------------- */

void dense(worst *w) {
  static const uint32_t coding[] = {1, 1, 1, 0};
  begin_dense(w, 1, 1);
  put_list(w, 4, coding);
  put_one_level(w);
  put_empty_lane(w, 1);
}

void integer_dense(worst *w) {
  static const uint32_t numbers[] = {0, FEW, 1, 1, 1, 1, 1, 1, 0, 1, 1, SCALED, 0, 0, 0, 0, 1, 0};
  builder_integer_step(&w->b, 2, 0, 18, numbers);
  put_empty_lane(w, 1);
}

/* Windows of one pixel. */
void convolution(worst *w) {
  static const uint32_t fields[] = {0, FEW, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
  static const uint32_t coding[] = {1, 1, 1, 0};
  builder_step(&w->b, 1, 18, fields);
  put_list(w, 4, coding);
  put_one_level(w);
  put_empty_lane(w, 1);
}

/* Groups and a border, so that there is something to divide and to count. */
void integer_convolution(worst *w) {
  static const uint32_t fields[] = {0, FEW, 3, 3, 3, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0};
  static const uint32_t coding[] = {1, 1, 1, 0, 1, 1, SCALED, 0, 0, 0, 0, 1, 0};
  builder_integer_step(&w->b, 1, 0, 18, fields);
  put_list(w, 13, coding);
  put_empty_lane(w, 3);
}

/* As many columns as the bank's pad is good for, where a pair of gap and value has a bit, and a gap advances
 * by one: a division that takes long, of two alphabets. */
void dividing_dense(worst *w) {
  static const uint32_t coding[] = {4, 1, 1, 1, 1, 0};
  static const uint32_t lane[] = {1, 0, 0, 1, 1};
  begin_dense(w, 8 * (w->b.pads[0] - 4), 1);
  put_list(w, 6, coding);
  put_one_level(w);
  put_list(w, 5, lane);
}

/* Channels and filters whose division by the groups takes long. */
void dividing_convolution(worst *w) {
  static const uint32_t fields[] = {3, 0, 3, 2097150, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
  static const uint32_t coding[] = {1, 1, 1, 1, 1, 1, SCALED, 0, 0, 0, 0, 1, 0};
  builder_integer_step(&w->b, 1, 0, 18, fields);
  put_list(w, 13, coding);
  put_empty_lane(w, 3);
}
