/* Kinglet's runtime: runs a compressed network (a .kgl blob) on a microcontroller.
 *
 *   static uint32_t arena[ARENA_BYTES / 4];           // as large as kgl_arena_bytes says
 *   kgl_model model;
 *   kgl_status status = kgl_open(&model, blob, blob_bytes);      // validates every byte, once
 *   if (status == KGL_OK && kgl_arena_bytes(&model) <= sizeof arena) {
 *     const void *inputs[] = {image};
 *     void *outputs[] = {scores};
 *     status = kgl_run(&model, arena, sizeof arena, inputs, outputs);
 *   }
 *
 * C99. No heap, no recursion, no variable that outlives a call: any number of models may be open,
 * and threads may run one model at the same time, each with an arena of its own. From the C
 * library only memcpy, memset and, for sigmoid, tanh and softmax, expf and tanhf.
 *
 * What is trusted: the pointers and sizes that the caller passes, and that the blob's bytes stay
 * as they are while a model is open. No byte of the blob is: a damaged or hostile blob gets a
 * status and never makes the runtime read or write outside the buffers it was given.
 *
 * The format is described in Formats/Blob.md; README.md beside this folder tells how to link. */
#ifndef KINGLET_H
#define KINGLET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The runtime's own version. It moves on its own: the format has another number. */
#define KGL_VERSION_MAJOR 0
#define KGL_VERSION_MINOR 2
#define KGL_VERSION_PATCH 0
#define KGL_VERSION \
  ((uint32_t)KGL_VERSION_MAJOR << 16 | (uint32_t)KGL_VERSION_MINOR << 8 | KGL_VERSION_PATCH)

/* The one version of the blob format that this runtime reads. */
#define KGL_FORMAT_VERSION 2

/* Most axes of a tensor. */
#define KGL_MAX_RANK 6

/* What a call came to. The values are part of the format document and do not change. */
typedef enum kgl_status {
  KGL_OK = 0,
  KGL_ERR_TRUNCATED = -1,   /* fewer bytes than the header, its table or its file size say */
  KGL_ERR_MAGIC = -2,       /* not a blob: the first four bytes are others */
  KGL_ERR_VERSION = -3,     /* a blob of another format version */
  KGL_ERR_CHECKSUM = -4,    /* a checksum differs: the bytes were damaged on their way */
  KGL_ERR_CORRUPT = -5,     /* a field outside what the format allows, or more bytes than said;
                               from kgl_run: a layer's stream that does not end where it should */
  KGL_ERR_UNSUPPORTED = -6, /* allowed by the format, left out of this build (kgl_config.h) */
  KGL_ERR_ARENA = -7,       /* the arena is missing, not aligned to 4 bytes, or too small */
  KGL_ERR_ARGUMENT = -8,    /* a null pointer, an index out of range, or a model never opened */
  KGL_ERR_SELF_TEST = -9    /* an answer differs from what the blob's self-test expects */
} kgl_status;

/* An open model: where things are in the blob. 60 bytes on a 32-bit machine. Its fields are the
 * runtime's own; the caller gives the memory and keeps the blob where it is while this is used.
 * It may be copied; there is nothing to close. */
typedef struct kgl_model {
  const uint8_t *blob;       /* null unless kgl_open succeeded */
  uint32_t blob_bytes;
  uint32_t plan_offset;      /* all offsets in bytes from the blob's beginning */
  uint32_t plan_bytes;
  uint32_t parameters_offset;
  uint32_t parameters_bytes;
  uint32_t banks_offset;     /* of bank 0; the others follow */
  uint32_t bank_count;
  uint32_t inputs_offset;    /* of the first input, output and step in the plan */
  uint32_t outputs_offset;
  uint32_t steps_offset;
  uint32_t step_count;
  uint32_t activation_bytes; /* the blob's part of the arena */
  uint32_t scratch_bytes;    /* the runtime's part, behind it */
  uint8_t input_count;       /* 1...255 */
  uint8_t output_count;      /* 1...255 */
} kgl_model;

/* What the elements of an input or output are. The values are part of the format document. */
typedef enum kgl_type {
  KGL_FLOAT32 = 0,
  KGL_UINT8 = 1, /* a number is scale x element; zero is element 0 */
  KGL_INT8 = 2
} kgl_type;

/* The shape and place of an input or output; row-major, one sample, no batch axis. Images are
 * [channels, height, width]. */
