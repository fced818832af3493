/* Convolution on integers, weight stationary: a filter is decoded once, to a list of a word a survivor,
 * and swept over the output plane, eight outputs of a row at a time.
 *
 * A word of the list holds the weight in its upper half and in its lower one how much further the
 * survivor's input lies than that of the survivor before (in segments the halves change places, for
 * vectors multiply by a lower half): a sweep is one pointer that walks the window. So that no tap need be checked, the input of a group is first copied with a border of
 * zeros, unless every window lies inside the image; and so that a row of fewer than eight outputs
 * takes one pass, that copy is as wide as eight need. Where rows are no multiple of eight, strips let eights
 * run on from row to row (kgl_integer_layout.h). The last eight outputs of a row may begin
 * before the eight that precede them end: they are computed again and not written again (they may be
 * read as the residual).
 *
 * kgl_integer_sweep.h is the sweep in portable C, kgl_integer_vectors.h by Helium's vectors,
 * kgl_integer_avx2.h by a PC's. */
#include "kgl_kernel.h"

#include <stddef.h>
#include <string.h>

#include "kgl_dual.h"
#include "kgl_weights.h"

#if KGL_OP_CONVOLUTION && KGL_INTEGER
#include "kgl_integer_layout.h"
#include "kgl_integer_sweep.h"
#if KGL_EXACT
#include "kgl_integer_whole.h"
#endif
#if KGL_TILES_ROOM
#include "kgl_integer_depthwise.h"
#include "kgl_integer_tiles.h"
#endif
#if KGL_HELIUM
#include "kgl_integer_vectors.h"
#endif
#if KGL_AVX2
#include "kgl_integer_avx2.h"
#endif

/* Words of the list, with room for what bridges long ways in a group's `span` elements. Before it lie the
 * columns' offsets, behind it the copy. */
static uint64_t list_words(uint64_t span, uint32_t columns) {
  const uint64_t bridges = span >> 13; /* over twice the span: a channel's strips are gone through forth and back */
  return 2 * (uint64_t)columns + bridges + 1;
}

static uint64_t sweep_words(const kgl_step *step) {
  uint64_t words, span;
  layout l;
  lay_out(&l, &step->u.window, SWEEP);
  lay_in_strips(&l, step->u.window.group_channels, SWEEP);
  if (l.is_too_large) return UINT64_MAX;
  span = (uint64_t)l.plane * step->u.window.group_channels;
  words = kgl_weights_words(&step->weights);
  words += step->weights.columns + list_words(span, step->weights.columns);
  if (l.is_copied) words += (span + 3) / 4;
  return words;
}

uint64_t kgl_integer_convolution_words(const kgl_step *step) {
  uint64_t words = 0, swept;
#if KGL_EXACT
  if (KGL_IS_EXACT(step) && is_whole(&step->u.window)) return whole_words(step);
#endif
#if KGL_TILES_ROOM
  if (is_tiled(step)) words = tiles_words(step);
  if (KGL_TILES && words > 0) return words;
  if (is_depthwise(step)) words = depthwise_words(step);
#endif
  swept = sweep_words(step);
  return words > swept ? words : swept;
}

/* A segment of the list: 16 bits hold its sums, whatever the inputs are. With inputs of 0...255 its
 * weights above 0 come to at most 128, so that 255 x them is at most 32767 (a weight is at most 127),
 * and those below 0 to at least -128; with inputs of -128...127 their distances from 0 come to at most
 * 255. */
typedef struct segment {
  uint32_t *header; /* the word that counts its others */
  uint32_t sizes;   /* what its weights come to: those above 0, and in the upper half those below; or all of them */
} segment;

KGL_INLINE void end_segment(const segment *s, const uint32_t *word) {
  *s->header = (uint32_t)(word - s->header) - 1;
}

/* Where a weight goes that would be put at `word`: one further, in a segment of its own, if the segment
 * at hand is full. */
