/* Tiles by Helium's vectors: filters and windows as rows of int8, sixteen products an instruction; the same
 * bytes as kgl_integer_tiles.h, which this is a part of. Inputs of uint8 are taken 128 less, which a filter makes up for
 * with 128 x the sum of its weights.
 *
 * Columns come in chunks of sixteen. A block is [filters / 2, chunks, 2, 16], a tile [2, chunks, 4, 16]: first the
 * windows of even places, then those between, as vectors narrow best. */
#ifndef KGL_INTEGER_TILES_VECTORS_H
#define KGL_INTEGER_TILES_VECTORS_H

#include <arm_mve.h>

#include "kgl_integer_finish_vectors.h"

/* A filter's first chunk in the block. */
KGL_INLINE int8_t *filter_bytes(const tiles *t, uint32_t f) {
  return (int8_t *)t->block + f / 2 * 2 * t->padded + f % 2 * 16;
}

static kgl_status read_filter(kgl_filters *filters, const tiles *t, uint32_t f) {
  const int8_t *from = (const int8_t *)kgl_filters_levels(filters, (kgl_survivor *)t->tile);
  int8_t *row = filter_bytes(t, f);
  int32_t left = (int32_t)t->columns, sum = 0;
  if (from == NULL) return KGL_ERR_CORRUPT;
  for (; left > 0; left -= 16, from += 16, row += 32) {
    const int8x16_t weights = vldrbq_z_s8(from, vctp8q((uint32_t)left));
    sum = vaddvaq_s8(sum, weights);
    vstrbq_s8(row, weights);
  }
  t->more[f] = filters->x_flip ? 0 : 128u * (uint32_t)sum;
  return KGL_OK;
}

/* The inputs of windows that lie anywhere. */
KGL_NOINLINE void gather_far(const tiles *t, const uint8_t *const x[TILE], uint32_t flip) {
  uint32_t window, i;
  for (window = 0; window < TILE; window++) {
    uint8_t *to = (uint8_t *)t->tile + window % 2 * 4 * t->padded + window / 2 * 16;
    for (i = 0; i < t->columns; i++) to[4 * (i & ~15u) + i % 16] = (uint8_t)(x[window][t->offsets[i]] ^ 128u ^ flip);
  }
}

/* The inputs of windows that are `apart` from that at x, two columns at a time. */
KGL_NOINLINE void gather(const tiles *t, const uint8_t *x, uint16x8_t apart, uint32_t flip) {
  const uint16x8_t window = vidupq_n_u16(0, 1);
  const uint16x8_t half = vmulq_n_u16(vandq_u16(window, vdupq_n_u16(1)), (uint16_t)(4 * t->padded));
  const uint16x8_t to_window = vaddq_u16(half, vmulq_n_u16(vshrq_n_u16(window, 1), 16));
  const uint16x8_t mask = vdupq_n_u16(flip ? 0 : 0x8080);
  const uint32_t *offset = t->offsets, *last = offset + t->columns;
  uint16_t *to = (uint16_t *)(void *)t->tile;
  while (offset < last) {
    const uint32_t *end = last - offset < 16 ? last : offset + 16;
    for (; offset + 1 < end; offset += 2, to++) {
      const uint16x8_t low = vldrbq_gather_offset_u16(x + offset[0], apart);
      const uint16x8_t both = vsliq_n_u16(low, vldrbq_gather_offset_u16(x + offset[1], apart), 8);
      vstrhq_scatter_offset_u16(to, to_window, veorq_u16(both, mask));
    }
    if (offset < end) { /* beside a weight of 0 */
      vstrhq_scatter_offset_u16(to, to_window, veorq_u16(vldrbq_gather_offset_u16(x + *offset++, apart), mask));
    }
    to += 24;
  }
}

/* The sums of two filters over four windows. */
typedef struct two_fours {
  int32x4_t one, other;
} two_fours;

