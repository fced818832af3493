/* The features of a WAV file as an array of NumPy, for `kinglet compile` and `kinglet verify --stream`.
 *
 *   features IN.wav OUT.npy [CLIP]
 *
 * OUT.npy is [frames, 3, 40] float32, three windows a frame in microWakeWord's unit; or, of a file of clips of CLIP samples one
 * after another, [clips, frames, 3, 40], the front end begun anew with each. What is no whole frame is left out. Status 1 with
 * a sentence where a file cannot be read or written, 2 where the arguments are not these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front_end.h"
#include "wav.h"

enum { WINDOWS = 3, FRAME = WINDOWS * FRONT_END_CHANNELS };

static int fail(const char *path, const char *what) {
  fprintf(stderr, "features: %s %s\n", path, what);
  return 1;
}

/* A file's bytes, to be freed; NULL where it cannot be read. */
static uint8_t *contents(const char *path, uint32_t *bytes) {
  FILE *file = fopen(path, "rb");
  uint8_t *all = NULL;
  long size = -1;
  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0) size = ftell(file);
  if (size > 0 && size < 0x7FFFFFFF && fseek(file, 0, SEEK_SET) == 0) all = malloc((size_t)size);
  if (all != NULL && fread(all, 1, (size_t)size, file) != (size_t)size) {
    free(all);
    all = NULL;
  }
  fclose(file);
  *bytes = all == NULL ? 0 : (uint32_t)size;
  return all;
}

/* An NPY header, version 1.0, of 128 bytes. */
static void put_header(FILE *file, const char *shape) {
  char text[119];
  const int length = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
  memset(text + length, ' ', sizeof text - 1 - (size_t)length);
  text[117] = '\n';
  fwrite("\223NUMPY\001\000\166\000", 1, 10, file);
  fwrite(text, 1, 118, file);
}

/* Bytes of a float32, the lowest first, on any machine. */
static void put_float(FILE *file, float number) {
  uint32_t bits, byte;
  memcpy(&bits, &number, 4);
  for (byte = 0; byte < 4; byte++) fputc((int)(bits >> 8 * byte & 255u), file);
}

/* Whole frames in so many samples. */
static uint32_t frames_in(uint32_t samples) {
  return samples < FRONT_END_WINDOW ? 0 : ((samples - FRONT_END_WINDOW) / FRONT_END_HOP + 1) / WINDOWS;
}

static void put_clip(FILE *file, const wav *sound, uint32_t from, uint32_t frames) {
  static front_end ears;
  int16_t samples[FRONT_END_HOP];
  uint16_t features[FRONT_END_CHANNELS];
  uint32_t windows = frames * WINDOWS, at = from, i;
  front_end_begin(&ears);
  while (windows > 0) {
    wav_read(sound, at, samples, FRONT_END_HOP);
    at += FRONT_END_HOP;
    if (!front_end_take(&ears, samples, features)) continue;
    for (i = 0; i < FRONT_END_CHANNELS; i++) put_float(file, (float)features[i] * (10.0f / 256));
    windows--;
  }
}

static int write_features(const wav *sound, uint32_t clip, const char *path) {
  const uint32_t clips = clip > 0 ? sound->sample_count / clip : 1, frames = frames_in(clip > 0 ? clip : sound->sample_count);
  char shape[64];
  uint32_t i;
  FILE *file;
  if (clips == 0 || frames == 0) return fail(path, "would hold no frame: the sound is shorter than one, or than a clip");
  file = fopen(path, "wb");
  if (file == NULL) return fail(path, "cannot be written");
  if (clip > 0) snprintf(shape, sizeof shape, "%lu, %lu, 3, 40", (unsigned long)clips, (unsigned long)frames);
  else snprintf(shape, sizeof shape, "%lu, 3, 40", (unsigned long)frames);
  put_header(file, shape);
  for (i = 0; i < clips; i++) put_clip(file, sound, i * clip, frames);
  if (ferror(file) != 0 || fclose(file) != 0) return fail(path, "could not be written to its end");
  return 0;
}

int main(int count, char **arguments) {
  uint8_t *file;
  uint32_t bytes;
  wav sound;
  const long clip = count == 4 ? strtol(arguments[3], NULL, 10) : 0;
  int status;
  if (count < 3 || count > 4 || (count == 4 && (clip < FRONT_END_WINDOW || clip > 0x7FFFFFFF))) {
    fprintf(stderr, "features IN.wav OUT.npy [CLIP]; CLIP: samples of a clip, %d or more\n", FRONT_END_WINDOW);
    return 2;
  }
  file = contents(arguments[1], &bytes);
  if (file == NULL) return fail(arguments[1], "cannot be read");
  if (wav_open(&sound, file, bytes)) status = write_features(&sound, (uint32_t)clip, arguments[2]);
  else status = fail(arguments[1], "is no WAV file of 16 bits, one channel and 16,000 samples a second");
  free(file);
  return status;
}
