/* From reset to main on any Cortex-M: vector table, floating-point unit, data. A fault prints its
 * number and where it happened and leaves with status 1: an emulator would otherwise hang. */
#include <stdint.h>

#include "board.h"

extern uint32_t link_stack_top[], link_data_load[], link_data_begin[], link_data_end[];
extern uint32_t link_bss_begin[], link_bss_end[];

int main(void);
void startup_reset(void);
void startup_fault(void);
void startup_report(const uint32_t *frame);

/* Before the first float or Helium instruction, which would fault. */
static void enable_float(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  volatile uint32_t *cpacr = (volatile uint32_t *)0xE000ED88;
  *cpacr |= 0xFu << 20; /* full access to CP10 and CP11: FPU and Helium */
#endif
#if defined(__ARM_FEATURE_MVE)
  volatile uint32_t *ccr = (volatile uint32_t *)0xE000ED14;
  *ccr |= 1u << 19; /* LOB: hardware loops */
#endif
  __asm__ volatile("dsb\n isb");
}

void startup_reset(void) {
  const uint32_t *from = link_data_load;
  uint32_t *to;
  enable_float();
  for (to = link_data_begin; to < link_data_end;) *to++ = *from++;
  for (to = link_bss_begin; to < link_bss_end;) *to++ = 0;
  board_exit((uint32_t)main());
}

/* The frame that the processor stacked: r0...r3, r12, lr, pc, psr. */
void startup_report(const uint32_t *frame) {
  uint32_t number;
  __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  board_print("fault ");
  board_print_number(number);
  board_print(" at ");
  board_print_number(frame[6]);
  board_print("\n");
  board_exit(1);
}

void __attribute__((naked)) startup_fault(void) {
  __asm__ volatile("mov r0, sp\n bl startup_report");
}

/* Stack, reset and the 14 exceptions of the core; the sample enables no interrupt. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)link_stack_top, (uintptr_t)startup_reset, (uintptr_t)startup_fault,
    (uintptr_t)startup_fault,  (uintptr_t)startup_fault, (uintptr_t)startup_fault,
    (uintptr_t)startup_fault,  0, 0, 0, 0,
    (uintptr_t)startup_fault,  (uintptr_t)startup_fault, 0,
    (uintptr_t)startup_fault,  (uintptr_t)startup_fault};
