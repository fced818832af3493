# Cortex-M3, no FPU: QEMU's mps2-an385.
CPU := -mcpu=cortex-m3
MACHINE := mps2-an385
BOARD_SOURCES := cortex-m/mps2_timer.c
include cortex-m/cortex-m.mk
