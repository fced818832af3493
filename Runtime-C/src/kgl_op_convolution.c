/* Convolution, weight stationary: a filter is decoded once to the list of its survivors, each with
 * the offset of its input from the window's corner, and the list is swept over the output plane.
 *
 * No tap is checked in an inner loop. Survivors are grouped by their tap (kernel row and column),
 * so the part of a filter that falls inside the image is a set of runs of the list: one for a
 * window that is whole from left to right, even if it is cut off at top or bottom, and one a kernel
 * row for a window cut off at left or right.
 *
 * Windows that have the same taps inside and lie evenly spaced are a strip: the whole windows of an
 * output row, or, down a column that is cut off, those of the rows that are not. A strip is done
 * eight (or four) windows at a time: one read of the list serves eight sums held in registers.
 *
 * Offsets are counted modulo 2^32 from the window's corner, which may lie outside the image; with
 * the corner added they are the input's index. */
#include <stddef.h>

#include "kgl_ops.h"
#include "kgl_weights.h"

#if KGL_OP_CONVOLUTION && KGL_FLOAT
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

/* The outputs along one axis for which the whole kernel is inside the image. Sizes are below 2^16,
 * or the kernel is 1: nothing exceeds 32 bits. */
static void find_whole(const kgl_window *window, uint32_t axis, uint32_t whole[2]) {
  const uint32_t reach = (window->kernel[axis] - 1) * window->dilation[axis];
  const uint32_t extent = window->in[axis] + window->before[axis];
  const uint32_t stride = window->stride[axis];
  whole[0] = (window->before[axis] + stride - 1) / stride;
  whole[1] = extent > reach ? (extent - reach + stride - 1) / stride : 0;
  if (whole[1] > window->out[axis]) whole[1] = window->out[axis];
  if (whole[0] >= whole[1]) whole[0] = whole[1] = 0;
}

