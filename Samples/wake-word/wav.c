#include "wav.h"

#include <string.h>

static uint32_t u16(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8; }
static uint32_t u32(const uint8_t *at) { return u16(at) | u16(at + 2) << 16; }

static int is_called(const uint8_t *at, const char *name) { return memcmp(at, name, 4) == 0; }

/* What a format chunk must say: PCM, or the extensible form of it; one channel, 16,000 a second, 16 bits. */
static int is_taken(const uint8_t *format, uint32_t bytes) {
  if (bytes < 16) return 0;
  if (u16(format) != 1 && !(u16(format) == 0xFFFE && bytes >= 26 && u16(format + 24) == 1)) return 0;
  return u16(format + 2) == 1 && u32(format + 4) == 16000 && u16(format + 14) == 16;
}

int wav_open(wav *out, const uint8_t *file, uint32_t bytes) {
  uint32_t at = 12;
  int is_known = 0;
  if (bytes < 12 || !is_called(file, "RIFF") || !is_called(file + 8, "WAVE")) return 0;
  while (bytes - at >= 8) {
    const uint8_t *chunk = file + at + 8;
    const uint32_t rest = bytes - at - 8, said = u32(file + at + 4), length = said < rest ? said : rest;
    if (is_called(file + at, "fmt ")) {
      if (!is_taken(chunk, length)) return 0;
      is_known = 1;
    } else if (is_called(file + at, "data")) {
      if (!is_known) return 0;
      out->samples = chunk;
      out->sample_count = length / 2;
      return 1;
    }
    if (length == rest) return 0; /* chunks begin at even places */
    at += 8 + length + (length & 1u);
  }
  return 0;
}

void wav_read(const wav *from, uint32_t at, int16_t *to, uint32_t count) {
  uint32_t i;
  for (i = 0; i < count; i++) {
    const uint32_t bits = at + i < from->sample_count ? u16(from->samples + 2 * (at + i)) : 0;
    to[i] = (int16_t)(bits < 0x8000u ? (int32_t)bits : (int32_t)bits - 0x10000);
  }
}
