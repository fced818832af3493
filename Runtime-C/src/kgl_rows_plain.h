/* The plain decoder of rows: any masks and values. It looks before every load whether the lane's end has
 * been passed. For kgl_rows.c alone. */
#ifndef KGL_ROWS_PLAIN_H
#define KGL_ROWS_PLAIN_H

#include "kgl_rows.h"

KGL_INLINE int is_beside(const kgl_weights *weights) {
  return KGL_NEIGHBOURS && weights->values == KGL_VALUES_BESIDE;
}

/* Which alphabet the next code is of, if its survivor lies right behind one of this value. */
KGL_INLINE uint32_t side_of(const kgl_filters *filters, kgl_weight value) {
#if KGL_INTEGER
  if (KGL_IS_INTEGER(filters)) return value.level < 0 ? 1 : 2;
#else
  (void)filters;
#endif
#if KGL_FLOAT
  return value.real < 0.0f ? 1 : 2;
#else
  return 0;
#endif
}

KGL_INLINE uint32_t alphabet_behind(const kgl_filters *filters, kgl_weight value) {
  return is_beside(filters->weights) ? side_of(filters, value) : 0;
}

#if KGL_TABLES
/* The table of the coming gap symbol. */
KGL_INLINE const uint32_t *gap_table(const kgl_filters *filters) {
  if (!KGL_ROW_CLASSES) return filters->gaps;
  return filters->gaps + (filters->row_class << filters->gap_window);
}

#endif

/* Gap symbols are of the coming row's class, but for one that comes right behind a value. */
KGL_INLINE void choose_class(kgl_filters *filters) {
#if KGL_ROW_CLASSES
  if (filters->weights->gap_alphabets < 2 || filters->is_behind) return;
  filters->row_class =
      (uint32_t)filters->weights->classes[filters->row / 8] >> filters->row % 8 & 1u;
#else
  (void)filters;
#endif
}

/* One symbol of an alphabet that has some, length by length: gives its bits. */
KGL_NOINLINE uint32_t long_symbol(const kgl_alphabet *alphabet, const kgl_code *code,
                                  uint32_t window, uint32_t *symbol) {
  *symbol = alphabet->last;
  return alphabet->used == 1 ? 0 : kgl_code_symbol(code, window, symbol);
}

/* The value of a code that the table does not hold; stores its length, 0...12. Cold. Gives 0 if
 * the alphabet has no symbol. */
static int rare_value(const kgl_filters *filters, uint32_t i, uint32_t window, kgl_value *value) {
  const kgl_alphabet *alphabet = &filters->weights->codes[i];
  uint32_t symbol;
  if (alphabet->used == 0) return 0;
  value->length = long_symbol(alphabet, &filters->value_codes[i], window, &symbol);
  value->value = kgl_table_weight(filters, symbol);
  return 1;
}

#if KGL_TABLES
/* The table of alphabet number `i` of codes. */
KGL_INLINE const kgl_value *value_table(const kgl_filters *filters, uint32_t i) {
  return filters->values + (KGL_NEIGHBOURS ? i << filters->value_window : 0);
}

/* The slot of the next code: of its table, or *rare; null if the alphabet has no symbol. */
KGL_INLINE const kgl_value *value_slot(const kgl_filters *filters, const kgl_value *table,
                                       uint32_t mask, uint32_t window, kgl_value *rare) {
  const kgl_value *slot = &table[window & mask];
  if (slot->length == 0) {
    const uint32_t slots = (uint32_t)(table - filters->values);
    const uint32_t alphabet = KGL_NEIGHBOURS ? slots >> filters->value_window : 0;
    return rare_value(filters, alphabet, window, rare) ? rare : NULL;
  }
  return slot;
}
#endif

/* The same of the next alphabet. */
KGL_INLINE const kgl_value *any_slot(const kgl_filters *filters, uint32_t window, kgl_value *rare) {
#if KGL_TABLES
  return value_slot(filters, value_table(filters, filters->alphabet),
                    (1u << filters->value_window) - 1, window, rare);
#else
  return rare_value(filters, KGL_NEIGHBOURS ? filters->alphabet : 0, window, rare) ? rare : NULL;
#endif
}

