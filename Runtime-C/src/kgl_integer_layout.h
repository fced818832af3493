/* What an integer convolution's windows are laid on: the input itself, or a copy of a group's channels with a
 * border, so that no tap need be checked. For the convolution alone. */
#ifndef KGL_INTEGER_LAYOUT_H
#define KGL_INTEGER_LAYOUT_H

#include <string.h>

#include "kgl_ops.h"

#if KGL_HELIUM
#include <arm_mve.h>
#endif

/* A convolution's windows over what they are laid on: the input itself, or a copy with a border. */
typedef struct layout {
  kgl_window window;  /* as in the plan, or the same thing in an easier shape */
  int is_copied;
  int is_too_large;   /* for 32 bits: kgl_open refuses the blob */
  uint32_t width;     /* elements of a row of what windows are laid on */
  uint32_t plane;     /* and of a channel */
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

/* The copy, before anything is in it: the border that it keeps. */
KGL_INLINE void fill_copy(const layout *l, uint8_t *copy, uint32_t channels, int border) {
  memset(copy, border, l->plane * channels);
}

/* Copy the channels of a group to between their borders, bytes ^ mask. x: [channels, in[0], in[1]] */
KGL_NOINLINE void copy_inside(const layout *l, uint8_t *copy, const uint8_t *x, uint32_t channels, uint32_t mask) {
  const kgl_window *w = &l->window;
  const uint32_t height = l->plane / l->width;
  const uint32_t top = w->before[0] < height ? w->before[0] : height;
  const uint32_t left = w->before[1] < l->width ? w->before[1] : l->width;
  const uint32_t rows = w->in[0] < height - top ? w->in[0] : height - top;
  const uint32_t columns = w->in[1] < l->width - left ? w->in[1] : l->width - left;
  uint32_t c, row;
  for (c = 0; c < channels; c++, x += w->in[0] * w->in[1], copy += l->plane) {
    uint8_t *to = copy + top * l->width + left;
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

/* Where each column's input lies from the window's corner. */
KGL_NOINLINE void find_offsets(const layout *l, uint32_t *offsets, uint32_t channels) {
  const kgl_window *w = &l->window;
  uint32_t c, i, j;
  for (c = 0; c < channels; c++) {
    for (i = 0; i < w->kernel[0]; i++) {
      for (j = 0; j < w->kernel[1]; j++) {
        *offsets++ = c * l->plane + i * w->dilation[0] * l->width + j * w->dilation[1];
      }
    }
  }
}

#endif
