#ifndef KR_RANKS_H
#define KR_RANKS_H

#include <stddef.h>

/* Open MPI, opened at run time: nothing of it is needed to build, and a process that never calls kr_open()
 * never loads it. The declarations are those of Open MPI's own interface, version 4 and later
 * (libmpi.so.40), whose handles are addresses; other MPIs have integers there and are refused.
 *
 * Messages are bytes. No two threads may be in these functions at the same time; which thread it is
 * does not matter. A request is NULL once it is over. Except where said otherwise functions give 0, or
 * MPI's code of what went wrong. */

enum { KR_OPENED = 0, KR_ABSENT = 1, KR_FOREIGN = 2 };

/* Loads the library: KR_OPENED; KR_ABSENT where there is none; KR_FOREIGN where what bears its name is not
 * Open MPI. */
int kr_open(void);

/* Begins: this process's number, and how many there are. After kr_open(), once. `serialized` is 0 where
 * the library forbids calls from several threads one after another. */
int kr_begin(int *rank, int *count, int *serialized);

/* Sends; the bytes have to stay as they are until the request is over. `count` < 2^31. */
int kr_send(const void *bytes, size_t count, int to, int tag, void **request);

/* Whether a message is there from a rank, or from any where `from` is -1; who sent it, its bytes. */
int kr_probe(int from, int tag, int *found, int *source, size_t *count);

/* Takes a message that was found, of exactly so many bytes. */
int kr_receive(void *bytes, size_t count, int from, int tag, void **request);

/* Whether a request is over; drives all others on as well. */
int kr_test(void **request, int *done);

/* Ends all ranks; mpirun gives this status. Returns only where that fails. */
void kr_abort(int status);

/* Ends in order: waits until all ranks have come to it. */
int kr_end(void);

#endif
