/* Mutations of blobs that keep the frame sound: see blob_mutator.c. */
#ifndef BLOB_MUTATOR_H
#define BLOB_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* A mutation of a blob in place, at most `room` bytes long afterwards; returns its bytes. What is
 * no blob is mutated as bytes. The same seed gives the same mutation of the same blob. */
size_t mutate_blob(uint8_t *blob, size_t bytes, size_t room, uint32_t seed);

#endif