typedef struct kgl_tensor {
  uint32_t rank;                /* 0...6; 0 is a single number */
  uint32_t sizes[KGL_MAX_RANK]; /* rank of them are set, the others are 0 */
  uint32_t elements;            /* the product of the sizes, 1...2^28 */
  uint32_t word_offset;         /* its first element is at (uint32_t *)arena + word_offset */
  kgl_type type;                /* of the elements */
  float scale;                  /* what an element of 1 stands for; 1 where type is KGL_FLOAT32 */
} kgl_tensor;

/* Check a blob, whole, and make a model of it.
 *
 * model       out  60 bytes or so of the caller's; unusable (not half open) after an error
 * blob        in   the bytes of the .kgl file, at any alignment, in flash or RAM; not copied
 * blob_bytes  in   exactly as many as the file has
 *
 * Header, checksums, every field of the plan, the place of every tensor and stream, code tables
 * and pads are checked here, so that kgl_run has little left to check: only that every stream ends
 * at its last bit. Costs a pass over the blob (the checksums, 10 instructions a byte), a few over
 * the plan, and 600 bytes of stack.
 *
 * Returns KGL_OK, or TRUNCATED, MAGIC, VERSION, CHECKSUM, CORRUPT, UNSUPPORTED or ARGUMENT. */
kgl_status kgl_open(kgl_model *model, const void *blob, uint32_t blob_bytes);

/* Bytes of arena that kgl_run needs: the activations, and behind them what this build of the
 * runtime adds (decoder tables of the largest layer and, for convolutions, one filter). A multiple
 * of 4; 0 if the model is null or was never opened. */
uint32_t kgl_arena_bytes(const kgl_model *model);

/* How many inputs and outputs the network has: 1...255, or 0 if the model is not open. */
uint32_t kgl_input_count(const kgl_model *model);
uint32_t kgl_output_count(const kgl_model *model);

/* The shape of input or output `index` (from 0) and its place in the arena.
 * Returns KGL_OK or KGL_ERR_ARGUMENT; *out is then untouched. */
kgl_status kgl_input(const kgl_model *model, uint32_t index, kgl_tensor *out);
kgl_status kgl_output(const kgl_model *model, uint32_t index, kgl_tensor *out);

/* Run the network on one sample.
 *
 * arena        scratch  kgl_arena_bytes() bytes or more, 4-byte aligned (an array of uint32_t or
 *                       float); need not be cleared, holds nothing of value between runs
 * arena_bytes  in       its size
 * inputs       in       kgl_input_count() pointers to kgl_input().elements elements of
 *                       kgl_input().type each, copied to their places before the first step. Null,
 *                       or a null entry: the caller has put that input in the arena already
 * outputs      out      kgl_output_count() pointers, filled after the last step. Null, or a null
 *                       entry: that output is left in the arena, where it stays until the next run
 *
 * Samples are given as the network expects them: scaled, and channels first. The caller's buffers
 * must not overlap the arena.
 *
 * Returns KGL_OK; ARENA or ARGUMENT, nothing was written; or CORRUPT, outputs were not written.
 * About 1 KB of stack. Time does not depend on the inputs, but for branches in activations. */
kgl_status kgl_run(const kgl_model *model, void *arena, uint32_t arena_bytes,
                   const void *const *inputs, void *const *outputs);

/* Run the samples that the blob carries with the answers it should give (`kinglet compile
 * --self-test K`), and compare: integers exactly, floats within the blob's tolerance. Whether the
 * network computes on this machine what it did where it was made.
 *
 * arena, arena_bytes  as for kgl_run; holds the last sample's outputs afterwards
 *
 * Returns KGL_OK if every answer is as expected; SELF_TEST at the first that is not; ARGUMENT if the
 * model was never opened or has no self-test; CORRUPT if its self-test is malformed or a run gives
 * that; ARENA; UNSUPPORTED with KGL_SELF_TEST 0 in kgl_config.h. As many runs as there are samples,
 * and 0.2 KB of stack above kgl_run's. A linker leaves it out where it is not called. */
kgl_status kgl_self_test(const kgl_model *model, void *arena, uint32_t arena_bytes);

/* A short English phrase for a status, "the blob is damaged" or so, never null. With
 * KGL_STATUS_TEXT 0 in kgl_config.h always "", which saves about 400 bytes. */
const char *kgl_status_text(kgl_status status);

/* KGL_VERSION as it was when the library was built: to compare with the header's. */
uint32_t kgl_version(void);

#ifdef __cplusplus
}
#endif

#endif
