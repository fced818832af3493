/* The worked examples of Formats/Blob.md, written out by hand. */
#include <string.h>

#include "builder.h"
#include "check.h"
#include "kinglet.h"

/* "Code tables": the words of lengths 2, 1, 3, 0, 4, 4 and the bytes of the symbols 1, 0, 2, 5. */
static void test_worked_code(void) {
  code c = {6, {2, 1, 3, 0, 4, 4}, {0}};
  bit_string s;
  memset(&s, 0, sizeof s);
  code_assign(&c);
  put_symbol(&s, &c, 1);
  put_symbol(&s, &c, 0);
  put_symbol(&s, &c, 2);
  put_symbol(&s, &c, 5);
  CHECK(s.bits == 10, "%u bits", s.bits);
  CHECK(s.bytes.count == 2 && s.bytes.data[0] == 0xDA && s.bytes.data[1] == 0x03, "the bytes");
  bytes_free(&s.bytes);
}

static void test_worked_checksum(void) {
  CHECK(crc_of(0, (const uint8_t *)"123456789", 9) == 0xCBF43926u, "the check value of CRC-32");
}

/* A whole blob of our own with that stream in its bank: y = 1 x0 + 0.5 x1 + 2 x2 - 3 x3 + 0.25. */
static void test_stream_blob(void) {
  uint8_t blob[] = {
      /* header: magic, version 2, 3 sections, 107 bytes, 20 bytes of arena, checksum */
      0x4B, 0x47, 0x4C, 0x1A, 2, 0, 3, 0, 107, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0,
      /* section table: 31 bytes of plan, 14 of parameters, 6 of bank 0 */
      1, 0, 0, 0, 31, 0, 0, 0, 0, 0, 0, 0,
      2, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0,
      3, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
      /* plan: one input at word 0, of one axis of 4; as it comes, k = 0 */
      1, 0, 1, 4, 0, 0,
      /* one output at word 4, of one axis of 1 */
      1, 4, 1, 1,
      /* one step: dense from 0 to 4, one row of 4 inputs, 1 output, no activation */
      1, 2, 0, 4, 1, 4, 1, 0,
      /* no mask, a table of 6 levels with the lengths 2, 1, 3, 0, 4, 4; f16 at 0 */
      0, 1, 6, 0xB2, 0x9F, 0x0B, 1, 0,
      /* no scales; biases f16 at 12; one lane: bank 0, offset 0, 10 bits, 1 row */
      0, 1, 12, 1, 0, 0, 10, 1,
      /* cut: what follows begins at byte 90 */
  };
  /* parameters: the levels 0.5, 1, 2, 7, 0, -3 and the bias 0.25 */
  static const uint8_t parameters[14] = {0x00, 0x38, 0x00, 0x3C, 0x00, 0x40, 0x00,
                                         0x47, 0x00, 0x00, 0x00, 0xC2, 0x00, 0x34};
  static const uint8_t bank[6] = {0xDA, 0x03, 0xFF, 0xFF, 0xFF, 0xFF};
  static const float x[4] = {1, 10, 100, 1000};
  const void *inputs[1] = {x};
  float y = 0;
  void *outputs[1];
  uint32_t arena[64];
  uint8_t file[128];
  uint32_t plan_bytes = (uint32_t)sizeof blob - 56, total = (uint32_t)sizeof blob + 20;
  kgl_model model;
  kgl_status status;
  outputs[0] = &y;
  blob[8] = (uint8_t)total;
  blob[24] = (uint8_t)plan_bytes;
  memcpy(file, blob, sizeof blob);
  memcpy(file + sizeof blob, parameters, 14);
  memcpy(file + sizeof blob + 14, bank, 6);
  reseal(file, total);
  status = kgl_open(&model, file, total);
  CHECK(status == KGL_OK, "%s", kgl_status_text(status));
  CHECK(kgl_arena_bytes(&model) <= sizeof arena, "%u bytes of arena", kgl_arena_bytes(&model));
  if (status != KGL_OK || kgl_arena_bytes(&model) > sizeof arena) return;
  status = kgl_run(&model, arena, sizeof arena, inputs, outputs);
  CHECK(status == KGL_OK, "%s", kgl_status_text(status));
  CHECK(y == 1.0f + 5.0f + 200.0f - 3000.0f + 0.25f, "%g", (double)y);
}

/* "A small blob, byte by byte". */
static void test_small_blob(void) {
  static const uint8_t blob[107] = {
      0x4B, 0x47, 0x4C, 0x1A, 0x02, 0x00, 0x03, 0x00, 0x6B, 0x00, 0x00, 0x00, 0x18, 0x00,
      0x00, 0x00, 0xDC, 0xCD, 0x3F, 0x86,
      0x01, 0x00, 0x00, 0x00, 0x22, 0x00, 0x00, 0x00, 0xC5, 0x46, 0x9E, 0x84,
      0x02, 0x00, 0x00, 0x00, 0x0A, 0x00, 0x00, 0x00, 0xDA, 0xC6, 0xA4, 0xBA,
      0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0xFC, 0x97, 0x3F, 0x08,
      0x01, 0x00, 0x01, 0x04, 0x00, 0x00, 0x01, 0x04, 0x01, 0x02, 0x01, 0x02, 0x00, 0x04,
      0x01, 0x04, 0x02, 0x01, 0x01, 0x01, 0x02, 0x11, 0x03, 0x11, 0x01, 0x00, 0x00, 0x01,
      0x06, 0x01, 0x00, 0x00, 0x0F, 0x02,
      0x00, 0xB8, 0x00, 0x34, 0x00, 0x3E, 0x00, 0x38, 0x00, 0xBC,
      0x15, 0x6D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  static const float x[4] = {1, 2, 3, 4};
  const void *inputs[1] = {x};
  float y[2] = {9, 9};
  void *outputs[1];
  uint32_t arena[64];
  kgl_model model;
  kgl_status status = kgl_open(&model, blob, sizeof blob);
  outputs[0] = y;
  CHECK(status == KGL_OK, "%s", kgl_status_text(status));
  if (status != KGL_OK || kgl_arena_bytes(&model) > sizeof arena) return;
  status = kgl_run(&model, arena, sizeof arena, inputs, outputs);
  CHECK(status == KGL_OK && y[0] == 0 && y[1] == 5.25f, "%g %g", (double)y[0], (double)y[1]);
}

void test_format(void) {
  test_worked_code();
  test_worked_checksum();
  test_stream_blob();
  test_small_blob();
}
