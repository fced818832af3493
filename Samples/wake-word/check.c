/* Checks of the front end and of the WAV reader.
 *
 *   check reference.txt
 *
 * reference.txt: what TensorFlow Lite Micro's front end makes of the same sound (reference.py). Its transform rounds to 16
 * bits between stages, so that soft channels beside loud ones differ: numbers are held to it as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front_end.h"
#include "wav.h"

enum { SAMPLES = FRONT_END_WINDOW + 119 * FRONT_END_HOP, WINDOWS = 120, EVERY = 4 };

static uint32_t passed, failed;

static void check(int is_so, const char *what) {
  if (is_so) {
    passed++;
    return;
  }
  failed++;
  fprintf(stderr, "failed: %s\n", what);
}

/* The sound of reference.py. */
static void sound_of(int16_t *samples) {
  static const int32_t levels[6] = {0, 40, 400, 3000, 9000, 1200};
  uint32_t state = 1, phase = 0, pitch = 0, i;
  for (i = 0; i < SAMPLES; i++) {
    const int32_t level = levels[i / 1600 % 6];
    int32_t triangle, noise, sum;
    state = state * 1664525u + 1013904223u;
    if (i % 800 == 0) pitch = (1u << 24) + (state >> 4);
    phase += pitch;
    triangle = (int32_t)(phase >> 15) - 65536;
    triangle = 32768 - (triangle < 0 ? -triangle : triangle);
    noise = (int32_t)(state >> 16) - 32768;
    sum = triangle * level + noise * (level / 8 + 12);
    samples[i] = (int16_t)(sum < 0 ? -((-sum + 32767) / 32768) : sum / 32768);
  }
}

/* All windows of the sound. */
static uint32_t features_of(const int16_t *samples, uint16_t (*features)[FRONT_END_CHANNELS]) {
  static front_end ears;
  uint32_t at, windows = 0;
  front_end_begin(&ears);
  for (at = 0; at < SAMPLES; at += FRONT_END_HOP) {
    windows += (uint32_t)front_end_take(&ears, samples + at, features[windows]);
  }
  return windows;
}

/* The numbers held to the reference's: by the mean difference, and how many are far off. */
static void check_reference(const char *path) {
  static int16_t samples[SAMPLES];
  static uint16_t features[WINDOWS + 1][FRONT_END_CHANNELS];
  uint32_t window, channel, sum = 0, far = 0, numbers = 0, loudest = 0;
  FILE *file = fopen(path, "r");
  check(file != NULL, "the reference can be read");
  if (file == NULL) return;
  sound_of(samples);
  check(features_of(samples, features) == WINDOWS, "so many windows as fit");
  for (window = 0; window < WINDOWS; window += EVERY) {
    for (channel = 0; channel < FRONT_END_CHANNELS; channel++) {
      long wanted = -1, is;
      if (fscanf(file, "%ld", &wanted) != 1) break;
      is = features[window][channel];
      sum += (uint32_t)labs(is - wanted);
      far += labs(is - wanted) > 8;
      loudest = wanted > (long)loudest ? (uint32_t)wanted : loudest;
      numbers++;
    }
  }
  fclose(file);
  check(numbers == WINDOWS / EVERY * FRONT_END_CHANNELS, "so many numbers as the reference has");
  check(loudest > 500, "the reference has loud channels");
  check(sum * 10 <= numbers * 15, "the mean difference is at most 1.5 of 670");
  check(far * 100 <= numbers * 4, "at most 4 % differ by more than 8");
  printf("%lu numbers, mean difference %.2f, %lu differ by more than 8\n", (unsigned long)numbers,
         (double)sum / (double)(numbers > 0 ? numbers : 1), (unsigned long)far);
}

