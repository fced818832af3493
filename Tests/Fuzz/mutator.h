/* Chance, and what libFuzzer gives a mutator; for the mutators of this folder. */
#ifndef MUTATOR_H
#define MUTATOR_H

#include <stddef.h>
#include <stdint.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t room, unsigned seed);

typedef struct chance {
  uint32_t state;
} chance;

/* Marsaglia's xorshift; below `count`, which is below 2^32. */
static inline uint32_t below(chance *c, size_t count) {
  c->state ^= c->state << 13;
  c->state ^= c->state >> 17;
  c->state ^= c->state << 5;
  return c->state % (uint32_t)count;
}

#endif
