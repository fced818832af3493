/* Objects out of heads: against formulas in double, of floats and of bytes; by falling confidence, the surest where there
 * is no room; which overlap; and what is refused. */
#include <math.h>

#include "check.h"
#include "kinglet_detect.h"

enum { ANCHORS = 2, CLASSES = 3, WIDTH = 4, HEIGHT = 3, CELLS = WIDTH * HEIGHT };
enum { NUMBERS = ANCHORS * (5 + CLASSES) * CELLS, ROOM = ANCHORS * CELLS * CLASSES };

static const float anchors[] = {3.0f, 5.0f, 8.0f, 2.5f};
static const uint8_t some[] = {5}; /* the first and the third */

static kgl_head head_of(uint8_t kind, uint8_t flags) {
  kgl_head head = {0};
  head.kind = kind, head.flags = flags, head.anchor_count = ANCHORS, head.class_count = CLASSES;
  head.grid_width = WIDTH, head.grid_height = HEIGHT, head.input_width = 32, head.input_height = 24;
  head.scale_xy = 1.1f, head.anchors = anchors, head.scale = 1.0f;
  return head;
}

#if KGL_DETECT

static double logistic(double x) { return 1 / (1 + exp(-x)); }

/* What anchor `a` in cell `i` says of a class, from numbers. */
static void expected(const kgl_head *head, const double *numbers, uint32_t a, uint32_t i, uint32_t class_number,
                     double *box, double *confidence) {
  const int raw = (head->flags & KGL_HEAD_NEW_COORDINATES) != 0, yolo = head->kind == KGL_HEAD_YOLO;
  const double scale = yolo ? (double)head->scale_xy : 1, *n = numbers + a * (5 + CLASSES) * CELLS + i;
  const double place[] = {i % WIDTH, i / WIDTH}, grid[] = {WIDTH, HEIGHT}, input[] = {32, 24};
  double share, sum = 0;
  uint32_t axis, k;
  for (axis = 0; axis < 2; axis++) {
    const double centre = n[axis * CELLS], size = n[(2 + axis) * CELLS];
    box[axis] = (place[axis] + scale * (raw ? centre : logistic(centre)) - (scale - 1) / 2) / grid[axis];
    box[2 + axis] = (raw ? 4 * size * size : exp(size)) * (double)anchors[2 * a + axis] / (yolo ? input[axis] : grid[axis]);
  }
  for (k = 0; k < CLASSES; k++) sum += exp(n[(5 + k) * CELLS]);
  share = n[(5 + class_number) * CELLS];
  share = head->flags & KGL_HEAD_SOFTMAX ? exp(share) / sum : raw ? share : logistic(share);
  *confidence = (raw ? n[4 * CELLS] : logistic(n[4 * CELLS])) * share;
}

/* Every object of a head without a threshold: as many as there are classes that count, each where it should be. */
static void check_head(const kgl_head *head, const void *output, const double *numbers, const char *name) {
  kgl_object objects[ROOM];
  uint32_t count = 0, a, i, k, o, seen = 0;
  CHECK(kgl_find_objects(head, output, 0.0f, objects, ROOM, &count) == KGL_OK, "%s", name);
  for (o = 1; o < count; o++) {
    if (objects[o - 1].confidence < objects[o].confidence) break;
  }
  CHECK(o >= count, "%s: object %u is surer than the one before", name, (unsigned)o);
  for (a = 0; a < ANCHORS; a++) {
    for (i = 0; i < CELLS; i++) {
      for (k = 0; k < CLASSES; k++) {
        double box[4], confidence;
        int found = 0;
        if (head->classes != NULL && k == 1) continue;
        expected(head, numbers, a, i, k, box, &confidence);
        seen++;
        for (o = 0; o < count && !found; o++) {
          const kgl_object *x = objects + o;
          found = x->class_number == k && fabs((double)x->confidence - confidence) < 1e-5 &&
                  fabs((double)x->x - box[0]) < 1e-5 && fabs((double)x->y - box[1]) < 1e-5 &&
                  fabs((double)x->width - box[2]) < 1e-5 * (1 + box[2]) &&
                  fabs((double)x->height - box[3]) < 1e-5 * (1 + box[3]);
        }
        CHECK(found, "%s: anchor %u, cell %u, class %u", name, (unsigned)a, (unsigned)i, (unsigned)k);
      }
    }
  }
  CHECK(count == seen, "%s: %u objects for %u", name, (unsigned)count, (unsigned)seen);
}

