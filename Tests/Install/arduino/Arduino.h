/* What a sketch asks of Arduino, on a PC: for the test of the library's example. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdint.h>
#include <stdio.h>

struct SerialPort {
  void begin(long) {}
  void println(const char *text) { puts(text); }
  void println(double number) { printf("%g\n", number); }
};
static SerialPort Serial;
static inline void delay(unsigned long) {}

#endif