static kgl_status next_value(kgl_filters *filters, kgl_weight *value) {
  const kgl_value *slot;
  kgl_value rare;
  uint32_t window;
#if KGL_FLOAT
  if (filters->weights->values == KGL_VALUES_RAW) {
    if (!kgl_bits_take32(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    value->real = kgl_float(window);
    return KGL_OK;
  }
#endif
  if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
  slot = any_slot(filters, window, &rare);
  if (slot == NULL) return KGL_ERR_CORRUPT;
  filters->bits.position += slot->length;
  if (KGL_NEIGHBOURS) filters->alphabet = alphabet_behind(filters, slot->value);
  *value = slot->value;
  return KGL_OK;
}

/* The next gap symbol: gives its bits. */
KGL_INLINE uint32_t any_gap(const kgl_filters *filters, uint32_t window, uint32_t *symbol) {
  const uint32_t i = KGL_ROW_CLASSES ? filters->row_class : 0;
#if KGL_TABLES
  uint32_t entry = gap_table(filters)[kgl_low_bits(window, filters->gap_window)];
  if (entry != KGL_GAP_ESCAPE) {
    *symbol = entry & KGL_GAP_RARE ? filters->weights->jump : (entry >> 8) - 1;
    return (entry & 255u) - filters->flat_bits;
  }
#endif
  return long_symbol(&filters->weights->gaps[i], &filters->gap_codes[i], window, symbol);
}

/* Read gap symbols until one ends at a survivor or the row has ended. */
static kgl_status finish_gap(kgl_filters *filters) {
  uint32_t jump = filters->weights->jump;
  if (filters->weights->gaps[0].used == 0) { /* no survivors */
    filters->position = filters->weights->columns;
  }
  while (!filters->is_at_survivor && filters->position < filters->weights->columns) {
    uint32_t window, symbol;
    if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    filters->bits.position += any_gap(filters, window, &symbol);
    filters->position += symbol;
    filters->is_at_survivor = symbol != jump;
    if (KGL_NEIGHBOURS && symbol != 0) filters->alphabet = 0;
    if (KGL_ROW_CLASSES) filters->is_behind = 0;
    choose_class(filters);
  }
  return KGL_OK;
}

#if KGL_BITMAP
/* Read bits of a bitmap until one is set or the row has ended. */
static kgl_status finish_zeros(kgl_filters *filters) {
  while (!filters->is_at_survivor && filters->position < filters->weights->columns) {
    uint32_t window, most = filters->weights->columns - filters->position, count = 0;
    if (!kgl_bits_peek(&filters->bits, &window)) return KGL_ERR_CORRUPT;
    if (most > 24) most = 24;
    while (count < most && (window & 1u) == 0) {
      window >>= 1;
      count++;
    }
    filters->position += count;
    filters->is_at_survivor = count < most;
    filters->bits.position += count + (count < most);
  }
  return KGL_OK;
}

#endif

/* The row's next survivor: *found = 0 if there is none left, else 1. */
static kgl_status next_survivor(kgl_filters *filters, kgl_survivor *survivor, int *found) {
  kgl_status status = KGL_OK;
  if (filters->weights->gap_alphabets > 0) status = finish_gap(filters);
#if KGL_BITMAP
  if (filters->weights->mask == KGL_MASK_BITMAP) status = finish_zeros(filters);
#endif
  *found = status == KGL_OK && filters->position < filters->weights->columns;
  if (!*found) return status;
  survivor->column = filters->position++;
  filters->is_at_survivor = 0;
  if (KGL_ROW_CLASSES) filters->is_behind = 1;
  return next_value(filters, &survivor->value);
}

/* A row by the plain decoder. */
KGL_INLINE kgl_status plain_row(kgl_filters *filters, target *into, int kind) {
  const uint32_t columns = filters->weights->columns;
  for (;;) {
    kgl_survivor survivor;
    int found;
    kgl_status status = next_survivor(filters, &survivor, &found);
    if (status != KGL_OK || !found) return status;
    consume(into, kind, (int32_t)(survivor.column - columns), columns, &survivor.value,
            filters->x_flip);
  }
}

#endif
