/* What kgl_arena_need says of builds with other look-up tables, against those builds: prints a line for each golden file,
 * its name and what its arena comes to with 0 to 12 bits, or - where such a build refuses it; all builds must print the same.
 * In its own build each line is held up to kgl_arena_bytes; status 1 where it differs.
 *
 *   check_arena FILE... */
#include <stdio.h>
#include <string.h>

#include "../../Runtime-C/src/kgl_config.h"
#include "kinglet.h"

static unsigned char blob[1 << 20];

static uint32_t load(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t bytes = file == NULL ? 0 : fread(blob, 1, sizeof blob, file);
  if (file != NULL) fclose(file);
  return (uint32_t)bytes;
}

/* The most that a step takes behind the activations. */
static uint32_t most_of_steps(const kgl_model *model, uint32_t bits) {
  kgl_arena_parts parts;
  uint32_t step, most = 0;
  for (step = 0; step < model->step_count; step++) {
    if (kgl_arena_need(model, bits, step, &parts) != KGL_OK) return 0xFFFFFFFFu;
    if (parts.tables + parts.filter > most) most = parts.tables + parts.filter;
  }
  return most;
}

static int check(const char *path) {
  const char *name = strrchr(path, '/');
  kgl_arena_parts parts;
  kgl_model model;
  uint32_t bits;
  int wrong = 0;
  kgl_status opened = kgl_open(&model, blob, load(path));
  if (opened == KGL_ERR_UNSUPPORTED) return 0; /* layers by columns */
  if (opened != KGL_OK) return 1;
  printf("%s", name == NULL ? path : name + 1);
  for (bits = 0; bits <= 12; bits++) {
    kgl_status status = kgl_arena_need(&model, bits, KGL_NO_STEP, &parts);
    const uint32_t bytes = parts.activations + parts.tables + parts.filter;
    if (status == KGL_OK) printf(" %lu", (unsigned long)bytes);
    if (status == KGL_ERR_UNSUPPORTED) printf(" -");
    if (status != KGL_OK && status != KGL_ERR_UNSUPPORTED) wrong = 1;
    if (status == KGL_OK) wrong |= most_of_steps(&model, bits) != parts.tables + parts.filter;
    if (bits == KGL_HUFFMAN_TABLE_BITS && (status != KGL_OK || bytes != kgl_arena_bytes(&model))) wrong = 1;
  }
  printf("\n");
  wrong |= kgl_arena_need(&model, 13, KGL_NO_STEP, &parts) != KGL_ERR_ARGUMENT;
  wrong |= kgl_arena_need(&model, 8, KGL_NO_STEP, NULL) != KGL_ERR_ARGUMENT || kgl_arena_need(NULL, 8, KGL_NO_STEP, &parts) != KGL_ERR_ARGUMENT;
  return wrong;
}

int main(int count, char **arguments) {
  int i, wrong = count < 2;
  for (i = 1; i < count; i++) {
    if (check(arguments[i])) wrong = 1, printf("%s: wrong\n", arguments[i]);
  }
  return wrong;
}
