/* Kinglet's runtime: runs a compressed network (a .kgl blob) on a microcontroller.
 *
 *   static KGL_ARENA(arena, ARENA_BYTES);             // as large as kgl_arena_bytes says
 *   kgl_model model;
 *   kgl_status status = kgl_open(&model, blob, blob_bytes);      // validates every byte, once
 *   if (status == KGL_OK && kgl_arena_bytes(&model) <= sizeof arena) {
 *     const void *inputs[] = {image};
 *     void *outputs[] = {scores};
 *     status = kgl_run(&model, &arena, sizeof arena, inputs, outputs);
 *   }
 *
 * C99. No heap, no recursion, no variable that outlives a call: any number of models may be open,
 * and threads may run one model at the same time, each with an arena of its own. Models that do not run
 * at the same time may share one arena, as large as the largest of them needs; one that keeps state from one run
 * to the next has it in the first kgl_state_bytes of its arena. From the C
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
#define KGL_VERSION_MINOR 3
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
                               from kgl_run: a layer's stream that does not end where it should, or a
                               plan that changed while it was open */
  KGL_ERR_UNSUPPORTED = -6, /* allowed by the format, left out of this build (kgl_config.h) */
  KGL_ERR_ARENA = -7,       /* the arena is missing, not aligned to 4 bytes, or too small */
  KGL_ERR_ARGUMENT = -8,    /* a null pointer, an index out of range, or a model never opened */
  KGL_ERR_SELF_TEST = -9    /* an answer differs from what the blob's self-test expects */
} kgl_status;

/* An open model: where things are in the blob. 64 bytes on a 32-bit machine. Its fields are the
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
  uint32_t inputs_offset;    /* of the first input, output and step in the plan */
  uint32_t outputs_offset;
  uint32_t steps_offset;
  uint32_t step_count;
  uint32_t activation_bytes; /* the blob's part of the arena */
  uint32_t scratch_bytes;    /* the runtime's part, behind it */
  uint32_t state_bytes;      /* with which the activations begin: what is kept from one run to the next */
  uint32_t interface_sum;    /* of the section table, and of the plan before its steps */
  uint8_t bank_count;        /* 1...62 */
  uint8_t input_count;       /* 1...255 */
  uint8_t output_count;      /* 1...255 */
} kgl_model;

/* What the elements of an input or output are. The values are part of the format document. */
typedef enum kgl_type {
  KGL_FLOAT32 = 0,
  KGL_UINT8 = 1, /* a number is scale x (element - zero point) */
  KGL_INT8 = 2,
  KGL_INT32 = 5  /* int32_t, of outputs alone: numbers of places, as an arg max finds them, 0 the first */
} kgl_type;

/* The shape and place of an input or output; row-major, one sample, no batch axis. Images are
 * [channels, height, width]. */
typedef struct kgl_tensor {
  uint32_t rank;                /* 0...6; 0 is a single number */
  uint32_t sizes[KGL_MAX_RANK]; /* rank of them are set, the others are 0 */
  uint32_t elements;            /* the product of the sizes, 1...2^28 */
  uint32_t word_offset;         /* its first element is at byte 4 x word_offset of the arena */
  kgl_type type;                /* of the elements */
  float scale;                  /* what an element of 1 stands for; 1 where type is KGL_FLOAT32 or KGL_INT32 */
  int32_t zero_point;           /* the element that stands for 0: -128...127 where type is KGL_INT8, 0...255
                                   where it is KGL_UINT8, else 0 */
} kgl_tensor;

/* Check a blob, whole, and make a model of it.
 *
 * model       out  64 bytes or so of the caller's; unusable (not half open) after an error
 * blob        in   the bytes of the .kgl file, at any alignment, in flash or RAM; not copied
 * blob_bytes  in   exactly as many as the file has
 *
 * Header, checksums, every field of the plan, the place of every tensor and stream, code tables
 * and pads are checked here, so that kgl_run has little left to check: that every stream ends
 * at its last bit, and that the plan is still what it was. Takes time in proportion to the blob: a pass for the
 * checksums, 10 to 15 instructions a byte (see KGL_CRC_FUNCTION in kgl_config.h), and one or two over the plan.
 * 0.8 KB of stack, and 8 bytes for each bank that the build allows: 1.3 KB where nothing is said (KGL_BANKS).
 *
 * Returns KGL_OK, or TRUNCATED, MAGIC, VERSION, CHECKSUM, CORRUPT, UNSUPPORTED or ARGUMENT. */
