/* Layers whose survivors are bytes (Blob.md, "Lanes", mask 6): a column and half a byte of code each, found without
 * decoding. For kgl_integer_dense.c alone.
 *
 * A column is not looked at: what it leads to behind the row's last input lies in the arena, whose end is as many bytes
 * behind the activations as a byte can count (KGL_INDEXED_WORDS). A code without a level is 0. */
#ifndef KGL_ROWS_INDEXED_H
#define KGL_ROWS_INDEXED_H

/* The product of the survivor whose column is at `at`. */
KGL_INLINE uint32_t indexed_product(const uint8_t *at, uint32_t code, const uint8_t *x, const int16_t *levels,
                                    uint32_t flip) {
  return (uint32_t)(levels[code] * kgl_element(x[*at], flip));
}

/* Onto `sum` the products of the two survivors at `at`. */
KGL_INLINE uint32_t add_pair(uint32_t sum, const uint8_t *at, const uint8_t *x, const int16_t *levels, uint32_t flip) {
  sum += indexed_product(at, at[2] & 15u, x, levels, flip);
  return sum + indexed_product(at + 1, (uint32_t)at[2] >> 4, x, levels, flip);
}

#if KGL_HELIUM
/* Eight products at most: of the survivors whose columns and codes these are, as far as `some` says. */
KGL_INLINE int32_t add_eight(int32_t sum, uint16x8_t columns, uint16x8_t codes, const uint8_t *x, const int16_t *levels,
                             uint32_t flip, mve_pred16_t some) {
  const int16x8_t weights = vldrhq_gather_shifted_offset_z_s16(levels, codes, some);
  const int16x8_t inputs = flip ? vldrbq_gather_offset_z_s16((const int8_t *)x, columns, some)
                                : vreinterpretq_s16_u16(vldrbq_gather_offset_z_u16(x, columns, some));
  return vmladavaq_s16(sum, inputs, weights); /* what is not there is 0 */
}
#endif

/* Onto `sum` the products of `count` survivors: for each two their columns, then a byte of their codes. */
KGL_INLINE uint32_t add_indexed(uint32_t sum, const uint8_t *at, uint32_t count, const uint8_t *x, const int16_t *levels,
                                uint32_t flip) {
  uint32_t left = count / 2;
#if KGL_HELIUM
  const uint16x8_t pairs = vmulq_n_u16(vidupq_n_u16(0, 1), 3);
  const uint8_t *behind = at + 3 * left;
  int32_t all = (int32_t)sum;
  for (; left > 0; left = left > 8 ? left - 8 : 0, at += 24) {
    const mve_pred16_t some = vctp16q(left);
    const uint16x8_t codes = vldrbq_gather_offset_z_u16(at + 2, pairs, some);
    all = add_eight(all, vldrbq_gather_offset_z_u16(at, pairs, some), vandq_u16(codes, vdupq_n_u16(15)), x, levels, flip, some);
    all = add_eight(all, vldrbq_gather_offset_z_u16(at + 1, pairs, some), vshrq_n_u16(codes, 4), x, levels, flip, some);
  }
  at = behind;
  sum = (uint32_t)all;
#else
  for (; left > 1; left -= 2, at += 6) {
    sum = add_pair(sum, at, x, levels, flip);
    sum = add_pair(sum, at + 3, x, levels, flip);
  }
  if (left > 0) {
    sum = add_pair(sum, at, x, levels, flip);
    at += 3;
  }
#endif
  if (count % 2 != 0) sum += indexed_product(at, at[1] & 15u, x, levels, flip);
  return sum;
}

/* flip: of kgl_element, a constant. */
KGL_INLINE kgl_status indexed_rows_of(kgl_filters *filters, const kgl_finish *finish, const int16_t *levels,
                                      const uint8_t *x, uint8_t *y, uint32_t flip) {
  const uint8_t *at = filters->bits.base, *end = at + filters->bits.end / 8;
  const uint8_t *x_end = x + filters->weights->columns;
  uint32_t left = filters->rows_left;
  while (left > 0) {
    uint32_t sums[KGL_BATCH], *to = sums;
    const uint32_t rows = left < KGL_BATCH ? left : KGL_BATCH;
    for (; to < sums + rows; to++) {
      const uint8_t *block = x;
      uint32_t sum = 0;
      do {
        uint32_t count, bytes;
        if (at == end) return KGL_ERR_CORRUPT;
        count = *at++;
        bytes = count + (count + 1) / 2;
        if (bytes > (uint32_t)(end - at)) return KGL_ERR_CORRUPT;
        sum = add_indexed(sum, at, count, block, levels, flip);
        at += bytes;
        block += KGL_INDEXED_COLUMNS;
      } while (block < x_end);
      *to = sum;
    }
    kgl_finish_rows(finish, filters->row, sums, rows, y);
    filters->row += rows;
    left -= rows;
  }
  filters->rows_left = 0;
  return at == end && filters->bits.end % 8 == 0 ? KGL_OK : KGL_ERR_CORRUPT;
}

kgl_status kgl_indexed_rows(kgl_filters *filters, const kgl_finish *finish, const int16_t *levels, const uint8_t *x,
                            uint8_t *y) {
  return filters->x_flip ? indexed_rows_of(filters, finish, levels, x, y, 128)
                         : indexed_rows_of(filters, finish, levels, x, y, 0);
}
#endif
