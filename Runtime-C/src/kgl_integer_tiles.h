/* The integer convolution of a layer without zeros: blocks of filters over tiles of four outputs. For the
 * convolution alone.
 *
 * A block of filters is decoded once, to words of two weights; then, for each tile, the inputs of its four
 * windows are gathered once, as words of two inputs, and multiplied with every filter of the block: two
 * filters at a time, sixteen products in a turn. So a filter costs no list to walk and an output no taps to
 * find, and a machine that multiplies two by two (KGL_DUAL) does half of the multiplications. */
#ifndef KGL_INTEGER_TILES_H
#define KGL_INTEGER_TILES_H

#include "kgl_dual.h"
#include "kgl_integer_layout.h"
#include "kgl_integer_sweep.h"
#include "kgl_weights.h"

#if KGL_HELIUM
#define TILE 8u             /* outputs of a tile */
#else
#define TILE 4u
#endif
#define BLOCK_WORDS 2048u   /* that a block of filters takes, unless four are more */

/* A layer's blocks and tiles, in the scratch. */
typedef struct tiles {
  const uint32_t *offsets; /* [columns], from a window's corner */
  uint32_t columns, pairs;
  uint32_t padded;         /* columns, as many as vectors take */
  uint32_t filters;        /* of a block, even */
  uint32_t *tile;          /* [pairs, TILE] words of two inputs */
  uint32_t *block;         /* [filters / 2, pairs, 2] words of two weights; Helium: of four */
  uint32_t *more;          /* [filters]: what vectors begin a filter's sums with */
  row_finish *finishes;    /* [filters] */
  int are_plain;           /* all of the block: exact and plain */
} tiles;

/* Whether a step's layer is done so: one that has no zeros, of filters that read the same inputs. */
KGL_INLINE int is_tiled(const kgl_step *step) {
  return step->weights.mask == KGL_MASK_NONE && step->u.window.group_filters > 1 &&
         step->weights.table.precision != KGL_SCALED_SHORTS;
}

KGL_INLINE uint32_t padded_columns(uint32_t columns) { return (columns + 15) & ~15u; }

/* Filters of a block. */
KGL_INLINE uint32_t block_filters(uint32_t padded, uint32_t filters) {
  uint32_t count = 2 * BLOCK_WORDS / padded;
  if (count < 4) count = 4;
  if (count > 32) count = 32;
  if (count > filters) count = filters;
  return (count + 1) & ~1u;
}

/* The parts of the scratch, behind the decoder's; gives where the bordered copy begins. */
KGL_INLINE uint32_t *tiles_begin(tiles *t, const kgl_step *step, uint32_t *scratch) {
  uint32_t room;
  t->columns = step->weights.columns;
  t->pairs = (t->columns + 1) / 2;
  t->padded = padded_columns(t->columns);
  t->filters = block_filters(t->padded, step->u.window.group_filters);
  t->offsets = scratch;
  t->tile = scratch + t->columns; /* a filter's weights lie here too, as long as no tile does */
  t->block = t->tile + 2 * t->padded;
  room = t->filters * (t->padded / 2 + 1 + ROW_FINISH_WORDS);
#if KGL_HELIUM
  t->filters = room / (t->padded / 4 + 1 + ROW_FINISH_WORDS) & ~1u; /* of which a weight takes a byte */
#endif
  t->more = t->block + t->filters * (t->padded / (KGL_HELIUM ? 4 : 2));
  t->finishes = (row_finish *)(t->more + t->filters);
  return t->block + room;
}

static uint64_t tiles_words(const kgl_step *step) {
  const kgl_window *window = &step->u.window;
  const uint64_t padded = padded_columns(step->weights.columns);
  uint64_t words = kgl_weights_words(&step->weights), filters;
  layout l;
  lay_out(&l, window, 1);
  if (l.is_too_large) return UINT64_MAX;
  filters = block_filters((uint32_t)padded, window->group_filters);
  words += step->weights.columns + (4 + filters) * (padded / 2) + filters * (1 + ROW_FINISH_WORDS);
  if (l.is_copied) words += ((uint64_t)l.plane * window->group_channels + 3) / 4;
  return words;
}

#if KGL_TILES
/* Windows of a plane in order, those of a tile at a time. */
typedef struct corners {
  const uint8_t *row; /* the first window of the row */
  uint32_t column;    /* of the next window */
} corners;

