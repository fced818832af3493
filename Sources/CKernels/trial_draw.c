#include "trial_draw.h"

#include <string.h>

#include "kx_clones.h"

/* SplitMix64's output function: a good hash of a counter. */
static inline uint64_t mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

KX_CLONES
void kx_add_scaled(float *restrict keys, const float *restrict measure, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) keys[i] += factor * measure[i];
}

KX_CLONES
void kx_add_gumbel(float *restrict keys, int32_t count, const float *restrict quantiles,
                   float temperature, uint64_t seed) {
  for (int32_t i = 0; i < count; i++) {
    const uint64_t random = mix(seed + (uint64_t)i * 0xD1342543DE82EF95u);
    keys[i] += temperature * quantiles[random >> 52];
  }
}

/* The k-th smallest of work[0 ..< count], by Hoare's quickselect with a median-of-three pivot. */
static float select_kth(float *work, int32_t count, int32_t k) {
  int32_t low = 0, high = count - 1;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    const float a = work[low], b = work[middle], c = work[high];
    const float larger = a < b ? b : a, smaller = a < b ? a : b;
    const float pivot = c < smaller ? smaller : (c > larger ? larger : c);
    int32_t i = low, j = high;
    while (i <= j) {
      while (work[i] < pivot) i++;
      while (work[j] > pivot) j--;
      if (i <= j) {
        const float t = work[i];
        work[i++] = work[j];
        work[j--] = t;
      }
    }
    if (k <= j) {
      high = j;
    } else if (k >= i) {
      low = i;
    } else {
      break;
    }
  }
  return work[k];
}

void kx_smallest(const float *keys, int32_t count, int32_t m, float *work, int32_t *positions) {
  if (m <= 0) return;
  memcpy(work, keys, (size_t)count * sizeof *keys);
  const float limit = select_kth(work, count, m - 1);
  int32_t below = 0;
  for (int32_t i = 0; i < count; i++) below += keys[i] < limit;
  int32_t ties = m - below, written = 0;
  for (int32_t i = 0; i < count && written < m; i++) {
    if (keys[i] < limit || (keys[i] == limit && ties-- > 0)) positions[written++] = i;
  }
}