KGL_INLINE uint32_t *in_segment(segment *s, uint32_t *word, int32_t weight, int x_is_signed) {
  const uint32_t room = 0x7FFFu - (x_is_signed ? 255 : 128); /* so that a full half has its top bit set */
  uint32_t size = (uint32_t)weight;
  if (weight < 0) size = x_is_signed ? 0u - size : (0u - size) << 16;
  s->sizes += size;
  if (!KGL_RARELY((s->sizes + (room << 16 | room)) & 0x80008000u)) return word;
  end_segment(s, word);
  s->header = word;
  s->sizes = size;
  return word + 1;
}

/* Survivors to words, in place: no more than two words are written before the survivor there has been
 * read, but where words of weight 0 bridge a long way, and then the list has room behind it, which it
 * is moved to first. With segments each begins with a word that counts the others. Near: no way is that long. Gives
 * how many words there are. */
KGL_INLINE uint32_t pack_as(kgl_survivor *list, uint32_t count,
                            const uint32_t *offsets, uint32_t room, int has_segments,
                            int x_is_signed, int is_near) {
  const kgl_survivor *from = list, *end;
  uint32_t at = 0, *word = (uint32_t *)list;
  segment s = {NULL, 0};
  if (count == 0) return 0;
  if (room > 2 * count) {
    from = (const kgl_survivor *)((uint32_t *)list + (room - 2 * count));
    memmove((uint32_t *)list + (room - 2 * count), list, count * sizeof *list);
  }
  if (has_segments) s.header = word++;
  for (end = from + count; from < end; from++) {
    const int32_t weight = from->value.level;
    const uint32_t offset = offsets[from->column];
    int32_t step = (int32_t)(offset - at);
    at = offset;
    if (has_segments) word = in_segment(&s, word, weight, x_is_signed);
    for (; !is_near && KGL_RARELY(step > (int32_t)STEP_MAX); step -= (int32_t)STEP_MAX) {
      *word++ = has_segments ? STEP_MAX << 16 : STEP_MAX;
    }
    *word++ = has_segments ? kgl_two(weight, step) : kgl_two(step, weight);
  }
  if (has_segments) end_segment(&s, word);
  return (uint32_t)(word - (uint32_t *)list);
}

KGL_NOINLINE uint32_t pack(const sweep *s, kgl_survivor *list, uint32_t count,
                           const uint32_t *offsets, uint32_t room) {
#if KGL_HELIUM
  if (s->is_vector) {
    if (s->x_flip) return pack_as(list, count, offsets, room, 1, 1, 0);
    return room == 0 ? pack_as(list, count, offsets, 0, 1, 0, 1) : pack_as(list, count, offsets, room, 1, 0, 0);
  }
#endif
#if KGL_PAIRED
  if (s->in_pairs) return pack_as(list, count, offsets, room, 1, 0, 0);
#endif
  (void)s;
  return pack_as(list, count, offsets, room, 0, 0, 0);
}

#if KGL_TILES
/* Whether a segment holds most filters of nine levels. */
KGL_NOINLINE int has_small_levels(const kgl_numbers *table) {
  uint32_t i, ones = 0;
  if (table->precision != KGL_SCALED_BYTES || table->bytes == NULL) return 0;
  for (i = 0; i < table->count; i++) {
    const int32_t level = kgl_signed8(table->bytes[4 + i]);
    ones |= (uint32_t)(level < 0 ? -level : level);
  }
  return ones < 32;
}
#endif

/* The plane of a filter without survivors. */
KGL_NOINLINE void fill_plane(const sweep *s, const plane *p) {
  const uint32_t none = 0;
  row_finish finish;
  ready_finish(&finish, s);
  finish_sums(s, &finish, &none, p->y, NULL, 1);
  memset(p->y, p->y[0], p->rows * p->columns);
}

#if KGL_AVX2
/* The same for vectors of a PC. Gives how many channels of a copy lie side by side. */
KGL_NOINLINE uint32_t lay_for_vectors(layout *l, const kgl_step *step) {
  const uint32_t channels = step->u.window.group_channels;
  layout bordered;
  uint32_t side;
  lay_out(&bordered, &step->u.window, SWEEP);
  side = channels_beside(&bordered, l, channels, step->weights.table.precision == KGL_SCALED_BYTES);
  if (side > 1) *l = bordered;
  return side;
}
#endif

