#include "board.h"

/* --- Semihosting: the emulator looks at r0 and r1 when it meets `bkpt 0xAB` ------------------- */

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

/* --- Numbers: no printf, which would be larger than the runtime ------------------------------- */

void board_print_number(uint32_t number) {
  char text[11];
  char *at = text + 10;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  board_print(at);
}

/* The decimal beside the bits is for people: scaling by ten again and again is off in the last
 * places for very large and very small numbers. */
static void print_decimal(float value) {
  char text[16] = "-0.00000e+00";
  int exponent = 0, i;
  uint32_t digits;
  if (value != value) {
    board_print("nan");
    return;
  }
  if (value < 0.0f) {
    value = -value;
  } else {
    text[0] = '+';
  }
  if (value > 3.4028235e38f) {
    board_print(text[0] == '-' ? "-inf" : "+inf");
    return;
  }
  while (value >= 10.0f) value /= 10.0f, exponent++;
  while (value > 0.0f && value < 1.0f) value *= 10.0f, exponent--;
  digits = (uint32_t)(value * 100000.0f + 0.5f);
  if (digits >= 1000000) digits /= 10, exponent++;
  for (i = 7; i > 2; i--, digits /= 10) text[i] = (char)('0' + digits % 10);
  text[1] = (char)('0' + digits);
  if (exponent < 0) text[9] = '-', exponent = -exponent;
  text[10] = (char)('0' + exponent / 10);
  text[11] = (char)('0' + exponent % 10);
  board_print(text);
}

void board_print_float(float value) {
  union {
    float value;
    uint32_t bits;
  } both;
  char text[10] = "00000000=";
  int i;
  both.value = value;
  for (i = 0; i < 8; i++) text[i] = "0123456789abcdef"[both.bits >> (28 - 4 * i) & 15u];
  board_print(text);
  print_decimal(value);
}

/* --- Instructions: CMSDK timer 0 counts down at 25 MHz; an instruction takes 2^6 ns ----------- */

#define TIMER ((volatile uint32_t *)0x40000000) /* CTRL, VALUE, RELOAD, INTSTATUS */

void board_count_begin(void) {
  TIMER[0] = 0;
  TIMER[2] = 0xFFFFFFFFu;
  TIMER[1] = 0xFFFFFFFFu;
  TIMER[0] = 1;
}

uint32_t board_count_end(void) {
  uint32_t ticks = 0xFFFFFFFFu - TIMER[1];
  return (uint32_t)((uint64_t)ticks * 5 / 8); /* 64 ns are 1.6 ticks of 40 ns */
}

/* --- Stack ----------------------------------------------------------------------------------- */

#define PAINT 0xC0FFEE11u

extern uint32_t link_stack_limit[], link_stack_top[];

/* Both are leaf functions: their stack pointer is the caller's, or a little below. */
void __attribute__((noinline)) board_stack_begin(void) {
  uint32_t *word, *here;
  __asm__ volatile("mov %0, sp" : "=r"(here));
  for (word = link_stack_limit; word < here; word++) *(volatile uint32_t *)word = PAINT;
}

uint32_t __attribute__((noinline)) board_stack_end(void) {
  const uint32_t *word = link_stack_limit, *here;
  __asm__ volatile("mov %0, sp" : "=r"(here));
  while (word < here && *(const volatile uint32_t *)word == PAINT) word++;
  return (uint32_t)(here - word) * 4;
}

/* --- Memory ---------------------------------------------------------------------------------- */

extern uint32_t link_flash_end[], link_data_begin[], link_bss_end[];

uint32_t board_flash_bytes(void) { return (uint32_t)(uintptr_t)link_flash_end; /* begins at 0 */ }

uint32_t board_data_bytes(void) { return (uint32_t)((link_bss_end - link_data_begin) * 4); }
