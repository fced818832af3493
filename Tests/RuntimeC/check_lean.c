/* A runtime that leaves out all it can: what it lacks is refused by name. Built with the switches of kgl_config.h at 0; see the Makefile. */
#include <string.h>

#include "fixtures.h"

unsigned long checks_passed, checks_failed;

int main(void) {
  builder b;
  bytes file;
  uint32_t needs_math;
  rich_network(&b, 9);
  file = builder_end(&b);
  CHECK(open_exactly(file.data, file.count) == KGL_ERR_UNSUPPORTED, "steps that are left out");
  bytes_free(&file);
  builder_free(&b);

  /* Nothing behind a step that is left out is looked at. */
  rich_network(&b, 9);
  put_byte(&b.steps, 99); /* after the plan's end */
  file = builder_end(&b);
  CHECK(open_exactly(file.data, file.count) == KGL_ERR_UNSUPPORTED, "and a corrupt plan");
  bytes_free(&file);
  builder_free(&b);

  /* Activations remain, but for those that need the C library's mathematics. */
  for (needs_math = 0; needs_math < 2; needs_math++) {
    const uint32_t fields[3] = {0, 0, 4}, four = 4;
    builder_begin(&b);
    builder_place(&b, 4);
    builder_input(&b, 0, 1, &four);
    builder_output(&b, 0, 1, &four);
    builder_step(&b, 3, 3, fields);
    put_activation(&b, needs_math ? 5 : 1, 0, 0);
    file = builder_end(&b);
    CHECK(open_exactly(file.data, file.count) == (needs_math ? KGL_ERR_UNSUPPORTED : KGL_OK), "%u",
          needs_math);
    if (!needs_math) {
      uint32_t arena[4];
      kgl_model model;
      CHECK(kgl_open(&model, file.data, file.count) == KGL_OK, "open");
      CHECK(kgl_self_test(&model, arena, sizeof arena) == KGL_ERR_UNSUPPORTED, "no self-test");
    }
    bytes_free(&file);
    builder_free(&b);
  }
  CHECK(strlen(kgl_status_text(KGL_ERR_MAGIC)) == 0, "no texts");
  printf("%lu passed, %lu failed\n", checks_passed, checks_failed);
  return checks_failed != 0;
}
