# Cortex-M4 with FPU: QEMU's mps2-an386.
CPU := -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
MACHINE := mps2-an386
BOARD_SOURCES := cortex-m/mps2_timer.c
include cortex-m/cortex-m.mk