kgl_status kgl_integer_convolution(kgl_place *place, const kgl_step *step) {
  const kgl_weights *weights = &step->weights;
  const kgl_window *window = &step->u.window;
  const uint32_t filters_a_group = window->group_filters;
  const uint32_t channels = window->group_channels;
  const uint32_t size = window->out[0] * window->out[1];
  const uint8_t *x = kgl_bytes_at(place, step->x), *laid;
  uint8_t *copy;
  uint32_t *offsets = place->scratch + kgl_weights_words(weights), o, room;
  kgl_survivor *list = (kgl_survivor *)(offsets + weights->columns);
  kgl_filters filters;
  layout l;
  sweep s;
  plane p;
  int in_vectors = 0;
  uint32_t side = 1;
#if KGL_EXACT
  if (KGL_IS_EXACT(step) && is_whole(window)) return whole_convolution(place, step);
#endif
#if KGL_TILES
  if (is_tiled(step)) return tiled_convolution(place, step);
#endif
  lay_out(&l, window, SWEEP);
  lay_in_strips(&l, channels, SWEEP);
#if KGL_TILES
  if (is_depthwise(step) && !(KGL_HELIUM && l.strip != 0 && has_small_levels(&weights->table))) {
    return depthwise_convolution(place, step);
  }
#endif
  kgl_filters_open(&filters, place, step);
#if KGL_AVX2
  side = lay_for_vectors(&l, step);
  if (side > 1) {
    find_beside(&l, offsets, channels, side);
  } else
#endif
  {
    find_offsets(&l, offsets, channels);
  }
  room = (uint32_t)list_words((uint64_t)l.plane * channels, weights->columns);
  copy = (uint8_t *)((uint32_t *)list + room);
  sweep_begin(&s, step);
  lay_plane(&p, &l);
#if KGL_AVX2
  in_vectors = avx2_fits(&p);
#endif
  (void)in_vectors;
  p.y = kgl_bytes_at(place, step->y);
  p.r = step->mode ? kgl_bytes_at(place, step->b) : NULL;
  laid = x;
  if (l.is_copied) fill_copy(&l, copy, channels, border_of(step) ^ (side == 4 ? (int)s.x_flip : 0));
  for (o = 0; o < weights->rows; o++) {
    uint32_t count;
    kgl_status status = kgl_filters_list(&filters, list, &count);
    if (status != KGL_OK) return status;
    if (o != 0 && o % filters_a_group == 0) x += channels * window->in[0] * window->in[1];
    if (o % filters_a_group == 0) {
      laid = l.is_copied ? copy : x;
#if KGL_AVX2
      if (side > 1) {
        copy_beside(&l, copy, x, channels, side, side == 4 ? (uint8_t)s.x_flip : 0);
      } else
#endif
      if (l.strip != 0) {
        copy_strips(&l, copy, x, channels, border_of(step));
      } else if (l.is_copied) {
        copy_inside(&l, copy, x, channels, 0);
      }
    }
#if KGL_PAIRED
    s.in_pairs = s.may_be_paired && !in_vectors && p.across == 1 && pays_in_pairs(list, count);
#endif
#if KGL_AVX2
    if (side > 1) {
      count = pack_beside(&s, list, count, offsets, weights->columns, side);
    } else
#endif
    {
      count = pack(&s, list, count, offsets, (uint64_t)l.plane * channels > STEP_MAX ? room : 0);
    }
    sweep_filter(&s, o);
    s.list = (const uint32_t *)list;
    s.end = s.list + count;
    p.x = laid;
    if (count == 0 && p.r == NULL) {
      fill_plane(&s, &p);
    } else
#if KGL_HELIUM
    if (s.is_vector) {
      sweep_plane_by_vectors(&s, &p);
    } else
#endif
#if KGL_AVX2
    if (in_vectors) {
      sweep_plane_by_avx2(&s, &p, side);
    } else
#endif
    {
      sweep_plane(&s, &p);
    }
    p.y += size;
    if (p.r != NULL) p.r += size;
  }
  return KGL_OK;
}
#endif
