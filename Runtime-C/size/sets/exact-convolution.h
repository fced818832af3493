/* A convolutional network that came as int8: exact steps, what moves bytes and maps; tables and bytes of
 * weights, gaps with one alphabet, and bitmaps. */
#define KGL_FLOAT 0
#define KGL_STATUS_TEXT 0
#define KGL_JOINT_ROWS 0
#define KGL_NEIGHBOURS 0
#define KGL_ROW_CLASSES 0
#define KGL_COLUMNS 0
#define KGL_INDEXED 0
#define KGL_OP_PRELU 0
#define KGL_OP_CONSTANT 0
#define KGL_OP_AFFINE 0
#define KGL_OP_SELECT 0
#define KGL_OP_RESIZE 0
#define KGL_OP_LOG_SOFTMAX 0
#define KGL_OP_PRODUCT 0
#define KGL_OP_ARG_MAX 0
#define KGL_STATES 0
#define KGL_OP_SLIDE 0
#define KGL_OP_SHORTS 0
