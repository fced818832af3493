/* Memory of an exact size between two guards: what a test gives the runtime as its arena. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stdint.h>

/* Fills `bytes` bytes with `fill`. They begin at an address that is a multiple of 4 and not of 8, as
 * an array of uint32_t may. Never null: ends the program if there is no memory. */
uint8_t *guarded_new(uint32_t bytes, uint8_t fill);

/* Gives the memory back; 0 if something wrote before or behind it. Under the address sanitizer a
 * write or read behind it has ended the program before. */
int guarded_free(uint8_t *memory, uint32_t bytes);

#endif