/* The corners of the next `count` windows; further ones are as the last. */
KGL_INLINE void next_corners(corners *at, const plane *p, uint32_t count, const uint8_t *x[TILE]) {
  uint32_t i;
  for (i = 0; i < TILE; i++) {
    x[i] = at->row + at->column * p->across;
    if (i + 1 >= count && i + 1 < TILE) continue;
    if (++at->column == p->columns) {
      at->column = 0;
      at->row += p->down;
    }
  }
}

/* --- Filters and tiles, two by two ------------------------------------------------------------- */

#if KGL_HELIUM
#include "kgl_integer_tiles_vectors.h"
#else
/* The coming filter as number `f` of the block. */
static kgl_status read_filter(kgl_filters *filters, const tiles *t, uint32_t f) {
  const uint8_t *from = kgl_filters_levels(filters, (kgl_survivor *)t->tile);
  uint32_t *words = t->block + (f / 2) * 2 * t->pairs + f % 2;
  uint32_t i;
  if (from == NULL) return KGL_ERR_CORRUPT;
  for (i = 0; i < t->columns / 2; i++, from += 2) words[2 * i] = kgl_two(kgl_signed8(from[0]), kgl_signed8(from[1]));
  if (t->columns % 2 != 0) words[2 * i] = kgl_two(kgl_signed8(*from), 0);
  return KGL_OK;
}

/* The inputs of four windows, whose corners these are. */
KGL_INLINE int32_t input_at(const uint8_t *x, uint32_t flip) { return flip ? kgl_signed8(*x) : (int32_t)*x; }

KGL_INLINE void gather_as(const tiles *t, const uint8_t *const x[TILE], uint32_t flip) {
  const uint32_t *offset = t->offsets, *last = offset + (t->columns & ~1u);
  const uint8_t *a = x[0], *b = x[1], *c = x[2], *d = x[3];
  uint32_t *to = t->tile;
  for (; offset < last; offset += 2, to += TILE) {
    const uint32_t i = offset[0], j = offset[1];
    to[0] = kgl_two(input_at(a + i, flip), input_at(a + j, flip));
    to[1] = kgl_two(input_at(b + i, flip), input_at(b + j, flip));
    to[2] = kgl_two(input_at(c + i, flip), input_at(c + j, flip));
    to[3] = kgl_two(input_at(d + i, flip), input_at(d + j, flip));
  }
  if (t->columns % 2 != 0) { /* beside a weight of 0 */
    to[0] = kgl_two(input_at(a + *offset, flip), 0);
    to[1] = kgl_two(input_at(b + *offset, flip), 0);
    to[2] = kgl_two(input_at(c + *offset, flip), 0);
    to[3] = kgl_two(input_at(d + *offset, flip), 0);
  }
}

KGL_NOINLINE void gather(const tiles *t, const uint8_t *const x[TILE], uint32_t flip) {
  if (flip) {
    gather_as(t, x, 128);
  } else {
    gather_as(t, x, 0);
  }
}

/* The sums of two filters, whose words are `w`, over the tile. */
KGL_INLINE void sum_tile(const tiles *t, const uint32_t *w, uint32_t sums[2 * TILE]) {
  const uint32_t *x = t->tile, *end = x + TILE * t->pairs;
  uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  while (x < end) {
    const uint32_t one = w[0], other = w[1];
    a = kgl_dual(a, one, x[0]);
    e = kgl_dual(e, other, x[0]);
    b = kgl_dual(b, one, x[1]);
    f = kgl_dual(f, other, x[1]);
    c = kgl_dual(c, one, x[2]);
    g = kgl_dual(g, other, x[2]);
    d = kgl_dual(d, one, x[3]);
    h = kgl_dual(h, other, x[3]);
    w += 2;
    x += TILE;
  }
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
  sums[4] = e, sums[5] = f, sums[6] = g, sums[7] = h;
}

KGL_NOINLINE void two_filters(const tiles *t, const uint32_t *w, uint32_t sums[2 * TILE]) { sum_tile(t, w, sums); }

#if KGL_EXACT
KGL_INLINE void four_plain(const kgl_exact_row *of, const uint32_t sums[TILE], uint8_t *y) {
  const kgl_exact_row row = *of;
  y[0] = kgl_exact_plain(&row, sums[0]), y[1] = kgl_exact_plain(&row, sums[1]);
  y[2] = kgl_exact_plain(&row, sums[2]), y[3] = kgl_exact_plain(&row, sums[3]);
}

/* Two filters whose rows are plain, and their outputs over the whole tile. */
KGL_NOINLINE void two_plain_filters(const tiles *t, const uint32_t *w, const row_finish *finish, uint8_t *y,
                                    uint32_t size) {
  uint32_t sums[2 * TILE];
  sum_tile(t, w, sums);
  four_plain(&finish[0].exact, sums, y);
  four_plain(&finish[1].exact, sums + TILE, y + size);
}
#endif