static void check_kinds(void) {
  static const struct {
    const char *name;
    uint8_t kind, flags;
  } kinds[] = {{"yolo", KGL_HEAD_YOLO, 0},
               {"new coordinates", KGL_HEAD_YOLO, KGL_HEAD_NEW_COORDINATES},
               {"region", KGL_HEAD_REGION, KGL_HEAD_SOFTMAX},
               {"region of logistics", KGL_HEAD_REGION, 0}};
  uint32_t kind, type, i;
  for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
    for (type = KGL_FLOAT32; type <= KGL_INT8; type++) {
      generator g = {7 + kind};
      kgl_head head = head_of(kinds[kind].kind, kinds[kind].flags);
      const int raw = (head.flags & KGL_HEAD_NEW_COORDINATES) != 0;
      double numbers[NUMBERS];
      float floats[NUMBERS];
      uint8_t bytes[NUMBERS];
      head.type = (kgl_type)type, head.scale = type == KGL_FLOAT32 ? 1.0f : 1.0f / 64.0f;
      head.zero_point = type == KGL_FLOAT32 ? 0 : type == KGL_UINT8 ? 128 : -3;
      if (type == KGL_UINT8) head.classes = some;
      for (i = 0; i < NUMBERS; i++) {
        const int32_t low = raw ? 1 : type == KGL_UINT8 ? -128 : -125, high = raw ? 63 : 127;
        const int32_t units = low + (int32_t)random_below(&g, (uint32_t)(high - low + 1));
        numbers[i] = units / 64.0;
        floats[i] = (float)numbers[i];
        bytes[i] = (uint8_t)(units + head.zero_point);
      }
      check_head(&head, type == KGL_FLOAT32 ? (const void *)floats : bytes, numbers, kinds[kind].name);
    }
  }
}

/* The surest stay where there is no room for all, whatever comes first. */
static void check_room(void) {
  generator g = {3};
  const kgl_head head = head_of(KGL_HEAD_YOLO, 0);
  float numbers[NUMBERS];
  kgl_object all[ROOM], few[5];
  uint32_t i, count = 0, kept = 0, none = 0;
  for (i = 0; i < NUMBERS; i++) numbers[i] = random_float(&g, -2, 2);
  CHECK(kgl_find_objects(&head, numbers, 0.1f, all, ROOM, &count) == KGL_OK, "all");
  CHECK(kgl_find_objects(&head, numbers, 0.1f, few, 5, &kept) == KGL_OK, "few");
  CHECK(count > 5 && kept == 5, "%u of %u", (unsigned)kept, (unsigned)count);
  for (i = 0; i < kept; i++) {
    CHECK(all[i].confidence == few[i].confidence && all[i].x == few[i].x && all[i].class_number == few[i].class_number,
          "object %u", (unsigned)i);
  }
  CHECK(all[count - 1].confidence > 0.1f, "the least sure");
  CHECK(kgl_find_objects(&head, numbers, 0.1f, few, 0, &none) == KGL_OK && none == 0, "no room");
}

