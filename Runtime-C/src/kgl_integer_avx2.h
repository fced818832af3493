/* The sweep of kgl_integer_convolution.c by the vectors of a PC (x86-64 with AVX2, or with AVX-512's products of bytes,
 * VNNI): the same bytes as kgl_integer_sweep.h.
 *
 * The plane is swept as one sequence, row after row of what the windows are laid on: where stride is 1
 * the inputs of outputs that follow each other do so too, and what falls between the rows is computed
 * and dropped. Several weights are multiplied at once, their sums have 32 bits. The last outputs
 * of a plane are computed with some before them, which are not written again. For the convolution
 * alone.
 *
 * Which weights: two words of the list that follow each other, whose inputs are brought together at every
 * multiplication, or those of one tap in channels that lie side by side (kgl_integer_beside.h). */
#ifndef KGL_INTEGER_AVX2_H
#define KGL_INTEGER_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "kgl_integer_beside.h"
#include "kgl_integer_sweep.h"

#define BLOCKS 4u /* of 16 outputs, swept together */
#define WIDE (BLOCKS * 16)

KGL_INLINE AVX2_CODE __m256i widened(const uint8_t *x, int is_signed) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)x);
  return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}

/* blocks x 16 sums of outputs whose windows begin at x and behind it: each block two vectors, of
 * outputs 0...3 and 8...11, and of the others. */
KGL_INLINE AVX2_CODE void block_sums(const sweep *s, const uint8_t *x, uint32_t blocks, int is_signed, __m256i *sums) {
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

/* Sixteen sums in order as block_sums gives them. */
KGL_INLINE AVX2_CODE void in_halves(__m256i first, __m256i last, __m256i *sums) {
  sums[0] = _mm256_permute2x128_si256(first, last, 0x20);
  sums[1] = _mm256_permute2x128_si256(first, last, 0x31);
}

/* The same of two channels side by side, */
KGL_INLINE AVX2_CODE __m256i onto_by_two(__m256i sums, const uint8_t *x, __m256i weights, int is_signed) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(widened(x, is_signed), weights));
}

KGL_INLINE AVX2_CODE void sums_by_two(const sweep *s, const uint8_t *x, uint32_t blocks, int is_signed, __m256i *sums) {
  const uint32_t *word = s->list, *end = s->end;
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (; word < end; word += 2) {
    const __m256i w = _mm256_set1_epi32((int32_t)word[1]);
    const uint8_t *at = x + word[0];
    a = onto_by_two(a, at, w, is_signed), b = onto_by_two(b, at + 16, w, is_signed);
    if (blocks == 1) continue;
    c = onto_by_two(c, at + 32, w, is_signed), d = onto_by_two(d, at + 48, w, is_signed);
    if (blocks == 2) continue;
    e = onto_by_two(e, at + 64, w, is_signed), f = onto_by_two(f, at + 80, w, is_signed);
    g = onto_by_two(g, at + 96, w, is_signed), h = onto_by_two(h, at + 112, w, is_signed);
  }
  in_halves(a, b, sums);
  if (blocks > 1) in_halves(c, d, sums + 2);
  if (blocks > 2) in_halves(e, f, sums + 4), in_halves(g, h, sums + 6);
}

#if HAS_VNNI_CODE
/* and of four, whose inputs are 0...255. */
KGL_INLINE VNNI_CODE __m256i onto_by_four(__m256i sums, const uint8_t *x, __m256i weights) {
  return _mm256_dpbusd_epi32(sums, _mm256_loadu_si256((const __m256i *)(const void *)x), weights);
}

KGL_INLINE VNNI_CODE void sums_by_four(const sweep *s, const uint8_t *x, uint32_t blocks, __m256i *sums) {
  const uint32_t *word = s->list, *end = s->end;
  __m256i a = _mm256_set1_epi32(s->first), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (; word < end; word += 2) {
    const __m256i w = _mm256_set1_epi32((int32_t)word[1]);
    const uint8_t *at = x + word[0];
    a = onto_by_four(a, at, w), b = onto_by_four(b, at + 32, w);
    if (blocks == 1) continue;
    c = onto_by_four(c, at + 64, w), d = onto_by_four(d, at + 96, w);
    if (blocks == 2) continue;
    e = onto_by_four(e, at + 128, w), f = onto_by_four(f, at + 160, w);
    g = onto_by_four(g, at + 192, w), h = onto_by_four(h, at + 224, w);
  }
  in_halves(a, b, sums);
  if (blocks > 1) in_halves(c, d, sums + 2);
  if (blocks > 2) in_halves(e, f, sums + 4), in_halves(g, h, sums + 6);
}

