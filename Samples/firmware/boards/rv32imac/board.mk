# RISC-V with multiplication and compressed instructions, no FPU: QEMU's virt.
PREFIX := riscv64-unknown-elf-
CPU := -march=rv32imac -mabi=ilp32 -misa-spec=2.2 --specs=picolibc.specs
BOARD_SOURCES := boards/rv32imac/startup.c

# QEMU counts `minstret` in units of 2^-shift instructions: shift=0 makes it exact.
QEMU = qemu-system-riscv32 -machine virt -cpu rv32,f=false,d=false -bios none -nographic \
  -monitor none -serial stdio -icount shift=0,sleep=off
