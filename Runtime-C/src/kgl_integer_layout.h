/* What an integer convolution's windows are laid on, so that no tap need be checked: the input itself, or a copy of
 * a group's channels, either with a border or in strips. For the convolution alone.
 *
 * A strip is what one tap of a row of the kernel reads, for all outputs of a plane in order: eight outputs that
 * follow each other lie side by side in it, though they be of two rows. So narrow planes take as many turns as
 * they have outputs, over eight. A channel has a strip for each tap across, and these once more for each row that
 * a stride passes over; the kernel's further rows are the same strips, further on. */
#ifndef KGL_INTEGER_LAYOUT_H
#define KGL_INTEGER_LAYOUT_H

#include <string.h>

#include "kgl_ops.h"

#if KGL_HELIUM
#include <arm_mve.h>
#endif

/* A convolution's windows over what they are laid on. */
typedef struct layout {
  kgl_window window;  /* as in the plan, or the same thing in an easier shape */
  int is_copied;
  int is_too_large;   /* for 32 bits: kgl_open refuses the blob */
  uint32_t width;     /* elements of a row of what windows are laid on */
  uint32_t plane;     /* and of a channel */
  uint32_t strip;     /* of a strip; 0: there are none */
  uint32_t phases;    /* rows that have strips of their own */
} layout;

/* From the first tap of the first of `count` windows to the last tap of the last one. */
KGL_INLINE uint64_t reach(const kgl_window *w, uint32_t axis, uint32_t count) {
  const uint32_t windows = (count - 1) * w->stride[axis]; /* of 2^16 at most, or of stride 1 */
  const uint32_t taps = (w->kernel[axis] - 1) * w->dilation[axis];
  return (uint64_t)windows + taps + 1;
}

/* `least`: outputs of a row that must have room, if there are so few. */
KGL_NOINLINE void lay_out(layout *l, const kgl_window *window, uint32_t least) {
  kgl_window *w = &l->window;
  uint64_t width, height;
  *w = *window;
  l->strip = l->phases = 0;
  kgl_window_flatten(w);
  l->is_copied = w->out[1] < least || !kgl_window_is_inside(w);
  width = w->in[1];
  height = w->in[0];
  if (l->is_copied) {
    width = reach(w, 1, w->out[1] < least ? least : w->out[1]);
    height = reach(w, 0, w->out[0]);
  }
  l->is_too_large = width > KGL_ELEMENTS_MAX || height > KGL_ELEMENTS_MAX;
  l->width = (uint32_t)width;
  l->plane = kgl_product((uint32_t)width, (uint32_t)height);
  if (l->plane > KGL_ELEMENTS_MAX) l->is_too_large = 1;
}

#define STRIPS_FREE 1024u /* bytes that strips may take, whatever a bordered copy would */
#define STRIPS_MAX 32767u /* of a channel: what a word of the sweep's list can go, back and forth */

/* The same in strips, where that saves an eighth of the turns, `turn` outputs in each, and takes at most twice the
 * room. */
KGL_NOINLINE void lay_in_strips(layout *l, uint32_t channels, uint32_t turn) {
  const kgl_window *w = &l->window;
  const uint32_t taps = (w->kernel[0] - 1) * w->dilation[0], stride = w->stride[0];
  const uint32_t phases = taps < stride ? taps + 1 : stride;
  const uint32_t outputs = kgl_product(w->out[0], w->out[1]);
  const uint32_t rows = w->out[0] * ((w->out[1] + turn - 1) / turn), turns = outputs / turn + 1;
  const uint32_t strip = kgl_product(w->out[0] + taps / stride, w->out[1]);
  const uint32_t plane = kgl_product(strip, kgl_product(phases, w->kernel[1]));
  if (l->is_too_large || w->stride[1] >= 8192 || plane > STRIPS_MAX) return; /* vectors gather by 16 bits */
  if (outputs < turn || 8 * turns > 7 * rows) return;
  if (plane > 2 * l->plane && kgl_product(plane, channels) > STRIPS_FREE) return;
  l->is_copied = 1;
  l->strip = strip;
  l->phases = phases;
  l->width = w->out[1];
  l->plane = plane;
}

/* The copy, before anything is in it: the border that it keeps. */
KGL_INLINE void fill_copy(const layout *l, uint8_t *copy, uint32_t channels, int border) {
  memset(copy, border, l->plane * channels);
}

/* What of the image lies between a bordered plane's borders: its first element, and how much of it. */
typedef struct inside {
  uint32_t first, rows, columns;
} inside;

KGL_INLINE inside inside_of(const layout *l) {
  const kgl_window *w = &l->window;
  const uint32_t height = l->plane / l->width;
  const uint32_t top = w->before[0] < height ? w->before[0] : height;
  const uint32_t left = w->before[1] < l->width ? w->before[1] : l->width;
  inside in;
  in.first = top * l->width + left;
  in.rows = w->in[0] < height - top ? w->in[0] : height - top;
  in.columns = w->in[1] < l->width - left ? w->in[1] : l->width - left;
  return in;
}

/* Copy the channels of a group to between their borders, bytes ^ mask. x: [channels, in[0], in[1]] */
KGL_NOINLINE void copy_inside(const layout *l, uint8_t *copy, const uint8_t *x, uint32_t channels, uint32_t mask) {
  const kgl_window *w = &l->window;
  const inside in = inside_of(l);
  const uint32_t rows = in.rows, columns = in.columns;
  uint32_t c, row;
  for (c = 0; c < channels; c++, x += w->in[0] * w->in[1], copy += l->plane) {
    uint8_t *to = copy + in.first;
#if KGL_HELIUM
    const uint8x16_t flip = vdupq_n_u8((uint8_t)mask);
    uint32_t i;
    for (i = 0; i < columns; i += 16) {
      const mve_pred16_t some = vctp8q(columns - i);
      const uint8_t *from = x + i;
      uint8_t *row_to = to + i;
      for (row = 0; row < rows; row++, from += w->in[1], row_to += l->width) {
        vstrbq_p_u8(row_to, veorq_u8(vldrbq_z_u8(from, some), flip), some);
      }
    }
#else
    const uint8_t *from = x;
    for (row = 0; row < rows; row++, from += w->in[1], to += l->width) memcpy(to, from, columns); /* mask is 0 */
#endif
  }
  (void)mask;
}

