/* Links a model folder by kinglet_add_model. */
#include <kinglet.h>

#include "model.h"

int main(void) {
  kgl_model model;
  return kgl_open(&model, kinglet_model, kinglet_model_bytes) == KGL_OK ? 0 : 1;
}
