/* The sweep of kgl_integer_convolution.c by the vectors of a PC (x86-64 with AVX2): the same bytes as
 * kgl_integer_sweep.h, from the same list.
 *
 * The plane is swept as one sequence, row after row of what the windows are laid on: where stride is 1
 * the inputs of outputs that follow each other do so too, and what falls between the rows is computed
 * and dropped. Two words of the list are multiplied at once, their sums have 32 bits. The last outputs
 * of a plane are computed with some before them, which are not written again. For the convolution
 * alone. */
#ifndef KGL_INTEGER_AVX2_H
#define KGL_INTEGER_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "kgl_integer_sweep.h"

#define BLOCKS 4u            /* of 16 outputs, swept together */
#define WIDE (BLOCKS * 16)

/* How many outputs the sequence has, dropped ones included. */
KGL_INLINE uint32_t sequence_length(const plane *p) {
  return (p->rows - 1) * p->down + p->columns;
}

KGL_INLINE int avx2_fits(const plane *p) {
  return p->across == 1 && p->down <= 2 * p->columns && sequence_length(p) >= 16;
}

KGL_INLINE __m256i widened(const uint8_t *x, int is_signed) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)x);
  return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}

/* blocks x 16 sums of outputs whose windows begin at x and behind it: each block two vectors, of
 * outputs 0...3 and 8...11, and of the others. */
KGL_INLINE void block_sums(const sweep *s, const uint8_t *x, uint32_t blocks, int is_signed,
                           __m256i *sums) {
  const uint32_t *word = s->list, *end = s->end;
  __m256i acc[2 * BLOCKS];
  uint32_t i;
  for (i = 0; i < 2 * BLOCKS; i++) acc[i] = _mm256_setzero_si256();
  while (word < end) {
    const uint32_t a = word[0], b = end - word > 1 ? word[1] : 0;
    const __m256i weights = _mm256_set1_epi32((int32_t)(a >> 16 | (b & 0xFFFF0000u)));
    const uint8_t *xb = x + step_of(a) + step_of(b);
    x += step_of(a);
#if defined(__GNUC__)
#pragma GCC unroll 4
#endif
    for (i = 0; i < blocks; i++) {
      const __m256i p = widened(x + 16 * i, is_signed), q = widened(xb + 16 * i, is_signed);
      const __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(p, q), weights);
      const __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(p, q), weights);
      acc[2 * i] = _mm256_add_epi32(acc[2 * i], low);
      acc[2 * i + 1] = _mm256_add_epi32(acc[2 * i + 1], high);
    }
    x = xb;
    word += 2;
  }
  for (i = 0; i < 2 * blocks; i++) sums[i] = acc[i];
}

/* kgl_rescaled and the bias, as on machines without a product of 64 bits. */
KGL_INLINE __m256i rescaled_vector(const sweep *s, __m256i sums) {
  const __m256i m = _mm256_set1_epi32((int32_t)s->multiplier);
  const __m256i t = _mm256_sll_epi32(sums, _mm_cvtsi32_si128((int32_t)s->finish.scaling.shift));
  const __m256i high = _mm256_mullo_epi32(_mm256_srai_epi32(t, 16), m);
  const __m256i low = _mm256_mullo_epi32(_mm256_and_si256(t, _mm256_set1_epi32(0xFFFF)), m);
  const __m256i product = _mm256_add_epi32(high, _mm256_srli_epi32(low, 16));
  const int32_t down = 16 - (int32_t)s->finish.scaling.exponent;
  return _mm256_add_epi32(_mm256_sra_epi32(product, _mm_cvtsi32_si128(down)),
                          _mm256_set1_epi32(s->bias));
}

/* The terms of eight residuals, in the order of block_sums. r: 16 bytes. */
KGL_INLINE __m256i residual_terms(const sweep *s, __m256i widened_r, int of_high) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i sign = _mm256_cmpgt_epi16(zero, widened_r);
  const __m256i q = of_high ? _mm256_unpackhi_epi16(widened_r, sign)
                            : _mm256_unpacklo_epi16(widened_r, sign);
  return _mm256_srai_epi32(_mm256_mullo_epi32(q, _mm256_set1_epi32(s->residual_factor)), 8);
}

#if KGL_EXACT
/* kgl_exact_scaled of even lanes, whose sums are the lower halves of 64 bits, as 64-bit lanes' lower halves. */
KGL_INLINE __m256i exact_high(__m256i doubled, __m256i multiplier) {
  const __m256i product = _mm256_mul_epi32(doubled, multiplier);
  return _mm256_srli_epi64(_mm256_add_epi64(product, _mm256_set1_epi64x(0x80000000)), 32);
}

