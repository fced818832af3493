/* Dense layers with gaps and plain codes only, decoded by the one slow loop. */
#include "dense.h"
#define KGL_FAST_ROWS 0
#define KGL_JOINT_ROWS 0
#define KGL_NEIGHBOURS 0
#define KGL_ROW_CLASSES 0
