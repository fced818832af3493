/* Drawing the candidate sets of a trial.
 *
 * A set is the m smallest of (log saliency + temperature * noise): positions that are less salient
 * are drawn sooner, and at temperature 0 it is the m least salient. The noise is standard Gumbel, whose
 * left tail is thin: a position is often spared by chance, and a salient one hardly ever drawn by it.
 * (Drawing with odds saliency^(-1 / temperature), the Gumbel top-k trick, would be the mirrored
 * noise, and draws salient positions more often.)
 */
#ifndef KX_TRIAL_DRAW_H
#define KX_TRIAL_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* keys[i] += factor * measure[i] */
void kx_add_scaled(float *keys, const float *measure, float factor, size_t count);

/* keys[i] += temperature * noise(seed, i); the noise comes from a table of its quantiles, so that a
 * draw costs no logarithm.
 *
 * quantiles  in   4096 values of the Gumbel distribution at (k + 1/2) / 4096 */
void kx_add_gumbel(float *keys, int32_t count, const float *quantiles, float temperature,
                   uint64_t seed);

/* Positions of the m smallest keys, ascending by position; among equal keys the first positions.
 *
 * keys       in   count finite values
 * work            count floats, overwritten
 * positions  out  m entries
 *
 * Cost: O(count) on average (quickselect). Requires 0 <= m <= count. */
void kx_smallest(const float *keys, int32_t count, int32_t m, float *work, int32_t *positions);

#endif
