/* Runs one blob through builds of the runtime that decode and compute in different ways, all linked
 * into this program, and wants the same from all: the same status of kgl_open, kgl_run and
 * kgl_self_test, the same tensors, and the same bytes of every output, floats included.
 *
 *   make builds SECONDS=1800
 *
 * The builds leave out no operator, so none may say UNSUPPORTED where another does not, but for layers by columns, which
 * those without fast rows or long tables lack: such a build then has no part in the blob. They multiply and add
 * floats in the same order and none in one rounding (no -mfma), so that the bits are the same; only which NaN an
 * operation on two of them gives is the compiler's choice. So every NaN of a float32 output counts as
 * one, and where a plan has steps of both forms, of which the second may read what the first left as bytes,
 * outputs are compared only if no output holds a NaN.
 *
 * A plan that keeps state runs FRAMES frames from reset on, and leaves the same state.
 *
 * Each build gets the blob in memory that it cannot write, up against a page that it cannot read, and an
 * arena of exactly its kgl_arena_bytes between guards. All arenas begin with the same noise: a
 * plan may read what no step has written. What the arena holds behind the activations differs.
 *
 * At the end a bit of the plan flips behind the back of one of the builds, as in a flash that is disturbed
 * after kgl_open: its run may then answer anything, but writes nowhere else. */
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../RuntimeC/guarded.h"
#include "kinglet.h"
#include "watchdog.h"

#define ARENA_MAX 65536u /* bytes */
#define BLOB_MAX 65536u
#define FRAMES 3u

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* --- The builds ------------------------------------------------------------------------------ */

/* The public calls of a build; its names begin with the build's (Makefile). */
typedef struct build {
  const char *name;
  kgl_status (*open)(kgl_model *, const void *, uint32_t);
  uint32_t (*arena_bytes)(const kgl_model *);
  uint32_t (*state_bytes)(const kgl_model *);
  kgl_status (*reset)(const kgl_model *, void *, uint32_t);
  kgl_status (*input)(const kgl_model *, uint32_t, kgl_tensor *);
  kgl_status (*output)(const kgl_model *, uint32_t, kgl_tensor *);
  kgl_status (*run)(const kgl_model *, void *, uint32_t, const void *const *, void *const *);
  kgl_status (*self_test)(const kgl_model *, void *, uint32_t);
} build;

#define DECLARE(b)                                                                               \
  kgl_status b##_kgl_open(kgl_model *, const void *, uint32_t);                                  \
  uint32_t b##_kgl_arena_bytes(const kgl_model *);                                               \
  uint32_t b##_kgl_state_bytes(const kgl_model *);                                               \
  kgl_status b##_kgl_reset(const kgl_model *, void *, uint32_t);                                 \
  kgl_status b##_kgl_input(const kgl_model *, uint32_t, kgl_tensor *);                           \
  kgl_status b##_kgl_output(const kgl_model *, uint32_t, kgl_tensor *);                          \
  kgl_status b##_kgl_run(const kgl_model *, void *, uint32_t, const void *const *, void *const *); \
  kgl_status b##_kgl_self_test(const kgl_model *, void *, uint32_t);