/* `first` and `second`: what the filters' sums begin with. */
KGL_INLINE two_fours sum_half(const int8_t *w, const int8_t *x, uint32_t chunks, int32_t first, int32_t second) {
  int32_t a = first, b = first, c = first, d = first, e = second, f = second, g = second, h = second;
  two_fours sums;
#ifndef KGL_NO_ASM
  int8x16_t one, other, inputs; /* as GCC has it, eight sums take five moves a turn */
  __asm__ volatile(
      "1: vldrb.8 %q[one], [%[w]], #16\n"
      "vldrb.8 %q[inputs], [%[x]], #16\n"
      "vldrb.8 %q[other], [%[w]], #16\n"
      "vmladava.s8 %[a], %q[one], %q[inputs]\n"
      "vmladava.s8 %[e], %q[other], %q[inputs]\n"
      "vldrb.8 %q[inputs], [%[x]], #16\n"
      "vmladava.s8 %[b], %q[one], %q[inputs]\n"
      "vmladava.s8 %[f], %q[other], %q[inputs]\n"
      "vldrb.8 %q[inputs], [%[x]], #16\n"
      "vmladava.s8 %[c], %q[one], %q[inputs]\n"
      "vmladava.s8 %[g], %q[other], %q[inputs]\n"
      "vldrb.8 %q[inputs], [%[x]], #16\n"
      "vmladava.s8 %[d], %q[one], %q[inputs]\n"
      "subs %[left], #1\n"
      "vmladava.s8 %[h], %q[other], %q[inputs]\n"
      "bne 1b\n"
      : [a] "+Te"(a), [b] "+Te"(b), [c] "+Te"(c), [d] "+Te"(d), [e] "+Te"(e), [f] "+Te"(f), [g] "+Te"(g),
        [h] "+Te"(h), [w] "+r"(w), [x] "+r"(x), [left] "+r"(chunks), [one] "=&w"(one), [other] "=&w"(other),
        [inputs] "=&w"(inputs)
      :
      : "cc", "memory");
#else
  do {
    const int8x16_t one = vldrbq_s8(w), other = vldrbq_s8(w + 16);
    a = vmladavaq_s8(a, one, vldrbq_s8(x)), e = vmladavaq_s8(e, other, vldrbq_s8(x));
    b = vmladavaq_s8(b, one, vldrbq_s8(x + 16)), f = vmladavaq_s8(f, other, vldrbq_s8(x + 16));
    c = vmladavaq_s8(c, one, vldrbq_s8(x + 32)), g = vmladavaq_s8(g, other, vldrbq_s8(x + 32));
    d = vmladavaq_s8(d, one, vldrbq_s8(x + 48)), h = vmladavaq_s8(h, other, vldrbq_s8(x + 48));
    w += 32, x += 64;
  } while (--chunks != 0);
#endif
  sums.one = vdupq_n_s32(a);
  sums.one[1] = b, sums.one[2] = c, sums.one[3] = d;
  sums.other = vdupq_n_s32(e);
  sums.other[1] = f, sums.other[2] = g, sums.other[3] = h;
  return sums;
}

/* `count` filters of a block over a tile; y: of the first. */
KGL_NOINLINE void finish_tile(const tiles *t, const sweep *s, uint32_t count, uint32_t outputs, uint8_t *y,
                              const uint8_t *r, uint32_t size) {
  const int8_t *w = (const int8_t *)t->block, *x = (const int8_t *)t->tile;
  const uint32_t padded = t->padded;
  const mve_pred16_t some = vctp16q(outputs);
  const row_finish *finish = t->finishes;
  const uint32_t *more = t->more, *end = more + count;
#if KGL_EXACT
  const int is_own = s->exact == NULL && r == NULL;
#else
  const int is_own = r == NULL;
#endif
  for (; more < end; more += 2, finish += 2, w += 2 * padded, y += 2 * size) {
    const two_fours even = sum_half(w, x, padded / 16, (int32_t)more[0], (int32_t)more[1]);
    const two_fours odd = sum_half(w, x + 4 * padded, padded / 16, (int32_t)more[0], (int32_t)more[1]);
#if KGL_EXACT
    if (t->are_plain) {
      vstrbq_p_s16((int8_t *)y, plain_elements(&finish[0].exact, even.one, odd.one), some);
      if (more + 1 < end) {
        vstrbq_p_s16((int8_t *)y + size, plain_elements(&finish[1].exact, even.other, odd.other), some);
      }
      continue;
    }
#endif
    if (is_own) {
      const filter_finish *own = &finish[0].own, *other = &finish[1].own;
      vstrbq_p_u16(y, own_bytes(own, own_scaled(own, even.one), own_scaled(own, odd.one)), some);
      if (more + 1 < end) {
        vstrbq_p_u16(y + size, own_bytes(other, own_scaled(other, even.other), own_scaled(other, odd.other)), some);
      }
      continue;
    }
    finish_vectors(s, &finish[0], even.one, odd.one, y, r, some);
    if (more + 1 < end) {
      finish_vectors(s, &finish[1], even.other, odd.other, y + size, r == NULL ? NULL : r + size, some);
    }
    if (r != NULL) r += 2 * size;
  }
}

/* `count` filters of a block over a plane; y: of the first. */
static void sweep_tiles(const tiles *t, const sweep *s, const plane *p, uint32_t count) {
  const uint32_t size = p->rows * p->columns;
  const uint16x8_t side_by_side = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)p->across);
  const int is_near = p->across < 8192 && t->padded < 16000; /* 16 bits hold the ways through a row and a tile */
  corners at = {p->x, 0};
  uint32_t done, i;
  for (done = 0; done < size; done += TILE) {
    const uint32_t outputs = size - done < TILE ? size - done : TILE;
    uint8_t *y = p->y + done;
    const uint8_t *r = p->r == NULL ? NULL : p->r + done;
    if (is_near && at.column + TILE <= p->columns) {
      gather(t, at.row + at.column * p->across, side_by_side, s->x_flip);
      at.column += TILE;
      if (at.column == p->columns) at.column = 0, at.row += p->down;
    } else {
      const uint8_t *x[TILE];
      next_corners(&at, p, outputs, x);
      if (is_near && (uint32_t)(x[TILE - 1] - x[0]) <= UINT16_MAX) {
        uint16_t apart[TILE];
        for (i = 0; i < TILE; i++) apart[i] = (uint16_t)(x[i] - x[0]);
        gather(t, x[0], vldrhq_u16(apart), s->x_flip);
      } else {
        gather_far(t, x, s->x_flip);
      }
    }
    finish_tile(t, s, count, outputs, y, r, size);
  }
}

#endif
