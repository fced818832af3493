/* Window, Fourier transform, mel channels, noise reduction, gain, logarithm: one function each, in this order.
 *
 * Widths: a windowed sample has 16 bits, a bin of the transform, which is not scaled, 25 and twice it 26; a channel is
 * the root of a sum of at most 2^62, an eighth of the magnitude, below 2^22. */
#include "front_end.h"

#include <string.h>

#include "front_end_tables.h"

enum {
  POINTS = 512,        /* of the transform; real, computed as HALF complex ones */
  HALF = POINTS / 2,
  HALF_BITS = 8,
  SEGMENTS = FRONT_END_CHANNELS + 1,
  NOISE_BITS = 10,     /* of an estimate, behind the channel's unit */
  SHARE_BITS = 14,     /* of the shares below */
  EVEN_SMOOTHING = 409, /* 0.025: what a window counts in the estimate, of even channels and of odd ones */
  ODD_SMOOTHING = 983, /* 0.06 */
  REMAINING = 819,     /* 0.05: what noise reduction leaves at least */
  CHANNEL_BITS = 3,    /* a channel is 2^-3 of the magnitude */
  RATIO_BITS = 12,     /* of signal over noise */
  GAIN_SHIFT = 21 - CHANNEL_BITS - RATIO_BITS,
  SHRUNK_BITS = 6      /* of what comes of it */
};

typedef struct complex32 {
  int32_t re, im;
} complex32;

/* x / 2^15, rounded; |x| < 2^50. */
static int32_t rounded(int64_t x) {
  const uint64_t up = (uint64_t)1 << 50;
  return (int32_t)((int64_t)(((uint64_t)x + up + (1u << 14)) >> 15) - ((int64_t)1 << 35));
}

/* Sine of a circle of POINTS, of 2^15. */
static int32_t sine(uint32_t at) {
  const uint32_t quarter = POINTS / 4, part = at % quarter;
  const int32_t up = front_end_sine[at & quarter ? quarter - part : part];
  return at & HALF ? -up : up;
}

/* a * (cos - i sin) of a point of the circle. */
static complex32 turned(complex32 a, int32_t cosine, int32_t its_sine) {
  complex32 product;
  product.re = rounded((int64_t)a.re * cosine + (int64_t)a.im * its_sine);
  product.im = rounded((int64_t)a.im * cosine - (int64_t)a.re * its_sine);
  return product;
}

static int32_t windowed(const front_end *ears, uint32_t at) {
  const uint32_t weight = front_end_window[at < FRONT_END_WINDOW / 2 ? at : FRONT_END_WINDOW - 1 - at];
  const int32_t up = (int32_t)1 << 27; /* rounded down, below 0 too */
  return (int32_t)((uint32_t)(ears->samples[at] * (int32_t)weight + up) >> 12) - (up >> 12);
}

/* The window, two samples a number, in the order of reversed bits. */
static void begin_transform(const front_end *ears, complex32 *bins) {
  uint32_t i, bit;
  for (i = 0; i < HALF; i++) {
    complex32 *to;
    uint32_t reversed = 0;
    for (bit = 0; bit < HALF_BITS; bit++) reversed |= (i >> bit & 1u) << (HALF_BITS - 1 - bit);
    to = &bins[reversed];
    to->re = 2 * i < FRONT_END_WINDOW ? windowed(ears, 2 * i) : 0;
    to->im = 2 * i < FRONT_END_WINDOW ? windowed(ears, 2 * i + 1) : 0;
  }
}

/* The transform of HALF complex numbers in the order of reversed bits: radix 2, decimation in time. */
static void transform(complex32 *bins) {
  uint32_t size, k, i;
  for (size = 1; size < HALF; size *= 2) {
    for (k = 0; k < size; k++) {
      const uint32_t at = k * (HALF / size);
      const int32_t its_sine = sine(at), cosine = sine(at + POINTS / 4);
      for (i = k; i < HALF; i += 2 * size) {
        const complex32 a = bins[i], b = turned(bins[i + size], cosine, its_sine);
        bins[i].re = a.re + b.re;
        bins[i].im = a.im + b.im;
        bins[i + size].re = a.re - b.re;
        bins[i + size].im = a.im - b.im;
      }
    }
  }
}

/* The power of twice bin k of the real transform; 0 < k < HALF. */
static uint64_t power(const complex32 *bins, uint32_t k) {
  const complex32 a = bins[k], b = bins[HALF - k];
  complex32 odd;
  int64_t re, im;
  odd.re = a.im + b.im;
  odd.im = b.re - a.re;
  odd = turned(odd, sine(k + POINTS / 4), sine(k));
  re = (int64_t)a.re + b.re + odd.re;
  im = (int64_t)a.im - b.im + odd.im;
  return (uint64_t)(re * re) + (uint64_t)(im * im);
}

static uint32_t root(uint64_t of) {
  uint64_t rest = of, found = 0, bit = (uint64_t)1 << 62;
  while (bit > of) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    if (rest >= found + bit) {
      rest -= found + bit;
      found = (found >> 1) + bit;
    } else {
      found >>= 1;
    }
  }
  return (uint32_t)found;
}

