# Cortex-M55 with Helium: QEMU's mps3-an547.
CPU := -mcpu=cortex-m55 -mfloat-abi=hard
MACHINE := mps3-an547
BOARD_SOURCES := boards/cortex-m55/sse_counter.c
include cortex-m/cortex-m.mk
