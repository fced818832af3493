#include "kgl_config.h"
#include "kinglet.h"

const char *kgl_status_text(kgl_status status) {
#if KGL_STATUS_TEXT
  switch (status) {
    case KGL_OK: return "no error";
    case KGL_ERR_TRUNCATED: return "the blob is shorter than it says";
    case KGL_ERR_MAGIC: return "this is not a Kinglet blob";
    case KGL_ERR_VERSION: return "the blob has a format version that this runtime does not read";
    case KGL_ERR_CHECKSUM: return "the blob is damaged: a checksum differs";
    case KGL_ERR_CORRUPT: return "the blob holds something that the format does not allow";
    case KGL_ERR_UNSUPPORTED: return "the blob needs what this build of the runtime leaves out";
    case KGL_ERR_ARENA: return "the arena is missing, misaligned or too small";
    case KGL_ERR_ARGUMENT: return "a null pointer, an index out of range, no open model, or no self-test";
    case KGL_ERR_SELF_TEST: return "an answer differs from what the self-test expects";
  }
  return "not a status of this runtime";
#else
  (void)status;
  return "";
#endif
}
