#include "reference.h"

#include <math.h>
#include <stddef.h>

/* Where a number is NaN, fmin and fmax would give the other one. */
static double larger(double a, double b) { return isnan(a) || isnan(b) ? (double)NAN : fmax(a, b); }

static double clip(double x, double low, double high) {
  return isnan(x) ? x : fmin(fmax(x, low), high);
}

double ref_activation(uint32_t kind, double first, double second, double x) {
  switch (kind) {
    case 1: return larger(x, 0);
    case 2: return x > 0 ? x : first * x;
    case 3: return clip(x, first, second);
    case 4: return 1 / (1 + exp(-x));
    case 5: return tanh(x);
    case 6: return clip(first * x + second, 0, 1);
    case 7: return x * clip(x / 6 + 0.5, 0, 1);
    default: return x;
  }
}

/* The element of channel c at a row and column that may lie outside: then 0, and *inside is 0. */
static double pixel(const window *w, const float *x, uint32_t c, int64_t row, int64_t column,
                    int *inside) {
  *inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
  return *inside ? x[(c * (int64_t)w->height + row) * w->width + column] : 0;
}

void ref_convolution(const window *w, const float *x, const float *weights, const float *scales,
                     const float *biases, double *y) {
  uint32_t o, oh, ow, c, i, j, per_group = w->channels / w->groups;
  for (o = 0; o < w->filters; o++) {
    for (oh = 0; oh < w->out_height; oh++) {
      for (ow = 0; ow < w->out_width; ow++) {
        double sum = 0;
        for (c = 0; c < per_group; c++) {
          for (i = 0; i < w->kh; i++) {
            for (j = 0; j < w->kw; j++) {
              int inside;
              uint32_t channel = o / (w->filters / w->groups) * per_group + c;
              sum += weights[((o * per_group + c) * w->kh + i) * w->kw + j] *
                     pixel(w, x, channel, (int64_t)oh * w->sh - w->top + (int64_t)i * w->dh,
                           (int64_t)ow * w->sw - w->left + (int64_t)j * w->dw, &inside);
            }
          }
        }
        *y++ = (scales ? scales[o] : 1) * sum + (biases ? biases[o] : 0);
      }
    }
  }
}

void ref_dense(uint32_t rows, uint32_t inputs, uint32_t outputs, const float *x,
               const float *weights, const float *scales, const float *biases, double *y) {
  uint32_t r, o, i;
  for (r = 0; r < rows; r++) {
    for (o = 0; o < outputs; o++) {
      double sum = 0;
      for (i = 0; i < inputs; i++) sum += (double)weights[o * inputs + i] * x[r * inputs + i];
      *y++ = (scales ? scales[o] : 1) * sum + (biases ? biases[o] : 0);
    }
  }
}

void ref_pool(const window *w, int is_mean, int counts_padding, const float *x, double *y) {
  uint32_t c, oh, ow, i, j;
  for (c = 0; c < w->channels; c++) {
    for (oh = 0; oh < w->out_height; oh++) {
      for (ow = 0; ow < w->out_width; ow++) {
        double sum = 0, largest = -HUGE_VAL, taps = 0, padded = 0;
        for (i = 0; i < w->kh; i++) {
          for (j = 0; j < w->kw; j++) {
            int64_t row = (int64_t)oh * w->sh - w->top + (int64_t)i * w->dh;
            int64_t column = (int64_t)ow * w->sw - w->left + (int64_t)j * w->dw;
            int inside;
            double value = pixel(w, x, c, row, column, &inside);
            padded += row < (int64_t)w->height + w->bottom && column < (int64_t)w->width + w->right;
            if (!inside) continue;
            taps++;
            sum += value;
            largest = larger(largest, value);
          }
        }
        if (taps == 0) {
          *y++ = 0;
        } else if (is_mean) {
          *y++ = sum / (counts_padding ? padded : taps);
        } else {
          *y++ = largest;
        }
      }
    }
  }
}

void ref_softmax(uint32_t outer, uint32_t count, uint32_t inner, const float *x, double *y) {
  uint32_t o, n, i;
  for (o = 0; o < outer; o++) {
    for (i = 0; i < inner; i++) {
      double sum = 0, largest = -HUGE_VAL;
      for (n = 0; n < count; n++) largest = fmax(largest, x[(o * count + n) * inner + i]);
      for (n = 0; n < count; n++) sum += exp(x[(o * count + n) * inner + i] - largest);
      for (n = 0; n < count; n++) {
        y[(o * count + n) * inner + i] = exp(x[(o * count + n) * inner + i] - largest) / sum;
      }
    }
  }
}

/* The index along each axis of element `index` of a tensor. */
static void unravel(uint32_t index, uint32_t rank, const uint32_t *sizes, uint32_t *at) {
  uint32_t r;
  for (r = rank; r-- > 0;) {
    at[r] = index % sizes[r];
    index /= sizes[r];
  }
}

static uint32_t ravel(uint32_t rank, const uint32_t *sizes, uint32_t mask, const uint32_t *at) {
  uint32_t r, index = 0;
  for (r = 0; r < rank; r++) {
    if ((mask >> r & 1u) == 0) index = index * sizes[r] + at[r];
  }
  return index;
}

static uint32_t elements(uint32_t rank, const uint32_t *sizes) {
  uint32_t r, count = 1;
  for (r = 0; r < rank; r++) count *= sizes[r];
  return count;
}

void ref_binary(uint32_t operation, uint32_t rank, const uint32_t *sizes, uint32_t mask_a,
                uint32_t mask_b, const float *a, const float *b, double *y) {
  uint32_t i, at[6];
  for (i = 0; i < elements(rank, sizes); i++) {
    double left, right;
    unravel(i, rank, sizes, at);
    left = a[ravel(rank, sizes, mask_a, at)];
    right = b[ravel(rank, sizes, mask_b, at)];
    y[i] = operation == 0 ? left + right : operation == 1 ? left - right
         : operation == 2 ? left * right : left / right;
  }
}

void ref_pad(uint32_t mode, float value, uint32_t rank, const uint32_t *sizes,
             const uint32_t *before, const uint32_t *after, const float *x, double *y) {
  uint32_t i, r, out[6], at[6], from[6];
  for (r = 0; r < rank; r++) out[r] = before[r] + sizes[r] + after[r];
  for (i = 0; i < elements(rank, out); i++) {
    int is_inside = 1;
    unravel(i, rank, out, at);
    for (r = 0; r < rank; r++) {
      int64_t place = (int64_t)at[r] - before[r], size = sizes[r];
      if (place < 0 || place >= size) is_inside = 0;
      if (mode == 1 && place < 0) place = -place;
      if (mode == 1 && place >= size) place = 2 * (size - 1) - place;
      if (place < 0) place = 0;
      if (place >= size) place = size - 1;
      from[r] = (uint32_t)place;
    }
    y[i] = mode == 0 && !is_inside ? value : x[ravel(rank, sizes, 0, from)];
  }
}

void ref_transpose(uint32_t rank, const uint32_t *sizes, const uint32_t *axes, const float *x,
                   double *y) {
  uint32_t i, r, out[6], at[6], from[6];
  for (r = 0; r < rank; r++) out[r] = sizes[axes[r]];
  for (i = 0; i < elements(rank, out); i++) {
    unravel(i, rank, out, at);
    for (r = 0; r < rank; r++) from[axes[r]] = at[r];
    y[i] = x[ravel(rank, sizes, 0, from)];
  }
}
