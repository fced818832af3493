/* Running with somebody who looks on: behind each step, what it has written. */
#include "kgl_plan.h"

#if KGL_OBSERVE

/* Tells of the step at `at`, which has run: its fields are read once more, so that a run that nobody looks at
 * keeps nothing for it. */
static void tell(const kgl_running *run, kgl_fault at, kgl_observer *observer, void *context) {
  kgl_cursor cursor = kgl_plan_cursor(run->model, at.offset);
  kgl_written written;
  kgl_step step;
  kgl_step_begin(&step);
  if (kgl_read_step(run->model, &cursor, &step) != KGL_OK) return; /* it was read a moment ago */
  written.step = at.step;
  kgl_step_written(&step, run->arena, &written);
  observer(context, &written);
}

kgl_status kgl_run_observed(const kgl_model *model, void *arena, uint32_t arena_bytes,
                            const void *const *inputs, void *const *outputs, kgl_observer *observer,
                            void *context) {
  kgl_running run;
  kgl_status status = KGL_ERR_ARGUMENT;
  if (observer != NULL) status = kgl_run_begin(&run, model, arena, arena_bytes, inputs);
  while (status == KGL_OK && run.steps_left > 0) {
    const kgl_fault at = run.at;
    status = kgl_run_step(&run);
    if (status == KGL_OK) tell(&run, at, observer, context);
  }
  return status == KGL_OK ? kgl_run_end(&run, outputs) : status;
}

#else

kgl_status kgl_run_observed(const kgl_model *model, void *arena, uint32_t arena_bytes,
                            const void *const *inputs, void *const *outputs, kgl_observer *observer,
                            void *context) {
  (void)arena, (void)arena_bytes, (void)inputs, (void)outputs, (void)context;
  return model == NULL || model->blob == NULL || observer == NULL ? KGL_ERR_ARGUMENT : KGL_ERR_UNSUPPORTED;
}

#endif
