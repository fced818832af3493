/* The samples of a WAV file in memory. No byte of it is trusted. */
#ifndef WAV_H
#define WAV_H

#include <stdint.h>

typedef struct wav {
  const uint8_t *samples; /* little-endian, 16 bits each */
  uint32_t sample_count;
} wav;

/* Find the samples.
 *
 * file   in   bytes long; must outlive *out
 * out    out  its samples; untouched where the call fails
 *
 * Returns 1; 0 for what is not a RIFF WAVE file of integers of 16 bits, one channel and 16,000 samples a second. What
 * a data chunk says to be longer than the file, as files of streams do, ends with it. */
int wav_open(wav *out, const uint8_t *file, uint32_t bytes);

/* Copy samples from `at` on; what lies behind the last is 0. */
void wav_read(const wav *from, uint32_t at, int16_t *to, uint32_t count);

#endif
