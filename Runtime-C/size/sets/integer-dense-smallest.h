/* Dense layers on integers with gaps and plain codes only, decoded by the one slow loop. */
#include "integer-dense.h"
#define KGL_FAST_ROWS 0
#define KGL_JOINT_ROWS 0
#define KGL_NEIGHBOURS 0
#define KGL_ROW_CLASSES 0
#define KGL_BITMAP 0
#define KGL_DENSE_ROWS 0
#define KGL_OP_ACTIVATION 0
#define KGL_RECHECK 0
#define KGL_BANKS 1
#define KGL_HUFFMAN_TABLE_BITS 0