kgl_status kgl_open(kgl_model *model, const void *blob, uint32_t blob_bytes);

/* Where a blob was found wrong. */
typedef struct kgl_fault {
  uint32_t step;   /* from 0; KGL_NO_STEP where it is in no step: in what the plan says of inputs and outputs,
                      in a bank's pad, or not known */
  uint32_t offset; /* of the field in the blob, in bytes; of the step's opcode where its fields contradict
                      each other or the arena. 0: not known, as with a checksum */
} kgl_fault;

#define KGL_NO_STEP 0xFFFFFFFFu

/* Where, after kgl_open gave CORRUPT or UNSUPPORTED for this model. */
kgl_fault kgl_open_fault(const kgl_model *model);

/* Bytes of arena that kgl_run needs: the activations, and behind them what this build of the
 * runtime adds (decoder tables of the largest layer and, for convolutions, one filter). A multiple
 * of 4; 0 if the model is null or was never opened. */
uint32_t kgl_arena_bytes(const kgl_model *model);

/* What an arena is made of, in bytes. */
typedef struct kgl_arena_parts {
  uint32_t activations; /* the blob's own part, state among it */
  uint32_t tables;      /* behind them, of one step: what decodes its weights */
  uint32_t filter;      /* of the same step: a filter as it is used, and an input with a border */
  uint32_t step;        /* which that is; KGL_NO_STEP where none takes any */
} kgl_arena_parts;

/* What kgl_arena_bytes comes to, part by part, in a build with KGL_HUFFMAN_TABLE_BITS of so many bits, 0...12: for who
 * chooses how much RAM speed is worth. Of the step of this number (from 0), or with KGL_NO_STEP of the one that takes most,
 * which is what the whole does. It reads the plan once; a linker leaves it out where it is not called.
 *
 * Returns KGL_OK; ARGUMENT; CORRUPT if the plan is no longer what was opened; UNSUPPORTED where such a build refuses the
 * blob, for layers by columns need 8 bits. */
kgl_status kgl_arena_need(const kgl_model *model, uint32_t table_bits, uint32_t step, kgl_arena_parts *parts);

/* How many inputs and outputs the network has: 1...255, or 0 if the model is not open. */
uint32_t kgl_input_count(const kgl_model *model);
uint32_t kgl_output_count(const kgl_model *model);

/* The shape of input or output `index` (from 0) and its place in the arena.
 * Returns KGL_OK or KGL_ERR_ARGUMENT; *out is then untouched. */
kgl_status kgl_input(const kgl_model *model, uint32_t index, kgl_tensor *out);
kgl_status kgl_output(const kgl_model *model, uint32_t index, kgl_tensor *out);

/* --- State ---
 *
 * A network that listens or watches takes a frame at a time and keeps state from one run to the next. It lies in
 * the first kgl_state_bytes bytes of the arena, and whoever has these has the stream: two streams of one model are
 * two arenas, or one arena and the bytes of each copied in and out by memcpy between runs. Nothing else of an arena
 * lasts. The bytes are in this machine's order, and belong to this blob alone.
 *
 *   kgl_reset(&model, &arena, sizeof arena);                           // before the first frame
 *   for (;;) {
 *     ...
 *     kgl_run(&model, &arena, sizeof arena, inputs, outputs);          // one frame
 *   } */

/* Bytes of state, a multiple of 4; 0: the network keeps none, or the model is not open. */
uint32_t kgl_state_bytes(const kgl_model *model);

/* Make every state what it begins as. To be called before the first run in an arena, and when another stream begins;
 * without it a network with state computes with whatever the arena holds. For one without it does nothing.
 *
 * Returns KGL_OK; ARENA or ARGUMENT, nothing was written; or CORRUPT if the plan is no longer what was opened. */
kgl_status kgl_reset(const kgl_model *model, void *arena, uint32_t arena_bytes);

/* Declares an arena of so many bytes (a multiple of 4) as a variable, to be passed by its address:
 *
 *   static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
 *   kgl_run(&model, &arena, sizeof arena, inputs, outputs);
 *
 * Floats, words and bytes are all stored in an arena. This type holds each of them; an array of uint32_t or
 * of float would not, as C99 (6.5, 7) lets a declared object be accessed as its own type alone.
 * Memory of malloc will do as well. */