/* BLOCKS blocks, or fewer. */
KGL_NOINLINE VNNI_CODE void all_by_four(const sweep *s, const uint8_t *x, __m256i *sums) {
  sums_by_four(s, x, BLOCKS, sums);
}
KGL_NOINLINE VNNI_CODE void two_by_four(const sweep *s, const uint8_t *x, __m256i *sums) { sums_by_four(s, x, 2, sums); }
KGL_NOINLINE VNNI_CODE void one_by_four(const sweep *s, const uint8_t *x, __m256i *sums) { sums_by_four(s, x, 1, sums); }
#endif

/* kgl_rescaled and the bias, as on machines without a product of 64 bits. */
KGL_INLINE AVX2_CODE __m256i rescaled_vector(const sweep *s, __m256i sums) {
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
KGL_INLINE AVX2_CODE __m256i residual_terms(const sweep *s, __m256i widened_r, int of_high) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i sign = _mm256_cmpgt_epi16(zero, widened_r);
  const __m256i q = of_high ? _mm256_unpackhi_epi16(widened_r, sign)
                            : _mm256_unpacklo_epi16(widened_r, sign);
  return _mm256_srai_epi32(_mm256_mullo_epi32(q, _mm256_set1_epi32(s->residual_factor)), 8);
}

#if KGL_EXACT
/* kgl_exact_scaled of even lanes, whose sums are the lower halves of 64 bits, as 64-bit lanes' lower halves. */
KGL_INLINE AVX2_CODE __m256i exact_high(__m256i doubled, __m256i multiplier) {
  const __m256i product = _mm256_mul_epi32(doubled, multiplier);
  return _mm256_srli_epi64(_mm256_add_epi64(product, _mm256_set1_epi64x(0x80000000)), 32);
}

/* Eight sums as elements, not yet narrowed. */
KGL_INLINE AVX2_CODE __m256i exact_elements(const kgl_exact_row *row, __m256i sums) {
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
KGL_INLINE AVX2_CODE void finish_block(const sweep *s, const __m256i sums[2], const uint8_t *r, uint8_t *to) {
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
KGL_INLINE AVX2_CODE void copy_piece(const plane *p, uint32_t first, uint32_t past, uint8_t *piece,
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

/* The sums from an output of the sequence on. */
KGL_INLINE AVX2_CODE void sums_from(const sweep *s, const uint8_t *x, uint32_t from, uint32_t blocks, int is_signed,
                                    uint32_t side, __m256i *sums) {
  x += side * from;
#if HAS_VNNI_CODE
  if (side == 4) {
    if (blocks == BLOCKS) {
      all_by_four(s, x, sums);
    } else if (blocks == 2) {
      two_by_four(s, x, sums);
    } else {
      one_by_four(s, x, sums);
    }
  } else
#endif
  if (side == 2) {
    sums_by_two(s, x, blocks, is_signed, sums);
  } else {
    block_sums(s, x, blocks, is_signed, sums);
  }
}

KGL_INLINE AVX2_CODE void sweep_sequence(const sweep *s, const plane *p, int is_signed, uint32_t side) {
  const uint32_t length = sequence_length(p);
  uint32_t done = 0;
  while (done < length) {
    const uint32_t left = length - done;
    const uint32_t width = length >= WIDE && left > 32 ? WIDE : length >= 32 && left > 16 ? 32 : 16;
    const uint32_t from = left < width ? length - width : done;
    __m256i sums[2 * BLOCKS];
    uint8_t y[WIDE], r[WIDE] = {0};
    uint32_t i;
    if (width == WIDE) {
      sums_from(s, p->x, from, BLOCKS, is_signed, side, sums);
    } else if (width == 32) {
      sums_from(s, p->x, from, 2, is_signed, side, sums);
    } else {
      sums_from(s, p->x, from, 1, is_signed, side, sums);
    }
    if (p->r != NULL) copy_piece(p, done, from + width, r + (done - from), NULL, p->r);
    for (i = 0; i < width; i += 16) {
      finish_block(s, sums + i / 8, p->r == NULL ? NULL : r + i, y + i);
    }
    copy_piece(p, done, from + width, y + (done - from), p->y, NULL);
    done = from + width;
  }
}

/* side: as channels_beside gives it. */
KGL_NOINLINE AVX2_CODE void sweep_plane_by_avx2(const sweep *s, const plane *p, uint32_t side) {
  if (side == 4) {
    sweep_sequence(s, p, 0, 4);
  } else if (side == 2) {
    if (s->x_flip) {
      sweep_sequence(s, p, 1, 2);
    } else {
      sweep_sequence(s, p, 0, 2);
    }
  } else if (s->x_flip) {
    sweep_sequence(s, p, 1, 1);
  } else {
    sweep_sequence(s, p, 0, 1);
  }
}

#undef BLOCKS
#undef WIDE
#endif
