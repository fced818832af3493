#include "kgl_ops.h"

void kgl_window_taps(uint32_t out, uint32_t size, uint32_t kernel, uint32_t stride,
                     uint32_t dilation, uint32_t before, uint32_t *first, uint32_t *past) {
  uint32_t start = out * stride; /* the first tap, counted from `before` ahead of the image */
  uint32_t skipped = 0, reached;
  if (start < before) { /* taps 0 ..< skipped lie ahead of the image */
    skipped = (before - start + dilation - 1) / dilation;
    reached = (before - start + size + dilation - 1) / dilation;
  } else if (start - before < size) {
    reached = (size - (start - before) + dilation - 1) / dilation;
  } else {
    reached = 0;
  }
  *past = reached < kernel ? reached : kernel;
  *first = skipped < *past ? skipped : *past;
  KGL_ASSERT(*first <= *past && *past <= kernel);
}

uint32_t kgl_window_counted(const kgl_window *w, uint32_t axis, uint32_t out) {
  uint32_t first, past;
  uint32_t size = w->before[axis] + w->in[axis] + w->after[axis];
  kgl_window_taps(out, size, w->kernel[axis], w->stride[axis], w->dilation[axis], 0, &first, &past);
  return past - first;
}

/* Along an axis. Sizes are below 2^16, or the kernel and the stride are 1: nothing exceeds 32 bits. */
static int is_inside(const kgl_window *w, uint32_t axis) {
  const uint32_t taps = (w->kernel[axis] - 1) * w->dilation[axis];
  return w->before[axis] == 0 && taps < w->in[axis] &&
         (w->out[axis] - 1) * w->stride[axis] < w->in[axis] - taps;
}

int kgl_window_is_inside(const kgl_window *w) { return is_inside(w, 0) && is_inside(w, 1); }

void kgl_window_flatten(kgl_window *w) {
  if (w->in[1] == 1 && w->out[1] == 1 && w->kernel[1] == 1 && w->before[1] == 0) {
    /* A column image: as a row, so that eight windows lie side by side. */
    w->in[1] = w->in[0];
    w->out[1] = w->out[0];
    w->kernel[1] = w->kernel[0];
    w->stride[1] = w->stride[0];
    w->dilation[1] = w->dilation[0];
    w->before[1] = w->before[0];
    w->in[0] = w->out[0] = w->kernel[0] = w->stride[0] = 1;
    w->before[0] = 0;
  }
  if (w->kernel[0] == 1 && w->kernel[1] == 1 && w->stride[0] == 1 && w->stride[1] == 1 &&
      w->before[0] == 0 && w->before[1] == 0 && w->out[0] == w->in[0] && w->out[1] == w->in[1]) {
    /* Pixel by pixel: the plane as one row. */
    w->in[1] *= w->in[0];
    w->out[1] = w->in[1];
    w->in[0] = w->out[0] = 1;
  }
}
