/* Where a step reads and writes, and whether it may: for kgl_open, and for kgl_run once more, because
 * what is wrong here is a write outside the arena. What the fields of a step say by themselves, its reader
 * has checked (kgl_step.c). */
#include <stddef.h>

#include "kgl_ops.h"
#include "kgl_weights.h"

/* Words of the arena that a step reads or writes: counted in elements first. */
typedef struct span {
  uint32_t place;
  uint32_t words;
} span;

/* What a step reads (x; a binary, and a convolution with a residual, also b, else of no words) and
 * writes. */
typedef struct spans {
  span x, b, y;
} spans;

static int is_inside(const kgl_model *model, span s) {
  return kgl_is_inside(model, s.place, s.words);
}

static int are_apart(span a, span b) { /* both inside the arena: sums do not wrap */
  return a.place + a.words <= b.place || b.place + b.words <= a.place;
}

static uint32_t product3(uint32_t a, uint32_t b, uint32_t c) {
  return kgl_product(kgl_product(a, b), c);
}

static void window_spans(const kgl_step *step, spans *s) {
  const kgl_window *w = KGL_WINDOW_OF(step);
  s->x.words = product3(w->channels, w->in[0], w->in[1]);
  s->y.words = product3(w->filters, w->out[0], w->out[1]);
  if (KGL_IS_INTEGER(step) && step->opcode == KGL_STEP_CONVOLUTION && step->mode) {
    s->b.place = step->b;
    s->b.words = s->y.words;
  }
}

static void resize_spans(const kgl_step *step, spans *s) {
  const kgl_resize *r = KGL_RESIZE_OF(step);
  s->x.words = product3(r->channels, r->in[0], r->in[1]);
  s->y.words = product3(r->channels, r->out[0], r->out[1]);
}

/* Dense, select, copy. */
static void block_spans(const kgl_step *step, spans *s) {
  const kgl_block *block = &step->u.block;
  s->x.words = kgl_product(block->outer, block->inner);
  s->y.words = kgl_product(block->outer, block->middle);
}

/* Activation, PRelu, softmax, affine: one shape. */
static void shape_spans(const kgl_step *step, spans *s) {
  const kgl_block *block = &step->u.block;
  s->x.words = s->y.words = product3(block->outer, block->middle, block->inner);
}

static void mean_spans(const kgl_step *step, spans *s) {
  s->x.words = kgl_product(step->u.block.middle, step->u.block.inner);
  s->y.words = step->u.block.middle;
}

static void arg_max_spans(const kgl_step *step, spans *s) {
  const kgl_block *block = &step->u.block;
  s->x.words = product3(block->outer, block->middle, block->inner);
  s->y.words = kgl_product(block->outer, block->inner);
}

static void product_spans(const kgl_step *step, spans *s) {
  const kgl_block *block = &step->u.block;
  s->x.words = product3(block->outer, block->middle, block->inner);
  s->b.place = step->b;
  s->b.words = product3(block->outer, block->inner, block->offset);
  s->y.words = product3(block->outer, block->middle, block->offset);
}

/* What the window keeps is read where it is written. */
static void slide_spans(const kgl_step *step, spans *s) {
  const kgl_block *block = &step->u.block;
  s->x.words = product3(block->outer, block->offset, block->inner);
  s->y.words = product3(block->outer, block->middle, block->inner);
}

/* Numbers of 16 bits are counted as two elements each. */
static void short_dense_spans(const kgl_step *step, spans *s) {
  block_spans(step, s);
  s->y.words = kgl_product(s->y.words, 2);
}

static void short_product_spans(const kgl_step *step, spans *s) {
  mean_spans(step, s);
  s->x.words = kgl_product(s->x.words, 2);
}

/* A cell is read where it is written; of another see is_cell_apart. */
static void lstm_spans(const kgl_step *step, spans *s) {
  const uint32_t count = step->u.block.inner; /* below 2^24 */
  s->x.words = s->b.words = 8 * count;
  s->b.place = step->b;
  s->y.words = step->mode == KGL_LSTM_CELL ? 2 * count : count;
}

static void constant_spans(const kgl_step *step, spans *s) {
  s->x.place = 0;
  s->y.words = step->u.block.inner;
}

/* The elements of a tensor of these axes, leaving out those in the mask. */
static uint32_t axes_words(const kgl_axes *axes, uint32_t mask) {
  uint32_t words = 1, axis;
  for (axis = 0; axis < axes->rank; axis++) {
    if ((mask >> axis & 1u) == 0) words = kgl_product(words, axes->sizes[axis]);
  }
  return words;
}

