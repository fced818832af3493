/* The smallest program around the runtime; without RUNTIME the same program without it. What the
 * two images differ by is what the runtime takes. */
#include <stddef.h>

#include "kinglet.h"

void program(void);

volatile const void *blob;
volatile uint32_t blob_bytes;
volatile uint32_t answer;
static kgl_model model;
static KGL_ARENA(arena, 256);

void program(void) {
#ifdef RUNTIME
  answer = (uint32_t)kgl_open(&model, (const void *)blob, blob_bytes);
  answer = kgl_arena_bytes(&model);
  answer = (uint32_t)kgl_run(&model, &arena, sizeof arena, NULL, NULL);
#else
  model.blob = (const uint8_t *)blob;
  arena.words[blob_bytes & 63u] = blob_bytes;
  answer = arena.words[63] + (uint32_t)model.blob_bytes;
#endif
}