/* `count` filters of a block over a tile of `outputs`; y: of the first. */
KGL_NOINLINE void finish_tile(const tiles *t, const sweep *s, uint32_t count, uint32_t outputs, uint8_t *y,
                        const uint8_t *r, uint32_t size) {
  uint32_t f, sums[2 * TILE];
  for (f = 0; f < count; f++, y += size) {
#if KGL_EXACT
    if (t->are_plain && f % 2 == 0 && f + 1 < count && outputs == TILE) {
      two_plain_filters(t, t->block + f * t->pairs, &t->finishes[f], y, size);
      f++;
      y += size;
      continue;
    }
#endif
    if (f % 2 == 0) two_filters(t, t->block + f * t->pairs, sums);
    finish_sums(s, &t->finishes[f], sums + f % 2 * TILE, y, r == NULL ? NULL : r + f * size, outputs);
  }
}

/* `count` filters of a block over a plane; y: of the first. */
static void sweep_tiles(const tiles *t, const sweep *s, const plane *p, uint32_t count) {
  const uint32_t size = p->rows * p->columns;
  corners at = {p->x, 0};
  uint32_t done;
  for (done = 0; done < size; done += TILE) {
    const uint32_t outputs = size - done < TILE ? size - done : TILE;
    const uint8_t *x[TILE];
    next_corners(&at, p, outputs, x);
    gather(t, x, s->x_flip);
    finish_tile(t, s, count, outputs, p->y + done, p->r == NULL ? NULL : p->r + done, size);
  }
}

#endif

/* --- Blocks over planes -------------------------------------------------------------------------- */

/* Filters o ..< o + count. */
static kgl_status read_block(kgl_filters *filters, tiles *t, sweep *s, uint32_t o, uint32_t count) {
  uint32_t f;
  t->are_plain = KGL_EXACT;
  for (f = 0; f < count; f++) {
    kgl_status status = read_filter(filters, t, f);
    if (status != KGL_OK) return status;
    sweep_filter(s, o + f);
    ready_finish(&t->finishes[f], s);
#if KGL_EXACT
#if KGL_HELIUM
    if (s->exact != NULL) t->more[f] += s->row.bias;
#endif
    t->are_plain = t->are_plain && t->columns <= PLAIN_COLUMNS && s->exact != NULL && s->row.is_plain;
#endif
  }
#if !KGL_HELIUM
  if (count % 2 != 0) { /* its neighbour, whose sums nobody takes */
    uint32_t *words = t->block + (count - 1) * t->pairs + 1, i;
    for (i = 0; i < t->pairs; i++) words[2 * i] = 0;
  }
#endif
  return KGL_OK;
}

static kgl_status tiled_convolution(kgl_place *place, const kgl_step *step) {
  const kgl_window *window = &step->u.window;
  const uint32_t channels = window->group_channels, size = window->out[0] * window->out[1];
  uint32_t *scratch = place->scratch + kgl_weights_words(&step->weights), o, count;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  kgl_filters filters;
  uint8_t *copy;
  layout l;
  tiles t;
  sweep s;
  plane p;
  lay_out(&l, window, 1);
  copy = (uint8_t *)tiles_begin(&t, step, scratch);
  kgl_filters_open(&filters, place, step);
  find_offsets(&l, scratch, channels);
  sweep_begin(&s, step);
  p.x = x;
  p.down = l.window.stride[0] * l.width;
  p.across = l.window.stride[1];
  p.rows = l.window.out[0];
  p.columns = l.window.out[1];
  p.y = kgl_bytes_at(place, step->y);
  p.r = step->mode ? kgl_bytes_at(place, step->b) : NULL;
  if (l.is_copied) fill_copy(&l, copy, channels, border_of(step));
  for (o = 0; o < step->weights.rows; o += count) {
    const uint32_t left = window->group_filters - o % window->group_filters; /* of the group */
    kgl_status status;
    count = left < t.filters ? left : t.filters;
    if (left == window->group_filters) {
      p.x = l.is_copied ? copy : x;
      if (l.is_copied) copy_inside(&l, copy, x, channels, 0);
      x += channels * window->in[0] * window->in[1];
    }
    status = read_block(&filters, &t, &s, o, count);
    if (status != KGL_OK) return status;
    sweep_tiles(&t, &s, &p, count);
    p.y += count * size;
    if (p.r != NULL) p.r += count * size;
  }
  return KGL_OK;
}

#endif

#endif
