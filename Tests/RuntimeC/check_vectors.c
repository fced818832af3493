/* Runs the golden files of Formats/Vectors through the C reader.
 *
 *   check_vectors [--allow-empty] [--brief] FOLDER...
 *
 * A folder named "valid": every NAME.kgl must open and run, in a build that has all that NAME.needs
 * lists, switches of kgl_config.h; in another kgl_open must give KGL_ERR_UNSUPPORTED. Beside it may lie NAME.input, the
 * elements of the inputs one after another as their types have them, little-endian, and NAME.output, what they
 * must give: float32 within 1e-4 of the largest, integers exactly. Arenas are of exactly
 * kgl_arena_bytes, between guards.
 * Then, but with --brief, the file is cut at every length and every bit of it is flipped (in files
 * above 8 KB: 65536 bits spread over it), and each time it must be refused.
 *
 * A folder named "invalid": every NAME.kgl must be refused with the status that NAME.status names
 * ("KGL_ERR_CHECKSUM"), when it is opened or, if it opens, when it runs; or, in a build that leaves
 * something out, with KGL_ERR_UNSUPPORTED.
 *
 * Prints what differs and "N passed, N failed"; status 1 if something did, or if a folder has no
 * vectors and --allow-empty was not given, 2 if one cannot be read. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "kgl_config.h"
#include "kinglet.h"

#define TOLERANCE 1e-4
#define ALL_BITS_UP_TO 8192u /* bytes */

static unsigned long passed, failed;
static int is_brief;

static void report(int is_good, const char *path, const char *what) {
  if (is_good) {
    passed++;
  } else {
    failed++;
    printf("%s: %s\n", path, what);
  }
}

/* --- Files ----------------------------------------------------------------------------------- */

typedef struct content {
  uint8_t *bytes; /* null: no such file */
  uint32_t count;
} content;

static content read_file(const char *path) {
  content file = {NULL, 0};
  FILE *stream = fopen(path, "rb");
  long size;
  if (stream == NULL) return file;
  if (fseek(stream, 0, SEEK_END) == 0 && (size = ftell(stream)) >= 0 &&
      fseek(stream, 0, SEEK_SET) == 0) {
    file.bytes = malloc((size_t)size + 1);
    if (file.bytes != NULL && fread(file.bytes, 1, (size_t)size, stream) == (size_t)size) {
      file.count = (uint32_t)size;
      file.bytes[size] = 0;
    }
  }
  fclose(stream);
  return file;
}

