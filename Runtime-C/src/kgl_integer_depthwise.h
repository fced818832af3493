/* The integer convolution of a channel with one filter of 3x3 without zeros: nine weights in registers, a row
 * of outputs at a time. For the convolution alone. */
#ifndef KGL_INTEGER_DEPTHWISE_H
#define KGL_INTEGER_DEPTHWISE_H

#include "kgl_bytes.h"
#include "kgl_dual.h"
#include "kgl_integer_layout.h"
#include "kgl_integer_sweep.h"
#include "kgl_weights.h"

/* Whether a step's layer is done so. */
KGL_INLINE int is_depthwise(const kgl_step *step) {
  const kgl_window *w = &step->u.window;
  return step->weights.mask == KGL_MASK_NONE && w->group_channels == 1 && w->group_filters == 1 &&
         w->kernel[0] == 3 && w->kernel[1] == 3 && w->dilation[0] == 1 && w->dilation[1] == 1 &&
         w->stride[1] <= 2;
}

/* Outputs of a row that are computed: as many as four at a time are. */
KGL_INLINE uint32_t row_room(const kgl_window *window) { return (window->out[1] + 3) / 4 * 4; }

/* Sums of rows that are finished together: a row's, or HELD and what the row that fills them has too many. */
KGL_INLINE uint32_t sums_room(const kgl_window *window) {
  const uint32_t room = window->out[1] < HELD ? 2 * HELD : window->out[1];
  return (room + 7) / 8 * 8;
}

/* The scratch: a filter's list, a row of sums, the copy. */
static uint64_t depthwise_words(const kgl_step *step) {
  const kgl_window *window = &step->u.window;
  layout l;
  lay_out(&l, window, row_room(window) + 1);
  if (l.is_too_large) return UINT64_MAX;
  return kgl_weights_words(&step->weights) + 2 * 9 + (uint64_t)sums_room(window) + ((uint64_t)l.plane + 3) / 4;
}

#if KGL_TILES
#if KGL_HELIUM
#include "kgl_integer_depthwise_vectors.h"
#else
/* The weights of a filter: of its three rows the outer two together, and the middle ones. */
typedef struct nine {
  uint32_t outer[3];
  uint32_t middle, last; /* of rows 0 and 1; of row 2 */
} nine;

KGL_INLINE uint32_t row_of_two(uint32_t outer, uint32_t middle, const uint8_t *x, uint32_t flip, uint32_t *other,
                               uint32_t sum) {
  const uint32_t word = kgl_load32(x);
  const uint32_t even = kgl_even_bytes(word, flip), odd = kgl_odd_bytes(word, flip);
  *other = kgl_dual(*other, outer, odd);
  *other += (uint32_t)((int16_t)middle * (int16_t)(even >> 16));
  sum = kgl_dual(sum, outer, even);
  return sum + (uint32_t)((int16_t)middle * (int16_t)odd);
}

/* Two sums, of windows side by side or two apart. */
KGL_INLINE void row_sums_as(const nine *n, const uint8_t *x, uint32_t down, uint32_t count, uint32_t flip,
                            uint32_t *sums) {
  const uint32_t a = n->outer[0], b = n->outer[1], c = n->outer[2], middle = n->middle, last = n->last;
  const uint32_t *end = sums + count;
  for (; sums < end; sums += 2, x += 2) {
    uint32_t left = 0, right = 0;
    left = row_of_two(a, middle, x, flip, &right, left);
    left = row_of_two(b, middle >> 16, x + down, flip, &right, left);
    left = row_of_two(c, last, x + 2 * down, flip, &right, left);
    sums[0] = left;
    sums[1] = right;
  }
}

KGL_INLINE uint32_t row_of_one(uint32_t outer, uint32_t middle, const uint8_t *x, uint32_t flip, uint32_t sum) {
  const uint32_t word = kgl_load32(x);
  sum = kgl_dual(sum, outer, kgl_even_bytes(word, flip));
  return sum + (uint32_t)((int16_t)middle * (int16_t)kgl_odd_bytes(word, flip));
}

