/* What a message between two ranks costs: time there and back by size, through the same calls as kinglet's.
 * Prints a line a size: bytes, microseconds one way, megabytes a second. */

#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void finish(void *request) {
  int done = 0;
  while (!done) kr_test(&request, &done);
}

static void take(void *bytes, size_t size, int from) {
  int found = 0, source = 0;
  size_t count = 0;
  void *request = NULL;
  while (!found) kr_probe(from, 1, &found, &source, &count);
  kr_receive(bytes, size, from, 1, &request);
  finish(request);
}

static void give(const void *bytes, size_t size, int to) {
  void *request = NULL;
  kr_send(bytes, size, to, 1, &request);
  finish(request);
}

int main(void) {
  static const size_t sizes[] = {64, 1024, 16384, 262144, 4194304, 33554432};
  int rank = 0, count = 0, serialized = 0;
  if (kr_open() != KR_OPENED || kr_begin(&rank, &count, &serialized) || count != 2) {
    fputs("start this with Open MPI's mpirun -n 2\n", stderr);
    return 1;
  }
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t size = sizes[i];
    const int times = size < 100000 ? 1000 : size < 10000000 ? 50 : 8;
    char *const bytes = calloc(size, 1);
    double best = 1e9;
    for (int repeat = 0; repeat < 5; repeat++) {
      const double began = now();
      for (int k = 0; k < times; k++) {
        if (rank == 0) give(bytes, size, 1), take(bytes, size, 1);
        else take(bytes, size, 0), give(bytes, size, 0);
      }
      const double each = (now() - began) / times / 2;
      if (each < best) best = each;
    }
    if (rank == 0) printf("%10zu %10.1f us %10.0f MB/s\n", size, 1e6 * best, (double)size / best / 1e6);
    free(bytes);
  }
  return kr_end();
}
