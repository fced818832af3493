/* What an integer convolution's windows are laid on: the input itself, or a copy of a group's channels with a
 * border, so that no tap need be checked. For the convolution alone. */
#ifndef KGL_INTEGER_LAYOUT_H
#define KGL_INTEGER_LAYOUT_H

#include <string.h>

#include "kgl_ops.h"

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

/* Copy the channels of a group with their border. x: [channels, in[0], in[1]] */
KGL_NOINLINE void copy_with_border(const layout *l, uint8_t *to, const uint8_t *x, uint32_t channels,
                             int border) {
  const kgl_window *w = &l->window;
  const uint32_t height = l->plane / l->width;
  const uint32_t top = w->before[0] < height ? w->before[0] : height;
  const uint32_t left = w->before[1] < l->width ? w->before[1] : l->width;
  const uint32_t rows = w->in[0] < height - top ? w->in[0] : height - top;
  const uint32_t columns = w->in[1] < l->width - left ? w->in[1] : l->width - left;
  const uint32_t gap = l->width - columns; /* between two rows */
  const uint32_t first = rows > 0 ? top * l->width + left : 0;
  const uint32_t last = rows > 0 ? l->plane - first - rows * l->width + gap : l->plane;
  uint32_t c, row, i;
  for (c = 0; c < channels; c++, x += w->in[0] * w->in[1]) {
    const uint8_t *from = x;
    memset(to, border, first);
    to += first;
    for (row = 0; row < rows; row++, from += w->in[1]) {
      memcpy(to, from, columns);
      to += columns;
      if (row + 1 < rows) {
        for (i = 0; i < gap; i++) *to++ = (uint8_t)border;
      }
    }
    memset(to, border, last);
    to += last;
  }
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
