/* Instructions on the microbit: TIMER0 counts at 16 MHz, and under `-icount shift=6` an instruction
 * takes 64 ns, which are 1.024 ticks. */
#include "board.h"

#define TIMER(offset) (*(volatile uint32_t *)(0x40008000u + (offset)))
#define START TIMER(0x000)
#define CLEAR TIMER(0x00C)
#define CAPTURE0 TIMER(0x040)
#define BITMODE TIMER(0x508)
#define PRESCALER TIMER(0x510)
#define CC0 TIMER(0x540)

void board_count_begin(void) {
  BITMODE = 3; /* 32 bits */
  PRESCALER = 0;
  CLEAR = 1;
  START = 1;
}

uint32_t board_count_end(void) {
  CAPTURE0 = 1;
  return (uint32_t)((uint64_t)CC0 * 125 / 128);
}
