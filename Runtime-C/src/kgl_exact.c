/* Exact steps (Blob.md): what a layer's rows are finished by, softmax, the mean of a channel, and pairs of
 * elements. The arithmetic is that of TensorFlow Lite Micro, to the last bit. */
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

/* --- Softmax --------------------------------------------------------------------------------- */

#if KGL_OP_SOFTMAX || KGL_OP_LOG_SOFTMAX
/* floor((u v + 2^30) / 2^31), but for u = v = -2^31. */
static int32_t doubled(int32_t u, int32_t v) {
#if KGL_NARROW
  const int is_negative = (u < 0) != (v < 0);
  const uint32_t m = v < 0 ? 0u - (uint32_t)v : (uint32_t)v, n = u < 0 ? 0u - (uint32_t)u : (uint32_t)u;
  const uint32_t a = n >> 16, b = n & 0xFFFFu, c = m >> 16, d = m & 0xFFFFu;
  const uint32_t middle = a * d + (b * d >> 16), inner = (middle & 0xFFFFu) + b * c;
  const uint32_t high = a * c + (middle >> 16) + (inner >> 16), low = inner << 16 | (b * d & 0xFFFFu);
  uint32_t product = high << 1 | low >> 31; /* of magnitudes, by 2^31, and what falls off: */
  const uint32_t rest = low & 0x7FFFFFFFu;
  product += is_negative ? rest > 0x40000000u : rest >= 0x40000000u;
  return is_negative ? -(int32_t)product : (int32_t)product;
#else
  return (int32_t)(((int64_t)u * v + (1 << 30)) >> 31);
#endif
}

/* u / 2^n, halves away from zero; 0 < n. */
static int32_t shifted_away(int32_t u, uint32_t n) {
  if (n > 31) return 0;
  return kgl_shifted(u, n) + ((kgl_shifted(u, n - 1) & 1) != 0 &&
                              (u >= 0 || ((uint32_t)u & ((1u << (n - 1)) - 1)) != 0));
}

/* 4 u, kept within 32 bits. */
static int32_t four_times(int32_t u) {
  if (u > 0x1FFFFFFF) return 0x7FFFFFFF;
  if (u < -0x20000000) return -0x7FFFFFFF - 1;
  return u * 4;
}

/* exp(a / 2^26) for a <= 0, as a fraction of 2^31. */
static int32_t exponential(int32_t a) {
  static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = 1 << 24, eighth = 1895147668, third = 715827883;
  int32_t below, x, x2, x3, x4, t, result, j;
  if (a == 0) return 0x7FFFFFFF;
  below = (int32_t)((uint32_t)a & 0xFFFFFFu) - quarter;
  x = below * 32 + (1 << 28);
  x2 = doubled(x, x);
  x3 = doubled(x2, x);
  x4 = doubled(x2, x2);
  t = shifted_away(doubled(shifted_away(x4, 2) + x3, third) + x2, 1);
  result = eighth + doubled(eighth, x + t);
  for (j = 0; j < 7; j++) {
    if (((uint32_t)(below - a) >> (24 + j) & 1u) != 0) result = doubled(result, factors[j]);
  }
  return result;
}

/* 2^31 / (1 + a / 2^31) for 0 <= a. */
static int32_t reciprocal_of_one_plus(int32_t a) {
  const int32_t half = (int32_t)(((uint32_t)a + 0x80000000u) >> 1);
  int32_t v = 1515870810 + doubled(half, -1010580540);
  int i;
  for (i = 0; i < 3; i++) v += four_times(doubled(v, (1 << 29) - doubled(half, v)));
  return v > 0x3FFFFFFF ? 0x7FFFFFFF : v * 2;
}

/* An element's distance to the largest, which is not above 0, in 2^-26; 1 where it is too far to count. */
static int32_t scaled_distance(const kgl_rescale *rescale, int32_t distance) {
  const uint32_t e = (uint32_t)rescale->left - 1;
  if (distance > (0x7C000000 >> e)) return 1; /* 31 x 2^26 */
  return doubled(-(int32_t)((uint32_t)distance << e), (int32_t)rescale->multiplier);
}

/* The exponential of an element so far below the largest; 0 where it is too far. */
static int32_t exponential_of(const kgl_rescale *rescale, int32_t distance) {
  const int32_t d = scaled_distance(rescale, distance);
  return d > 0 ? 0 : exponential(d);
}

static uint32_t leading_zeros(uint32_t number) {
  uint32_t zeros = 0;
  while (zeros < 31 && number >> (31 - zeros) == 0) zeros++;
  return zeros;
}
#endif

