/* Text and exit by semihosting: the emulator looks at r0 and r1 when it meets `bkpt 0xAB`. */
#include "board.h"

static uint32_t semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_print(const char *text) { semihost(0x04, text); /* SYS_WRITE0 */ }

void board_exit(uint32_t status) {
  const uint32_t arguments[2] = {0x20026, status}; /* ADP_Stopped_ApplicationExit */
  semihost(0x20, arguments); /* SYS_EXIT_EXTENDED */
  for (;;) {
  }
}
