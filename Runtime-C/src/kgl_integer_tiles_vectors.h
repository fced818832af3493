/* Tiles by Helium's vectors: filters and windows as rows of int8, sixteen products an instruction; the same
 * bytes as kgl_integer_tiles.h, which this is a part of. Inputs of uint8 are taken 128 less, which a filter makes up for
 * with 128 x the sum of its weights. */
#ifndef KGL_INTEGER_TILES_VECTORS_H
#define KGL_INTEGER_TILES_VECTORS_H

#include <arm_mve.h>

/* A filter's row in the block. */
KGL_INLINE int8_t *filter_bytes(const tiles *t, uint32_t f) { return (int8_t *)t->block + f * t->padded; }

static kgl_status read_filter(kgl_filters *filters, const tiles *t, uint32_t f) {
  kgl_survivor *list = (kgl_survivor *)t->tile;
  int8_t *row = filter_bytes(t, f);
  uint32_t count, i;
  kgl_status status;
  int32_t sum = 0;
  memset(row, 0, t->padded);
#if KGL_EXACT
  if (filters->weights->values == KGL_VALUES_BYTES) {
    const uint8_t *bytes;
    count = 1;
    bytes = kgl_filters_bytes(filters, &count);
    if (bytes == NULL) return KGL_ERR_CORRUPT;
    memcpy(row, bytes, t->columns);
    t->more[f] = 0; /* x is int8 */
    return KGL_OK;
  }
#endif
  status = kgl_filters_list(filters, list, &count);
  if (status != KGL_OK) return status;
  for (i = 0; i < count; i++) {
    row[list[i].column] = (int8_t)list[i].value.level;
    sum += list[i].value.level;
  }
  t->more[f] = filters->x_flip ? 0 : 128u * (uint32_t)sum;
  return KGL_OK;
}

/* The inputs of windows whose corners these are: [padded / 16, TILE, 16]. */
KGL_NOINLINE void gather_far(const tiles *t, const uint8_t *const x[TILE], uint32_t flip) {
  const uint32x4_t mask = vdupq_n_u32(flip ? 0 : 128);
  uint32_t window;
  for (window = 0; window < TILE; window++) {
    const uint32_t *offsets = t->offsets;
    const uint8_t *from = x[window];
    uint8_t *to = (uint8_t *)t->tile + window * 16;
    int32_t left = (int32_t)t->columns;
    for (; left > 0; left -= 4, offsets += 4) {
      const mve_pred16_t some = vctp32q((uint32_t)left);
      const uint32x4_t at = vldrwq_z_u32(offsets, some);
      vstrbq_u32(to, veorq_u32(vldrbq_gather_offset_z_u32(from, at, some), mask));
      to += (left - (int32_t)t->columns) % 16 == -12 ? 4 + (TILE - 1) * 16 : 4;
    }
  }
}

/* The same, a column of all eight windows at a time, where 16 bits hold how far they are from the first. */
KGL_NOINLINE void gather(const tiles *t, const uint8_t *const x[TILE], uint32_t flip) {
  const uint16x8_t to_window = vmulq_n_u16(vidupq_n_u16(0, 1), 16);
  const uint16x8_t mask = vdupq_n_u16(flip ? 0 : 128);
  const uint32_t *offset = t->offsets, *last = offset + t->columns;
  uint16_t corners[TILE];
  uint16x8_t from_first;
  uint8_t *to = (uint8_t *)t->tile;
  uint32_t i;
  if ((uint32_t)(x[TILE - 1] - x[0]) > UINT16_MAX) {
    gather_far(t, x, flip);
    return;
  }
  for (i = 0; i < TILE; i++) corners[i] = (uint16_t)(x[i] - x[0]);
  from_first = vldrhq_u16(corners);
  for (; offset < last; to += (TILE - 1) * 16) {
    const uint32_t *next = last - offset < 16 ? last : offset + 16;
    for (; offset < next; offset++, to++) {
      vstrbq_scatter_offset_u16(to, to_window, veorq_u16(vldrbq_gather_offset_u16(x[0] + *offset, from_first), mask));
    }
  }
}

/* The sums of a filter over every second window of a tile, from that at `x` on. */
KGL_INLINE int32x4_t four_sums(const int8_t *w, const int8_t *x, uint32_t padded, uint32_t more) {
  int32_t a = (int32_t)more, b = a, c = a, d = a;
  uint32_t left = padded / 16;
  int32x4_t sums;
  do {
    const int8x16_t weights = vldrbq_s8(w);
    a = vmladavaq_s8(a, weights, vldrbq_s8(x));
    b = vmladavaq_s8(b, weights, vldrbq_s8(x + 32));
    c = vmladavaq_s8(c, weights, vldrbq_s8(x + 64));
    d = vmladavaq_s8(d, weights, vldrbq_s8(x + 96));
    w += 16, x += 16 * TILE;
  } while (--left != 0);
  sums = vdupq_n_s32(a);
  sums[1] = b, sums[2] = c, sums[3] = d;
  return sums;
}

#if KGL_EXACT
/* `count` filters of a block, whose rows are all plain, over a whole tile; y: of the first. */
KGL_NOINLINE void plain_tile(const tiles *t, uint32_t count, uint8_t *y, uint32_t size) {
  const row_finish *finish = t->finishes, *end = finish + count;
  const int8_t *w = (const int8_t *)t->block, *x = (const int8_t *)t->tile;
  const uint32_t padded = t->padded;
  for (; finish < end; finish++, w += padded, y += size) {
    const int32x4_t even = four_sums(w, x, padded, 0), odd = four_sums(w, x + 16, padded, 0);
    vstrbq_s16((int8_t *)y, plain_elements(&finish->exact, even, odd));
  }
}
#endif

/* The same of any rows and `outputs`. */
KGL_NOINLINE void any_tile(const tiles *t, const sweep *s, uint32_t count, uint32_t outputs, uint8_t *y,
                           const uint8_t *r, uint32_t size) {
  const int8_t *x = (const int8_t *)t->tile;
  uint32_t f;
  for (f = 0; f < count; f++, y += size) {
    const int8_t *w = filter_bytes(t, f);
    uint32_t sums[TILE];
    const uint32_t more = t->more[f];
    const int32x4x2_t both = {{four_sums(w, x, t->padded, more), four_sums(w, x + 16, t->padded, more)}};
    vst2q_s32((int32_t *)sums, both);
    finish_sums(s, &t->finishes[f], sums, y, r == NULL ? NULL : r + f * size, outputs);
  }
}

KGL_INLINE void finish_tile(const tiles *t, const sweep *s, uint32_t count, uint32_t outputs, uint8_t *y,
                            const uint8_t *r, uint32_t size) {
#if KGL_EXACT
  if (t->are_plain && outputs == TILE) {
    plain_tile(t, count, y, size);
    return;
  }
#endif
  any_tile(t, s, count, outputs, y, r, size);
}

#endif
