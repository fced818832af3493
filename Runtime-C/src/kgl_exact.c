/* Exact steps (Blob.md): what a layer's rows are finished by, borders, the mean of a channel, and PReLU. The arithmetic is that of TensorFlow Lite Micro, to the last bit. */
#include <stddef.h>

#include "kgl_kernel.h"

#include "kgl_exact.h"

#if KGL_INTEGER && KGL_EXACT

/* --- Rows ------------------------------------------------------------------------------------ */

/* `count` bits from bit `at` on; count is at most 32. */
static uint32_t packed_bits(const uint8_t *bytes, uint32_t at, uint32_t count) {
  const uint8_t *p = bytes + at / 8;
  const uint32_t skip = at % 8, end = skip + count;
  uint32_t value;
  if (count == 0) return 0;
  value = (uint32_t)*p >> skip;
  if (end > 8) value |= (uint32_t)p[1] << (8 - skip);
  if (end > 16) value |= (uint32_t)p[2] << (16 - skip);
  if (end > 24) value |= (uint32_t)p[3] << (24 - skip);
  if (end > 32) value |= (uint32_t)p[4] << (32 - skip);
  return count < 32 ? value & ((1u << count) - 1) : value;
}

/* Whether the rows of a layer are quick: two loads hold each one's numbers, all are shifted right, by 1 to 31, and
 * what comes is of all of int8. Those of networks that others published are. */
static int are_quick(const kgl_exact_form *form, uint32_t own) {
  const uint32_t middle = form->exponent_bits, last = form->bias_bits;
  const int32_t least = -form->top, most = least + (1 << middle) - 1;
  return !form->rounds_once && least >= 1 && most <= 31 && own + middle <= 25 &&
         last >= 1 && last <= 25 && last + form->bias_shift <= 32 && form->low == -128 && form->high == 127;
}

void kgl_exact_rows_begin(kgl_exact_rows *rows, const kgl_exact_form *form, uint32_t count) {
  const int is_shared = form->multiplier_bits == KGL_SHARED_MULTIPLIER;
  const uint32_t own = is_shared ? 0 : form->multiplier_bits;
  const uint32_t bits = own + form->exponent_bits + form->bias_bits;
  const uint32_t bytes = (count * bits + 7) / 8;
  rows->form = form;
  rows->row = 0;
  rows->at = 0;
  rows->further = 0;
  rows->own = own;
  rows->first = is_shared ? form->scales[0].multiplier : 1u << 30;
  rows->are_quick = are_quick(form, own);
  /* A row that begins before this bit ends four bytes before the last of all. */
  rows->swift = own <= 25 && form->bias_bits <= 25 && bytes > 4 + bits / 8 ? 8 * (bytes - 4 - bits / 8) : 0;
}

/* At least 25 bits from bit `at` on, and others above them. */
KGL_INLINE uint32_t bits_from(const uint8_t *bytes, uint32_t at) { return kgl_load32(bytes + at / 8) >> at % 8; }

/* The further bits of the coming long multiplier. */
KGL_NOINLINE uint32_t further_bits(kgl_exact_rows *rows) {
  const kgl_exact_form *form = rows->form;
  const uint32_t bits = form->further_bits, more = packed_bits(form->further, rows->further, bits);
  rows->further += bits;
  return more << (30 - rows->own - bits);
}

