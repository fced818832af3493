/* Dense layers on integers, row by row. */
#define KGL_FLOAT 0
#define KGL_STATUS_TEXT 0
#include "dense.h"
#define KGL_OP_SOFTMAX 0
