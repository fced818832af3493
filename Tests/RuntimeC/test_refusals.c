/* What a blob must not hold, field by field (Formats/Blob.md, "What a reader must reject"), with
 * checksums that are right. Beside each refused value stands one that is allowed. */
#include <stdlib.h>

#include "fixtures.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- Header and section table ---------------------------------------------------------------- */

/* Single bytes of header and table, checksums put right again. */
static void test_header(void) {
  static const struct {
    const char *name;
    uint32_t offset, value;
    kgl_status status;
  } cases[] = {
      {"magic", 0, 'k', KGL_ERR_MAGIC},
      {"version 0", 4, 0, KGL_ERR_VERSION},
      {"version 1, of the release before", 4, 1, KGL_ERR_VERSION},
      {"version 3", 4, 3, KGL_ERR_VERSION},
      {"version 258", 5, 1, KGL_ERR_VERSION},
      {"two sections", 6, 2, KGL_ERR_CORRUPT},
      {"reserved byte", 7, 1, KGL_ERR_CORRUPT},
      {"file bytes one less", 8, 0, KGL_ERR_CORRUPT}, /* value: see below */
      {"arena not a multiple of 4", 12, 2, KGL_ERR_CORRUPT},
      {"arena above 2^30", 15, 0x41, KGL_ERR_CORRUPT},
      {"first section not a plan", 20, 2, KGL_ERR_CORRUPT},
      {"plan of index 1", 21, 1, KGL_ERR_CORRUPT},
      {"reserved bytes of an entry", 22, 1, KGL_ERR_CORRUPT},
      {"second section not parameters", 32, 1, KGL_ERR_CORRUPT},
      {"no bank", 44, 128, KGL_ERR_CORRUPT},
      {"bank of index 1 first", 45, 1, KGL_ERR_CORRUPT},
      {"reserved kind", 68, 4, KGL_ERR_CORRUPT},
      {"reserved kind 127", 68, 127, KGL_ERR_CORRUPT},
      {"kind 0", 68, 0, KGL_ERR_CORRUPT},
      {"a plan after the banks", 68, 1, KGL_ERR_CORRUPT},
      {"ancillary with an index", 69, 1, KGL_ERR_CORRUPT},
      {"ancillary kind 255", 68, 255, KGL_OK},
      {"a larger section", 51, 1, KGL_ERR_CORRUPT},
  };
  uint32_t i;
  builder b;
  bytes file;
  rich_network(&b, 3);
  file = builder_end(&b);
  for (i = 0; i < COUNT(cases); i++) {
    uint8_t *copy = exact_copy(file.data, file.count);
    kgl_status status;
    copy[cases[i].offset] = (uint8_t)cases[i].value;
    if (cases[i].offset == 8) copy[8] = (uint8_t)(file.data[8] - 1);
    reseal(copy, file.count);
    status = open_exactly(copy, file.count);
    CHECK(status == cases[i].status, "%s: %d", cases[i].name, status);
    free(copy);
  }
  bytes_free(&file);
  builder_free(&b);
}

/* --- Plans ----------------------------------------------------------------------------------- */

/* Bytes and how many. */
#define BYTES(...) sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__}
#define F0 0, 0, 0, 0      /* 0.0, 1.0 and -1.0 as f32 */
#define F1 0, 0, 128, 63
#define FM1 0, 0, 128, 191

typedef struct bytes_case {
  const char *name;
  kgl_status status;
  size_t count;
  const uint8_t *bytes;
} bytes_case;

/* One step in a network whose arena has 100 words, its input [4] at 0, its output [4] at 96. The
 * parameters hold 112 bytes of 0, but the f32 at 96 is infinite; the bank holds 9 bytes of 0, then
 * 11 of FF. */
