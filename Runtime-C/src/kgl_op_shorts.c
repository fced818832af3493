/* LSTM and SVDF of integers (Blob.md, "Exact steps"): layers whose sums have 16 bits, an LSTM's cell and what it gives, and
 * products of windows with weights along time. Numbers between them have 16 bits, two bytes each. The arithmetic is that of TensorFlow Lite Micro, to the last bit.
 * Widths: three times a number of 16 bits, shifted left by at most 12, is within 2^29; a product of two is within
 * 2^30, and doubled within 2^31. */
#include "kgl_kernel.h"

#include "kgl_dual.h"
#include "kgl_exact.h"
#include "kgl_weights.h"

#if KGL_SHORTS
/* --- Numbers of 16 bits ---------------------------------------------------------------------- */

static int32_t load_short(const uint8_t *p) { return kgl_signed16(kgl_load16(p)); }

static void store_short(uint8_t *p, int32_t number) {
  p[0] = (uint8_t)number;
  p[1] = (uint8_t)((uint32_t)number >> 8);
}

static int32_t saturated_short(int32_t number) {
  return number < -32768 ? -32768 : number > 32767 ? 32767 : number;
}

/* --- Layers ---------------------------------------------------------------------------------- */

/* The sum of a row's survivors. */
static uint32_t list_sum(const kgl_survivor *list, uint32_t count, const uint8_t *x) {
  const kgl_survivor *end = list + count;
  uint32_t sum = 0;
  for (; list < end; list++) sum += (uint32_t)(list->value.level * kgl_signed8(x[list->column]));
  return sum;
}

/* x: [outer, inner] int8, y: [outer, middle] of 16 bits */
kgl_status kgl_short_dense(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  kgl_survivor *list = (kgl_survivor *)(place->scratch + kgl_weights_words(&step->weights));
  kgl_filters filters;
  kgl_exact_rows rows;
  kgl_exact_row row;
  const uint8_t *bytes = NULL;
  uint32_t o, r, count;
  kgl_filters_open(&filters, place, step);
  kgl_exact_rows_begin(&rows, &step->form.exact, step->weights.rows);
  for (o = 0; o < block->middle; o++) {
    if (step->weights.values == KGL_VALUES_BYTES) {
      count = 1;
      bytes = kgl_filters_bytes(&filters, &count);
      if (bytes == NULL) return KGL_ERR_CORRUPT;
    } else {
      const kgl_status status = kgl_filters_list(&filters, list, &count);
      if (status != KGL_OK) return status;
    }
    kgl_exact_rows_next(&rows, &row);
    for (r = 0; r < block->outer; r++) {
      const uint8_t *from = x + r * block->inner;
      const uint32_t sum = bytes != NULL ? kgl_bytes_sum(bytes, from, block->inner) : list_sum(list, count, from);
      store_short(y + 2 * (r * block->middle + o), saturated_short(kgl_exact_scaled(&row, sum + row.bias)));
    }
  }
  return KGL_OK;
}

/* The same as kgl_exact_scaled of a sum of all 32 bits, which there is no room to double. */
static int32_t scaled_whole(const kgl_exact_row *row, uint32_t sum) {
  const int64_t product = (int64_t)kgl_as_signed(sum << (row->left - 1)) * (int32_t)row->multiplier;
  const int64_t t = (product + (1 << 30)) >> 31;
  return (int32_t)((t + (t < 0 ? row->nudge : 0) + row->half) >> row->right);
}

/* x: [middle, inner] of 16 bits, y: [middle] int8 */
kgl_status kgl_short_product(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_exact_form *form = &step->form.exact;
  const uint8_t *x = kgl_bytes_at(place, step->x), *weights = form->slopes;
  uint8_t *y = kgl_bytes_at(place, step->y);
  kgl_exact_row row;
  uint32_t unit, i;
  kgl_exact_ready(&row, &form->scales[0]);
  kgl_exact_range(&row, form);
  for (unit = 0; unit < block->middle; unit++) {
    uint32_t sum = kgl_load32(form->rows + 4 * unit);
    for (i = 0; i < block->inner; i++, x += 2, weights += 2) sum += (uint32_t)(load_short(x) * load_short(weights));
    y[unit] = kgl_exact_clamped(&row, scaled_whole(&row, sum));
  }
  return KGL_OK;
}

/* --- Curves ---------------------------------------------------------------------------------- */