static void binary_spans(const kgl_step *step, spans *s) {
  const kgl_axes *axes = KGL_AXES_OF(step);
  s->y.words = axes_words(axes, 0);
  s->x.words = step->masks[0] == 0 ? s->y.words : axes_words(axes, step->masks[0]);
  s->b.place = step->b;
  s->b.words = step->masks[1] == 0 ? s->y.words : axes_words(axes, step->masks[1]);
}

static void axes_spans(const kgl_step *step, spans *s) {
  s->x.words = s->y.words = axes_words(KGL_AXES_OF(step), 0);
}

/* Of the padded tensor too many where a size of it is. */
static void pad_spans(const kgl_step *step, spans *s) {
  const kgl_axes *axes = KGL_AXES_OF(step);
  uint32_t words = 1, axis;
  s->x.words = axes_words(axes, 0);
  for (axis = 0; axis < axes->rank; axis++) {
    uint32_t size = axes->before[axis] + axes->sizes[axis] + axes->after[axis];
    words = size > KGL_SIZE_MAX ? KGL_ELEMENTS_MAX + 1 : kgl_product(words, size);
  }
  s->y.words = words;
}

static void find_spans(const kgl_step *step, spans *s) {
#define SPANS(name, built, traits, reader, find, real, integer) \
  case KGL_STEP_##name:                                         \
    if (built) find(step, s);                                   \
    break;
  s->x.place = step->x;
  s->y.place = step->y;
  s->b.place = s->b.words = s->x.words = s->y.words = 0;
  switch (step->opcode) { KGL_OPERATORS(SPANS) }
#undef SPANS
}

/* Elements of a byte each as words; too many stay too many. */
static void to_words(span *s) {
  if (s->words <= KGL_ELEMENTS_MAX) s->words = (s->words + 3) / 4;
}

/* Whether x, or b, may be the very tensor that is written: of a binary one that does not repeat. */
static int may_be_y(const kgl_step *step, int is_b) {
  if (KGL_OP_BINARY && step->opcode == KGL_STEP_BINARY) return step->masks[is_b] == 0;
  if (KGL_OP_PRODUCT && step->opcode == KGL_STEP_PRODUCT) return 0;
  if (KGL_SHORTS && step->opcode == KGL_STEP_LSTM) return 0;
  return is_b || KGL_IS_ANY(KGL_IF_IN_PLACE, step->opcode);
}

/* Whether it is between floats and bytes. */
static int is_border(const kgl_step *step) {
  return KGL_BORDER && KGL_IS_EXACT(step) && step->opcode == KGL_STEP_ACTIVATION;
}

/* What the elements of y are. */
static kgl_type written_type(const kgl_step *step) {
  const uint32_t types = step->form.integer.types;
  if (KGL_OP_ARG_MAX && step->opcode == KGL_STEP_ARG_MAX) return KGL_INT32;
  if (!KGL_IS_INTEGER(step)) return KGL_FLOAT32;
  if (is_border(step) && step->mode) return KGL_FLOAT32; /* from bytes */
  return (types & KGL_Y_IS_SIGNED) != 0 ? KGL_INT8 : KGL_UINT8;
}

static int is_of_bytes(kgl_type type) { return type == KGL_INT8 || type == KGL_UINT8; }

#if KGL_SHORTS
/* Whether the cell that an LSTM's output is made of lies inside the arena, and apart from that. */
static int is_cell_apart(const kgl_model *model, const kgl_step *step, span y) {
  span c;
  if (step->opcode != KGL_STEP_LSTM || step->mode == KGL_LSTM_CELL) return 1;
  c.place = step->masks[0];
  c.words = 2 * step->u.block.inner;
  to_words(&c);
  return is_inside(model, c) && are_apart(c, y);
}
#endif

static int check_spans(const kgl_model *model, const kgl_step *step) {
  spans s;
  find_spans(step, &s);
  if (KGL_IS_INTEGER(step)) {
    if (!is_border(step) || step->mode) to_words(&s.x); /* else floats */
    if (is_of_bytes(written_type(step))) to_words(&s.y);
    to_words(&s.b);
  }
  if (!is_inside(model, s.x) || !is_inside(model, s.y)) return 0;
  if (!are_apart(s.x, s.y) && !(s.x.place == s.y.place && may_be_y(step, 0))) return 0;
#if KGL_SHORTS
  if (!is_cell_apart(model, step, s.y)) return 0;
#endif
  if ((0u KGL_OPERATORS(KGL_IF_WITH_B)) == 0 || s.b.words == 0) return 1; /* there is none */
  if (!is_inside(model, s.b)) return 0;
  return are_apart(s.b, s.y) || (s.b.place == s.y.place && may_be_y(step, 1));
}