#define KGL_ARENA(name, byte_count)      \
  union {                                \
    float reals[(byte_count) / 4];       \
    uint32_t words[(byte_count) / 4];    \
    uint8_t bytes[byte_count];           \
  } name

/* Run the network on one sample.
 *
 * arena        scratch  kgl_arena_bytes() bytes or more, 4-byte aligned: KGL_ARENA; need not be
 *                       cleared, holds nothing of value between runs but its first kgl_state_bytes()
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
 * Returns KGL_OK; ARENA or ARGUMENT, nothing was written; or CORRUPT, outputs were not written: a stream does
 * not end where it should, or the plan is no longer what was opened. kgl_run_step tells which step it is.
 * 0.6 to 2.2 KB of stack (README.md has a table). Time does not depend on the inputs, but for branches in
 * activations and for layers by columns, which pass over inputs that are zero. */
kgl_status kgl_run(const kgl_model *model, void *arena, uint32_t arena_bytes,
                   const void *const *inputs, void *const *outputs);

/* The same step by step, for who must feed a watchdog or serve others in between:
 *
 *   kgl_running run;
 *   status = kgl_run_begin(&run, &model, &arena, sizeof arena, inputs);
 *   while (status == KGL_OK && run.steps_left > 0) {
 *     status = kgl_run_step(&run);
 *     feed_watchdog();
 *   }
 *   if (status == KGL_OK) status = kgl_run_end(&run, outputs);
 *
 * The answers are those of kgl_run. Between calls nothing but the arena and this struct is the run's, 24
 * bytes or so, and it may be left at any time. A step takes as long as its layer does; layers whose codes
 * are alike cost a little more than in kgl_run, which keeps a table from one to the next. */
typedef struct kgl_running {
  const kgl_model *model;
  void *arena;
  uint32_t steps_left; /* to read */
  kgl_fault at;        /* the coming step, or after an error the step that it came from; to read */
  kgl_status status;
} kgl_running;

/* Check the arena and put the inputs in their places; all as for kgl_run. Returns KGL_OK; ARENA or
 * ARGUMENT; or CORRUPT if the plan is no longer what was opened. */
kgl_status kgl_run_begin(kgl_running *run, const kgl_model *model, void *arena, uint32_t arena_bytes,
                         const void *const *inputs);

/* Run the coming step. Returns KGL_OK; CORRUPT, and again whenever it is called after that; or ARGUMENT if
 * no step is left. The stack is kgl_run's. */
kgl_status kgl_run_step(kgl_running *run);

/* Fill the outputs, as kgl_run does. Returns KGL_OK; the status of a step that failed; or ARGUMENT while
 * steps are left. */
kgl_status kgl_run_end(kgl_running *run, void *const *outputs);

/* What a step has written, as an observer is told. */
typedef struct kgl_written {
  uint32_t step;      /* from 0 */
  uint32_t opcode;    /* as Formats/Blob.md numbers it; of 32 and more the integer form */
  kgl_type type;      /* of the elements */
  uint32_t elements;  /* of the tensor written to; a copy writes some of them, the copies beside it the others */
  const void *values; /* they lie in the arena, until the observer returns; to read */
} kgl_written;

/* Called behind each step, on the caller's stack. `context` is the caller's own. */
typedef void kgl_observer(void *context, const kgl_written *written);

/* kgl_run, and `observer` is called behind each step: to see where a network's values depart from what was
 * expected, or to time the steps. The answers are those of kgl_run.
 *
 * Returns what kgl_run does; ARGUMENT without an observer; UNSUPPORTED with KGL_OBSERVE 0 in kgl_config.h. It reads each
 * step of the plan twice; the stack is kgl_run's, or the observer's above some 0.3 KB. A linker leaves it out where it is
 * not called. */
kgl_status kgl_run_observed(const kgl_model *model, void *arena, uint32_t arena_bytes,
                            const void *const *inputs, void *const *outputs, kgl_observer *observer,
                            void *context);

/* Run the samples that the blob carries with the answers it should give (`kinglet compile
 * --self-test K`), and compare: integers exactly, floats within the blob's tolerance. Whether the
 * network computes on this machine what it did where it was made.
 *
 * arena, arena_bytes  as for kgl_run; holds the last sample's outputs afterwards. Of a network with state the
 *                     samples are frames of one stream, from kgl_reset on, and the state is the last one's
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
