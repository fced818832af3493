/* Objects out of a detector's outputs. Formats/Blob.md, "Heads". */
#include "kinglet_detect.h"

#include <stddef.h>

#include "kgl_config.h"

#if KGL_DETECT

#include <math.h>
#include <string.h>

/* The numbers of one anchor in one cell, channel by channel. */
typedef struct cell_numbers {
  const kgl_head *head;
  const void *output;
  uint32_t first, step;
} cell_numbers;

static float number(const cell_numbers *cell, uint32_t channel) {
  const uint32_t i = cell->first + channel * cell->step;
  const kgl_head *head = cell->head;
  if (head->type == KGL_FLOAT32) return ((const float *)cell->output)[i];
  if (head->type == KGL_UINT8) return head->scale * (float)(((const uint8_t *)cell->output)[i] - head->zero_point);
  return head->scale * (float)(((const int8_t *)cell->output)[i] - head->zero_point);
}

static float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

static int has_new_coordinates(const kgl_head *head) { return (head->flags & KGL_HEAD_NEW_COORDINATES) != 0; }

/* A number as the share that it stands for. */
static float share(const cell_numbers *cell, uint32_t channel) {
  const float x = number(cell, channel);
  return has_new_coordinates(cell->head) ? x : logistic(x);
}

/* Where a centre lies, in parts of the input. */
static float centre(const cell_numbers *cell, uint32_t channel, uint32_t place, uint32_t count) {
  const float scale = cell->head->kind == KGL_HEAD_YOLO ? cell->head->scale_xy : 1.0f;
  return ((float)place + scale * share(cell, channel) - (scale - 1.0f) / 2.0f) / (float)count;
}

/* A size, in parts of the input. */
static float size(const cell_numbers *cell, uint32_t channel, float anchor, uint32_t unit) {
  const float x = number(cell, channel);
  const float factor = has_new_coordinates(cell->head) ? 4.0f * x * x : expf(x);
  return factor * anchor / (float)unit;
}

/* Neither infinite nor NaN. */
static int is_finite(float x) { return x - x == 0.0f; }

/* Returns whether the box is one. */
static int read_box(const cell_numbers *cell, const float *anchor, uint32_t column, uint32_t row, kgl_object *object) {
  const kgl_head *head = cell->head;
  const int is_yolo = head->kind == KGL_HEAD_YOLO;
  object->x = centre(cell, 0, column, head->grid_width);
  object->y = centre(cell, 1, row, head->grid_height);
  object->width = size(cell, 2, anchor[0], is_yolo ? head->input_width : head->grid_width);
  object->height = size(cell, 3, anchor[1], is_yolo ? head->input_height : head->grid_height);
  return is_finite(object->x) && is_finite(object->y) && is_finite(object->width) && is_finite(object->height) &&
         object->width > 0.0f && object->height > 0.0f;
}

/* Objects by falling confidence. */
typedef struct findings {
  kgl_object *objects;
  uint32_t room, count;
} findings;

/* Puts an object behind those that are as sure; the last goes where there is no room. */
static void add(findings *found, const kgl_object *object) {
  uint32_t i = found->count;
  while (i > 0 && found->objects[i - 1].confidence < object->confidence) i--;
  if (i == found->room) return;
  if (found->count < found->room) found->count++;
  memmove(found->objects + i + 1, found->objects + i, (found->count - 1 - i) * sizeof *object);
  found->objects[i] = *object;
}

static int counts(const kgl_head *head, uint32_t class_number) {
  return head->classes == NULL || (head->classes[class_number / 8] >> class_number % 8 & 1) != 0;
}

/* The largest score, and the sum of e to the scores less that. */
static float distribution(const cell_numbers *cell, float *sum) {
  uint32_t i;
  float most = cell->head->class_count == 0 ? 0.0f : number(cell, 5);
  for (i = 1; i < cell->head->class_count; i++) {
    const float score = number(cell, 5 + i);
    if (score > most) most = score;
  }
  *sum = 0.0f;
  for (i = 0; i < cell->head->class_count; i++) *sum += expf(number(cell, 5 + i) - most);
  return most;
}