#if KGL_OBSERVE
void kgl_step_written(const kgl_step *step, const void *arena, kgl_written *written) {
  spans s;
  find_spans(step, &s);
  written->opcode = step->opcode + (KGL_IS_INTEGER(step) ? KGL_STEP_INTEGER : 0);
  written->type = written_type(step);
  written->elements = s.y.words;
  written->values = (const uint32_t *)arena + s.y.place;
}
#endif

#if KGL_OP_CONVOLUTION
/* Words behind the activations that a convolution needs. */
static uint64_t convolution_words(const kgl_step *step) {
  return KGL_IS_INTEGER(step) ? kgl_integer_convolution_words(step) : kgl_convolution_words(step);
}
#endif

uint32_t kgl_scratch_words(const kgl_step *step) {
  uint32_t words = 0;
#if KGL_OP_CONVOLUTION
  if (step->opcode == KGL_STEP_CONVOLUTION) {
    uint64_t most = convolution_words(step);
    return most < 0xFFFFFFFFu ? (uint32_t)most : 0xFFFFFFFFu;
  }
#endif
  if (KGL_SHORTS && step->opcode == KGL_STEP_SHORT_DENSE) {
    return kgl_weights_words(&step->weights) + 2 * step->weights.columns;
  }
  if (KGL_OP_DENSE && step->opcode == KGL_STEP_DENSE) {
    words = kgl_weights_words(&step->weights);
    if (step->u.block.outer > 1) words += 2 * step->weights.columns; /* these are below 2^24 */
    if (KGL_IS_BY_COLUMNS(&step->weights)) words += step->weights.rows;
  }
  return words;
}

static int check_bitmap(const kgl_step *step, uint32_t *unread) {
  const kgl_block *block = &step->u.block;
  const uint8_t *at = step->bitmap, *end = at + (block->inner + 7) / 8;
  uint32_t ones = 0;
  if (!kgl_take_unread(unread, (uint32_t)(end - at))) return 0;
  if (block->inner % 8 != 0 && end[-1] >> block->inner % 8 != 0) return 0;
  for (; end - at >= 4; at += 4) ones += kgl_ones(kgl_load32(at));
  while (at < end) ones += kgl_ones(*at++);
  return ones == block->middle;
}

static int check_biases(const kgl_scaling *scaling, uint32_t count, uint32_t *unread) {
  const uint32_t most = 1u << 29;
  uint32_t i;
  if (scaling->biases == NULL || scaling->bias_bytes < 4) return 1;
  if (!kgl_take_unread(unread, 4 * count)) return 0;
  for (i = 0; i < count; i++) {
    if (kgl_read32(scaling->biases + 4 * i) + most > 2 * most) return 0;
  }
  return 1;
}

/* Whether the further bits of long multipliers are all there, and those behind the last are 0. */
static int check_further(const kgl_exact_form *form, uint32_t rows, uint32_t *unread) {
  uint32_t i, bits = 0, bytes;
  if (form->longs == NULL) return 1;
  if (!kgl_take_unread(unread, rows / 8 + (rows % 8 != 0))) return 0;
  for (i = 0; i < rows; i += 8) bits += form->further_bits * kgl_ones(form->longs[i / 8]);
  bytes = bits / 8 + (bits % 8 != 0);
  if (form->further == NULL || bytes > form->further_room) return 0;
  return bits % 8 == 0 || form->further[bytes - 1] >> bits % 8 == 0;
}

int kgl_take_unread(uint32_t *unread, uint32_t bytes) {
  if (bytes > *unread) return 0;
  *unread -= bytes;
  return 1;
}

int kgl_check_step(const kgl_model *model, const kgl_step *step, uint32_t *unread) {
  const int is_layer = KGL_IS_ANY(KGL_IF_LAYER, step->opcode);
  if (!check_spans(model, step)) return 0;
  if (KGL_OP_SELECT && step->opcode == KGL_STEP_SELECT) return check_bitmap(step, unread);
  if (!KGL_IS_INTEGER(step)) return 1;
  if (KGL_IS_EXACT(step)) return !is_layer || check_further(&step->form.exact, step->weights.rows, unread);
  if (is_layer || (KGL_OP_AFFINE && step->opcode == KGL_STEP_AFFINE)) {
    return check_biases(&step->form.integer.scaling,
                        is_layer ? step->weights.rows : step->u.block.middle, unread);
  }
  return 1;
}
