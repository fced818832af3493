/* A convolutional network: convolutions, dense layers, pools and additions. */
#define KGL_MATH 0
#define KGL_FUNCTIONS 0
#define KGL_EXACT 0
#define KGL_OP_PRELU 0
#define KGL_OP_COPY 0
#define KGL_OP_PAD 0
#define KGL_OP_TRANSPOSE 0
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
