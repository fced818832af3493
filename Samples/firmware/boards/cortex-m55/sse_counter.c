/* Instructions on mps3-an547: the system counter counts at 32 MHz, and under `-icount shift=6` an
 * instruction takes 64 ns, which are 2.048 ticks. */
#include "board.h"

#define CONTROL ((volatile uint32_t *)0x58100000) /* CNTCR, CNTSR, CNTCV low and high */
#define CONTROL_LOW 2
#define CONTROL_HIGH 3

void board_count_begin(void) {
  CONTROL[0] = 0;
  CONTROL[CONTROL_LOW] = 0;
  CONTROL[CONTROL_HIGH] = 0;
  CONTROL[0] = 1;
}

uint32_t board_count_end(void) {
  uint64_t ticks;
  CONTROL[0] = 0;
  ticks = (uint64_t)CONTROL[CONTROL_HIGH] << 32 | CONTROL[CONTROL_LOW];
  return (uint32_t)(ticks * 125 / 256);
}