/* The sigmoid at i / 24, in 2^-16, raised so that its chords are near to it. */
static const uint16_t sigmoids[256] = {
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535};

/* On the chord behind a point, in 2^-16 and as many bits more as `rest` has. */
static int32_t on_chord(uint32_t point, uint32_t rest, uint32_t bits) {
  return (int32_t)(((uint32_t)sigmoids[point] << bits) + rest * (uint32_t)(sigmoids[point + 1] - sigmoids[point]));
}

/* The sigmoid of x in 2^-12, in 2^-15. x has 16 bits: no point beyond the 193rd is looked at. */
static int32_t sigmoid(int32_t x) {
  const uint32_t size = (uint32_t)(x < 0 ? -3 * x : 3 * x);
  const int32_t r = on_chord(size >> 9, size & 511u, 9);
  return x < 0 ? ((1 << 25) - r + 511) >> 10 : (r + 512) >> 10;
}

/* The tangent of x in 2^(shift - 12), in 2^-15; shift: -3...12. */
static int32_t tangent(int32_t x, int32_t shift) {
  const int32_t v = shift < 0 ? kgl_shifted(3 * x + (1 << (-shift - 1)), (uint32_t)-shift) : 3 * x * (1 << shift);
  const uint32_t size = (uint32_t)(v < 0 ? -v : v);
  const int32_t r = size >> 8 >= 255 ? 65535 << 8 : on_chord(size >> 8, size & 255u, 8);
  return v < 0 ? kgl_shifted((1 << 23) - r + 127, 8) : kgl_shifted(r - (1 << 23) + 128, 8);
}

/* --- Cell and output ------------------------------------------------------------------------- */

/* What a gate of a unit is given. */
typedef struct gates {
  const uint8_t *a, *b; /* [4, count] each */
  uint32_t count;
} gates;

static int32_t given(const gates *g, uint32_t gate, uint32_t unit) {
  const uint32_t at = 2 * (gate * g->count + unit);
  return saturated_short(load_short(g->a + at) + load_short(g->b + at));
}

/* The cell at y, [count], becomes what it is then. */
static void cells(const gates *g, const kgl_exact_form *form, int32_t power, uint8_t *y) {
  static const kgl_rescale kept = {1u << 30, 1, 14};
  kgl_rescale added = {1u << 30, 1, 0};
  kgl_exact_row old, more;
  uint32_t unit;
  added.right = (uint8_t)(29 + power);
  kgl_exact_ready(&old, &kept);
  kgl_exact_ready(&more, &added);
  for (unit = 0; unit < g->count; unit++, y += 2) {
    const int32_t f = sigmoid(given(g, 2, unit)), i = sigmoid(given(g, 0, unit));
    const int32_t n = tangent(given(g, 3, unit), 0);
    int32_t c = saturated_short(kgl_exact_scaled(&old, (uint32_t)(f * load_short(y))));
    c = saturated_short(c + saturated_short(kgl_exact_scaled(&more, (uint32_t)(i * n))));
    if (form->bias > 0) c = c < -form->bias ? -form->bias : c > form->bias ? form->bias : c;
    store_short(y, c);
  }
}

/* a, b: [4, count] of 16 bits; y: the cell, [count] of 16 bits, or what it gives, [count] int8, of the cell at c. */
kgl_status kgl_exact_lstm(kgl_place *place, const kgl_step *step) {
  const kgl_exact_form *form = &step->form.exact;
  const int32_t power = form->zeros[0];
  uint8_t *y = kgl_bytes_at(place, step->y);
  const uint8_t *c = kgl_bytes_at(place, step->masks[0]);
  kgl_exact_row row;
  gates g;
  uint32_t unit;
  g.a = kgl_bytes_at(place, step->x);
  g.b = kgl_bytes_at(place, step->b);
  g.count = step->u.block.inner;
  if (step->mode == KGL_LSTM_CELL) {
    cells(&g, form, power, y);
    return KGL_OK;
  }
  kgl_exact_ready(&row, &form->scales[0]);
  kgl_exact_range(&row, form);
  for (unit = 0; unit < g.count; unit++, c += 2) {
    const int32_t shown = tangent(load_short(c), power + 12) * sigmoid(given(&g, 1, unit));
    y[unit] = kgl_exact_clamped(&row, kgl_exact_scaled(&row, (uint32_t)shown));
  }
  return KGL_OK;
}
#endif
