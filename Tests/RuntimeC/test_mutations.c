/* Random damage with the checksums put right, as a hostile writer would: whatever a blob holds,
 * nothing outside the exact-size buffers is touched (the sanitizers watch), and a run ends. Seeded:
 * the same mutations every time. */
#include <stdlib.h>
#include <string.h>

#include "integers.h"

#define ARENA_MAX 400000u /* larger arenas are allowed, but not run here */

/* Open, and run if it opens, in an arena of such bytes, inputs among them; counts what came of it. */
static void try_filled(const uint8_t *data, uint32_t count, uint8_t fill, uint32_t outcomes[3]) {
  uint8_t *blob = exact_copy(data, count);
  kgl_model model;
  kgl_status status = kgl_open(&model, blob, count);
  if (status != KGL_OK) {
    outcomes[0]++;
  } else if (kgl_arena_bytes(&model) <= ARENA_MAX) {
    uint32_t arena_bytes = kgl_arena_bytes(&model);
    uint8_t *arena = guarded_new(arena_bytes, fill);
    status = kgl_run(&model, arena, arena_bytes, NULL, NULL);
    CHECK(status == KGL_OK || status == KGL_ERR_CORRUPT, "run gave %d", status);
    outcomes[status == KGL_OK ? 2 : 1]++;
    CHECK(guarded_free(arena, arena_bytes), "wrote outside the arena");
  }
  free(blob);
}

static void try_blob(const uint8_t *data, uint32_t count, uint32_t outcomes[3]) {
  try_filled(data, count, 0, outcomes);
}