#if KGL_OP_SOFTMAX
/* x, y: [outer, count, inner], over the middle axis */
kgl_status kgl_exact_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_rescale *rescale = &step->form.exact.scales[0];
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * length + inner;
      uint8_t *y = kgl_bytes_at(place, step->y) + o * length + inner;
      uint32_t sum = 0, zeros;
      int32_t largest = -128, share;
      for (i = 0; i < length; i += stride) {
        if (kgl_signed8(x[i]) > largest) largest = kgl_signed8(x[i]);
      }
      for (i = 0; i < length; i += stride) {
        sum += (uint32_t)shifted_away(exponential_of(rescale, largest - kgl_signed8(x[i])), 12);
      }
      zeros = leading_zeros(sum);
      share = reciprocal_of_one_plus((int32_t)((sum << zeros) & 0x7FFFFFFFu));
      for (i = 0; i < length; i += stride) {
        int32_t e = exponential_of(rescale, largest - kgl_signed8(x[i]));
        int32_t q = e == 0 ? -128 : shifted_away(doubled(share, e), 35 - zeros) - 128;
        y[i] = (uint8_t)(q > 127 ? 127 : q);
      }
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_LOG_SOFTMAX
/* log(a / 2^19) in 2^-26, for a of 2^19 or more: a is r 2^n, of a whole n and of one between whole ones that of
 * the less r, both off by a quarter; the logarithm of r is a quotient of polynomials about 2^(-1/4). */
static int32_t logarithm(int32_t a) {
  const int32_t root = 1518500250, fourth_root = 1805811301, log_of_two = 1488522236;
  const int32_t between = doubled((int32_t)((uint32_t)a << (leading_zeros((uint32_t)a) - 1)), root);
  const int32_t zeros = (int32_t)leading_zeros((uint32_t)a);
  const int32_t room = (int32_t)leading_zeros((uint32_t)doubled(a, root)) - 1;
  const uint32_t whole = (uint32_t)a << room;
  const int32_t n = (12 - zeros) * (1 << 25) + (1 << 23), m = (12 - room) * (1 << 25) - (1 << 23);
  int32_t r = between > 0x3FFFFFFF ? 0x7FFFFFFF : 2 * between, half, q, square, numerator, below, sum;
  if (whole < (uint32_t)r) r = (int32_t)whole;
  half = (int32_t)(((uint32_t)r + (uint32_t)fourth_root + 1) >> 1);
  q = 2 * (r - fourth_root);
  square = doubled(q, q);
  numerator = doubled(q, r) + doubled(doubled(q, square), 117049297);
  below = doubled(half, 1057819769 + q + doubled(127690142, square)) + doubled(638450708, q);
  sum = doubled(n > m ? n : m, log_of_two) + doubled(shifted_away(numerator, 6), reciprocal_of_one_plus(below));
  return sum > 0x3FFFFFFF ? 0x7FFFFFFF : 2 * sum;
}

/* x, y: [outer, count, inner], over the middle axis. Both integer forms: in sixteenths below 127, and in eighths. */
kgl_status kgl_exact_log_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_rescale *rescale = &step->form.exact.scales[0];
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  const uint32_t flip = (step->form.exact.types & KGL_X_IS_SIGNED) != 0 ? 128 : 0;
  const uint32_t shift = KGL_IS_EXACT(step) ? 22 : 23;
  const int32_t top = KGL_IS_EXACT(step) ? 127 : 0;
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * length + inner;
      uint8_t *y = kgl_bytes_at(place, step->y) + o * length + inner;
      uint32_t sum = 0, largest = 0; /* of x ^ flip, which is in the order of x */
      int32_t below;
      for (i = 0; i < length; i += stride) {
        if ((x[i] ^ flip) > largest) largest = x[i] ^ flip;
      }
      for (i = 0; i < length; i += stride) {
        sum += (uint32_t)shifted_away(exponential_of(rescale, (int32_t)(largest - (x[i] ^ flip))), 12);
      }
      below = logarithm((int32_t)sum);
      for (i = 0; i < length; i += stride) {
        const int32_t d = scaled_distance(rescale, (int32_t)(largest - (x[i] ^ flip)));
        int32_t q = -128;
        if (d <= 0 && d > below - 255 * (1 << shift)) q = top + shifted_away(d - below, shift);
        y[i] = (uint8_t)(q < -128 ? -128 : q);
      }
    }
  }
  return KGL_OK;
}
#endif

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
