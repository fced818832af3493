#ifndef KX_OPTIMIZERS_H
#define KX_OPTIMIZERS_H

#include <stddef.h>
#include <stdint.h>

/* One step of an optimizer over one parameter. Where mask is not NULL, an element whose mask is 0
 * ends with weight and moments 0, whatever they were. */

typedef struct {
  float rate;         /* learning rate */
  float beta1, beta2; /* decay of the first and second moments */
  float epsilon;
  float decay;        /* decoupled weight decay, multiplied by the rate */
  float correction1, correction2; /* 1 - beta^step */
} kx_adam;

/* Adam (Kingma and Ba 2015) with decoupled decay (Loshchilov and Hutter 2019). */
void kx_adam_step(float *weight, float *first, float *second, const float *grad,
                  const uint8_t *mask, size_t count, const kx_adam *adam);

/* velocity = momentum velocity + grad + decay weight; weight -= rate velocity */
void kx_sgd_step(float *weight, float *velocity, const float *grad, const uint8_t *mask,
                 size_t count, float rate, float momentum, float decay);

/* grad[i] += the slope of price log(1 + |weight[i]| / knee), which is taken as 0 where the weight is 0.
 * knee > 0. */
void kx_add_coding_slope(float *grad, const float *weight, size_t count, float price, float knee);

/* values[i] = 0 where mask[i] is 0. */
void kx_apply_mask(float *values, const uint8_t *mask, size_t count);

#endif
