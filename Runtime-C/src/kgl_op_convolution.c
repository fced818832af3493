/* Convolution, weight stationary: a filter is decoded once to the list of its survivors, each with
 * the offset of its input from the window's corner, and the list is swept over the output plane.
 *
 * No tap is checked in an inner loop. Survivors are grouped by their tap (kernel row and column),
 * so the part of a filter that falls inside the image is a set of whole groups: for a window cut
 * off at top or bottom one run of the list, at left or right one run a kernel row. Windows whole
 * from left to right are done eight (or four) at a time: one read of the list serves eight sums,
 * which stay in registers.
 *
 * Offsets are counted modulo 2^32 from the window's corner, which may lie outside the image; with
 * the corner added they are the input's index. */
#include <stddef.h>

#include "kgl_ops.h"
#include "kgl_weights.h"

#if KGL_OP_CONVOLUTION
/* A convolution at work. */
typedef struct sweep {
  kgl_window window;      /* as in the plan, or the same thing in an easier shape */
  uint32_t plane;         /* elements of an input channel */
  uint32_t whole[2][2];   /* outputs whose window has all taps inside: [axis][first, past] */
  int is_grouped;         /* some window is cut off, so survivors are grouped by tap */
  const float *x;         /* the group's first channel */
  kgl_survivor *list;     /* the filter; `column` is the offset */
  uint32_t count;
  uint32_t *starts;       /* grouped: [taps + 1], the list's index of each tap's first survivor */
  float scale, bias;
} sweep;

/* The outputs along one axis for which the whole kernel is inside the image. */
static void find_whole(const kgl_window *window, uint32_t axis, uint32_t whole[2]) {
  uint64_t reach = (uint64_t)(window->kernel[axis] - 1) * window->dilation[axis];
  uint64_t extent = (uint64_t)window->in[axis] + window->before[axis];
  uint32_t stride = window->stride[axis];
  whole[0] = (window->before[axis] + stride - 1) / stride;
  whole[1] = 0;
  if (extent > reach) {
    uint64_t past = (extent - reach + stride - 1) / stride;
    whole[1] = past < window->out[axis] ? (uint32_t)past : window->out[axis];
  }
  if (whole[0] >= whole[1]) whole[0] = whole[1] = 0;
}

static void begin(sweep *s, const kgl_step *step) {
  kgl_window *w = &s->window;
  *w = step->u.window;
  s->plane = w->in[0] * w->in[1];
  if (w->in[1] == 1 && w->out[1] == 1 && w->kernel[1] == 1 && w->before[1] == 0) {
    /* A column image: as a row, so that eight windows lie side by side. */
    w->in[1] = w->in[0];
    w->out[1] = w->out[0];
    w->kernel[1] = w->kernel[0];
    w->stride[1] = w->stride[0];
    w->dilation[1] = w->dilation[0];
    w->before[1] = w->before[0];
    w->in[0] = w->out[0] = w->kernel[0] = 1;
    w->before[0] = 0;
  }
  if (w->kernel[0] == 1 && w->kernel[1] == 1 && w->stride[0] == 1 && w->stride[1] == 1 &&
      w->before[0] == 0 && w->before[1] == 0 && w->out[0] == w->in[0] && w->out[1] == w->in[1]) {
    /* Pixel by pixel: the plane as one row. */
    w->in[1] *= w->in[0];
    w->out[1] = w->in[1];
    w->in[0] = w->out[0] = 1;
  }
  find_whole(w, 0, s->whole[0]);
  find_whole(w, 1, s->whole[1]);
  s->is_grouped = s->whole[0][0] != 0 || s->whole[0][1] != w->out[0] || s->whole[1][0] != 0 ||
                  s->whole[1][1] != w->out[1];
}

/* --- The filter ------------------------------------------------------------------------------ */

/* Bring the list into the order of taps, in place: every bucket's size is counted, then each
 * survivor that is not in its bucket is put there and the one found in its stead goes on (the
 * American flag sort of McIlroy, Bostic and McIlroy, 1993). `next` has a word a tap. */