static uint32_t word_at(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void mutate(generator *g, uint8_t *data, uint32_t first, uint32_t past) {
  uint32_t changes = 1 + random_below(g, 4);
  while (changes-- > 0 && past > first) {
    uint8_t *at = data + first + random_below(g, past - first);
    switch (random_below(g, 5)) {
      case 0: *at ^= (uint8_t)(1u << random_below(g, 8)); break;
      case 1: *at = (uint8_t)random_word(g); break;
      case 2: *at = 0; break;
      case 3: *at = 0xFF; break;
      default: (*at)++; break;
    }
  }
}

/* Mutations of one part: 0 anything, 1 header and table, 2 plan, 3 parameters, 4... banks. */
static void mutate_part(const bytes *file, uint32_t part, uint32_t rounds, uint64_t seed,
                        uint32_t outcomes[3]) {
  generator g = {seed};
  uint32_t first = 0, past = file->count, i;
  if (part == 1) past = 20 + 12 * (uint32_t)file->data[6];
  if (part >= 2) {
    first = 20 + 12 * (uint32_t)file->data[6];
    for (i = 0; i < part - 2; i++) first += word_at(file->data + 24 + 12 * i);
    past = first + word_at(file->data + 24 + 12 * (part - 2));
  }
  for (i = 0; i < rounds; i++) {
    uint8_t *copy = exact_copy(file->data, file->count);
    mutate(&g, copy, first, past);
    reseal(copy, file->count);
    try_blob(copy, file->count, outcomes);
    free(copy);
  }
}

/* Streams of noise: every way to code a layer, with all bytes from the bank to its pad random. */
static void random_streams(uint32_t rounds, uint32_t outcomes[3]) {
  uint32_t i;
  for (i = 0; i < rounds; i++) {
    generator g = {90000 + i};
    layer_plan plan = usual_plan();
    uint32_t columns = 1 + random_below(&g, 80), rows = 1 + random_below(&g, 12), k;
    uint32_t places[2], fields[5], in, out, end;
    layer l;
    builder b;
    bytes file;
    plan.mask = i % 4 == 3 ? (int)(i / 4 % 4) : i % 4 == 2 ? ROWS : GAPS;
    plan.values = i % 8 == 5 ? RAW : TABLE;
    if (i % 3 == 0 && (plan.mask == GAPS || plan.mask == ROWS)) plan.values = BESIDE;
    plan.density = random_float(&g, 0, 0.5f);
    plan.levels = 1 + random_below(&g, 64);
    plan.jump = 1 + random_below(&g, 80);
    plan.longest_gap = 7 + random_below(&g, 6);
    plan.longest_code = 6 + random_below(&g, 7);
    if (plan.mask == JOINT) {
      plan.values = TABLE;
      plan.levels = 1 + random_below(&g, 16);
      plan.jump = 1 + random_below(&g, 255 / plan.levels);
      plan.longest_code = 8 + random_below(&g, 5);
    }
    plan.is_skewed = (int)random_below(&g, 2);
    plan.lanes = 1 + random_below(&g, 3);
    l = random_layer(&g, rows, columns, &plan);
    builder_begin(&b);
    fields[2] = 1 + random_below(&g, 2), fields[3] = columns, fields[4] = rows;
    in = fields[2] * columns;
    out = fields[2] * rows;
    fields[0] = places[0] = builder_place(&b, in);
    fields[1] = places[1] = builder_place(&b, out);
    builder_input(&b, places[0], 1, &in);
    builder_output(&b, places[1], 1, &out);
    builder_step(&b, 2, 5, fields);
    put_activation(&b, 0, 0, 0);
    put_layer(&b, &l);
    file = builder_end(&b);
    end = file.count - b.pads[0];
    for (k = 0; k < 8; k++) {
      uint32_t at, whole_bytes;
      /* Whole bytes only: the spare bits of a lane's last byte must stay 0. */
      whole_bytes = end - (b.banks[0].count - b.pads[0]);
      for (at = whole_bytes; at < end; at++) {
        uint8_t noise = k == 0 ? 0xFF : k == 1 ? 0 : (uint8_t)random_word(&g);
        if (plan.lanes == 1 && at + 1 < end) file.data[at] = noise;
        if (plan.lanes > 1 && random_below(&g, 8) == 0) file.data[at] = noise;
      }
      reseal(file.data, file.count);
      try_blob(file.data, file.count, outcomes);
    }
    layer_free(&l);
    bytes_free(&file);
    builder_free(&b);
  }
}

#if KGL_COLUMNS
/* Noise in a layer by columns: in the lengths of its columns, in their bits, in all. */
static void noisy_columns(uint32_t rounds, uint32_t outcomes[3]) {
  uint32_t i, k, at;
  for (i = 0; i < rounds; i++) {
    generator g = {95000 + i};
    const uint32_t columns = 1 + random_below(&g, 40), rows = 1 + random_below(&g, 90), bits = 1 + i % 8;
    const uint32_t fields[5] = {0, (columns + 3) / 4, 1, columns, rows};
    layer_plan plan = usual_plan();
    layer l;
    scaling s;
    builder b;
    bytes file;
    uint8_t *copy;
    plan.mask = COLUMNS;
    plan.density = random_float(&g, 0, 0.5f);
    plan.longest_gap = bits < 4 ? 8 : 12 - bits;
    plan.jump = 1 + random_below(&g, (1u << plan.longest_gap) - 1);
    plan.lanes = 1 + random_below(&g, 3);
    l = random_integer_layer(&g, rows, columns, &plan, bits, SCALED);
    s = random_scaling(&g, &l);
    builder_begin(&b);
    builder_place(&b, fields[1] + (rows + 3) / 4);
    builder_byte_input(&b, 0, 2, columns);
    builder_byte_output(&b, fields[1], 1, rows);
    builder_integer_step(&b, 2, X_SIGNED, 5, fields);
    put_integer_layer(&b, &l, &s);
    file = builder_end(&b);
    for (k = 0; k < 12; k++) {
      const uint32_t past = file.count - b.pads[0], first = file.count - b.banks[0].count;
      copy = exact_copy(file.data, file.count);
      for (at = first; at < past; at++) {
        if (k < 3 || random_below(&g, 16) == 0) copy[at] = k == 0 ? 0xFF : k == 1 ? 0x80 : (uint8_t)random_word(&g);
      }
      reseal(copy, file.count);
      try_filled(copy, file.count, 0x55, outcomes); /* no input is zero */
      free(copy);
    }
    scaling_free(&s);
    layer_free(&l);
    bytes_free(&file);
    builder_free(&b);
  }
}
#endif

void test_mutations(void) {
  uint32_t part, seed, streams[3] = {0, 0, 0};
  for (part = 0; part <= 5; part++) {
    uint32_t outcomes[3] = {0, 0, 0};
    for (seed = 1; seed <= 3; seed++) {
      builder b;
      bytes file;
      rich_network(&b, seed);
      file = builder_end(&b);
      mutate_part(&file, part, 700, 100 * part + seed, outcomes);
      bytes_free(&file);
      builder_free(&b);
    }
    CHECK(outcomes[0] > 0, "part %u: nothing was refused", part);
    CHECK(part == 1 || outcomes[2] > 0, "part %u: nothing ran", part);
  }
  random_streams(400, streams);
  CHECK(streams[0] + streams[1] > 500 && streams[2] > 50, "noise: %u %u %u", streams[0],
        streams[1], streams[2]);
}

void test_integer_mutations(void) {
  uint32_t part, seed;
  for (part = 0; part <= 4; part++) {
    uint32_t outcomes[3] = {0, 0, 0};
    for (seed = 1; seed <= 3; seed++) {
      builder b;
      bytes file;
      integer_network(&b, seed);
      file = builder_end(&b);
      if (seed == 1 && KGL_OP_CONVOLUTION) try_blob(file.data, file.count, outcomes);
      CHECK(seed > 1 || !KGL_OP_CONVOLUTION || outcomes[2] == 1, "the network itself");
      mutate_part(&file, part, 700, 5000 + 100 * part + seed, outcomes);
      bytes_free(&file);
      builder_free(&b);
    }
    CHECK(outcomes[0] > 0, "integers, part %u: nothing was refused", part);
    CHECK(part == 1 || !KGL_OP_CONVOLUTION || outcomes[2] > 0, "integers, part %u: nothing ran",
          part);
  }
#if KGL_COLUMNS
  {
    uint32_t noise[3] = {0, 0, 0};
    noisy_columns(200, noise);
    CHECK(noise[1] > 500 && noise[2] > 20, "columns: %u %u %u", noise[0], noise[1], noise[2]);
  }
#endif
}