static const bytes_case steps[] = {
    {"activation", KGL_OK, BYTES(3, 0, 96, 4, 1)},
    {"opcode 0", KGL_ERR_CORRUPT, BYTES(0, 0, 96, 4, 1)},
    {"opcode 15", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 4, 1)},
    {"activation 0 as a step", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 0)},
    {"activation 8", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 8)},
    {"in place", KGL_OK, BYTES(3, 96, 96, 4, 1)},
    {"partly in place", KGL_ERR_CORRUPT, BYTES(3, 95, 96, 4, 1)},
    {"beyond the arena", KGL_ERR_CORRUPT, BYTES(3, 0, 97, 4, 1)},
    {"reads beyond the arena", KGL_ERR_CORRUPT, BYTES(3, 97, 0, 4, 1)},
    {"count 0", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 0, 1)},
    {"a varint in two bytes that fits one", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 0x84, 0, 1)},
    {"a varint of six bytes", KGL_ERR_CORRUPT, BYTES(3, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 96, 4, 1)},
    {"a varint of 2^32", KGL_ERR_CORRUPT, BYTES(3, 0x80, 0x80, 0x80, 0x80, 0x10, 96, 4, 1)},
    {"place 2^32 - 1", KGL_ERR_CORRUPT, BYTES(3, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 96, 4, 1)},
    {"a byte after the plan", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 1, 0)},
    {"the plan ends early", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4)},
    {"leaky, not finite", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 2, 0, 0, 0x80, 0x7F)},
    {"leaky, not a number", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 2, 0, 0, 0xC0, 0xFF)},
    {"clip, low above high", KGL_ERR_CORRUPT, BYTES(3, 0, 96, 4, 3, F1, FM1)},
    {"clip, low equal to high", KGL_OK, BYTES(3, 0, 96, 4, 3, F1, F1)},
    {"PRelu", KGL_OK, BYTES(4, 0, 96, 1, 4, 1, 1, 0)},
    {"PRelu without slopes", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 0)},
    {"slopes beyond the parameters", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 1, 105)},
    {"slopes up to the end", KGL_OK, BYTES(4, 0, 96, 1, 4, 1, 1, 104)},
    {"slopes of 16 bits up to the end", KGL_OK, BYTES(4, 0, 96, 1, 4, 1, 4, 100)},
    {"slopes of 16 bits beyond it", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 4, 101)},
    {"slopes of 16 bits of an infinite scale", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 4, 96)},
    {"slopes of precision 5", KGL_ERR_CORRUPT, BYTES(4, 0, 96, 1, 4, 1, 5, 0)},
    {"more elements than 2^28", KGL_ERR_CORRUPT,
     BYTES(5, 0, 96, 0x80, 0x80, 0x80, 1, 0x80, 0x80, 0x80, 1, 0x80, 0x80, 2)},
    {"max pool", KGL_OK, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0)},
    {"max pool, in place", KGL_ERR_CORRUPT,
     BYTES(6, 96, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0)},
    {"stride 0", KGL_ERR_CORRUPT, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 0, 1, 1, 1, 0, 0)},
    {"dilation 0", KGL_ERR_CORRUPT, BYTES(6, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 0, 1, 0, 0)},
    {"kernel 65536", KGL_ERR_CORRUPT,
     BYTES(6, 0, 96, 1, 2, 2, 2, 2, 0x80, 0x80, 4, 1, 1, 1, 1, 1, 0, 0)},
    {"average pool", KGL_OK, BYTES(7, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {"counts-padding 2", KGL_ERR_CORRUPT,
     BYTES(7, 0, 96, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2)},
    {"mean", KGL_OK, BYTES(8, 0, 96, 4, 2)},
    {"mean over its input", KGL_ERR_CORRUPT, BYTES(8, 96, 96, 4, 1)},
    {"binary", KGL_OK, BYTES(9, 0, 0, 4, 96, 1, 4, 0, 0, 0)},
    {"the smaller of two", KGL_OK, BYTES(9, 5, 0, 4, 96, 1, 4, 0, 0, 0)},
    {"binary operator 6", KGL_ERR_CORRUPT, BYTES(9, 6, 0, 4, 96, 1, 4, 0, 0, 0)},
    {"mask beyond the rank", KGL_ERR_CORRUPT, BYTES(9, 0, 0, 4, 96, 1, 4, 2, 0, 0)},
    {"rank 7", KGL_ERR_CORRUPT, BYTES(9, 0, 0, 4, 96, 7, 1, 1, 1, 1, 1, 1, 4, 0, 0, 0)},
    {"in place of a", KGL_OK, BYTES(9, 0, 96, 4, 96, 1, 4, 0, 0, 0)},
    {"in place of b", KGL_OK, BYTES(9, 0, 4, 96, 96, 1, 4, 0, 0, 0)},
    {"in place of both", KGL_OK, BYTES(9, 0, 96, 96, 96, 1, 4, 0, 0, 0)},
    {"in place of a that repeats", KGL_ERR_CORRUPT, BYTES(9, 0, 96, 4, 96, 1, 4, 1, 0, 0)},
    {"in place of b that repeats", KGL_ERR_CORRUPT, BYTES(9, 0, 4, 96, 96, 1, 4, 0, 1, 0)},
    {"a repeats inside y", KGL_ERR_CORRUPT, BYTES(9, 0, 97, 4, 96, 1, 4, 1, 0, 0)},
    {"copy", KGL_OK, BYTES(10, 0, 96, 2, 1, 2, 1)},
    {"copy beyond its row", KGL_ERR_CORRUPT, BYTES(10, 0, 96, 2, 1, 2, 2)},
    {"copy beyond the arena", KGL_ERR_CORRUPT, BYTES(10, 0, 96, 2, 1, 3, 0)},
    {"pad", KGL_OK, BYTES(11, 0, F0, 0, 96, 1, 2, 1, 1)},
    {"pad mode 4", KGL_ERR_CORRUPT, BYTES(11, 4, F0, 0, 96, 1, 2, 1, 1)},
    {"reflect as far as the size", KGL_ERR_CORRUPT, BYTES(11, 1, F0, 0, 96, 1, 2, 2, 0)},
    {"mirror as far as the size", KGL_OK, BYTES(11, 3, F0, 0, 96, 1, 2, 2, 0)},
    {"mirror further", KGL_ERR_CORRUPT, BYTES(11, 3, F0, 0, 96, 1, 1, 2, 0)},
    {"pad of rank 0", KGL_ERR_CORRUPT, BYTES(11, 0, F0, 0, 96, 0)},
    {"pad to 2^24", KGL_ERR_CORRUPT,
     BYTES(11, 0, F0, 0, 96, 1, 2, 0xFF, 0xFF, 0xFF, 3, 0xFF, 0xFF, 0xFF, 3)},
    {"transpose", KGL_OK, BYTES(12, 0, 96, 2, 2, 2, 1, 0)},
    {"an axis twice", KGL_ERR_CORRUPT, BYTES(12, 0, 96, 2, 2, 2, 1, 1)},
    {"an axis beyond the rank", KGL_ERR_CORRUPT, BYTES(12, 0, 96, 2, 2, 2, 2, 0)},
    {"transpose in place", KGL_ERR_CORRUPT, BYTES(12, 96, 96, 2, 2, 2, 1, 0)},
    {"constant", KGL_OK, BYTES(13, 96, 4, 2, 80)},
    {"constant that is absent", KGL_ERR_CORRUPT, BYTES(13, 96, 4, 0)},
    {"constant that is not finite", KGL_ERR_CORRUPT, BYTES(13, 96, 4, 2, 84)},
    {"affine", KGL_OK, BYTES(14, 0, 96, 4, 1, 1, 0, 1, 8)},
    {"affine without shift", KGL_ERR_CORRUPT, BYTES(14, 0, 96, 4, 1, 1, 0, 0)},
    {"select", KGL_OK, BYTES(15, 0, 96, 1, 8, 1, 98)},
    {"select in place", KGL_OK, BYTES(15, 0, 0, 1, 8, 1, 98)},
    {"select partly in place", KGL_ERR_CORRUPT, BYTES(15, 0, 1, 1, 8, 1, 98)},
    {"select of nothing", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 1, 8, 0, 98)},
    {"select of another count", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 1, 8, 2, 98)},
    {"select with a bit behind its end", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 1, 2, 1, 98)},
    {"select beyond the parameters", KGL_ERR_CORRUPT, BYTES(15, 0, 96, 1, 8, 1, 0xFF, 1)},
    {"log softmax", KGL_OK, BYTES(17, 0, 96, 1, 4, 1)},
    {"log softmax in place", KGL_OK, BYTES(17, 96, 96, 1, 2, 2)},
    {"log softmax of nothing", KGL_ERR_CORRUPT, BYTES(17, 0, 96, 1, 0, 1)},
    {"arg max", KGL_OK, BYTES(18, 0, 0, 96, 1, 4, 4)},
    {"arg min", KGL_OK, BYTES(18, 1, 0, 96, 1, 4, 4)},
    {"arg max of another mode", KGL_ERR_CORRUPT, BYTES(18, 2, 0, 96, 1, 4, 4)},
    {"arg max of nothing", KGL_ERR_CORRUPT, BYTES(18, 0, 0, 96, 1, 0, 4)},
    {"arg max in place", KGL_ERR_CORRUPT, BYTES(18, 0, 96, 96, 1, 1, 4)},
    {"arg max beyond the arena", KGL_ERR_CORRUPT, BYTES(18, 0, 0, 97, 1, 4, 4)},
    /* resize: mode, x, y, C, H, W, OH, OW; of height and width unit, step, rest, start + 65535, rest */
    {"resize", KGL_OK, BYTES(16, 1, 0, 96, 1, 2, 2, 2, 2, 2, 0, 1, 0xFF, 0xFF, 3, 0, 1, 1, 0, 0xFF, 0xFF, 3, 0)},
    {"a rest of a unit", KGL_ERR_CORRUPT,
     BYTES(16, 1, 0, 96, 1, 2, 2, 2, 2, 2, 0, 2, 0xFF, 0xFF, 3, 0, 1, 1, 0, 0xFF, 0xFF, 3, 0)},
    {"a unit of 0", KGL_ERR_CORRUPT,
     BYTES(16, 1, 0, 96, 1, 2, 2, 2, 2, 2, 0, 1, 0xFF, 0xFF, 3, 0, 0, 1, 0, 0xFF, 0xFF, 3, 0)},
    {"resize in place", KGL_ERR_CORRUPT,
     BYTES(16, 0, 96, 96, 1, 2, 2, 2, 2, 1, 1, 0, 0xFF, 0xFF, 3, 0, 1, 1, 0, 0xFF, 0xFF, 3, 0)},
    /* dense: 2 rows of 4; mask, values, [K, lengths], n, lengths, table, scales, biases, lanes */
    {"dense", KGL_OK, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"rows of lanes do not add up", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 1)},
    {"no lane", KGL_ERR_CORRUPT, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 0)},
    {"bank 1", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 1, 0, 8, 2)},
    {"mask 4", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 4, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"values 2", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 2, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"no level", KGL_ERR_CORRUPT, BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a table that is absent", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"an incomplete code", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a code of too many words", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 3, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"one symbol of length 2", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x20, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"one symbol of length 1", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x10, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"a length of 13", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0xF1, 0x0D, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a spare bit", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 1, 0x11, 1, 0, 0, 0, 1, 0, 0, 0, 2)},
    {"K of 0", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 0x80, 1, 2)},
    {"a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 16, 8, 2)},
    {"a lane beyond the bank", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 21, 0, 2)},
    {"spare bits of a lane, seen when it runs", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 9, 7, 2)},
    {"bits in a lane without rows", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 2, 0, 0, 8, 2, 0, 1, 1, 0)},
    {"no bits in a lane without rows", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 0, 1, 2, 0x01, 1, 0, 0, 0, 2, 0, 0, 8, 2, 0, 1, 0, 0)},
    /* gaps of K = 1, lengths 1 1: A = 1, P = ceil(4 (1 + 1) / 8) + 4 = 5 */
    {"gaps, pad long enough", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x01, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"gaps, a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x01, 2, 0x01, 1, 0, 0, 0, 1, 0, 15, 8, 2)},
    {"gaps, a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 1, 1, 0x01, 2, 0x01, 1, 0, 0, 0, 1, 0, 14, 8, 2)},
    /* 88 columns: P = 26, more than the bank has */
    {"gaps, pad too short", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 88, 2, 0, 1, 1, 1, 0x01, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"raw gaps, a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 0, 1, 0x01, 0, 0, 1, 0, 15, 8, 2)},
    {"raw gaps, a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 0, 1, 0x01, 0, 0, 1, 0, 16, 8, 2)},
    /* two classes of two rows: gap lengths 1 1 each, classes 0 1 */
    {"classes", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 4, 1, 1, 0x01, 0x01, 2, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"classes, a third row", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 4, 1, 1, 0x01, 0x01, 4, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"classes, an alphabet without a symbol", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 4, 1, 1, 0x01, 0x00, 2, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"classes, raw", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 4, 0, 1, 0x01, 0x01, 2, 0, 0, 1, 0, 0, 8, 2)},
    {"mask 7", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 7, 1, 1, 0x01, 0x01, 2, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    /* three alphabets of two levels: lengths 1 1 each */
    {"beside", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 2, 1, 0x01, 2, 0x01, 0x01, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"beside, a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 2, 1, 0x01, 2, 0x01, 0x01, 0x01, 1, 0, 0, 0, 1, 0, 15, 8, 2)},
    {"beside, an alphabet without a symbol", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 2, 1, 0x01, 2, 0x01, 0x00, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"beside, two alphabets", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 2, 1, 0x01, 2, 0x01, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"beside, under a bitmap", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 2, 2, 2, 0x01, 0x01, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"values of kind 3", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 1, 3, 1, 0x01, 2, 0x01, 0x01, 0x01, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    /* joint symbols of K = 1 and two levels: lengths 1 2 2 */
    {"joint", KGL_OK, BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"joint, a lane up to the pad", KGL_OK,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 15, 8, 2)},
    {"joint, a lane in the pad", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 16, 8, 2)},
    {"joint, raw", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 0, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"joint, K of 0", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 0, 2, 0x10, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"joint, an incomplete code", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 1, 2, 0x02, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"joint, 257 symbols", KGL_ERR_CORRUPT,
     BYTES(2, 0, 96, 1, 4, 2, 0, 3, 1, 0x80, 1, 2, 0x11, 1, 0, 0, 0, 1, 0, 0, 8, 2)},
    {"convolution", KGL_OK,
     BYTES(1, 0, 96, 1, 1, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0,
           0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 1, 1)},
    {"two groups of four channels", KGL_OK,
     BYTES(1, 0, 96, 2, 4, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0,
           0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 4, 2)},
    {"two groups of three channels", KGL_ERR_CORRUPT,
     BYTES(1, 0, 96, 2, 3, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0,
           0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 2, 2)},
    {"two groups of one filter", KGL_ERR_CORRUPT,
     BYTES(1, 0, 96, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0,
           0, 1, 2, 0x01, 1, 0, 0, 0, 1, 0, 0, 1, 1)},
};

static void test_step(const bytes_case *c) {
  builder b;
  bytes file;
  kgl_status status;
  uint32_t i, four = 4;
  builder_begin(&b);
  b.arena_words = 100;
  b.step_count = 1;
  builder_input(&b, 0, 1, &four);
  builder_output(&b, 96, 1, &four);
  put_bytes(&b.steps, c->bytes, (uint32_t)c->count);
  for (i = 0; i < 112; i++) put_byte(&b.parameters, i == 98 ? 0x80 : i == 99 ? 0x7F : 0);
  for (i = 0; i < 20; i++) put_byte(&b.banks[0], i < 9 ? 0 : 255);
  file = builder_end(&b);
  status = open_exactly(file.data, file.count);
  CHECK(status == c->status, "%s: %d", c->name, status);
  bytes_free(&file);
  builder_free(&b);
}

/* Whole plans: inputs, outputs, and one activation in place at 0; the arena has 100 words. */
static const bytes_case plans[] = {
    {"number", KGL_OK, BYTES(1, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no input", KGL_ERR_CORRUPT, BYTES(0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no output", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"no step", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0, 1, 0, 0, 0)},
    {"an output of int32", KGL_OK, BYTES(1, 0, 0, 0, 0, 1, 0, 40, 1, 3, 0, 0, 1, 1)},
    {"an input of int32", KGL_ERR_CORRUPT, BYTES(1, 0, 40, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"element type 6", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0, 1, 0, 48, 1, 3, 0, 0, 1, 1)},
    {"layout 3", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 3, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"input beyond the arena", KGL_ERR_CORRUPT,
     BYTES(1, 97, 1, 4, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"output beyond the arena", KGL_ERR_CORRUPT,
     BYTES(1, 0, 0, 0, 0, 1, 99, 1, 2, 1, 3, 0, 0, 1, 1)},
    {"size 0", KGL_ERR_CORRUPT, BYTES(1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"rank 7", KGL_ERR_CORRUPT,
     BYTES(1, 0, 7, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k = 1", KGL_OK,
     BYTES(1, 0, 1, 4, 1, 1, 0, 0, 128, 63, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k = channels", KGL_OK,
     BYTES(1, 0, 1, 2, 2, 2, F1, F1, F0, F0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k of other channels", KGL_OK,
     BYTES(1, 0, 1, 4, 2, 2, F1, F1, F0, F0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"k of 256", KGL_ERR_CORRUPT, BYTES(1, 0, 0, 0, 0x80, 2, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
    {"scale not finite", KGL_ERR_CORRUPT,
     BYTES(1, 0, 1, 4, 1, 1, 0, 0, 128, 127, 0, 0, 0, 0, 1, 0, 0, 1, 3, 0, 0, 1, 1)},
};

static void test_plan(const bytes_case *c) {
  builder b;
  bytes file;
  kgl_status status;
  builder_begin(&b);
  b.arena_words = 100;
  put_bytes(&b.plan, c->bytes, (uint32_t)c->count);
  file = builder_end(&b);
  status = open_exactly(file.data, file.count);
  CHECK(status == c->status, "%s: %d", c->name, status);
  bytes_free(&file);
  builder_free(&b);
}

/* Sizes that only a huge arena has room for; it is named, not allocated. */
static const bytes_case large_sizes[] = {
    {"pad to 2^24 - 1", KGL_OK, BYTES(11, 0, F0, 0, 96, 1, 2, 0xFD, 0xFF, 0xFF, 7, 0)},
    {"pad to 2^24", KGL_ERR_CORRUPT, BYTES(11, 0, F0, 0, 96, 1, 2, 0xFE, 0xFF, 0xFF, 7, 0)},
    {"a count of 2^24 - 1", KGL_OK, BYTES(3, 0, 0, 0xFF, 0xFF, 0xFF, 7, 1)},
    {"a count of 2^24", KGL_ERR_CORRUPT, BYTES(3, 0, 0, 0x80, 0x80, 0x80, 8, 1)},
    {"2^28 elements", KGL_OK, BYTES(5, 0, 0, 0x80, 0x80, 1, 0x80, 0x80, 1, 1)},
    {"more than 2^28 elements", KGL_ERR_CORRUPT, BYTES(5, 0, 0, 0x80, 0x80, 1, 0x81, 0x80, 1, 1)},
    {"2^28 elements, from word 1", KGL_ERR_CORRUPT,
     BYTES(5, 1, 1, 0x80, 0x80, 1, 0x80, 0x80, 1, 1)},
};

static void test_large_sizes(void) {
  uint32_t i, four = 4;
  for (i = 0; i < COUNT(large_sizes); i++) {
    builder b;
    bytes file;
    kgl_status status;
    builder_begin(&b);
    b.arena_words = 1u << 28;
    b.step_count = 1;
    builder_input(&b, 0, 1, &four);
    builder_output(&b, 96, 1, &four);
    put_bytes(&b.steps, large_sizes[i].bytes, (uint32_t)large_sizes[i].count);
    file = builder_end(&b);
    status = open_exactly(file.data, file.count);
    CHECK(status == large_sizes[i].status, "%s: %d", large_sizes[i].name, status);
    bytes_free(&file);
    builder_free(&b);
  }
}

void test_refusals(void) {
  uint32_t i;
  test_header();
  for (i = 0; i < COUNT(steps); i++) test_step(&steps[i]);
  for (i = 0; i < COUNT(plans); i++) test_plan(&plans[i]);
  test_large_sizes();
}