/* A float32 of a file: little-endian, whatever this machine is. */
static uint32_t word_at(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float float_at(const uint8_t *p) {
  uint32_t word = word_at(p);
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/* The file beside NAME.kgl with another ending. */
static content read_beside(const char *path, const char *ending) {
  char other[4096];
  size_t stem = strlen(path) - strlen(".kgl");
  content none = {NULL, 0};
  if (stem + strlen(ending) + 1 > sizeof other) return none;
  memcpy(other, path, stem);
  strcpy(other + stem, ending);
  return read_file(other);
}

static const char *name_of(kgl_status status) {
  static const char *const names[] = {
      "KGL_OK",          "KGL_ERR_TRUNCATED",   "KGL_ERR_MAGIC", "KGL_ERR_VERSION",
      "KGL_ERR_CHECKSUM", "KGL_ERR_CORRUPT",    "KGL_ERR_UNSUPPORTED", "KGL_ERR_ARENA",
      "KGL_ERR_ARGUMENT"};
  return status <= 0 && status >= -8 ? names[-(int)status] : "?";
}

/* --- What this build has --------------------------------------------------------------------- */

/* Every switch that makes a build refuse blobs, and whether it is on. */
static const struct {
  const char *name;
  int is_on;
} switches[] = {
    {"KGL_BITMAP", KGL_BITMAP},
    {"KGL_JOINT_ROWS", KGL_JOINT_ROWS},
    {"KGL_NEIGHBOURS", KGL_NEIGHBOURS},
    {"KGL_ROW_CLASSES", KGL_ROW_CLASSES},
    {"KGL_COLUMNS", KGL_COLUMNS},
    {"KGL_INDEXED", KGL_INDEXED},
    {"KGL_FLOAT", KGL_FLOAT},
    {"KGL_INTEGER", KGL_INTEGER},
    {"KGL_MATH", KGL_MATH},
    {"KGL_FUNCTIONS", KGL_FUNCTIONS},
    {"KGL_OP_CONVOLUTION", KGL_OP_CONVOLUTION},
    {"KGL_OP_DENSE", KGL_OP_DENSE},
    {"KGL_DENSE_ROWS", KGL_DENSE_ROWS}, {"KGL_EXACT", KGL_EXACT}, {"KGL_BORDER", KGL_BORDER},
    {"KGL_OP_ACTIVATION", KGL_OP_ACTIVATION},
    {"KGL_OP_PRELU", KGL_OP_PRELU},
    {"KGL_OP_SOFTMAX", KGL_OP_SOFTMAX},
    {"KGL_OP_POOL", KGL_OP_POOL},
    {"KGL_OP_MEAN", KGL_OP_MEAN},
    {"KGL_OP_BINARY", KGL_OP_BINARY},
    {"KGL_OP_COPY", KGL_OP_COPY},
    {"KGL_OP_PAD", KGL_OP_PAD},
    {"KGL_OP_TRANSPOSE", KGL_OP_TRANSPOSE},
    {"KGL_OP_CONSTANT", KGL_OP_CONSTANT},
    {"KGL_OP_AFFINE", KGL_OP_AFFINE},
    {"KGL_OP_SELECT", KGL_OP_SELECT},
    {"KGL_OP_RESIZE", KGL_OP_RESIZE},
    {"KGL_OP_LOG_SOFTMAX", KGL_OP_LOG_SOFTMAX},
    {"KGL_OP_PRODUCT", KGL_OP_PRODUCT},
    {"KGL_OP_ARG_MAX", KGL_OP_ARG_MAX},
    {"KGL_OP_SLIDE", KGL_OP_SLIDE},
    {"KGL_OP_SHORTS", KGL_OP_SHORTS},
    {"KGL_STATES", KGL_STATES},
};
enum { SWITCHES = sizeof switches / sizeof switches[0] };

/* Whether the switch of this name is on; a failure where there is none. */
static int is_on(const char *path, const char *name) {
  int i;
  for (i = 0; i < SWITCHES; i++) {
    if (strcmp(switches[i].name, name) == 0) return switches[i].is_on;
  }
  report(0, path, "needs a switch that is none");
  return 0;
}

static int leaves_something_out(void) {
  int i;
  for (i = 0; i < SWITCHES; i++) {
    if (!switches[i].is_on) return 1;
  }
  return 0;
}

/* Whether this build has all that NAME.needs lists, a name a line. */
static int has_what_it_needs(const char *path) {
  content needs = read_beside(path, ".needs");
  int has_all = 1;
  char *name;
  report(needs.bytes != NULL, path, "no .needs file beside it");
  if (needs.bytes == NULL) return 0;
  for (name = strtok((char *)needs.bytes, " \r\n"); name != NULL; name = strtok(NULL, " \r\n")) {
    has_all &= is_on(path, name);
  }
  free(needs.bytes);
  return has_all;
}

/* --- Vectors --------------------------------------------------------------------------------- */

static kgl_status open_exactly(const uint8_t *bytes, uint32_t count) {
  uint8_t *copy = malloc(count > 0 ? count : 1);
  kgl_model model;
  kgl_status status;
  if (copy == NULL) abort();
  memcpy(copy, bytes, count);
  status = kgl_open(&model, copy, count);
  free(copy);
  return status;
}

static uint32_t element_bytes(const kgl_tensor *tensor) {
  return tensor->type == KGL_FLOAT32 || tensor->type == KGL_INT32 ? 4 : 1;
}

/* Put the elements of a frame, of NAME.input from *at on, at their places in the arena; 0 if they are too few. */
static int place_inputs(const kgl_model *model, uint8_t *arena, const content *file, uint32_t *at) {
  uint32_t i, k, used = *at;
  for (i = 0; i < kgl_input_count(model); i++) {
    kgl_tensor tensor;
    uint32_t bytes;
    uint8_t *place;
    kgl_input(model, i, &tensor);
    place = arena + 4 * tensor.word_offset;
    bytes = element_bytes(&tensor) * tensor.elements;
    if (bytes > file->count - used) return 0;
    if (tensor.type != KGL_FLOAT32) {
      memcpy(place, file->bytes + used, bytes);
      used += bytes;
      continue;
    }
    for (k = 0; k < tensor.elements; k++, used += 4) {
      float value = float_at(file->bytes + used);
      memcpy(place + 4 * k, &value, 4);
    }
  }
  *at = used;
  return 1;
}

static int outputs_agree(const kgl_model *model, const uint8_t *arena, const content *file, uint32_t *at) {
  uint32_t i, k, used = *at;
  for (i = 0; i < kgl_output_count(model); i++) {
    kgl_tensor tensor;
    double difference = 0, largest = 1e-30;
    const uint8_t *place;
    kgl_output(model, i, &tensor);
    place = arena + 4 * tensor.word_offset;
    if (element_bytes(&tensor) * tensor.elements > file->count - used) return 0;
    for (k = 0; tensor.type == KGL_INT32 && k < tensor.elements; k++, used += 4) {
      uint32_t found;
      memcpy(&found, place + 4 * k, 4);
      if (found != word_at(file->bytes + used)) return 0;
    }
    if (tensor.type == KGL_INT32) continue;
    if (tensor.type != KGL_FLOAT32) {
      if (memcmp(place, file->bytes + used, tensor.elements) != 0) return 0;
      used += tensor.elements;
      continue;
    }
    for (k = 0; k < tensor.elements; k++, used += 4) {
      float expected = float_at(file->bytes + used), found;
      memcpy(&found, place + 4 * k, 4);
      if (!isfinite((double)found)) return 0;
      difference = fmax(difference, fabs((double)expected - (double)found));
      largest = fmax(largest, fabs((double)expected));
    }
    if (difference > TOLERANCE * largest) return 0;
  }
  *at = used;
  return 1;
}

/* What came of a file. */
typedef struct outcome {
  kgl_status status;
  int agrees;   /* with NAME.output, as far as it ran */
  int is_tidy;  /* nothing was written outside the arena */
} outcome;

#if KGL_OBSERVE
/* What looks on, and whether all it was told can be. */
typedef struct onlooker {
  const kgl_model *model;
  const uint8_t *arena;
  uint32_t steps;
  int agrees;
} onlooker;

/* Steps come in their order, write within the activations, and an output is written as what it is. */
static void look_on(void *context, const kgl_written *written) {
  onlooker *seen = context;
  const uint32_t place = (uint32_t)((const uint8_t *)written->values - seen->arena);
  const uint32_t each = written->type == KGL_FLOAT32 || written->type == KGL_INT32 ? 4 : 1;
  uint32_t i;
  kgl_tensor output;
  seen->agrees &= written->step == seen->steps++ && written->elements > 0 &&
                  place + each * written->elements <= seen->model->activation_bytes;
  for (i = 0; i < seen->model->output_count && seen->steps == seen->model->step_count; i++) {
    if (kgl_output(seen->model, i, &output) != KGL_OK || 4 * output.word_offset != place) continue;
    seen->agrees &= output.type == written->type && output.elements <= written->elements;
  }
}
#endif

static void run_once(const kgl_model *model, uint8_t *arena, uint32_t bytes, outcome *o) {
#if KGL_OBSERVE
  onlooker seen = {NULL, NULL, 0, 1};
  seen.model = model;
  seen.arena = arena;
  o->status = kgl_run_observed(model, arena, bytes, NULL, NULL, look_on, &seen);
  o->agrees = o->agrees && seen.agrees && (o->status != KGL_OK || seen.steps == model->step_count);
#else
  o->status = kgl_run(model, arena, bytes, NULL, NULL);
#endif
}

/* One frame; of a network with state as many as there are. */
static outcome open_and_run(const content *file, const content *input, const content *output) {
  outcome o = {KGL_OK, 1, 1};
  kgl_model model;
  uint32_t bytes, given = 0, answered = 0;
  uint8_t *arena;
  o.status = kgl_open(&model, file->bytes, file->count);
  if (o.status != KGL_OK) return o;
  bytes = kgl_arena_bytes(&model);
  arena = guarded_new(bytes, 0);
  o.status = kgl_reset(&model, arena, bytes);
  do {
    if (input->bytes != NULL) o.agrees = o.agrees && place_inputs(&model, arena, input, &given);
    run_once(&model, arena, bytes, &o);
    if (output->bytes != NULL) o.agrees = o.agrees && outputs_agree(&model, arena, output, &answered);
  } while (o.status == KGL_OK && o.agrees && kgl_state_bytes(&model) > 0 && given < input->count);
  o.agrees = o.agrees && (input->bytes == NULL || given == input->count);
  o.agrees = o.agrees && (output->bytes == NULL || answered == output->count);
  o.is_tidy = guarded_free(arena, bytes);
  return o;
}

/* Cut short, or with a bit flipped, no file is accepted. */
static void check_damaged(const char *path, const content *file) {
  uint32_t i, accepted = 0, bits = file->count * 8, step = 1;
  for (i = 0; i < file->count; i++) accepted += open_exactly(file->bytes, i) == KGL_OK;
  report(accepted == 0, path, "accepted when cut short");
  accepted = 0;
  if (file->count > ALL_BITS_UP_TO) step = bits / (8 * ALL_BITS_UP_TO) | 1u;
  for (i = 0; i < bits; i += step) {
    file->bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    accepted += open_exactly(file->bytes, file->count) == KGL_OK;
    file->bytes[i / 8] ^= (uint8_t)(1u << i % 8);
  }
  report(accepted == 0, path, "accepted with a bit flipped");
}

static void check_valid(const char *path) {
  content file = read_file(path), input = read_beside(path, ".input");
  content output = read_beside(path, ".output");
  const kgl_status wanted = has_what_it_needs(path) ? KGL_OK : KGL_ERR_UNSUPPORTED;
  outcome o = open_and_run(&file, &input, &output);
  report(o.status == wanted, path, name_of(o.status));
  report(o.agrees, path, "other outputs than NAME.output, or NAME.input does not fit");
  report(o.is_tidy, path, "wrote outside the arena");
  if (!is_brief) check_damaged(path, &file);
  free(file.bytes);
  free(input.bytes);
  free(output.bytes);
}

static void check_invalid(const char *path) {
  content file = read_file(path), expected = read_beside(path, ".status");
  content none = {NULL, 0};
  outcome o = open_and_run(&file, &none, &none);
  char what[128];
  report(o.is_tidy, path, "wrote outside the arena");
  if (expected.bytes == NULL) {
    report(0, path, "no .status file beside it");
  } else {
    char *end = (char *)expected.bytes + strcspn((char *)expected.bytes, " \r\n");
    *end = 0;
    snprintf(what, sizeof what, "%s, not %.40s", name_of(o.status), (char *)expected.bytes);
    report(strcmp(name_of(o.status), (char *)expected.bytes) == 0 ||
               (o.status == KGL_ERR_UNSUPPORTED && leaves_something_out()),
           path, what);
  }
  free(file.bytes);
  free(expected.bytes);
}

/* --- Folders --------------------------------------------------------------------------------- */

static int ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length > tail && strcmp(text + length - tail, ending) == 0;
}

/* Checks a folder's files; the number of them, or -1 if it cannot be read. */
static int check_folder(const char *folder) {
  int is_invalid = ends_with(folder, "/invalid") || ends_with(folder, "/invalid/"), count = 0;
  DIR *directory = opendir(folder);
  struct dirent *entry;
  if (directory == NULL) return -1;
  while ((entry = readdir(directory)) != NULL) {
    char path[4096];
    if (!ends_with(entry->d_name, ".kgl")) continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (is_invalid) {
      check_invalid(path);
    } else {
      check_valid(path);
    }
    count++;
  }
  closedir(directory);
  return count;
}

int main(int count, char **arguments) {
  int i, allows_empty = 0, status = 0;
  for (i = 1; i < count; i++) {
    int found;
    if (strcmp(arguments[i], "--allow-empty") == 0) {
      allows_empty = 1;
      continue;
    }
    if (strcmp(arguments[i], "--brief") == 0) {
      is_brief = 1;
      continue;
    }
    found = check_folder(arguments[i]);
    if (found < 0) {
      printf("%s: cannot be read\n", arguments[i]);
      return 2;
    }
    if (found == 0) {
      printf("%s: no vectors found\n", arguments[i]);
      if (!allows_empty) status = 1;
    }
  }
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed != 0 ? 1 : status;
}
