# What the Cortex-M boards share. A board gives CPU, MACHINE and a counter of instructions.

PREFIX := arm-none-eabi-
CFLAGS += -mthumb
LDFLAGS += --specs=nosys.specs
BOARD_SOURCES += cortex-m/startup.c cortex-m/semihosting.c

# Every instruction takes 64 ns of emulated time, so the counts are the same on any host.
QEMU = qemu-system-arm -machine $(MACHINE) -nographic -monitor none -serial none \
  -chardev stdio,id=sh,signal=off -semihosting-config enable=on,target=native,chardev=sh \
  -icount shift=6,sleep=off
