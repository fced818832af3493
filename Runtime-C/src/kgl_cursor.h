/* A bounded reader over a part of the blob: the plan, mostly.
 *
 * Errors stick: a read past the end, or of a value outside its range, says in `failed` where it began
 * and gives the lowest allowed value, so a whole record can be read before it is looked at. */
#ifndef KGL_CURSOR_H
#define KGL_CURSOR_H

#include <stdint.h>

typedef struct kgl_cursor {
  const uint8_t *at;
  const uint8_t *end;
  const uint8_t *failed; /* null, or the first field that is not allowed */
} kgl_cursor;

/* What was read from `at` on is not allowed. */
void kgl_cursor_fail(kgl_cursor *cursor, const uint8_t *at);

/* One byte, low...high. */
uint32_t kgl_take_byte(kgl_cursor *cursor, uint32_t low, uint32_t high);

/* A varint (Blob.md, "Conventions"), low...high. */
uint32_t kgl_take_varint(kgl_cursor *cursor, uint32_t low, uint32_t high);

#define KGL_SIZE_MAX 0xFFFFFFu /* 2^24 - 1: of a size or count */

uint32_t kgl_take_size(kgl_cursor *cursor);  /* 1...2^24 - 1 */
uint32_t kgl_take_place(kgl_cursor *cursor); /* any; checked with its span */

/* A finite float32. */
float kgl_take_float(kgl_cursor *cursor);

/* `count` bytes as they are; null if there are fewer. */
const uint8_t *kgl_take_bytes(kgl_cursor *cursor, uint32_t count);

#endif
