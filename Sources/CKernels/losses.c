#include "losses.h"

#include <math.h>

double kx_squared_error(const float *student, const float *teacher, const float *weights,
                        size_t rows, size_t columns, float *grad, float scale) {
  double total = 0;
  for (size_t r = 0; r < rows; r++, student += columns, teacher += columns) {
    for (size_t c = 0; c < columns; c++) {
      const float difference = student[c] - teacher[c];
      const float weighted = weights ? weights[c] * difference : difference;
      total += (double)weighted * difference;
      if (grad) grad[r * columns + c] = 2 * scale * weighted;
    }
  }
  return total;
}

static float largest(const float *row, size_t columns) {
  float best = row[0];
  for (size_t c = 1; c < columns; c++) best = row[c] > best ? row[c] : best;
  return best;
}

/* log of the sum of exp((x - top) * inverse), in double. */
static double log_sum(const float *row, size_t columns, float top, float inverse) {
  double sum = 0;
  for (size_t c = 0; c < columns; c++) sum += (double)expf((row[c] - top) * inverse);
  return log(sum);
}

double kx_distillation(const float *student, const float *teacher, const float *weights,
                       size_t period, size_t rows, size_t columns, float temperature, float *grad,
                       float scale) {
  const float inverse = 1 / temperature;
  double total = 0;
  for (size_t r = 0; r < rows; r++, student += columns, teacher += columns) {
    const float *weight = weights ? weights + r % period * columns : NULL;
    const float top_s = largest(student, columns), top_t = largest(teacher, columns);
    const double norm_s = log_sum(student, columns, top_s, inverse);
    const double norm_t = log_sum(teacher, columns, top_t, inverse);
    float pull = 0; /* sum of weight (q - p): 0 where all weights are 1 */
    for (size_t c = 0; c < columns; c++) {
      const double log_s = (double)(student[c] - top_s) * inverse - norm_s;
      const double log_t = (double)(teacher[c] - top_t) * inverse - norm_t;
      const float p = expf((float)log_t);
      if (!weight && !grad) {
        total += (double)p * (log_t - log_s);
        continue;
      }
      const float q = expf((float)log_s), w = weight ? weight[c] : 1;
      const double excess = weight ? (double)q - (double)p : 0;
      total += (double)w * ((double)p * (log_t - log_s) + excess);
      if (weight) pull += w * (q - p);
      if (grad) grad[r * columns + c] = scale * temperature * w * (q - p);
    }
    if (!weight || !grad) continue;
    for (size_t c = 0; c < columns; c++) {
      const double log_s = (double)(student[c] - top_s) * inverse - norm_s;
      grad[r * columns + c] -= scale * temperature * pull * expf((float)log_s);
    }
  }
  return total * (double)temperature * (double)temperature;
}

double kx_cross_entropy(const float *student, const float *target, size_t rows, size_t columns,
                        float *grad, float scale) {
  double total = 0;
  for (size_t r = 0; r < rows; r++, student += columns, target += columns) {
    const float top = largest(student, columns);
    const double norm = log_sum(student, columns, top, 1);
    float mass = 0;
    for (size_t c = 0; c < columns; c++) mass += target[c];
    for (size_t c = 0; c < columns; c++) {
      const double log_s = (double)(student[c] - top) - norm;
      total -= (double)target[c] * log_s;
      if (grad) grad[r * columns + c] = scale * (expf((float)log_s) * mass - target[c]);
    }
  }
  return total;
}

void kx_argmax(int32_t *indexes, const float *values, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, values += columns) {
    size_t best = 0, c = 0;
    for (; c < columns && !isnan(values[c]); c++)
      if (values[c] > values[best]) best = c;
    indexes[r] = c == columns ? (int32_t)best : -1;
  }
}