static void group_by_tap(sweep *s, uint32_t taps, uint32_t *next) {
  uint32_t tap, i, sum = 0;
  for (tap = 0; tap < taps; tap++) next[tap] = 0;
  for (i = 0; i < s->count; i++) next[s->list[i].column % taps]++;
  for (tap = 0; tap < taps; tap++) {
    s->starts[tap] = sum;
    sum += next[tap];
    next[tap] = s->starts[tap];
  }
  s->starts[taps] = sum;
  for (tap = 0; tap < taps; tap++) {
    for (i = next[tap]; i < s->starts[tap + 1]; i++) {
      kgl_survivor survivor = s->list[i];
      uint32_t home = survivor.column % taps;
      while (home != tap) {
        uint32_t at = next[home]++;
        kgl_survivor other = s->list[at];
        s->list[at] = survivor;
        survivor = other;
        home = survivor.column % taps;
      }
      s->list[i] = survivor;
    }
  }
}

/* Columns to offsets. */
static void set_offsets(sweep *s, uint32_t taps) {
  const kgl_window *w = &s->window;
  uint32_t i;
  for (i = 0; i < s->count; i++) {
    uint32_t channel = s->list[i].column / taps;
    uint32_t tap = s->list[i].column - channel * taps;
    uint32_t row = tap / w->kernel[1];
    uint32_t column = tap - row * w->kernel[1];
    s->list[i].column = channel * s->plane + row * w->dilation[0] * w->in[1] +
                        column * w->dilation[1];
  }
}

/* --- Windows --------------------------------------------------------------------------------- */

/* Part of one window's sum: survivors first ..< past. */
static float part(const sweep *s, uint32_t corner, uint32_t first, uint32_t past) {
  const kgl_survivor *survivor = s->list + first;
  const kgl_survivor *end = s->list + past;
  float sum = 0.0f;
  for (; survivor < end; survivor++) sum += survivor->value * s->x[corner + survivor->column];
  return sum;
}

/* Eight windows that lie `stride` apart, over survivors first ..< past: y[0...7]. */
KGL_INLINE void eight(const sweep *s, float *y, uint32_t corner, uint32_t first, uint32_t past,
                      uint32_t stride) {
  const kgl_survivor *survivor = s->list + first;
  const kgl_survivor *end = s->list + past;
  float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f, e = 0.0f, f = 0.0f, g = 0.0f, h = 0.0f;
  for (; survivor < end; survivor++) {
    const float *x = s->x + (uint32_t)(corner + survivor->column);
    float value = survivor->value;
    a += value * x[0];
    b += value * x[stride];
    c += value * x[2 * stride];
    d += value * x[3 * stride];
    e += value * x[4 * stride];
    f += value * x[5 * stride];
    g += value * x[6 * stride];
    h += value * x[7 * stride];
  }
  y[0] = s->scale * a + s->bias;
  y[1] = s->scale * b + s->bias;
  y[2] = s->scale * c + s->bias;
  y[3] = s->scale * d + s->bias;
  y[4] = s->scale * e + s->bias;
  y[5] = s->scale * f + s->bias;
  y[6] = s->scale * g + s->bias;
  y[7] = s->scale * h + s->bias;
}

/* Four windows: y[0...3]. */
KGL_INLINE void four(const sweep *s, float *y, uint32_t corner, uint32_t first, uint32_t past,
                     uint32_t stride) {
  const kgl_survivor *survivor = s->list + first;
  const kgl_survivor *end = s->list + past;
  float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
  for (; survivor < end; survivor++) {
    const float *x = s->x + (uint32_t)(corner + survivor->column);
    float value = survivor->value;
    a += value * x[0];
    b += value * x[stride];
    c += value * x[2 * stride];
    d += value * x[3 * stride];
  }
  y[0] = s->scale * a + s->bias;
  y[1] = s->scale * b + s->bias;
  y[2] = s->scale * c + s->bias;
  y[3] = s->scale * d + s->bias;
}

/* `width` windows that are whole from left to right; `corner` is the first one's. The last eight
 * (or four) may overlap those before them, and some are then computed twice. */
static void whole_windows(const sweep *s, float *y, uint32_t width, uint32_t corner,
                          uint32_t first, uint32_t past) {
  const uint32_t stride = s->window.stride[1];
  uint32_t i;
  if (width < 4) {
    for (i = 0; i < width; i++) {
      y[i] = s->scale * part(s, corner + i * stride, first, past) + s->bias;
    }
  } else if (width < 8) {
    for (i = 0; i < width; i += 4) {
      if (i + 4 > width) i = width - 4;
      four(s, y + i, corner + i * stride, first, past, stride);
    }
  } else {
    for (i = 0; i < width; i += 8) {
      if (i + 8 > width) i = width - 8;
      if (stride == 1) {
        eight(s, y + i, corner + i, first, past, 1);
      } else {
        eight(s, y + i, corner + i * stride, first, past, stride);
      }
    }
  }
}

