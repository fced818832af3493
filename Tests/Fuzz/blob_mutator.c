/* Mutations that get past the checksums. A blob is a frame (header and section table) around
 * sections; a flipped bit anywhere is found by a CRC-32 before anything else is looked at. So a
 * mutation here changes the inside of one section, and then the frame is written anew: section
 * sizes, file size, all checksums. What kinds of change there are follows the format: varints of the
 * plan one at a time, code tables, numbers of the parameters, bits of the lanes before the pad. Now
 * and then the frame itself is what changes, with checksums put right or not.
 *
 * Nothing here knows an opcode: new steps need no change (Formats/Blob.md, "The whole", "Plan"). */
#include "blob_mutator.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "mutator.h"

/* The fuzzer's own mutations are not built with the memory sanitizer, which has to be told what they wrote. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WRITTEN(bytes, count) __msan_unpoison(bytes, count)
#endif
#endif
#ifndef WRITTEN
#define WRITTEN(bytes, count) ((void)0)
#endif

static size_t mutated(uint8_t *bytes, size_t count, size_t room) {
  count = LLVMFuzzerMutate(bytes, count, room);
  WRITTEN(bytes, count);
  return count;
}

#define HEADER 20u
#define ENTRY 12u

static uint32_t load(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store(uint8_t *p, uint32_t value) {
  p[0] = (uint8_t)value;
  p[1] = (uint8_t)(value >> 8);
  p[2] = (uint8_t)(value >> 16);
  p[3] = (uint8_t)(value >> 24);
}

/* --- The frame ------------------------------------------------------------------------------- */

/* Whether the section table describes exactly these bytes. */
static int has_frame(const uint8_t *blob, size_t bytes) {
  size_t count, i, end;
  if (bytes < HEADER) return 0;
  count = blob[6];
  end = HEADER + ENTRY * count;
  if (count < 3 || end > bytes) return 0;
  for (i = 0; i < count; i++) {
    uint32_t section = load(blob + HEADER + ENTRY * i + 4);
    if (section > bytes - end) return 0;
    end += section;
  }
  return end == bytes;
}

static size_t section_offset(const uint8_t *blob, uint32_t section) {
  size_t offset = HEADER + ENTRY * (size_t)blob[6];
  uint32_t i;
  for (i = 0; i < section; i++) offset += load(blob + HEADER + ENTRY * i + 4);
  return offset;
}

/* Write file size and checksums, as far as sections lie within the bytes. */
static void seal(uint8_t *blob, size_t bytes, int keeps_size) {
  size_t count = bytes > 6 ? blob[6] : 0, offset = HEADER + ENTRY * count, i;
  uLong crc;
  if (bytes < offset || bytes < HEADER) return;
  if (!keeps_size) store(blob + 8, (uint32_t)bytes);
  for (i = 0; i < count; i++) {
    uint32_t section = load(blob + HEADER + ENTRY * i + 4);
    if (section > bytes - offset) break;
    store(blob + HEADER + ENTRY * i + 8, (uint32_t)crc32(0, blob + offset, section));
    offset += section;
  }
  crc = crc32(0, blob, 16);
  store(blob + 16, (uint32_t)crc32(crc, blob + HEADER, (uInt)(ENTRY * count)));
}

/* Put other bytes in the place of some of a section's; returns the blob's new size. The caller has
 * seen to it that there is room. */
static size_t splice(uint8_t *blob, size_t bytes, uint32_t section, size_t at, size_t old_count,
                     const uint8_t *replacement, size_t count) {
  uint8_t *size_field = blob + HEADER + ENTRY * section + 4;
  uint8_t *start = blob + section_offset(blob, section) + at;
  size_t tail = bytes - (size_t)(start - blob) - old_count;
  memmove(start + count, start + old_count, tail);
  memcpy(start, replacement, count);
  store(size_field, (uint32_t)(load(size_field) + count - old_count));
  return bytes + count - old_count;
}

/* --- Sections -------------------------------------------------------------------------------- */

/* Any change of some bytes of a section, by the fuzzer's own mutations: they may grow or shrink. */
static size_t mutate_bytes(uint8_t *blob, size_t bytes, size_t room, uint32_t section, size_t at,
                           size_t count) {
  size_t limit = count + (room - bytes), changed;
  uint8_t *copy;
  if (limit == 0) return bytes;
  copy = malloc(limit);
  if (copy == NULL) abort();
  memcpy(copy, blob + section_offset(blob, section) + at, count);
  changed = mutated(copy, count, limit);
  bytes = splice(blob, bytes, section, at, count, copy, changed);
  free(copy);
  return bytes;
}