/* The channels: each bin is shared by the two whose centres it lies between. */
static void filter(const complex32 *bins, uint32_t *channels) {
  uint32_t segment, bin = FRONT_END_FIRST_BIN;
  uint64_t rising = 0;
  for (segment = 0; segment < SEGMENTS; segment++) {
    uint64_t sum = rising;
    rising = 0;
    for (; bin < front_end_ends[segment]; bin++) {
      const uint64_t of_bin = power(bins, bin);
      const uint32_t share = front_end_shares[bin - FRONT_END_FIRST_BIN];
      sum += of_bin * share;
      rising += of_bin * (4096 - share);
    }
    /* twice the magnitude, times 2^6 of the shares */
    if (segment > 0) channels[segment - 1] = root(sum) >> (1 + 6 + CHANNEL_BITS);
  }
}

/* Takes the mean over time away from a channel; the mean moves on. */
static uint32_t reduced(uint32_t channel, uint32_t smoothing, uint32_t *mean) {
  const uint32_t now = channel << NOISE_BITS;
  const uint32_t least = (uint32_t)((uint64_t)channel * REMAINING >> SHARE_BITS);
  uint32_t rest;
  *mean = (uint32_t)(((uint64_t)now * smoothing + (uint64_t)*mean * ((1u << SHARE_BITS) - smoothing)) >> SHARE_BITS);
  rest = now > *mean ? (now - *mean) >> NOISE_BITS : 0;
  return rest > least ? rest : least;
}

static uint32_t top_bit(uint32_t x) {
  uint32_t bit = 0;
  while (x >>= 1) bit++;
  return bit;
}

/* The gain by an estimate of noise: a parabola through start, middle and end of its octave. */
static uint32_t gain(uint32_t noise) {
  const uint32_t octave = top_bit(noise);
  const int16_t *at = &front_end_gains[1 + 2 * octave];
  int32_t part, curved, straight;
  if (noise == 0) return (uint32_t)front_end_gains[0];
  part = (int32_t)((octave < 10 ? noise << (10 - octave) : noise >> (octave - 10)) & 1023u);
  curved = 2 * (at[2] + at[0] - 2 * at[1]);
  straight = at[2] - at[0] - curved;
  /* both are at most 0 and at least 0, and the sum is between start and end */
  return (uint32_t)(at[0] + (straight * part * 32 + (curved * part / 32) * part - (1 << 14)) / (1 << 15));
}

/* Large ratios less than in proportion: a parabola up to 2, then a line. */
static uint32_t shrunk(uint32_t ratio) {
  if (ratio < 2u << RATIO_BITS) return (ratio * ratio) >> (2 + 2 * RATIO_BITS - SHRUNK_BITS);
  return (ratio >> (RATIO_BITS - SHRUNK_BITS)) - (1u << SHRUNK_BITS);
}

/* 64 times the natural logarithm, rounded; 0 of 0. Bit by bit: squaring a number doubles its logarithm. */
static uint32_t logarithm(uint32_t x) {
  const uint32_t whole = top_bit(x);
  uint32_t mantissa, log2 = whole, bit;
  if (x == 0) return 0;
  mantissa = x << (31 - whole);
  for (bit = 0; bit < 16; bit++) {
    const uint64_t square = (uint64_t)mantissa * mantissa;
    const uint32_t carry = (uint32_t)(square >> 63);
    mantissa = (uint32_t)(square >> (31 + carry));
    log2 = log2 << 1 | carry;
  }
  return (uint32_t)(((uint64_t)log2 * 2907270 + ((uint64_t)1 << 31)) >> 32); /* 64 ln 2 of 2^16 */
}

void front_end_begin(front_end *ears) { memset(ears, 0, sizeof *ears); }

int front_end_take(front_end *ears, const int16_t *samples, uint16_t *features) {
  complex32 bins[HALF];
  uint32_t channels[FRONT_END_CHANNELS], i;
  memmove(ears->samples, ears->samples + FRONT_END_HOP, sizeof ears->samples - FRONT_END_HOP * sizeof *samples);
  memcpy(ears->samples + FRONT_END_WINDOW - FRONT_END_HOP, samples, FRONT_END_HOP * sizeof *samples);
  if (ears->sample_count < FRONT_END_WINDOW) ears->sample_count += FRONT_END_HOP;
  if (ears->sample_count < FRONT_END_WINDOW) return 0;
  begin_transform(ears, bins);
  transform(bins);
  filter(bins, channels);
  for (i = 0; i < FRONT_END_CHANNELS; i++) {
    const uint32_t signal = reduced(channels[i], i % 2 == 0 ? EVEN_SMOOTHING : ODD_SMOOTHING, &ears->noise[i]);
    const uint64_t ratio = (uint64_t)signal * gain(ears->noise[i]) >> GAIN_SHIFT;
    features[i] = (uint16_t)logarithm(shrunk((uint32_t)ratio) << CHANNEL_BITS);
  }
  return 1;
}

uint8_t front_end_element(uint16_t feature) {
  const uint32_t element = ((uint32_t)feature * 1275 + 1664) / 3328; /* 10/256 of it over 26/255 */
  return (uint8_t)(element > 255 ? 255 : element);
}
