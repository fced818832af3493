/* QEMU's virt machine: from reset to main, text to its UART, exit by its finisher. A trap prints its
 * cause and where it happened and leaves with status 1. */
#include "board.h"

#define UART (*(volatile uint8_t *)0x10000000)
#define FINISHER (*(volatile uint32_t *)0x00100000)

extern uint32_t link_data_load[], link_data_begin[], link_data_end[];
extern uint32_t link_bss_begin[], link_bss_end[];

int main(void);
void startup_reset(void);
void startup_trap(void);
void startup_begin(void);

void __attribute__((naked, used, section(".vectors"))) startup_reset(void) {
  __asm__ volatile(
      "la sp, link_stack_top\n"
      "la tp, link_thread\n"
      "la t0, startup_trap\n"
      "csrw mtvec, t0\n"
      "j startup_begin");
}

void startup_begin(void) {
  const uint32_t *from = link_data_load;
  uint32_t *to;
  for (to = link_data_begin; to < link_data_end;) *to++ = *from++;
  for (to = link_bss_begin; to < link_bss_end;) *to++ = 0;
  board_exit((uint32_t)main());
}

void __attribute__((aligned(4))) startup_trap(void) {
  uint32_t cause, place;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  __asm__ volatile("csrr %0, mepc" : "=r"(place));
  board_print("fault ");
  board_print_number(cause);
  board_print(" at ");
  board_print_number(place);
  board_print("\n");
  board_exit(1);
}

void board_print(const char *text) {
  while (*text != 0) UART = (uint8_t)*text++;
}

void board_exit(uint32_t status) {
  FINISHER = status << 16 | 0x3333;
  for (;;) {
  }
}

static uint32_t counted;

static uint32_t instructions(void) {
  uint32_t count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count));
  return count;
}

void board_count_begin(void) { counted = instructions(); }

uint32_t board_count_end(void) { return instructions() - counted; }