/* Adds an object for every class that is sure enough. */
static void add_classes(const cell_numbers *cell, float objectness, float threshold, kgl_object *object, findings *found) {
  const kgl_head *head = cell->head;
  const int has_softmax = (head->flags & KGL_HEAD_SOFTMAX) != 0;
  float sum = 1.0f, most = 0.0f;
  uint32_t i;
  if (has_softmax) most = distribution(cell, &sum);
  for (i = 0; i < head->class_count; i++) {
    if (!counts(head, i)) continue;
    object->confidence = objectness * (has_softmax ? expf(number(cell, 5 + i) - most) / sum : share(cell, 5 + i));
    object->class_number = (uint16_t)i;
    if (object->confidence > threshold && is_finite(object->confidence)) add(found, object);
  }
}

static int is_sound(const kgl_head *head) {
  return head->anchors != NULL && head->anchor_count > 0 && head->grid_width > 0 && head->grid_height > 0 &&
         head->input_width > 0 && head->input_height > 0 &&
         (head->type == KGL_FLOAT32 || head->type == KGL_UINT8 || head->type == KGL_INT8);
}

kgl_status kgl_find_objects(const kgl_head *head, const void *output, float threshold, kgl_object *objects, uint32_t room,
                            uint32_t *count) {
  uint32_t anchor, i, cells;
  findings found;
  cell_numbers cell;
  kgl_object object;
  if (head == NULL || output == NULL || objects == NULL || count == NULL || *count > room || !is_sound(head)) {
    return KGL_ERR_ARGUMENT;
  }
  cells = (uint32_t)head->grid_width * head->grid_height;
  found.objects = objects, found.room = room, found.count = *count;
  cell.head = head, cell.output = output, cell.step = cells;
  for (anchor = 0; anchor < head->anchor_count; anchor++) {
    for (i = 0; i < cells; i++) {
      float objectness;
      cell.first = anchor * (5u + head->class_count) * cells + i;
      objectness = share(&cell, 4);
      if (!(objectness > threshold)) continue; /* also where it is no number */
      if (!read_box(&cell, head->anchors + 2 * anchor, i % head->grid_width, i / head->grid_width, &object)) continue;
      add_classes(&cell, objectness, threshold, &object, &found);
    }
  }
  *count = found.count;
  return KGL_OK;
}

/* Intersection over union. */
static float overlap_of(const kgl_object *a, const kgl_object *b) {
  const float left = fmaxf(a->x - a->width / 2.0f, b->x - b->width / 2.0f);
  const float right = fminf(a->x + a->width / 2.0f, b->x + b->width / 2.0f);
  const float top = fmaxf(a->y - a->height / 2.0f, b->y - b->height / 2.0f);
  const float bottom = fminf(a->y + a->height / 2.0f, b->y + b->height / 2.0f);
  const float across = right - left, down = bottom - top;
  float common;
  if (!(across > 0.0f && down > 0.0f)) return 0.0f;
  common = across * down;
  return common / (a->width * a->height + b->width * b->height - common);
}

uint32_t kgl_suppress_objects(kgl_object *objects, uint32_t count, float overlap) {
  uint32_t i, k, kept = 0;
  for (i = 0; objects != NULL && i < count; i++) {
    for (k = 0; k < kept; k++) {
      if (objects[k].class_number == objects[i].class_number && overlap_of(objects + k, objects + i) > overlap) break;
    }
    if (k == kept) objects[kept++] = objects[i];
  }
  return kept;
}

#else

kgl_status kgl_find_objects(const kgl_head *head, const void *output, float threshold, kgl_object *objects, uint32_t room,
                            uint32_t *count) {
  (void)threshold, (void)room;
  return head == NULL || output == NULL || objects == NULL || count == NULL ? KGL_ERR_ARGUMENT : KGL_ERR_UNSUPPORTED;
}

uint32_t kgl_suppress_objects(kgl_object *objects, uint32_t count, float overlap) {
  (void)objects, (void)overlap;
  return count;
}

#endif
