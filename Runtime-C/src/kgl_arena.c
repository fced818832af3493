/* What the arena is made of, in this build or in one with look-up tables of another size. */
#include "kgl_blob.h"
#include "kgl_weights.h"

/* Index bits of the tables of alphabets, which are all of one size: those of the longest word, or what the build has. */
static uint32_t table_window(const kgl_alphabet *alphabets, uint32_t count, uint32_t bits) {
  uint32_t window = 0, i;
  for (i = 0; i < count; i++) {
    if (alphabets[i].longest > window) window = alphabets[i].longest;
  }
  return window > bits ? bits : window;
}

/* Words for the symbols of words that are longer than a table's index. */
static uint32_t rest_words(const kgl_alphabet *alphabets, uint32_t count, uint32_t bits) {
  uint32_t words = 0, i;
  for (i = 0; i < count; i++) {
    if (alphabets[i].longest > bits) words += (alphabets[i].symbols + 3u) / 4u;
  }
  return words;
}

/* kgl_weights_words with so many index bits. */
static uint32_t words_at(const kgl_weights *weights, uint32_t bits) {
  uint32_t words = 0;
  if (KGL_IS_INDEXED(weights)) return KGL_INDEXED_WORDS;
  if (bits > 0) {
    words = weights->gap_alphabets << table_window(weights->gaps, weights->gap_alphabets, bits);
    words += 2 * weights->alphabets << table_window(weights->codes, weights->alphabets, bits);
  }
  words += rest_words(weights->gaps, weights->gap_alphabets, bits);
  return words + rest_words(weights->codes, weights->alphabets, bits);
}

kgl_status kgl_arena_need(const kgl_model *model, uint32_t table_bits, uint32_t step_number, kgl_arena_parts *parts) {
  kgl_cursor cursor;
  kgl_step step;
  uint32_t i, most = 0;
  if (model == NULL || model->blob == NULL || parts == NULL || table_bits > KGL_HUFFMAN_MAX_LENGTH) return KGL_ERR_ARGUMENT;
  if (KGL_RECHECK && kgl_interface_sum(model) != model->interface_sum) return KGL_ERR_CORRUPT;
  parts->activations = model->activation_bytes;
  parts->tables = parts->filter = 0;
  parts->step = KGL_NO_STEP;
  cursor = kgl_plan_cursor(model, model->steps_offset);
  kgl_step_begin(&step);
  for (i = 0; i < model->step_count; i++) {
    uint32_t all, tables;
    kgl_status status = kgl_read_step(model, &cursor, &step);
    if (status != KGL_OK) return status;
    if (!KGL_IS_ANY(KGL_IF_LAYER, step.opcode) || (step_number != KGL_NO_STEP && step_number != i)) continue;
    if (KGL_IS_BY_COLUMNS(&step.weights) && table_bits < 8) return KGL_ERR_UNSUPPORTED;
    all = kgl_scratch_words(&step) - kgl_weights_words(&step.weights);
    tables = words_at(&step.weights, table_bits);
    if (all + tables <= most) continue;
    most = all + tables;
    parts->tables = 4 * tables;
    parts->filter = 4 * all;
    parts->step = i;
  }
  return KGL_OK;
}