#define LIST(b)                                                                                  \
  {#b,             b##_kgl_open,  b##_kgl_arena_bytes, b##_kgl_state_bytes, b##_kgl_reset,       \
   b##_kgl_input,  b##_kgl_output, b##_kgl_run,        b##_kgl_self_test},

#ifdef HAS_AVX2
#define BUILDS(X) X(plain) X(vectors) X(avx2) X(narrow) X(tableless) X(slow) X(onelane)
#else
#define BUILDS(X) X(plain) X(vectors) X(narrow) X(tableless) X(slow) X(onelane)
#endif
BUILDS(DECLARE)
static const build builds[] = {BUILDS(LIST)};
enum { BUILD_COUNT = sizeof builds / sizeof builds[0] };

/* Whether a build has no layers by columns (kgl_config.h). */
static int lacks_columns(const build *b) {
  return strcmp(b->name, "narrow") == 0 || strcmp(b->name, "tableless") == 0 || strcmp(b->name, "slow") == 0;
}

/* What came of the executions. */
static struct {
  unsigned long all, opened, large, cut, finished, corrupt, tested, incomparable, flipped, noticed, with_state;
} counts;

/* Ends the program with what differs between a build and the first. */
static void require_same(int is_so, const build *b, const char *what) {
  if (is_so) return;
  fprintf(stderr, "%s and %s differ: %s\n", builds[0].name, b->name, what);
  abort();
}

/* --- Memory ---------------------------------------------------------------------------------- */

static uint8_t *pages; /* BLOB_MAX bytes that may be read, and one page that may not */

static void make_pages(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  pages = mmap(NULL, BLOB_MAX + page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(pages != MAP_FAILED, "out of memory");
  require(mprotect(pages + BLOB_MAX, page, PROT_NONE) == 0, "mprotect");
}

static void allow(int protection) {
  require(mprotect(pages, BLOB_MAX, protection) == 0, "mprotect");
}

/* A copy of the blob that ends where what may be read ends. */
static uint8_t *read_only(const uint8_t *data, size_t bytes) {
  uint8_t *blob = pages + BLOB_MAX - bytes;
  allow(PROT_READ | PROT_WRITE);
  if (bytes > 0) memcpy(blob, data, bytes);
  allow(PROT_READ);
  return blob;
}

/* Fills in noise that depends on the seed alone; every third word is a small float. */
static void put_noise(uint8_t *to, uint32_t bytes, uint32_t seed) {
  uint32_t i;
  for (i = 0; i < bytes; i++) {
    seed = seed * 1664525u + 1013904223u;
    to[i] = (uint8_t)(seed >> 24);
    if (i % 4 == 3 && seed % 3 == 0) to[i] = (uint8_t)((seed >> 16 & 128u) | 63u);
  }
}

static int is_of_words(const kgl_tensor *tensor) {
  return tensor->type == KGL_FLOAT32 || tensor->type == KGL_INT32;
}

static uint32_t tensor_bytes(const kgl_tensor *tensor) {
  return is_of_words(tensor) ? tensor->elements * 4 : tensor->elements;
}

/* --- One build ------------------------------------------------------------------------------- */

/* What a build made of a blob. */
typedef struct answer {
  const build *from;
  kgl_model model;
  uint8_t *arena;
  uint32_t arena_bytes;
  int has_no_part; /* it lacks what the blob needs */
  int reset;     /* of kgl_reset */
  int status;    /* of the last kgl_run, or CUT_OFF */
  int self_test; /* of kgl_self_test, or CUT_OFF */
} answer;

static int call_run(void *context) {
  answer *a = context;
  return a->from->run(&a->model, a->arena, a->arena_bytes, NULL, NULL);
}

static int call_self_test(void *context) {
  answer *a = context;
  return a->from->self_test(&a->model, a->arena, a->arena_bytes);
}

/* Frames of noise in turn, from reset on; up to the first that fails. */
static void run_frames(answer *a, uint32_t seed) {
  const uint32_t states = a->from->state_bytes(&a->model);
  uint32_t frame;
  require_same(states <= a->model.activation_bytes, a->from, "more state than there is arena");
  a->reset = a->from->reset(&a->model, a->arena, a->arena_bytes);
  for (frame = 0; frame < (states > 0 ? FRAMES : 1); frame++) {
    put_noise(a->arena + states, a->model.activation_bytes - states, seed + frame);
    a->status = watch(call_run, a);
    if (a->status != KGL_OK) return;
  }
}

/* Replays the self-test, then runs on noise; the arena is kept for its outputs and states. */
static void run_build(answer *a, uint32_t seed) {
  a->arena = guarded_new(a->arena_bytes, 0xA5);
  put_noise(a->arena, a->model.activation_bytes, seed);
  a->self_test = watch(call_self_test, a);
  if (a->self_test == CUT_OFF) return;
  put_noise(a->arena, a->model.activation_bytes, seed);
  run_frames(a, seed);
}

/* --- All builds ------------------------------------------------------------------------------ */

/* Makes every NaN of so many words the same one; whether there are any. */
static int unify_words(uint8_t *at, uint32_t words) {
  uint32_t i, bits, found = 0;
  for (i = 0; i < words; i++) {
    memcpy(&bits, at + 4 * i, 4);
    if ((bits & 0x7FFFFFFFu) <= 0x7F800000u) continue;
    bits = 0x7FC00000u;
    memcpy(at + 4 * i, &bits, 4);
    found = 1;
  }
  return (int)found;
}

/* The same of a tensor of words, also of int32, which may lie where floats do. */
static int unify_nans(uint8_t *at, const kgl_tensor *tensor) {
  return unify_words(at, is_of_words(tensor) ? tensor->elements : 0);
}

/* The place in an arena of output i. */
static uint8_t *output_at(const answer *a, uint32_t i, kgl_tensor *tensor) {
  require_same(a->from->output(&a->model, i, tensor) == KGL_OK, a->from, "an output that cannot be read");
  return a->arena + 4 * (size_t)tensor->word_offset;
}

/* Whether a plan may have steps of both forms, as far as its tensors tell: some are of floats, some not. */
static int is_mixed(const answer *a) {
  uint32_t i, floats = 0, integers = 0;
  kgl_tensor tensor;
  for (i = 0; i < a->model.input_count; i++) {
    a->from->input(&a->model, i, &tensor);
    *(tensor.type == KGL_FLOAT32 ? &floats : &integers) += 1;
  }
  for (i = 0; i < a->model.output_count; i++) {
    a->from->output(&a->model, i, &tensor);
    if (tensor.type == KGL_INT32) continue; /* both forms give these */
    *(tensor.type == KGL_FLOAT32 ? &floats : &integers) += 1;
  }
  return floats > 0 && integers > 0;
}

static void compare_outputs(const answer *first, const answer *other) {
  uint32_t i;
  require_same(memcmp(first->arena, other->arena, first->from->state_bytes(&first->model)) == 0, other->from, "a state");
  for (i = 0; i < first->model.output_count; i++) {
    kgl_tensor tensor, same;
    const uint8_t *a = output_at(first, i, &tensor), *b = output_at(other, i, &same);
    require_same(memcmp(&tensor, &same, sizeof tensor) == 0, other->from, "an output's tensor");
    require_same(memcmp(a, b, tensor_bytes(&tensor)) == 0, other->from, "an output");
  }
}

/* Runs every build; the answers are to be freed. 0 if one was cut off. */
static int run_all(answer *answers, uint32_t seed) {
  int i;
  for (i = 0; i < BUILD_COUNT; i++) {
    if (answers[i].has_no_part) continue;
    run_build(&answers[i], seed);
    if (answers[i].status == CUT_OFF || answers[i].self_test == CUT_OFF) return 0;
  }
  return 1;
}

static void compare(answer *answers) {
  int i, has_nans = 0;
  uint32_t k;
  for (i = 1; i < BUILD_COUNT; i++) {
    if (answers[i].has_no_part) continue;
    require_same(answers[i].self_test == answers[0].self_test, answers[i].from, "kgl_self_test");
    require_same(answers[i].reset == answers[0].reset, answers[i].from, "kgl_reset");
    require_same(answers[i].status == answers[0].status, answers[i].from, "kgl_run");
  }
  counts.tested += answers[0].self_test == KGL_OK;
  counts.corrupt += answers[0].status == KGL_ERR_CORRUPT;
  counts.finished += answers[0].status == KGL_OK;
  if (answers[0].status != KGL_OK) return;
  counts.with_state += answers[0].from->state_bytes(&answers[0].model) > 0;
  for (i = 0; i < BUILD_COUNT; i++) {
    if (!answers[i].has_no_part) {
      has_nans |= unify_words(answers[i].arena, answers[i].from->state_bytes(&answers[i].model) / 4);
    }
    for (k = 0; !answers[i].has_no_part && k < answers[i].model.output_count; k++) {
      kgl_tensor tensor;
      uint8_t *at = output_at(&answers[i], k, &tensor);
      has_nans |= unify_nans(at, &tensor);
    }
  }
  if (has_nans && is_mixed(&answers[0])) {
    counts.incomparable++;
    return;
  }
  for (i = 1; i < BUILD_COUNT; i++) {
    if (!answers[i].has_no_part) compare_outputs(&answers[0], &answers[i]);
  }
}

/* A run with a bit of the plan flipped after the blob was opened. */
static void run_flipped(answer *a, uint8_t *blob, uint32_t seed) {
  const uint32_t bit = seed % (8 * a->model.plan_bytes);
  allow(PROT_READ | PROT_WRITE);
  blob[a->model.plan_offset + bit / 8] ^= (uint8_t)(1u << bit % 8);
  allow(PROT_READ);
  put_noise(a->arena, a->model.activation_bytes, seed);
  a->status = watch(call_run, a);
  counts.flipped++;
  counts.noticed += a->status == KGL_ERR_CORRUPT;
}

/* Opens the blob by every build; whether all could. */
static int open_all(answer *answers, const uint8_t *blob, size_t bytes) {
  kgl_status first = KGL_OK;
  int i;
  for (i = 0; i < BUILD_COUNT; i++) {
    kgl_status status;
    memset(&answers[i], 0, sizeof answers[i]);
    answers[i].from = &builds[i];
    status = builds[i].open(&answers[i].model, blob, (uint32_t)bytes);
    if (i == 0) first = status;
    answers[i].has_no_part = lacks_columns(&builds[i]) && status == KGL_ERR_UNSUPPORTED;
    if (answers[i].has_no_part) continue;
    require_same(status == first, &builds[i], "kgl_open");
    require_same(builds[i].state_bytes(&answers[i].model) == builds[0].state_bytes(&answers[0].model), &builds[i],
                 "kgl_state_bytes");
    answers[i].arena_bytes = builds[i].arena_bytes(&answers[i].model);
    counts.large += i == 0 && answers[i].arena_bytes > ARENA_MAX;
    if (answers[i].arena_bytes > ARENA_MAX + (i == 0 ? 0 : ARENA_MAX)) return 0;
  }
  return first == KGL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  answer answers[BUILD_COUNT];
  uint8_t *blob;
  uint32_t seed = 0;
  size_t i;
  if (bytes > BLOB_MAX) return 0;
  counts.all++;
  blob = read_only(data, bytes);
  for (i = 0; i < bytes; i++) seed = seed * 31 + data[i];
  if (!open_all(answers, blob, bytes)) return 0;
  counts.opened++;
  if (run_all(answers, seed)) {
    answer *flipped = &answers[seed % BUILD_COUNT];
    compare(answers);
    run_flipped(flipped->has_no_part ? &answers[0] : flipped, blob, seed / BUILD_COUNT);
  } else {
    counts.cut++;
  }
  for (i = 0; i < BUILD_COUNT; i++) {
    if (answers[i].arena == NULL) continue;
    require_same(guarded_free(answers[i].arena, answers[i].arena_bytes), &builds[i],
                 "something was written outside the arena");
  }
  return 0;
}

static void print_counts(void) {
  fprintf(stderr,
          "builds %d, executions %lu, opened %lu (%.1f %%): ran to the end %lu, with state %lu, self-tests passed "
          "%lu, streams found corrupt %lu, cut off %lu, not comparable for NaN %lu; arena above "
          "%u bytes %lu; bits flipped %lu, noticed %lu\n",
          (int)BUILD_COUNT, counts.all, counts.opened,
          100.0 * (double)counts.opened / (double)(counts.all > 0 ? counts.all : 1),
          counts.finished, counts.with_state, counts.tested, counts.corrupt, counts.cut, counts.incomparable,
          ARENA_MAX, counts.large, counts.flipped, counts.noticed);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  watchdog_begin();
  make_pages();
  atexit(print_counts);
  return 0;
}
