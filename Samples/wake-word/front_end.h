/* Features of sound as microWakeWord's networks take them: logarithms of 40 mel channels, after noise reduction and a
 * gain that evens channels out, from windows of 30 ms, 10 ms apart. Fixed point, C99, no heap.
 *
 *   static front_end ears;
 *   front_end_begin(&ears);
 *   while (listening) {
 *     uint16_t features[FRONT_END_CHANNELS];
 *     if (front_end_take(&ears, ten_milliseconds, features)) ...
 *   }
 *
 * What is computed is what TensorFlow Lite Micro's microfrontend computes with microWakeWord's settings; the Fourier
 * transform is more exact, so that numbers differ a little (README.md says by how much). Per-channel energy
 * normalization (PCAN): Wang, Getreuer, Hughes, Lyon, Saurous: Trainable Frontend for Robust and Far-Field Keyword
 * Spotting, 2017 (arXiv 1607.05666). */
#ifndef FRONT_END_H
#define FRONT_END_H

#include <stdint.h>

enum {
  FRONT_END_RATE = 16000, /* samples a second */
  FRONT_END_WINDOW = 480, /* samples that features look at */
  FRONT_END_HOP = 160,    /* samples from one window to the next */
  FRONT_END_CHANNELS = 40
};

/* What lasts from one window to the next: 1,124 bytes. */
typedef struct front_end {
  int16_t samples[FRONT_END_WINDOW];    /* the newest, in turn */
  uint32_t noise[FRONT_END_CHANNELS];   /* each channel's mean over time; 2^10 is 1 of the channel */
  uint32_t sample_count;                /* of them; a window needs all */
} front_end;

/* Begin: nothing was heard. */
void front_end_begin(front_end *ears);

/* Take in 10 ms and give the features of the 30 ms that end with them.
 *
 * samples   in   FRONT_END_HOP of 16 bits
 * features  out  64 times the natural logarithm of each channel, 0 to about 670: in microWakeWord's unit of
 *                25.6 a number is 10/256 of that
 *
 * Returns 1, or 0 as long as there are fewer than 30 ms; features is then untouched. 2.2 KB of stack. */
int front_end_take(front_end *ears, const int16_t *samples, uint16_t *features);

/* A feature as an element of a network's input: uint8 of the scale 26/255. As int8 of the zero point -128 it is 128 less. */
uint8_t front_end_element(uint16_t feature);

#endif