static uint32_t other_number(chance *c, uint32_t value) {
  static const uint32_t edges[] = {0,   1,   2,     3,     6,       7,        12,        255,
                                   256, 257, 65535, 65536, 1u << 24, (1u << 24) - 1, 1u << 28,
                                   0xFFFFFFFFu};
  switch (below(c, 6)) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return value ^ 1u << below(c, 10);
    case 3: return below(c, 2) ? value * 2 : value / 2;
    case 4: return below(c, 64);
    default: return edges[below(c, sizeof edges / sizeof *edges)];
  }
}

/* Another number in the place of the varint that begins, or seems to begin, somewhere. */
static size_t mutate_varint(chance *c, uint8_t *blob, size_t bytes, size_t room) {
  uint8_t *plan = blob + section_offset(blob, 0), coded[5];
  uint32_t plan_bytes = load(blob + HEADER + 4), value = 0;
  size_t at, old_count = 0, count = 0;
  if (plan_bytes == 0 || room - bytes < sizeof coded) return bytes;
  at = below(c, plan_bytes);
  while (at > 0 && plan[at - 1] >= 128) at--;
  while (at + old_count < plan_bytes && old_count < 5) {
    uint8_t byte = plan[at + old_count];
    value |= (uint32_t)(byte & 127u) << (7 * old_count);
    old_count++;
    if (byte < 128) break;
  }
  value = other_number(c, value);
  do {
    coded[count] = (uint8_t)((value & 127u) | (value > 127 ? 128 : 0));
    value >>= 7;
    count++;
  } while (value != 0);
  return splice(blob, bytes, 0, at, old_count, coded, count);
}

/* Change bits of a bank, mostly in place and before what seems to be its pad. */
static size_t mutate_bank(chance *c, uint8_t *blob, size_t bytes, size_t room) {
  uint32_t section = 2 + below(c, blob[6] - 2u);
  size_t count = load(blob + HEADER + ENTRY * section + 4);
  uint8_t *bank = blob + section_offset(blob, section);
  uint32_t changes = 1 + below(c, 8);
  if (below(c, 8) == 0) return mutate_bytes(blob, bytes, room, section, 0, count);
  while (count > 0 && bank[count - 1] == 0xFF) count--;
  if (count == 0) return bytes;
  if (below(c, 8) == 0) return mutate_bytes(blob, bytes, room, section, 0, count);
  while (changes-- > 0) {
    uint8_t *byte = bank + below(c, (uint32_t)count);
    *byte = below(c, 2) ? (uint8_t)(*byte ^ 1u << below(c, 8)) : (uint8_t)below(c, 256);
  }
  return bytes;
}

/* Header and table as bytes: kinds, counts, sizes that no longer fit. */
static size_t mutate_frame(chance *c, uint8_t *blob, size_t bytes, size_t room) {
  size_t frame = HEADER + ENTRY * (size_t)blob[6];
  switch (below(c, 3)) {
    case 0: mutated(blob + 4, frame - 4, frame - 4); break;
    case 1: blob[4 + below(c, (uint32_t)frame - 4)] = (uint8_t)below(c, 256); break;
    default: bytes = mutated(blob, bytes, room); break;
  }
  if (below(c, 4) != 0) seal(blob, bytes, 1);
  return bytes;
}

size_t mutate_blob(uint8_t *blob, size_t bytes, size_t room, uint32_t seed) {
  chance c;
  uint32_t changes;
  c.state = seed * 2654435761u | 1u;
  changes = below(&c, 3) == 0 ? 1 + below(&c, 4) : 1;
  if (!has_frame(blob, bytes)) {
    bytes = mutated(blob, bytes, room);
    if (below(&c, 2)) seal(blob, bytes, 0);
    return bytes;
  }
  if (below(&c, 24) == 0) return mutate_frame(&c, blob, bytes, room);
  while (changes-- > 0) {
    uint32_t kind = below(&c, 16);
    if (kind < 6) {
      bytes = mutate_varint(&c, blob, bytes, room);
    } else if (kind < 9) {
      bytes = mutate_bytes(blob, bytes, room, 0, 0, load(blob + HEADER + 4));
    } else if (kind < 11) {
      bytes = mutate_bytes(blob, bytes, room, 1, 0, load(blob + HEADER + ENTRY + 4));
    } else if (kind < 15) {
      bytes = mutate_bank(&c, blob, bytes, room);
    } else {
      store(blob + 12, 4 * below(&c, 4096)); /* the arena */
    }
  }
  seal(blob, bytes, 0);
  return bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t room, unsigned seed) {
  WRITTEN(data, bytes);
  return mutate_blob(data, bytes, room, seed);
}
