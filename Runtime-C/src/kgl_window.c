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
}
