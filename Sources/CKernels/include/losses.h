#ifndef KX_LOSSES_H
#define KX_LOSSES_H

#include <stddef.h>
#include <stdint.h>

/* Losses over rows of numbers, summed in double precision, with their gradients.
 *
 * Each returns the sum over rows; the caller divides. Where grad is not NULL it receives the
 * gradient of scale times that sum with respect to the student; it may be neither input. */

/* Sum of weight[c] (student - teacher)^2; weights may be NULL for ones. */
double kx_squared_error(const float *student /* [rows, columns] */, const float *teacher,
                        const float *weights /* [columns] */, size_t rows, size_t columns,
                        float *grad, float scale);

/* Sum over rows of T^2 KL(p || q), p = softmax(teacher / T), q = softmax(student / T).
 *
 * weights, of period rows (row r takes weights[r % period]), may be NULL for ones. With them a row's
 * sum is T^2 of weight[c] (p log(p / q) - p + q), each term of which is at least 0. */
double kx_distillation(const float *student /* [rows, columns] */, const float *teacher,
                       const float *weights /* [period, columns] */, size_t period, size_t rows,
                       size_t columns, float temperature, float *grad, float scale);

/* Sum over rows of -p log softmax(student), p the target's probabilities. */
double kx_cross_entropy(const float *student /* [rows, columns] */, const float *target,
                        size_t rows, size_t columns, float *grad, float scale);

/* Index of the largest of each row, the first of equals; -1 where one is NaN. */
void kx_argmax(int32_t *indexes /* [rows] */, const float *values /* [rows, columns] */,
               size_t rows, size_t columns);

#endif
