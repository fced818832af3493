#include "ranks.h"

#include <dlfcn.h>

typedef void *handle;

/* As in Open MPI's mpi.h. */
typedef struct {
  int source, tag, error, cancelled;
  size_t bytes;
} mpi_status;

enum { MPI_THREAD_SERIALIZED_ = 2 };

static struct {
  int (*init_thread)(int *, char ***, int, int *);
  int (*comm_rank)(handle, int *);
  int (*comm_size)(handle, int *);
  int (*isend)(const void *, int, handle, int, int, handle, handle *);
  int (*irecv)(void *, int, handle, int, int, handle, handle *);
  int (*iprobe)(int, int, handle, int *, mpi_status *);
  int (*get_count)(const mpi_status *, handle, int *);
  int (*test)(handle *, int *, mpi_status *);
  int (*abort)(handle, int);
  int (*finalize)(void);
  handle world, byte, null_request;
} mpi;

static const struct {
  void *place;
  const char *name;
} symbols[] = {
  {&mpi.init_thread, "MPI_Init_thread"}, {&mpi.comm_rank, "MPI_Comm_rank"},
  {&mpi.comm_size, "MPI_Comm_size"},     {&mpi.isend, "MPI_Isend"},
  {&mpi.irecv, "MPI_Irecv"},             {&mpi.iprobe, "MPI_Iprobe"},
  {&mpi.get_count, "MPI_Get_count"},     {&mpi.test, "MPI_Test"},
  {&mpi.abort, "MPI_Abort"},             {&mpi.finalize, "MPI_Finalize"},
  {&mpi.world, "ompi_mpi_comm_world"},   {&mpi.byte, "ompi_mpi_byte"},
  {&mpi.null_request, "ompi_request_null"},
};

int kr_open(void) {
  static const char *const names[] = {"libmpi.so.40", "libmpi.so"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    /* Its plug-ins look for its symbols among those of all. */
    library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
  }
  if (!library) return KR_ABSENT;
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *const symbol = dlsym(library, symbols[i].name);
    if (!symbol) return KR_FOREIGN;
    *(void **)symbols[i].place = symbol;
  }
  return KR_OPENED;
}

int kr_begin(int *rank, int *count, int *serialized) {
  int level = 0;
  int status = mpi.init_thread(NULL, NULL, MPI_THREAD_SERIALIZED_, &level);
  *serialized = level >= MPI_THREAD_SERIALIZED_;
  if (!status) status = mpi.comm_rank(mpi.world, rank);
  if (!status) status = mpi.comm_size(mpi.world, count);
  return status;
}

int kr_send(const void *bytes, size_t count, int to, int tag, void **request) {
  return mpi.isend(bytes, (int)count, mpi.byte, to, tag, mpi.world, request);
}

int kr_probe(int from, int tag, int *found, int *source, size_t *count) {
  mpi_status message = {0};
  int bytes = 0;
  int status = mpi.iprobe(from, tag, mpi.world, found, &message);
  if (status || !*found) return status;
  status = mpi.get_count(&message, mpi.byte, &bytes);
  *source = message.source;
  *count = bytes > 0 ? (size_t)bytes : 0;
  return status;
}

int kr_receive(void *bytes, size_t count, int from, int tag, void **request) {
  return mpi.irecv(bytes, (int)count, mpi.byte, from, tag, mpi.world, request);
}

int kr_test(void **request, int *done) {
  mpi_status ignored;
  const int status = mpi.test(request, done, &ignored);
  if (*request == mpi.null_request) *request = NULL;
  return status;
}

void kr_abort(int status) { mpi.abort(mpi.world, status); }

int kr_end(void) { return mpi.finalize(); }
