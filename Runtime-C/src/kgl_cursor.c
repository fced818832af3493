#include "kgl_cursor.h"

#include <stddef.h>

#include "kgl_bytes.h"

#if !KGL_UNALIGNED
uint32_t kgl_read16(const uint8_t *p) { return kgl_load16(p); }
uint32_t kgl_read32(const uint8_t *p) { return kgl_load32(p); }
#endif

void kgl_cursor_fail(kgl_cursor *cursor, const uint8_t *at) {
  if (cursor->failed == NULL) cursor->failed = at;
}

uint32_t kgl_take_byte(kgl_cursor *cursor, uint32_t low, uint32_t high) {
  const uint8_t *start = cursor->at;
  if (start < cursor->end) {
    uint32_t value = *start;
    cursor->at = start + 1;
    if (value >= low && value <= high) return value;
  }
  kgl_cursor_fail(cursor, start);
  return low;
}

/* A varint of any length. */
#if KGL_FAST_ROWS
KGL_NOINLINE uint32_t take_long_varint(kgl_cursor *cursor, uint32_t low, uint32_t high) {
#else
uint32_t kgl_take_varint(kgl_cursor *cursor, uint32_t low, uint32_t high) {
#endif
  const uint8_t *at = cursor->at;
  uint32_t value = 0, shift = 0;
  while (at < cursor->end) {
    uint32_t byte = *at++;
    if (shift == 28 && byte > 15) break; /* 2^32 or more, or a sixth byte */
    value |= (byte & 127u) << shift;
    if (byte < 128) {
      if (value < low || value > high) break;
      if (byte == 0 && shift != 0) break; /* not the shortest form */
      cursor->at = at;
      return value;
    }
    shift += 7;
  }
  kgl_cursor_fail(cursor, cursor->at);
  cursor->at = at;
  return low;
}

#if KGL_FAST_ROWS
/* Mostly a byte, which halves the time of opening a plan of small steps. */
KGL_INLINE uint32_t take_varint(kgl_cursor *cursor, uint32_t low, uint32_t high) {
  const uint8_t *at = cursor->at;
  if (at < cursor->end) {
    uint32_t value = *at;
    if (value < 128 && value >= low && value <= high) {
      cursor->at = at + 1;
      return value;
    }
  }
  return take_long_varint(cursor, low, high);
}

uint32_t kgl_take_varint(kgl_cursor *cursor, uint32_t low, uint32_t high) {
  return take_varint(cursor, low, high);
}
#else
#define take_varint kgl_take_varint
#endif

uint32_t kgl_take_size(kgl_cursor *cursor) { return take_varint(cursor, 1, KGL_SIZE_MAX); }

uint32_t kgl_take_place(kgl_cursor *cursor) { return take_varint(cursor, 0, 0xFFFFFFFFu); }

float kgl_take_float(kgl_cursor *cursor) {
  const uint8_t *bytes = kgl_take_bytes(cursor, 4);
  if (bytes != NULL) {
    uint32_t bits = kgl_read32(bytes);
    if (kgl_float_is_finite(bits)) return kgl_float(bits);
    kgl_cursor_fail(cursor, bytes);
  }
  return 0.0f;
}

const uint8_t *kgl_take_bytes(kgl_cursor *cursor, uint32_t count) {
  const uint8_t *bytes = cursor->at;
  if ((size_t)(cursor->end - cursor->at) < count) {
    kgl_cursor_fail(cursor, bytes);
    return NULL;
  }
  cursor->at += count;
  return bytes;
}
