/* Numbers as text: no printf, which would be larger than the runtime. */
#include "board.h"

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
