#!/bin/sh
# One measured row, and what stack.awk must refuse: recursion, a call through a pointer, a frame of
# varying size. Environment: BUILD (for results).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BUILD:?}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
passed=0

# stack NAME BODY: the bound of `begin` in a program that consists of BODY.
stack() {
  printf '%s\n' "$2" >"$BUILD/$1.c"
  (cd "$BUILD" && arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb -O1 -fstack-usage \
    -fno-optimize-sibling-calls -fno-inline -nostdlib -Wl,-e,begin "$1.c" -o "$1.elf")
  arm-none-eabi-objdump -d --no-show-raw-insn "$BUILD/$1.elf" >"$BUILD/$1.txt"
  awk -v roots=begin -f "$here/stack.awk" "$BUILD"/$1.elf-*.su "$BUILD/$1.txt"
}

# check WHAT CONDITION...
check() {
  what=$1
  shift
  "$@" || { echo "failed: $what" >&2; exit 1; }
  passed=$((passed + 1))
}

refuses() { ! stack "$1" "$2" >"$BUILD/refused.txt" 2>&1 && grep -q "$3" "$BUILD/refused.txt"; }

leaf='void use(volatile char *p);
void use(volatile char *p) { volatile char room[40]; room[1] = *p; }
'
plain=$(stack plain "$leaf void begin(void); void begin(void) { volatile char room[100]; use(room); }")
check 'two frames are added' [ "$(echo "$plain" | awk '{print $2}')" = 152 ]
check 'recursion' refuses recursion \
  'int begin(int n); int begin(int n) { return n < 2 ? n : begin(n - 1) + begin(n - 2); }' recursion
check 'mutual recursion' refuses mutual 'int begin(int n); int other(int n);
  int begin(int n) { return n < 2 ? n : other(n - 1) + 1; }
  int other(int n) { return begin(n - 1) + 2; }' recursion
check 'a call through a pointer' refuses pointer \
  'void begin(void (*f)(void)); void begin(void (*f)(void)) { f(); f(); }' pointer
check 'a frame of varying size' refuses varying \
  "$leaf void begin(int n); void begin(int n) { volatile char room[n]; use(room); }" 'not constant'
far='#define TWELVE(x) x x x x x x x x x x x x
void begin(volatile int *p); void begin(volatile int *p) { do { TWELVE(TWELVE(TWELVE(*p;))) } while (*p); }'
check 'a jump too far for a branch, which is a bl, is no recursion' stack far "$far" >"$BUILD/far.out"
check 'and it was one' grep -q 'bl.*<begin+0x' "$BUILD/far.txt"

sh "$here/measure.sh" cortex-m4f dense -Os "$BUILD/row" >"$BUILD/row.txt"
row() { awk -v column="$1" '{print $column}' "$BUILD/row.txt"; }
check 'the dense set has no variables' [ "$(row 7)" = 0 ]
check 'it has code' [ "$(row 4)" -gt 1000 ]
check 'the painted stack is within its bound' [ "$(row 11)" -gt 0 -a "$(row 11)" -le "$(row 9)" ]
echo "$passed passed, 0 failed"
