#include "kgl_cursor.h"

#include <stddef.h>

#include "kgl_bytes.h"

#if !KGL_UNALIGNED
uint32_t kgl_read16(const uint8_t *p) { return kgl_load16(p); }
uint32_t kgl_read32(const uint8_t *p) { return kgl_load32(p); }
#endif

uint32_t kgl_take_byte(kgl_cursor *cursor, uint32_t low, uint32_t high) {
  if (cursor->at < cursor->end) {
    uint32_t value = *cursor->at++;
    if (value >= low && value <= high) return value;
  }
  cursor->failed = 1;
  return low;
}

uint32_t kgl_take_varint(kgl_cursor *cursor, uint32_t low, uint32_t high) {
  uint32_t value = 0, shift = 0;
  while (cursor->at < cursor->end) {
    uint32_t byte = *cursor->at++;
    if (shift == 28 && byte > 15) break; /* 2^32 or more, or a sixth byte */
    value |= (byte & 127u) << shift;
    if (byte < 128) {
      if (byte == 0 && shift != 0) break; /* not the shortest form */
      if (value < low || value > high) break;
      return value;
    }
    shift += 7;
  }
  cursor->failed = 1;
  return low;
}

float kgl_take_float(kgl_cursor *cursor) {
  const uint8_t *bytes = kgl_take_bytes(cursor, 4);
  if (bytes != NULL) {
    uint32_t bits = kgl_read32(bytes);
    if (kgl_float_is_finite(bits)) return kgl_float(bits);
  }
  cursor->failed = 1;
  return 0.0f;
}

const uint8_t *kgl_take_bytes(kgl_cursor *cursor, uint32_t count) {
  const uint8_t *bytes = cursor->at;
  if ((size_t)(cursor->end - cursor->at) < count) {
    cursor->failed = 1;
    return NULL;
  }
  cursor->at += count;
  return bytes;
}
