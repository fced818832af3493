# For models that do not fit the microbit: ARMv6-M code, as compiled for a Cortex-M0, on the
# Cortex-M3 of QEMU's mps2-an385, which executes it. Not an M0: it forgives unaligned loads.
CPU := -mcpu=cortex-m0
MACHINE := mps2-an385
BOARD_SOURCES := cortex-m/mps2_timer.c
include cortex-m/cortex-m.mk
