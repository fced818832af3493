/* Constants of front_end.c; tables.py, which writes them, says what each is. */
#ifndef FRONT_END_TABLES_H
#define FRONT_END_TABLES_H

#include <stdint.h>

enum {
  FRONT_END_FIRST_BIN = 5, /* of the first segment */
  FRONT_END_BINS = 236     /* in all segments */
};

extern const uint16_t front_end_window[240]; /* the first half of a Hann window; 2^12 is 1 */
extern const uint16_t front_end_sine[129];   /* of a quarter of a circle of 512 points; 2^15 is 1 */
extern const uint8_t front_end_ends[41];     /* the bin behind each segment */
extern const uint16_t front_end_shares[FRONT_END_BINS]; /* of the channel before the segment; 2^12 is 1 */
extern const int16_t front_end_gains[66];    /* by the estimate of noise; 2^21 is 1 */

#endif