/* Of `count` places, `stride` apart from `from` on, those inside an axis of `size`: first ..< past. */
KGL_INLINE uint32_t places_inside(int32_t from, uint32_t stride, uint32_t size, uint32_t count, uint32_t *first) {
  const uint32_t before = from < 0 ? 0u - (uint32_t)from : 0, after = from > 0 ? (uint32_t)from : 0;
  uint32_t past = size > after ? size - after + before : 0;
  *first = before;
  if (stride > 1) {
    past = (past + stride - 1) / stride;
    *first = (before + stride - 1) / stride;
  }
  return past < count ? past : count;
}

/* memcpy of few bytes. */
KGL_NOINLINE void copy_few(uint8_t *to, const uint8_t *from, uint32_t count) {
#if KGL_HELIUM
  mve_pred16_t some;
  for (; count >= 16; count -= 16, to += 16, from += 16) vstrbq_u8(to, vldrbq_u8(from));
  some = vctp8q(count);
  vstrbq_p_u8(to, vldrbq_z_u8(from, some), some);
#else
  memcpy(to, from, count);
#endif
}

/* Bytes that are `across` apart. */
KGL_NOINLINE void copy_apart(uint8_t *to, const uint8_t *from, uint32_t count, uint32_t across) {
#if KGL_HELIUM
  const uint16x8_t apart = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)across);
  mve_pred16_t some;
  for (; count >= 8; count -= 8, to += 8, from += 8 * across) vstrbq_u16(to, vldrbq_gather_offset_u16(from, apart));
  some = vctp16q(count);
  vstrbq_p_u16(to, vldrbq_gather_offset_z_u16(from, apart, some), some);
#else
  const uint8_t *end = to + count;
  for (; to < end; to++, from += across) *to = *from;
#endif
}

/* Rows first ..< past of a column. */
KGL_NOINLINE void set_column(uint8_t *column, uint32_t first, uint32_t past, uint32_t width, int to) {
#if KGL_HELIUM
  const uint16x8_t rows = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)width), bytes = vdupq_n_u16((uint16_t)to);
  for (; first < past; first += 8) {
    vstrbq_scatter_offset_p_u16(column + first * width, rows, bytes, vctp16q(past - first));
  }
#else
  uint8_t *at = column + first * width, *end = column + past * width;
  for (; at < end; at += width) *at = (uint8_t)to;
#endif
}

/* One strip of a channel: of the rows from `down` on, and of the columns from `right` on. */
KGL_INLINE void copy_strip(const layout *l, uint8_t *strip, const uint8_t *x, int32_t down, int32_t right, int border) {
  const kgl_window *w = &l->window;
  const uint32_t size = w->in[1], width = l->width, across = w->stride[1];
  uint32_t row, first, column, from;
  const uint32_t rows = places_inside(down, w->stride[0], w->in[0], l->strip / width, &first);
  const uint32_t past = places_inside(right, across, size, width, &from);
  if (first >= rows || from >= past) return;
  x += (uint32_t)(down + (int32_t)(first * w->stride[0])) * size;
  if (w->stride[0] == 1 && across == 1 && size == width) { /* all rows at once: what is behind one is before the next */
    copy_few(strip + first * width + from, x + (right > 0 ? right : 0), (rows - first - 1) * width + past - from);
    for (column = 0; column < from; column++) set_column(strip + column, first, rows, width, border);
    for (column = past; column < width; column++) set_column(strip + column, first, rows, width, border);
    return;
  }
  x += right + (int32_t)(from * across);
  for (row = first; row < rows; row++, x += w->stride[0] * size) {
    copy_apart(strip + row * width + from, x, past - from, across);
  }
}

/* Copy the channels of a group in strips. */
KGL_NOINLINE void copy_strips(const layout *l, uint8_t *copy, const uint8_t *x, uint32_t channels, int border) {
  const kgl_window *w = &l->window;
  uint32_t c, phase, tap;
  for (c = 0; c < channels; c++, x += w->in[0] * w->in[1]) {
    for (phase = 0; phase < l->phases; phase++) {
      const int32_t down = (int32_t)phase - (int32_t)w->before[0];
      for (tap = 0; tap < w->kernel[1]; tap++, copy += l->strip) {
        copy_strip(l, copy, x, down, (int32_t)(tap * w->dilation[1]) - (int32_t)w->before[1], border);
      }
    }
  }
}

/* Where each column's input lies from the window's corner. */
KGL_NOINLINE void find_offsets(const layout *l, uint32_t *offsets, uint32_t channels) {
  const kgl_window *w = &l->window;
  uint32_t c, i, j;
  for (c = 0; c < channels; c++) {
    for (i = 0; i < w->kernel[0]; i++) {
      const uint32_t down = i * w->dilation[0];
      for (j = 0; j < w->kernel[1]; j++) {
        uint32_t at = down * l->width + j * w->dilation[1];
        if (l->strip != 0) at = (down % w->stride[0] * w->kernel[1] + j) * l->strip + down / w->stride[0] * l->width;
        *offsets++ = c * l->plane + at;
      }
    }
  }
}

#endif
