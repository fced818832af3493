/* Mutations of protobuf messages, the encoding of ONNX files. A message is fields, each a key, then
 * a number or a length and so many bytes; those bytes may be a message again. A byte put in anywhere
 * makes every length around it wrong, and the file is refused at its surface. So a mutation here
 * goes down to some field, changes, removes or repeats it, and on the way back each length is
 * written anew. It needs no description of the messages: bytes that parse as fields may be taken
 * for some. Source: protobuf's "Encoding" page. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"

#define FIELDS_MAX 512u
#define DEPTH_MAX 8u

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* A field: data[start, content) is its key and, of bytes, their length; data[content, end) the rest. */
typedef struct field {
  size_t start, key_end, content, end;
  uint32_t type;
} field;

static size_t take_varint(const uint8_t *data, size_t bytes, size_t at, uint64_t *value) {
  unsigned shift = 0;
  *value = 0;
  while (at < bytes && shift < 64) {
    uint8_t byte = data[at++];
    *value |= (uint64_t)(byte & 127u) << shift;
    if (byte < 128) return at;
    shift += 7;
  }
  return 0;
}

static size_t put_varint(uint8_t *out, uint64_t value) {
  size_t count = 0;
  for (; value > 127; value >>= 7) out[count++] = (uint8_t)(value | 128);
  out[count++] = (uint8_t)value;
  return count;
}

/* The fields of a message; 0 if the bytes are none, or too many. */
static size_t parse(const uint8_t *data, size_t bytes, field *fields) {
  size_t count = 0, at = 0;
  while (at < bytes) {
    field *f = &fields[count];
    uint64_t key, length = 0;
    if (count++ == FIELDS_MAX) return 0;
    f->start = at;
    f->key_end = f->content = take_varint(data, bytes, at, &key);
    if (f->key_end == 0 || key >> 3 == 0) return 0;
    f->type = key & 7;
    if (f->type == VARINT) {
      f->end = take_varint(data, bytes, f->content, &length);
      if (f->end == 0) return 0;
    } else {
      if (f->type == BYTES) {
        f->content = take_varint(data, bytes, f->key_end, &length);
        if (f->content == 0) return 0;
      } else {
        length = f->type == FIXED64 ? 8 : 4;
        if (f->type != FIXED64 && f->type != FIXED32) return 0;
      }
      if (length > bytes - f->content) return 0;
      f->end = f->content + (size_t)length;
    }
    at = f->end;
  }
  return count;
}

/* --- Mutations ------------------------------------------------------------------------------- */

static uint64_t other_number(chance *c, uint64_t value) {
  switch (below(c, 6)) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return below(c, 32);
    case 3: return 1ull << below(c, 64);
    case 4: return (1ull << below(c, 64)) - 1;
    default: return ~value;
  }
}

/* Put `count` other bytes in the place of data[at, at + old_count); the new size, or 0 without room. */
static size_t replace(uint8_t *data, size_t bytes, size_t room, size_t at, size_t old_count,
                      const uint8_t *other, size_t count) {
  if (bytes - old_count + count > room) return 0;
  memmove(data + at + count, data + at + old_count, bytes - at - old_count);
  if (count > 0) memcpy(data + at, other, count);
  return bytes - old_count + count;
}

static size_t mutate(chance *c, uint8_t *data, size_t bytes, size_t room, uint32_t depth);

/* Change what a field of bytes holds, and write its length anew. */
static size_t mutate_content(chance *c, uint8_t *data, size_t bytes, size_t room, const field *f,
                             uint32_t depth) {
  size_t count = f->end - f->content, limit = count + (room - bytes), length_bytes, result = 0;
  uint8_t *copy = malloc(limit + 10);
  if (copy == NULL) abort();
  if (limit > 10) {
    memcpy(copy + 10, data + f->content, count);
    count = mutate(c, copy + 10, count, limit - 10 < count ? count : limit - 10, depth + 1);
    length_bytes = put_varint(copy, count);
    memmove(copy + length_bytes, copy + 10, count);
    result = replace(data, bytes, room, f->key_end, f->end - f->key_end, copy,
                     length_bytes + count);
  }
  free(copy);
  return result;
}

static size_t mutate_field(chance *c, uint8_t *data, size_t bytes, size_t room, const field *f,
                           uint32_t depth) {
  uint64_t value;
  uint8_t coded[10];
  if (f->type == BYTES) return mutate_content(c, data, bytes, room, f, depth);
  if (f->type == VARINT) {
    take_varint(data, bytes, f->content, &value);
    return replace(data, bytes, room, f->content, f->end - f->content, coded,
                   put_varint(coded, other_number(c, value)));
  }
  LLVMFuzzerMutate(data + f->content, f->end - f->content, f->end - f->content);
  return bytes;
}

/* Repeat field f where field g begins. */
static size_t repeat_field(uint8_t *data, size_t bytes, size_t room, const field *f,
                           const field *g) {
  size_t count = f->end - f->start, result;
  uint8_t *copy = malloc(count);
  if (copy == NULL) abort();
  memcpy(copy, data + f->start, count);
  result = replace(data, bytes, room, g->start, 0, copy, count);
  free(copy);
  return result;
}

static size_t mutate(chance *c, uint8_t *data, size_t bytes, size_t room, uint32_t depth) {
  field *fields = malloc((FIELDS_MAX + 1) * sizeof *fields);
  size_t count, result = 0;
  if (fields == NULL) abort();
  count = depth < DEPTH_MAX ? parse(data, bytes, fields) : 0;
  if (count > 0 && below(c, 16) != 0) {
    const field *f = &fields[below(c, count)];
    switch (below(c, 8)) {
      case 0: result = replace(data, bytes, room, f->start, f->end - f->start, NULL, 0); break;
      case 1: result = repeat_field(data, bytes, room, f, &fields[below(c, count)]); break;
      default: result = mutate_field(c, data, bytes, room, f, depth); break;
    }
  } else if (room > 0) {
    result = LLVMFuzzerMutate(data, bytes, room);
  }
  free(fields);
  return result > 0 ? result : bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t room, unsigned seed) {
  chance c;
  uint32_t changes;
  c.state = seed * 2654435761u | 1u;
  changes = below(&c, 3) == 0 ? 1 + below(&c, 4) : 1;
  while (changes-- > 0) bytes = mutate(&c, data, bytes, room, 0);
  return bytes;
}