/* Numbers that are none find nothing, and neither do boxes that are none. */
static void check_strange_numbers(void) {
  kgl_head head = head_of(KGL_HEAD_YOLO, 0);
  uint32_t channel, count = 0;
  head.grid_width = head.grid_height = 1, head.anchor_count = 1, head.class_count = 1;
  for (channel = 0; channel < 6; channel++) {
    float numbers[] = {0, 0, 0, 0, 9, 9};
    kgl_object objects[2];
    numbers[channel] = NAN;
    CHECK(kgl_find_objects(&head, numbers, 0.01f, objects, 2, &count) == KGL_OK && count == 0, "%u", (unsigned)channel);
    numbers[channel] = channel < 4 ? INFINITY : -INFINITY;
    if (channel < 2) continue; /* a logistic of infinity is 1 */
    CHECK(kgl_find_objects(&head, numbers, 0.01f, objects, 2, &count) == KGL_OK && count == 0, "%u", (unsigned)channel);
  }
}

static kgl_object object_at(float x, float confidence, uint16_t class_number) {
  kgl_object object = {0};
  object.x = x, object.y = 0.5f, object.width = object.height = 0.2f;
  object.confidence = confidence, object.class_number = class_number;
  return object;
}

/* Two of a class at one place: the surer. Those of other classes, and elsewhere, stay. */
static void check_suppression(void) {
  kgl_object objects[5];
  objects[0] = object_at(0.9f, 0.95f, 1);
  objects[1] = object_at(0.5f, 0.9f, 0);
  objects[2] = object_at(0.5f, 0.8f, 1);
  objects[3] = object_at(0.51f, 0.7f, 0);
  objects[4] = object_at(0.65625f, 0.6f, 0); /* overlaps by an eighth */
  CHECK(kgl_suppress_objects(objects, 5, 0.45f) == 4, "four stay");
  CHECK(objects[2].class_number == 1 && objects[3].x == 0.65625f, "in their order");
  CHECK(kgl_suppress_objects(objects, 4, 0.1f) == 3, "an eighth is more than a tenth");
  CHECK(kgl_suppress_objects(objects, 0, 0.45f) == 0 && kgl_suppress_objects(NULL, 3, 0.45f) == 0, "nothing");
}

#endif

static void check_refusals(void) {
  const kgl_head sound = head_of(KGL_HEAD_YOLO, 0);
  static const float numbers[NUMBERS];
  kgl_object object;
  uint32_t count = 0, many = 2;
  CHECK(kgl_find_objects(NULL, numbers, 0.5f, &object, 1, &count) == KGL_ERR_ARGUMENT, "no head");
  CHECK(kgl_find_objects(&sound, NULL, 0.5f, &object, 1, &count) == KGL_ERR_ARGUMENT, "no output");
  CHECK(kgl_find_objects(&sound, numbers, 0.5f, NULL, 1, &count) == KGL_ERR_ARGUMENT, "no objects");
  CHECK(kgl_find_objects(&sound, numbers, 0.5f, &object, 1, NULL) == KGL_ERR_ARGUMENT, "no count");
#if KGL_DETECT
  {
    kgl_head bad = sound;
    bad.type = KGL_INT32;
    CHECK(kgl_find_objects(&bad, numbers, 0.5f, &object, 1, &count) == KGL_ERR_ARGUMENT, "of int32");
    bad = sound, bad.grid_width = 0;
    CHECK(kgl_find_objects(&bad, numbers, 0.5f, &object, 1, &count) == KGL_ERR_ARGUMENT, "without a grid");
    bad = sound, bad.anchors = NULL;
    CHECK(kgl_find_objects(&bad, numbers, 0.5f, &object, 1, &count) == KGL_ERR_ARGUMENT, "without anchors");
    CHECK(kgl_find_objects(&sound, numbers, 0.5f, &object, 1, &many) == KGL_ERR_ARGUMENT, "more than there is room");
  }
#else
  CHECK(kgl_find_objects(&sound, numbers, 0.5f, &object, 1, &many) == KGL_ERR_UNSUPPORTED, "left out");
#endif
}

void test_detect(void) {
#if KGL_DETECT
  check_kinds();
  check_room();
  check_strange_numbers();
  check_suppression();
#endif
  check_refusals();
}
