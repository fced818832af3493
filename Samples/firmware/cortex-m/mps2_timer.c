/* Instructions on QEMU's mps2 machines: CMSDK timer 0 counts down at 25 MHz, and under
 * `-icount shift=6` an instruction takes 64 ns, which are 1.6 ticks. */
#include "board.h"

#define TIMER ((volatile uint32_t *)0x40000000) /* CTRL, VALUE, RELOAD, INTSTATUS */

void board_count_begin(void) {
  TIMER[0] = 0;
  TIMER[2] = 0xFFFFFFFFu;
  TIMER[1] = 0xFFFFFFFFu;
  TIMER[0] = 1;
}

uint32_t board_count_end(void) {
  uint32_t ticks = 0xFFFFFFFFu - TIMER[1];
  return (uint32_t)((uint64_t)ticks * 5 / 8);
}