/* Eight sums as elements, not yet narrowed. */
KGL_INLINE __m256i exact_elements(const kgl_exact_row *row, __m256i sums) {
  const __m256i m = _mm256_set1_epi32((int32_t)row->multiplier);
  const __m256i biased = _mm256_add_epi32(sums, _mm256_set1_epi32((int32_t)row->bias));
  const __m256i doubled = _mm256_sll_epi32(biased, _mm_cvtsi32_si128((int32_t)row->left));
  const __m256i even = exact_high(doubled, m), odd = exact_high(_mm256_srli_epi64(doubled, 32), m);
  __m256i t = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  t = _mm256_add_epi32(t, _mm256_and_si256(_mm256_srai_epi32(t, 31), _mm256_set1_epi32(row->nudge)));
  t = _mm256_add_epi32(t, _mm256_set1_epi32(row->half));
  t = _mm256_sra_epi32(t, _mm_cvtsi32_si128((int32_t)row->right));
  t = _mm256_max_epi32(t, _mm256_set1_epi32(row->low - row->zero));
  return _mm256_add_epi32(_mm256_min_epi32(t, _mm256_set1_epi32(row->high - row->zero)), _mm256_set1_epi32(row->zero));
}
#endif

/* 16 outputs of a block's sums. r: their residuals, or null. */
KGL_INLINE void finish_block(const sweep *s, const __m256i sums[2], const uint8_t *r, uint8_t *to) {
#if KGL_EXACT
  if (s->exact != NULL) {
    const __m256i words = _mm256_packs_epi32(exact_elements(&s->row, sums[0]), exact_elements(&s->row, sums[1]));
    _mm_storeu_si128((__m128i *)(void *)to,
                     _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    return;
  }
#endif
  {
  __m256i low = rescaled_vector(s, sums[0]), high = rescaled_vector(s, sums[1]), both;
  __m128i bytes;
  if (r != NULL) {
    const __m256i w = widened(r, s->residual_flip != 0);
    low = _mm256_add_epi32(low, residual_terms(s, w, 0));
    high = _mm256_add_epi32(high, residual_terms(s, w, 1));
  }
  both = _mm256_packs_epi32(_mm256_srai_epi32(low, 6), _mm256_srai_epi32(high, 6));
  bytes = _mm_packus_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  bytes = _mm_xor_si128(bytes, _mm_set1_epi8((char)s->finish.flip));
  _mm_storeu_si128((__m128i *)(void *)to, bytes);
  }
}

/* Copies between a piece of the sequence, outputs first ..< past, and the plane. piece: first's byte. */
KGL_INLINE void copy_piece(const plane *p, uint32_t first, uint32_t past, uint8_t *piece,
                           uint8_t *to_plane, const uint8_t *of_plane) {
  uint32_t row = first / p->down, column = first % p->down;
  while (first < past) {
    uint32_t skipped = p->down - column;
    if (column < p->columns) {
      uint32_t count = p->columns - column;
      if (count > past - first) count = past - first;
      if (to_plane != NULL) {
        memcpy(to_plane + row * p->columns + column, piece, count);
      } else {
        memcpy(piece, of_plane + row * p->columns + column, count);
      }
    }
    first += skipped;
    piece += skipped;
    column = 0;
    row++;
  }
}

KGL_INLINE void sweep_sequence(const sweep *s, const plane *p, int is_signed) {
  const uint32_t length = sequence_length(p);
  uint32_t done = 0;
  while (done < length) {
    const int is_wide = length >= WIDE && length - done > 16;
    const uint32_t width = is_wide ? WIDE : 16;
    const uint32_t from = length - done < width ? length - width : done;
    __m256i sums[2 * BLOCKS];
    uint8_t y[WIDE], r[WIDE] = {0};
    uint32_t i;
    if (is_wide) {
      block_sums(s, p->x + from, BLOCKS, is_signed, sums);
    } else {
      block_sums(s, p->x + from, 1, is_signed, sums);
    }
    if (p->r != NULL) copy_piece(p, done, from + width, r + (done - from), NULL, p->r);
    for (i = 0; i < width; i += 16) {
      finish_block(s, sums + i / 8, p->r == NULL ? NULL : r + i, y + i);
    }
    copy_piece(p, done, from + width, y + (done - from), p->y, NULL);
    done = from + width;
  }
}

KGL_NOINLINE void sweep_plane_by_avx2(const sweep *s, const plane *p) {
  if (s->x_flip) {
    sweep_sequence(s, p, 1);
  } else {
    sweep_sequence(s, p, 0);
  }
}

#undef BLOCKS
#undef WIDE
#endif