static void begin(sweep *s, const kgl_step *step) {
  kgl_window *w = &s->window;
  *w = step->u.window;
  s->plane = w->in[0] * w->in[1];
  kgl_window_flatten(w);
  find_whole(w, 0, s->whole[0]);
  find_whole(w, 1, s->whole[1]);
  s->is_grouped = !kgl_window_is_inside(w);
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

/* --- Strips ---------------------------------------------------------------------------------- */

/* The taps that are inside the image: run r of the list is first[r x kernel width] ..<
 * past[r x kernel width]. */
typedef struct runs {
  const uint32_t *first, *past;
  uint32_t count;
} runs;

/* Windows with the same taps inside. */
typedef struct strip {
  runs taps;
  uint32_t corner;       /* of the first window; modulo 2^32 */
  uint32_t x_step;       /* between windows, in the input */
  uint32_t y_step;       /* and in the output */
  uint32_t count;
} strip;

/* Run number `run` of a strip's survivors. */
KGL_INLINE const kgl_survivor *first_of(const sweep *s, const strip *t, uint32_t run) {
  return s->list + t->taps.first[run * s->window.kernel[1]];
}

KGL_INLINE const kgl_survivor *past_of(const sweep *s, const strip *t, uint32_t run) {
  return s->list + t->taps.past[run * s->window.kernel[1]];
}

static float one(const sweep *s, const strip *t, uint32_t corner) {
  uint32_t run;
  float a = 0.0f;
  for (run = 0; run < t->taps.count; run++) {
    const kgl_survivor *survivor = first_of(s, t, run), *end = past_of(s, t, run);
    for (; survivor < end; survivor++) {
      a = KGL_MULTIPLY_ADD(a, survivor->value.real, s->x[corner + survivor->column]);
    }
  }
  return s->scale * a + s->bias;
}

/* Four windows: y[0], y[y_step], ... x_step is the strip's, given apart so that a constant of 1
 * makes the loads plain. */
KGL_INLINE void four(const sweep *s, const strip *t, float *y, uint32_t corner, uint32_t x_step) {
  uint32_t run;
  float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
  for (run = 0; run < t->taps.count; run++) {
    const kgl_survivor *survivor = first_of(s, t, run), *end = past_of(s, t, run);
    for (; survivor < end; survivor++) {
      const float *x = s->x + (uint32_t)(corner + survivor->column);
      const float value = survivor->value.real;
      a = KGL_MULTIPLY_ADD(a, value, x[0]);
      b = KGL_MULTIPLY_ADD(b, value, x[x_step]);
      c = KGL_MULTIPLY_ADD(c, value, x[2 * x_step]);
      d = KGL_MULTIPLY_ADD(d, value, x[3 * x_step]);
    }
  }
  y[0] = s->scale * a + s->bias;
  y[t->y_step] = s->scale * b + s->bias;
  y[2 * t->y_step] = s->scale * c + s->bias;
  y[3 * t->y_step] = s->scale * d + s->bias;
}

/* Eight windows. */
KGL_INLINE void eight(const sweep *s, const strip *t, float *y, uint32_t corner, uint32_t x_step) {
  uint32_t run;
  float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f, e = 0.0f, f = 0.0f, g = 0.0f, h = 0.0f;
  for (run = 0; run < t->taps.count; run++) {
    const kgl_survivor *survivor = first_of(s, t, run), *end = past_of(s, t, run);
    for (; survivor < end; survivor++) {
      const float *x = s->x + (uint32_t)(corner + survivor->column);
      const float value = survivor->value.real;
      a = KGL_MULTIPLY_ADD(a, value, x[0]);
      b = KGL_MULTIPLY_ADD(b, value, x[x_step]);
      c = KGL_MULTIPLY_ADD(c, value, x[2 * x_step]);
      d = KGL_MULTIPLY_ADD(d, value, x[3 * x_step]);
      e = KGL_MULTIPLY_ADD(e, value, x[4 * x_step]);
      f = KGL_MULTIPLY_ADD(f, value, x[5 * x_step]);
      g = KGL_MULTIPLY_ADD(g, value, x[6 * x_step]);
      h = KGL_MULTIPLY_ADD(h, value, x[7 * x_step]);
    }
  }
  y[0] = s->scale * a + s->bias;
  y[t->y_step] = s->scale * b + s->bias;
  y[2 * t->y_step] = s->scale * c + s->bias;
  y[3 * t->y_step] = s->scale * d + s->bias;
  y[4 * t->y_step] = s->scale * e + s->bias;
  y[5 * t->y_step] = s->scale * f + s->bias;
  y[6 * t->y_step] = s->scale * g + s->bias;
  y[7 * t->y_step] = s->scale * h + s->bias;
}

/* The last eight (or four) may overlap those before them: some are then computed twice. */
static void do_strip(const sweep *s, const strip *t, float *y) {
  const uint32_t width = t->count >= 8 ? 8 : t->count >= 4 ? 4 : 1;
  uint32_t i;
  for (i = 0; i < t->count; i += width) {
    float *to;
    uint32_t corner;
    if (i + width > t->count) i = t->count - width;
    to = y + i * t->y_step;
    corner = t->corner + i * t->x_step;
    if (width == 1) {
      *to = one(s, t, corner);
    } else if (t->x_step == 1) {
      if (width == 8) eight(s, t, to, corner, 1);
      if (width == 4) four(s, t, to, corner, 1);
    } else {
      if (width == 8) eight(s, t, to, corner, t->x_step);
      if (width == 4) four(s, t, to, corner, t->x_step);
    }
  }
}

/* --- The output plane ------------------------------------------------------------------------ */

/* The corner of the window for an output. */
static uint32_t corner_of(const sweep *s, uint32_t row, uint32_t column) {
  const kgl_window *w = &s->window;
  return (row * w->stride[0] - w->before[0]) * w->in[1] + column * w->stride[1] - w->before[1];
}

/* Kernel rows, or columns, that are inside the image for an output row, or column. */
static void taps_inside(const kgl_window *w, uint32_t axis, uint32_t out, uint32_t *first,
                        uint32_t *past) {
  kgl_window_taps(out, w->in[axis], w->kernel[axis], w->stride[axis], w->dilation[axis],
                  w->before[axis], first, past);
}

/* The windows of an output row that are whole from left to right. */
static void do_row(const sweep *s, float *y, uint32_t row) {
  const kgl_window *w = &s->window;
  uint32_t column = s->whole[1][0], top, bottom, all[2];
  strip t;
  all[0] = 0;
  all[1] = s->count;
  t.taps.first = &all[0];
  t.taps.past = &all[1];
  t.taps.count = 1;
  if (s->is_grouped) {
    taps_inside(w, 0, row, &top, &bottom);
    t.taps.first = &s->starts[top * w->kernel[1]];
    t.taps.past = &s->starts[bottom * w->kernel[1]];
  }
  t.corner = corner_of(s, row, column);
  t.x_step = w->stride[1];
  t.y_step = 1;
  t.count = s->whole[1][1] - column;
  do_strip(s, &t, y + row * w->out[1] + column);
}

/* An output column whose windows are cut off at left or right: the rows that are whole from top to
 * bottom are a strip, each other row is one of its own. */
static void do_cut_column(const sweep *s, float *y, uint32_t column) {
  const kgl_window *w = &s->window;
  uint32_t row = 0, left, right, top, bottom;
  strip t;
  taps_inside(w, 1, column, &left, &right);
  t.x_step = w->stride[0] * w->in[1];
  t.y_step = w->out[1];
  while (row < w->out[0]) {
    t.count = row == s->whole[0][0] && s->whole[0][1] > row ? s->whole[0][1] - row : 1;
    taps_inside(w, 0, row, &top, &bottom);
    t.taps.first = &s->starts[top * w->kernel[1] + left];
    t.taps.past = &s->starts[top * w->kernel[1] + right];
    t.taps.count = bottom - top;
    t.corner = corner_of(s, row, column);
    do_strip(s, &t, y + row * w->out[1] + column);
    row += t.count;
  }
}

/* One filter's output. y: [out[0], out[1]] */
static void do_plane(const sweep *s, float *y) {
  uint32_t i;
  for (i = 0; i < s->window.out[0]; i++) do_row(s, y, i);
  for (i = 0; i < s->whole[1][0]; i++) do_cut_column(s, y, i);
  for (i = s->whole[1][1]; i < s->window.out[1]; i++) do_cut_column(s, y, i);
}

kgl_status kgl_op_convolution(kgl_place *place, const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  const uint32_t filters_a_group = step->u.window.group_filters;
  const uint32_t channels_a_group = step->u.window.group_channels;
  const uint32_t taps = step->u.window.kernel[0] * step->u.window.kernel[1];
  uint32_t *scratch = place->scratch;
  float *y = place->arena + step->y;
  kgl_filters filters;
  sweep s;
  uint32_t o;
  begin(&s, step);
  kgl_filters_open(&filters, place, step);
  s.list = (kgl_survivor *)(scratch + kgl_weights_words(weights));
  s.starts = (uint32_t *)(s.list + weights->columns);
  s.x = place->arena + step->x;
  for (o = 0; o < weights->rows; o++) {
    kgl_status status = kgl_filters_list(&filters, s.list, &s.count);
    if (status != KGL_OK) return status;
    if (o != 0 && o % filters_a_group == 0) s.x += channels_a_group * s.plane;
    if (s.is_grouped) group_by_tap(&s, taps, s.starts + taps + 1);
    set_offsets(&s, taps);
    s.scale = kgl_number_or(&step->form.real.numbers[0], o, 1.0f);
    s.bias = kgl_number_or(&step->form.real.numbers[1], o, 0.0f);
    do_plane(&s, y);
    y += s.window.out[0] * s.window.out[1];
  }
  if (step->form.real.activation.kind != KGL_IDENTITY) {
    uint32_t count = weights->rows * s.window.out[0] * s.window.out[1];
    y = place->arena + step->y;
    kgl_activate(y, y, count, &step->form.real.activation);
  }
  return KGL_OK;
}

uint64_t kgl_convolution_words(const kgl_step *step) {
  const kgl_window *w = &step->u.window;
  uint64_t words = kgl_weights_words(&step->weights) + 2 * (uint64_t)step->weights.columns;
  if (!kgl_window_is_inside(w)) words += 2 * (uint64_t)(w->kernel[0] * w->kernel[1]) + 1;
  return words;
}
#endif
