#ifndef KX_OPENMP_H
#define KX_OPENMP_H

/* Makes oneDNN use one thread for operations called from this thread.
 *
 * OpenMP keeps its thread count per calling thread, so each thread that creates or executes a
 * primitive calls this first: a primitive is planned for the count it was created under. Found by
 * name at run time, since only oneDNN is linked; does nothing where there is no OpenMP. Cheap. */
void kx_use_one_openmp_thread(void);

#endif
