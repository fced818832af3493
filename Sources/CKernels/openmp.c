#define _GNU_SOURCE
#include "openmp.h"

#include <dlfcn.h>

typedef void (*set_num_threads)(int);

void kx_use_one_openmp_thread(void) {
  static _Atomic(set_num_threads) known;
  static _Atomic(int) searched;
  if (!searched) {
    known = (set_num_threads)dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    searched = 1;
  }
  const set_num_threads set = known;
  if (set) set(1);
}