/* A window cut off at left or right; kernel rows top ..< bottom are inside. */
static float cut_window(const sweep *s, uint32_t column, uint32_t corner, uint32_t top,
                        uint32_t bottom) {
  const kgl_window *w = &s->window;
  uint32_t left, right, row;
  float sum = 0.0f;
  kgl_window_taps(column, w->in[1], w->kernel[1], w->stride[1], w->dilation[1], w->before[1], &left,
                  &right);
  for (row = top; row < bottom; row++) {
    const uint32_t *starts = s->starts + row * w->kernel[1];
    sum += part(s, corner, starts[left], starts[right]);
  }
  return s->scale * sum + s->bias;
}

/* One row of the output plane: y[out[1]]. */
static void output_row(const sweep *s, float *y, uint32_t row) {
  const kgl_window *w = &s->window;
  uint32_t corner = (row * w->stride[0] - w->before[0]) * w->in[1] - w->before[1];
  uint32_t top = 0, bottom = w->kernel[0], first = 0, past = s->count, column;
  if (s->is_grouped) {
    kgl_window_taps(row, w->in[0], w->kernel[0], w->stride[0], w->dilation[0], w->before[0], &top,
                    &bottom);
    first = s->starts[top * w->kernel[1]];
    past = s->starts[bottom * w->kernel[1]];
  }
  for (column = 0; column < s->whole[1][0]; column++) {
    y[column] = cut_window(s, column, corner + column * w->stride[1], top, bottom);
  }
  whole_windows(s, y + column, s->whole[1][1] - column, corner + column * w->stride[1], first, past);
  for (column = s->whole[1][1]; column < w->out[1]; column++) {
    y[column] = cut_window(s, column, corner + column * w->stride[1], top, bottom);
  }
}

kgl_status kgl_op_convolution(const kgl_place *place, const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  const uint32_t filters_a_group = step->u.window.filters / step->u.window.groups;
  const uint32_t channels_a_group = step->u.window.channels / step->u.window.groups;
  const uint32_t taps = step->u.window.kernel[0] * step->u.window.kernel[1];
  uint32_t *scratch = place->scratch;
  float *y = place->arena + step->y;
  kgl_filters filters;
  sweep s;
  uint32_t o, row;
  begin(&s, step);
  kgl_filters_open(&filters, place->model, weights, scratch);
  s.list = (kgl_survivor *)(scratch + kgl_weights_words(weights));
  s.starts = (uint32_t *)(s.list + weights->columns);
  s.x = place->arena + step->x;
  for (o = 0; o < weights->rows; o++) {
    kgl_status status = kgl_filters_list(&filters, s.list, &s.count);
    if (status != KGL_OK) return status;
    if (o != 0 && o % filters_a_group == 0) s.x += channels_a_group * s.plane;
    if (s.is_grouped) group_by_tap(&s, taps, s.starts + taps + 1);
    set_offsets(&s, taps);
    s.scale = kgl_number_or(&weights->scales, o, 1.0f);
    s.bias = kgl_number_or(&weights->biases, o, 0.0f);
    for (row = 0; row < s.window.out[0]; row++, y += s.window.out[1]) output_row(&s, y, row);
  }
  if (step->activation.kind != KGL_IDENTITY) {
    uint32_t count = weights->rows * s.window.out[0] * s.window.out[1];
    y = place->arena + step->y;
    kgl_activate(y, y, count, &step->activation);
  }
  return KGL_OK;
}
#endif

/* Kept here because it mirrors what the two filter layers put in their scratch. */
uint64_t kgl_step_scratch_words(const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  uint64_t words = 0;
  if (step->opcode != KGL_STEP_CONVOLUTION && step->opcode != KGL_STEP_DENSE) return 0;
  words += kgl_weights_words(weights);
#if KGL_OP_CONVOLUTION
  if (step->opcode == KGL_STEP_CONVOLUTION) {
    sweep s;
    begin(&s, step);
    words += 2 * (uint64_t)weights->columns;
    if (s.is_grouped) words += 2 * (uint64_t)step->u.window.kernel[0] * step->u.window.kernel[1] + 1;
  }
#endif
  if (step->opcode == KGL_STEP_DENSE && step->u.block.outer > 1) {
    words += 2 * (uint64_t)weights->columns;
  }
  return words;
}