/* The coming row's multiplier and bias; returns by how much its products are shifted right: -e. */
KGL_INLINE int32_t next_row(kgl_exact_rows *rows, uint32_t *multiplier, uint32_t *bias) {
  const kgl_exact_form *form = rows->form;
  const uint8_t *packed = form->rows;
  const uint32_t own = rows->own, middle = form->exponent_bits, last = form->bias_bits;
  uint32_t at = rows->at, m, below, b;
  int32_t right;
  if (at < rows->swift) {
    m = bits_from(packed, at);
    at += own;
    below = bits_from(packed, at) & ((1u << middle) - 1);
    at += middle;
    b = bits_from(packed, at);
  } else {
    m = packed_bits(packed, at, own);
    at += own;
    below = packed_bits(packed, at, middle);
    at += middle;
    b = packed_bits(packed, at, last);
  }
  rows->at = at + last;
  m = rows->first | m << 1 << (31 - own) >> 2;
  if (form->longs != NULL) {
    if (((uint32_t)form->longs[rows->row / 8] >> rows->row % 8 & 1u) != 0) m |= further_bits(rows);
    rows->row++;
  }
  if (last > 0) b = (uint32_t)kgl_shifted(kgl_as_signed(b << (32 - last)), 32 - last);
  *bias = last > 0 ? b << form->bias_shift : 0;
  right = (int32_t)below - form->top;
  if (form->rounds_once && right > 0) {
    m = right < 31 ? m >> right : 0;
    right = 0;
  }
  *multiplier = m;
  return right;
}

void kgl_exact_rows_next(kgl_exact_rows *rows, kgl_exact_row *row) {
  const int32_t right = next_row(rows, &row->multiplier, &row->bias);
  row->left = 1;
  if (right > 0) {
    row->right = right > 31 ? 31 : (uint32_t)right;
    row->half = kgl_as_signed(1u << (row->right - 1));
    row->nudge = -1;
  } else {
    row->left = 1 + (uint32_t)-right;
    row->right = 0;
    row->half = 0;
    row->nudge = 0;
  }
}

/* y's byte of a row's sum. */
KGL_INLINE uint8_t next_byte(kgl_exact_rows *rows, uint32_t sum) {
  const kgl_exact_form *form = rows->form;
  uint32_t multiplier, bias;
  int32_t right = next_row(rows, &multiplier, &bias), y;
  sum = (sum + bias) << 1;
  if (right > 0) {
    if (right > 31) right = 31;
    y = kgl_high_product(kgl_as_signed(sum), multiplier);
    y = kgl_shifted(y + kgl_shifted(y, 31) + kgl_as_signed(1u << (right - 1)), (uint32_t)right);
  } else {
    y = kgl_high_product(kgl_as_signed(sum << -right), multiplier);
  }
  y = y < form->low - form->zero ? form->low - form->zero : y;
  return (uint8_t)((y > form->high - form->zero ? form->high - form->zero : y) + form->zero);
}

/* Rows of a layer whose rows are quick, from the coming one on, but for the layer's last ones; gives how many. */
KGL_NOINLINE uint32_t quick_bytes(kgl_exact_rows *rows, const uint32_t *sums, uint32_t count, uint8_t *y) {
  const kgl_exact_form *form = rows->form;
  const uint8_t *packed = form->rows, *longs = form->longs;
  const uint32_t own = rows->own, last = form->bias_bits, both = own + form->exponent_bits;
  const uint32_t below = (1u << form->exponent_bits) - 1, least = (uint32_t)(-form->top - 1);
  const uint32_t up = 32 - last, down = up - form->bias_shift, first = rows->first, swift = rows->swift;
  const int32_t zero = form->zero;
  uint32_t at = rows->at, row = rows->row, done, flags = 0;
  if (longs != NULL) flags = (uint32_t)longs[row / 8] >> row % 8;
  for (done = 0; done < count && at < swift; done++) {
    const uint32_t word = bits_from(packed, at);
    const uint32_t bias = bits_from(packed, at + both) << up;
    uint32_t m = first | word << 1 << (31 - own) >> 2;
    int32_t v;
    if (longs != NULL) {
      if ((flags & 1u) != 0) m |= further_bits(rows);
      flags >>= 1;
      if (++row % 8 == 0) flags = longs[row / 8]; /* behind the last flag there are the rows' numbers */
    }
    v = kgl_high_product(kgl_as_signed((*sums++ + (uint32_t)kgl_shifted(kgl_as_signed(bias), down)) << 1), m);
    v = kgl_shifted(v + kgl_shifted(v, 31), (word >> own & below) + least);
    *y++ = kgl_exact_saturated(kgl_shifted(v + 1, 1) + zero);
    at += both + last;
  }
  rows->at = at;
  rows->row = row;
  return done;
}

