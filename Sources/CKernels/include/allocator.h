#ifndef KX_ALLOCATOR_H
#define KX_ALLOCATOR_H

/* Blocks of 1 MiB or more go back to the system as soon as they are freed, where the C library is glibc;
 * elsewhere nothing is changed. By itself glibc raises that limit with every larger block that is freed, up
 * to 32 MiB, and a long run keeps what it needed once. Holds for the whole process: for programs, not for
 * libraries. */
void kx_return_large_blocks(void);

#endif
