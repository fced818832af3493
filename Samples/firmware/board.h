/* What main.c needs of a machine. A board gives the first four calls (boards/, cortex-m/); numbers,
 * stack and sizes are the same everywhere (print.c, memory.c). */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Print text. */
void board_print(const char *text);

/* Leave the emulator with this status. */
void board_exit(uint32_t status);

/* Instructions since board_count_begin; the call itself adds a few. Up to 2.6 thousand million. */
void board_count_begin(void);
uint32_t board_count_end(void);

void board_print_number(uint32_t number);

/* A float as "3f800000=1.00000e+00": its bits, which are exact, and about six digits to read. */
void board_print_float(float value);

/* Paint the free stack below the caller; then the bytes of it that were used in between. Measured
 * from the caller's own stack pointer, which both calls must see alike. */
void board_stack_begin(void);
uint32_t board_stack_end(void);

/* Bytes that the program takes in flash, and of data memory, arena included and stack not. */
uint32_t board_flash_bytes(void);
uint32_t board_data_bytes(void);

#endif
