/* Mutations of FlatBuffers, the encoding of .tflite files. All parts are found by offsets, so a byte put
 * in or taken out anywhere moves what is behind it, and the file is refused at its surface. So a mutation
 * here changes numbers of one, two, four or eight bytes where they lie, mostly at a multiple of their
 * width: a little, to an edge, to what another number is, or to point elsewhere in the file. One in
 * sixteen is libFuzzer's own. */
#include <string.h>

#include "mutator.h"

static uint64_t other_number(chance *c, uint64_t value, size_t bytes) {
  switch (below(c, 8)) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return below(c, 128);
    case 3: return 1ull << below(c, 64);
    case 4: return (1ull << below(c, 64)) - 1;
    case 5: return value + 4 * (uint64_t)below(c, bytes / 4 + 1);
    case 6: return value - 4 * (uint64_t)below(c, bytes / 4 + 1);
    default: return ~value;
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t room, unsigned seed) {
  chance c;
  uint32_t changes;
  c.state = seed * 2654435761u | 1u;
  if (bytes < 16 || below(&c, 16) == 0) return LLVMFuzzerMutate(data, bytes, room);
  changes = 1 + below(&c, below(&c, 3) == 0 ? 5 : 1);
  while (changes-- > 0) {
    size_t width = (size_t)1 << below(&c, 4);
    size_t at = below(&c, bytes - width + 1), from = below(&c, bytes - width + 1);
    uint64_t value = 0;
    if (below(&c, 8) != 0) at -= at % width;
    memcpy(&value, data + (below(&c, 4) == 0 ? from : at), width);
    if (below(&c, 4) != 0) value = other_number(&c, value, bytes);
    memcpy(data + at, &value, width);
  }
  return bytes;
}