/* The loudest and the softest there is: no sum may overflow, silence is 0. */
static void check_extremes(void) {
  static front_end ears;
  static int16_t samples[FRONT_END_HOP];
  uint16_t features[FRONT_END_CHANNELS], most = 0;
  uint32_t kind, turn, i;
  for (kind = 0; kind < 4; kind++) {
    front_end_begin(&ears);
    for (turn = 0; turn < 400; turn++) {
      for (i = 0; i < FRONT_END_HOP; i++) {
        const uint32_t at = turn * FRONT_END_HOP + i;
        samples[i] = (int16_t)(kind == 0 ? -32768 : kind == 1 ? (at % 2 ? 32767 : -32768) : kind == 2 ? (at / 8 % 2 ? 32767 : -32768) : 0);
      }
      if (!front_end_take(&ears, samples, features)) continue;
      for (i = 0; i < FRONT_END_CHANNELS; i++) {
        most = features[i] > most ? features[i] : most;
        check(features[i] <= 900, "no feature is beyond what sound can give");
        if (kind == 3) check(features[i] == 0, "silence is 0");
      }
    }
  }
  check(most > 400, "what is loud is heard");
}

static void check_begin(void) {
  static front_end ears;
  int16_t samples[FRONT_END_HOP] = {0};
  uint16_t features[FRONT_END_CHANNELS] = {7};
  front_end_begin(&ears);
  check(!front_end_take(&ears, samples, features) && !front_end_take(&ears, samples, features), "20 ms are no window");
  check(features[0] == 7, "no features of them");
  check(front_end_take(&ears, samples, features) && features[0] == 0, "30 ms are one");
}

static void check_elements(void) {
  uint32_t feature;
  for (feature = 0; feature < 65536; feature++) {
    const double exact = (double)feature * 10 / 256 * 255 / 26;
    const double is = front_end_element((uint16_t)feature);
    check(exact >= 255 ? is >= 255 : is - exact <= 0.5 && exact - is <= 0.5, "a feature as an element is the nearest");
  }
}

static void put32(uint8_t *at, uint32_t number) {
  uint32_t i;
  for (i = 0; i < 4; i++) at[i] = (uint8_t)(number >> 8 * i);
}

/* A file of three samples, a chunk of an odd size before them; 57 bytes. */
static uint32_t wav_file(uint8_t *file) {
  memcpy(file, "RIFF\0\0\0\0WAVEnote\1\0\0\0x\0fmt \20\0\0\0\1\0\1\0\200>\0\0\0}\0\0\2\0\20\0data\6\0\0\0\1\0\377\377\0\200", 60);
  return 60;
}

static void check_wav(void) {
  uint8_t file[60], *cut;
  int16_t samples[4];
  uint32_t bytes = wav_file(file), length, bad;
  static const uint8_t wrong[] = {0, 8, 30, 32, 34, 44}; /* magic, form, format, channels, rate, bits */
  wav sound;
  check(wav_open(&sound, file, bytes) && sound.sample_count == 3, "a file is read");
  wav_read(&sound, 0, samples, 4);
  check(samples[0] == 1 && samples[1] == -1 && samples[2] == -32768 && samples[3] == 0, "its samples, then 0");
  for (length = 0; length < bytes; length++) { /* in memory of so many bytes, for the sanitizer */
    cut = malloc(length > 0 ? length : 1);
    if (cut == NULL) abort();
    memcpy(cut, file, length);
    if (wav_open(&sound, cut, length)) check(length >= 54 && sound.sample_count == (length - 54) / 2, "a cut file has what it has");
    else check(length < 54, "a file cut before its samples is refused");
    free(cut);
  }
  for (bad = 0; bad < sizeof wrong; bad++) {
    wav_file(file);
    file[wrong[bad]] ^= 4;
    check(!wav_open(&sound, file, bytes), "another format is refused");
  }
  wav_file(file);
  put32(file + 16, 0xFFFFFFFFu);
  check(!wav_open(&sound, file, bytes), "a chunk as long as can be said is refused");
  wav_file(file);
  put32(file + 50, 0xFFFFFFFFu);
  check(wav_open(&sound, file, bytes) && sound.sample_count == 3, "samples end with the file");
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  check_reference(arguments[1]);
  check_begin();
  check_extremes();
  check_elements();
  check_wav();
  printf("%lu passed, %lu failed\n", (unsigned long)passed, (unsigned long)failed);
  return failed > 0;
}
