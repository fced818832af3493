/* What a detector finds: its outputs as objects in boxes, and of boxes that overlap the surest.
 *
 *   kgl_object objects[64];
 *   uint32_t count = 0;
 *   status = kgl_find_objects(&kinglet_heads[0], outputs[0], 0.5f, objects, 64, &count);
 *   if (status == KGL_OK) status = kgl_find_objects(&kinglet_heads[1], outputs[1], 0.5f, objects, 64, &count);
 *   count = kgl_suppress_objects(objects, count, 0.45f);
 *
 * `kinglet emit-c` writes the heads of a detector as heads.c. Nothing is allocated: the room for objects is the caller's,
 * and where more is found than it holds the surest stay. It calls expf of <math.h>; a linker leaves it out where it is
 * not called. Formats/Blob.md, "Heads", has the formulas. */
#ifndef KINGLET_DETECT_H
#define KINGLET_DETECT_H

#include "kinglet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a head's numbers are boxes. */
#define KGL_HEAD_YOLO 1u   /* anchors in pixels of the network's input */
#define KGL_HEAD_REGION 2u /* anchors in cells of the grid */

/* Flags of a head. */
#define KGL_HEAD_NEW_COORDINATES 1u /* sizes are squares, and activations are part of the network */
#define KGL_HEAD_SOFTMAX 2u         /* classes share one distribution; else each has a logistic */

/* How one output is read as boxes: [anchors x (5 + classes), grid height, grid width], of one sample. */
typedef struct kgl_head {
  uint8_t output; /* its number */
  uint8_t kind;
  uint8_t flags;
  uint8_t anchor_count;  /* 1... */
  uint16_t class_count;
  uint16_t grid_width, grid_height;   /* 1... */
  uint16_t input_width, input_height; /* 1..., pixels of the network's input */
  float scale_xy;                     /* stretches the range of centres about the middle of a cell; 1: as it is */
  const float *anchors;               /* width and height of each */
  const uint8_t *classes; /* bit i % 8 of byte i / 8: whether class i counts; null: all do */
  kgl_type type;          /* of the output's elements: KGL_FLOAT32, KGL_UINT8 or KGL_INT8 */
  float scale;            /* of bytes: number = scale x (element - zero point) */
  int32_t zero_point;
} kgl_head;

/* A box, of which class, and how sure it is. */
typedef struct kgl_object {
  float x, y, width, height; /* centre and size, in parts of the network's input */
  float confidence;          /* objectness times the class's share, 0...1 */
  uint16_t class_number;
} kgl_object;

/* Adds what one output shows with more confidence than `threshold`, 0 up to 1. `objects` has room for `room`, of which
 * `*count`, 0 at first, are there by falling confidence; they stay so, the surest where there is no room for all. Where a
 * box or a confidence is no finite number nothing is found.
 *
 * Returns OK; ARGUMENT for a null pointer, a count above the room, and a head whose sizes are 0 or of another type;
 * UNSUPPORTED with KGL_DETECT 0 in kgl_config.h. One exponential a cell and anchor, and one a class where the objectness
 * is above the threshold; objects are moved for each that is added. */
kgl_status kgl_find_objects(const kgl_head *head, const void *output, float threshold, kgl_object *objects, uint32_t room,
                            uint32_t *count);

/* Leaves of the objects of a class that overlap by more than `overlap` (intersection over union, 0...1) the surest, and
 * moves those that stay to the front.
 *
 * objects, count  by falling confidence, as kgl_find_objects leaves them
 *
 * Returns how many stay. The time is that of count x (those that stay) overlaps. */
uint32_t kgl_suppress_objects(kgl_object *objects, uint32_t count, float overlap);

#ifdef __cplusplus
}
#endif

#endif
