/* Stack use by painting, and the sizes that the linker knows (sections.ld). */
#include "board.h"

#define PAINT 0xC0FFEE11u

#if defined(__riscv)
#define STACK_POINTER(here) __asm__ volatile("mv %0, sp" : "=r"(here))
#else
#define STACK_POINTER(here) __asm__ volatile("mov %0, sp" : "=r"(here))
#endif

extern uint32_t link_stack_limit[], link_flash_bytes[], link_data_begin[], link_bss_end[];

/* Both are leaf functions: their stack pointer is the caller's, or a little below. A compiler may
 * read it before it saves registers, so the 64 bytes below are left alone. */
void __attribute__((noinline)) board_stack_begin(void) {
  uint32_t *word, *here;
  STACK_POINTER(here);
  for (word = link_stack_limit; word < here - 16; word++) *(volatile uint32_t *)word = PAINT;
}

uint32_t __attribute__((noinline)) board_stack_end(void) {
  const uint32_t *word = link_stack_limit, *here;
  STACK_POINTER(here);
  while (word < here && *(const volatile uint32_t *)word == PAINT) word++;
  return (uint32_t)(here - word) * 4;
}

uint32_t board_flash_bytes(void) { return (uint32_t)(uintptr_t)link_flash_bytes; }

uint32_t board_data_bytes(void) { return (uint32_t)((link_bss_end - link_data_begin) * 4); }