KGL_INLINE void far_row_sums_as(const nine *n, const uint8_t *x, uint32_t down, uint32_t count, uint32_t flip,
                                uint32_t *sums) {
  const uint32_t a = n->outer[0], b = n->outer[1], c = n->outer[2], middle = n->middle, last = n->last;
  const uint32_t *end = sums + count;
  for (; sums < end; sums++, x += 2) {
    uint32_t sum = row_of_one(a, middle, x, flip, 0);
    sum = row_of_one(b, middle >> 16, x + down, flip, sum);
    *sums = row_of_one(c, last, x + 2 * down, flip, sum);
  }
}

KGL_NOINLINE void row_sums(const int32_t w[9], const uint8_t *x, const plane *p, uint32_t line, uint32_t flip,
                           uint32_t *sums) {
  const nine n = {{kgl_two(w[0], w[2]), kgl_two(w[3], w[5]), kgl_two(w[6], w[8])}, kgl_two(w[1], w[4]), kgl_two(w[7], 0)};
  if (p->across == 2) {
    if (flip) far_row_sums_as(&n, x, line, p->columns, 128, sums);
    else far_row_sums_as(&n, x, line, p->columns, 0, sums);
  } else if (flip) {
    row_sums_as(&n, x, line, p->columns, 128, sums);
  } else {
    row_sums_as(&n, x, line, p->columns, 0, sums);
  }
}
/* A channel's outputs: short rows are finished together. */
static void depthwise_plane(const sweep *s, const row_finish *finish, const int32_t w[9], const plane *p, uint32_t line,
                            uint32_t *sums) {
  const uint8_t *x = p->x, *r = p->r;
  uint8_t *y = p->y;
  uint32_t row, held = 0;
  for (row = 1; row <= p->rows; row++, x += p->down) {
    row_sums(w, x, p, line, s->x_flip, sums + held);
    held += p->columns;
    if (held < HELD && row < p->rows) continue;
    finish_sums(s, finish, sums, y, r, held);
    y += held;
    if (r != NULL) r += held;
    held = 0;
  }
}
#endif

static kgl_status depthwise_convolution(kgl_place *place, const kgl_step *step) {
  const kgl_window *window = &step->u.window;
  const uint32_t image = window->in[0] * window->in[1], size = window->out[0] * window->out[1];
  kgl_survivor *list = (kgl_survivor *)(place->scratch + kgl_weights_words(&step->weights));
  uint32_t *sums = (uint32_t *)(list + 9), o, i, count;
#if KGL_HELIUM /* which has no sums, but reads on behind the copy, and takes inputs of uint8 128 less */
  uint8_t *copy = (uint8_t *)sums;
  const uint32_t mask = step->form.integer.types & KGL_X_IS_SIGNED ? 0 : 128;
#else
  uint8_t *copy = (uint8_t *)(sums + sums_room(window));
  const uint32_t mask = 0;
#endif
  const uint8_t *x = kgl_bytes_at(place, step->x);
  kgl_filters filters;
  row_finish finish;
  layout l;
  sweep s;
  plane p;
  lay_out(&l, window, row_room(window) + 1);
  kgl_filters_open(&filters, place, step);
  sweep_begin(&s, step);
  p.x = copy;
  p.down = window->stride[0] * l.width;
  p.across = window->stride[1];
  p.rows = window->out[0];
  p.columns = window->out[1];
  p.y = kgl_bytes_at(place, step->y);
  p.r = step->mode ? kgl_bytes_at(place, step->b) : NULL;
  fill_copy(&l, copy, 1, (int)((uint32_t)border_of(step) ^ mask));
  for (o = 0; o < step->weights.rows; o++, x += image, p.y += size) {
    int32_t w[9] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
    kgl_status status = kgl_filters_list(&filters, list, &count);
    if (status != KGL_OK) return status;
    for (i = 0; i < count; i++) w[list[i].column] = list[i].value.level;
    copy_inside(&l, copy, x, 1, mask);
    sweep_filter(&s, o);
    ready_finish(&finish, &s);
    depthwise_plane(&s, &finish, w, &p, l.width, sums);
    if (p.r != NULL) p.r += size;
  }
  return KGL_OK;
}
#endif

#endif
