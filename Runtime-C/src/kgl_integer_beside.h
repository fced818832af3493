/* Channels side by side, for the vectors of a PC (kgl_integer_avx2.h): which vectors a processor has, the copy that windows
 * are laid on, with a byte of each of two channels in turn, or for VNNI of four, and filters as weights of one tap in so
 * many channels. A multiplication takes them together: a fraction of the work of a filter that is nearly full, and no more
 * for one of a tenth. For the convolution alone. */
#ifndef KGL_INTEGER_BESIDE_H
#define KGL_INTEGER_BESIDE_H

#include <immintrin.h>
#include <string.h>

#include "kgl_integer_layout.h"
#include "kgl_integer_sweep.h"

#if KGL_AVX2 == 2
#define AVX2_CODE __attribute__((target("avx2")))
#define VNNI_CODE __attribute__((target("avx2,avx512f,avx512vl,avx512vnni")))
#define HAS_VNNI_CODE 1
#else
#define AVX2_CODE
#define VNNI_CODE
#if defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define HAS_VNNI_CODE 1
#else
#define HAS_VNNI_CODE 0
#endif
#endif

#define SIDE_COLUMNS 16384u /* of filters whose channels lie side by side, at most */

/* Whether this processor has the vectors, */
KGL_INLINE int has_avx2(void) {
#if KGL_AVX2 == 2
  return __builtin_cpu_supports("avx2") != 0;
#else
  return 1;
#endif
}

/* and the products of bytes. */
KGL_INLINE int has_vnni(void) {
#if KGL_AVX2 == 2
  return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#else
  return HAS_VNNI_CODE;
#endif
}

/* How many outputs the sequence has, dropped ones included. */
KGL_INLINE uint32_t sequence_length(const plane *p) {
  return (p->rows - 1) * p->down + p->columns;
}

KGL_INLINE int avx2_fits(const plane *p) {
  return has_avx2() && p->across == 1 && p->down <= 2 * p->columns && sequence_length(p) >= 16;
}

/* How many channels of a bordered copy lie side by side, 1, 2 or 4, where that takes no more room than what is laid in
 * its place. has_bytes: all levels are bytes. */
KGL_INLINE uint32_t channels_beside(const layout *bordered, const layout *laid, uint32_t channels, int has_bytes) {
  const kgl_window *w = &bordered->window;
  plane p;
  if (!bordered->is_copied || bordered->plane > laid->plane || channels % 2 != 0) return 1;
  lay_plane(&p, bordered);
  if (kgl_product(w->kernel[0] * w->kernel[1], channels) > SIDE_COLUMNS || !avx2_fits(&p)) return 1;
  return has_bytes && channels % 4 == 0 && has_vnni() ? 4 : 2;
}

/* Rows of bytes, `apart` from each other, as one, a byte of each in turn, ^ flip. */
KGL_INLINE AVX2_CODE void copy_in_turn(uint8_t *to, const uint8_t *x, uint32_t apart, uint32_t count, uint32_t side,
                                       uint8_t flip) {
  const __m128i mask = _mm_set1_epi8((char)flip);
  uint32_t i = 0, c;
  for (; i + 16 <= count; i += 16) {
    __m128i row[4], pairs[4];
    for (c = 0; c < side; c++) {
      row[c] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(x + c * apart + i)), mask);
    }
    for (c = 0; c < side; c += 2) {
      pairs[c] = _mm_unpacklo_epi8(row[c], row[c + 1]);
      pairs[c + 1] = _mm_unpackhi_epi8(row[c], row[c + 1]);
    }
    for (c = 0; c < 2; c++) {
      __m128i *at = (__m128i *)(void *)(to + side * (i + 8 * c));
      if (side == 2) {
        _mm_storeu_si128(at, pairs[c]);
      } else {
        _mm_storeu_si128(at, _mm_unpacklo_epi16(pairs[c], pairs[c + 2]));
        _mm_storeu_si128(at + 1, _mm_unpackhi_epi16(pairs[c], pairs[c + 2]));
      }
    }
  }
  for (; i < count; i++) {
    for (c = 0; c < side; c++) to[side * i + c] = x[c * apart + i] ^ flip;
  }
}

/* copy_inside, `side` channels side by side: [channels / side, plane, side]; bytes ^ flip. */
KGL_NOINLINE AVX2_CODE void copy_beside(const layout *l, uint8_t *copy, const uint8_t *x, uint32_t channels,
                                        uint32_t side, uint8_t flip) {
  const kgl_window *w = &l->window;
  const uint32_t size = w->in[0] * w->in[1];
  const inside in = inside_of(l);
  uint32_t c, row;
  for (c = 0; c < channels; c += side, x += side * size, copy += side * l->plane) {
    uint8_t *to = copy + side * in.first;
    const uint8_t *from = x;
    for (row = 0; row < in.rows; row++, from += w->in[1], to += side * l->width) {
      if (side == 2) {
        copy_in_turn(to, from, size, in.columns, 2, flip);
      } else {
        copy_in_turn(to, from, size, in.columns, 4, flip);
      }
    }
  }
}

/* Where the weights of channels that lie side by side go, in the offsets' place: in the first words how far the inputs of
 * each tap of them lie from the window's corner, behind them the place of each column among the weights of a filter. */
KGL_NOINLINE void find_beside(const layout *l, uint32_t *offsets, uint32_t channels, uint32_t side) {
  const uint32_t taps = l->window.kernel[0] * l->window.kernel[1], columns = taps * channels;
  uint16_t *place = (uint16_t *)(void *)(offsets + columns / 2);
  uint32_t c, tap, i;
  find_offsets(l, offsets, channels / side); /* as if there were so many channels, each a plane behind the other */
  for (c = 0; c < channels / side; c++) {
    for (tap = 0; tap < taps; tap++) {
      offsets[c * taps + tap] *= side;
      for (i = 0; i < side; i++) place[(c * side + i) * taps + tap] = (uint16_t)((c * taps + tap) * side + i);
    }
  }
}

/* Survivors of a filter, in place, to words by twos, for each tap of channels that lie side by side and have weights there:
 * how far their inputs lie from the window's corner, and two weights of 16 bits or four of 8, the first channel's
 * lowest. Gives how many words there are, and what sums of inputs that were flipped begin with. */
KGL_NOINLINE uint32_t pack_beside(sweep *s, kgl_survivor *list, uint32_t count, const uint32_t *offsets,
                                  uint32_t columns, uint32_t side) {
  const uint16_t *place = (const uint16_t *)(const void *)(offsets + columns / 2);
  union {
    int16_t by_two[SIDE_COLUMNS];
    int8_t by_four[SIDE_COLUMNS];
  } weights;
  uint32_t *word = (uint32_t *)list, i;
  int32_t sum = 0;
  memset(&weights, 0, columns * 4 / side);
  for (i = 0; i < count; i++) {
    const uint32_t at = place[list[i].column];
    sum += list[i].value.level;
    if (side == 2) {
      weights.by_two[at] = (int16_t)list[i].value.level;
    } else {
      weights.by_four[at] = (int8_t)list[i].value.level;
    }
  }
  for (i = 0; i < columns / side; i++) {
    uint32_t all;
    memcpy(&all, (const uint8_t *)&weights + 4 * i, sizeof all);
    word[0] = offsets[i];
    word[1] = all;
    word += all != 0 ? 2 : 0;
  }
  s->first = side == 4 ? -(int32_t)s->x_flip * sum : 0;
  return (uint32_t)(word - (uint32_t *)list);
}

#endif