void kgl_exact_rows_bytes(kgl_exact_rows *rows, const uint32_t *sums, uint32_t count, uint8_t *y) {
  uint32_t i = rows->are_quick ? quick_bytes(rows, sums, count, y) : 0;
  for (; i < count; i++) y[i] = next_byte(rows, sums[i]);
}

/* --- Borders --------------------------------------------------------------------------------- */

#if KGL_BORDER
/* The nearest whole number, halves away from zero or to even, and beyond any byte at most; of NaN 0. */
static int32_t whole(float number, int is_even) {
  int32_t nearest;
  if (!(number > -1024.0f)) return number <= -1024.0f ? -1024 : 0;
  if (number >= 1024.0f) return 1024;
  nearest = (int32_t)number;
  number -= (float)nearest; /* exactly */
  if (is_even && (nearest & 1) == 0) return nearest + (number > 0.5f) - (number < -0.5f);
  return nearest + (number >= 0.5f) - (number <= -0.5f);
}

/* x: [count] float32, y: [count] bytes, or the other way round; y may be x, so that floats are read before
 * bytes are written over them, the first first, and written where bytes were read, the last first. */
kgl_status kgl_exact_border(kgl_place *place, const kgl_step *step) {
  const kgl_exact_form *form = &step->form.exact;
  const int is_signed = (form->types & (KGL_X_IS_SIGNED | KGL_Y_IS_SIGNED)) != 0;
  const int32_t zero = is_signed ? form->zero : (uint8_t)form->zero, low = is_signed ? -128 : 0;
  uint32_t i;
  if (step->mode) {
    const uint8_t *x = kgl_bytes_at(place, step->x);
    float *y = place->arena + step->y;
    for (i = step->u.block.inner; i-- > 0;) {
      y[i] = form->unit * (float)((is_signed ? kgl_signed8(x[i]) : (int32_t)x[i]) - zero);
    }
  } else {
    const float *x = place->arena + step->x;
    uint8_t *y = kgl_bytes_at(place, step->y);
    for (i = 0; i < step->u.block.inner; i++) {
      int32_t q = whole(x[i] / form->unit, form->rounds_once) + zero;
      y[i] = (uint8_t)(q < low ? low : q > low + 255 ? low + 255 : q);
    }
  }
  return KGL_OK;
}
#endif

/* --- Others ---------------------------------------------------------------------------------- */

#if KGL_OP_MEAN
/* x: [channels, inner], y: [channels] */
kgl_status kgl_exact_mean(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_exact_form *form = &step->form.exact;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t channel;
  kgl_exact_row row;
  kgl_exact_ready(&row, &form->scales[0]);
  kgl_exact_range(&row, form);
  row.bias = (uint32_t)form->bias;
  for (channel = 0; channel < block->middle; channel++) {
    y[channel] = kgl_exact_byte(&row, kgl_sum_of_bytes(x, block->inner, 128));
    x += block->inner;
  }
  return KGL_OK;
}
#endif

#if KGL_OP_PRELU
/* x, y: [outer, channels, inner] */
kgl_status kgl_exact_prelu(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_exact_form *form = &step->form.exact;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t outer, channel, i;
  kgl_exact_row above, below;
  kgl_exact_ready(&above, &form->scales[0]);
  kgl_exact_ready(&below, &form->scales[1]);
  kgl_exact_range(&above, form);
  for (outer = 0; outer < block->outer; outer++) {
    for (channel = 0; channel < block->middle; channel++) {
      const int32_t slope = kgl_signed8(form->slopes[channel]) - form->zeros[1];
      for (i = 0; i < block->inner; i++) {
        const int32_t u = kgl_signed8(*x++) - form->zeros[0];
        *y++ = kgl_exact_clamped(&above, u >= 0 ? kgl_exact_scaled(&above, (uint32_t)u)
                                                : kgl_exact_scaled(&below, (uint32_t)(u * slope)));
      }
    }
  }
  return KGL_OK;
}
#endif

#endif
