# Cortex-M0: QEMU's microbit (nRF51, 256 KB of flash, 16 KB of RAM).
CPU := -mcpu=cortex-m0
MACHINE := microbit
BOARD_SOURCES := boards/cortex-m0/nrf51_timer.c
include cortex-m/cortex-m.mk
