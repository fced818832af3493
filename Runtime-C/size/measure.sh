#!/bin/sh
# measure.sh PROCESSOR SET OPTIMIZE FOLDER: one row of the table of sizes, as words:
#
#   processor set optimize code constants library data open run painted-open painted-run
#
# code, constants  bytes that a program grows by when it calls kgl_open, kgl_arena_bytes and kgl_run,
#                  linked with --gc-sections; what they call of the C library and of the compiler's
#                  float arithmetic is included, and given again as `library`
# data             variables that it grows by
# open, run        bytes of stack of kgl_open and kgl_run, the bound that stack.awk computes
# painted          the same as measured in emulated firmware on a golden file, 0 without an emulator
#                  and for integer sets
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/..
firmware=$runtime/../Samples/firmware
processor=$1 set=$2 optimize=$3 folder=$4
mkdir -p "$folder"

case $processor in
  cortex-m0) prefix=arm-none-eabi- cpu='-mcpu=cortex-m0 -mthumb' emulator=arm ;;
  cortex-m3) prefix=arm-none-eabi- cpu='-mcpu=cortex-m3 -mthumb' emulator=arm ;;
  cortex-m4f) prefix=arm-none-eabi- emulator=arm
    cpu='-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16' ;;
  cortex-m55) prefix=arm-none-eabi- cpu='-mcpu=cortex-m55 -mthumb -mfloat-abi=hard' emulator=arm ;;
  rv32imac) prefix=riscv64-unknown-elf- emulator=riscv32
    cpu='-march=rv32imac -mabi=ilp32 -misa-spec=2.2 --specs=picolibc.specs' ;;
  *) echo "measure.sh: no processor $processor" >&2; exit 2 ;;
esac
case $set in
  integer* | exact*) golden= ;; # golden.sh is for float32
  dense*) golden=masks ;;
  convolution*) golden=convolution ;;
  *) golden=every-step ;;
esac

# link NAME FLAGS...: the program, its map and the stack use of each function.
link() {
  name=$1
  shift
  rm -f "$folder/$name".elf-*.su
  "${prefix}gcc" $cpu -std=c99 "$optimize" -ffreestanding -ffunction-sections -fdata-sections \
    -fstack-usage "-DKGL_CONFIG_FILE=\"$here/sets/$set.h\"" -I"$runtime/include" "$@" \
    "$here/program.c" "$runtime"/src/*.c -nostartfiles -T "$here/image.ld" -Wl,--gc-sections \
    "-Wl,-Map=$folder/$name.map" -Wl,--no-warn-rwx-segments -lm -o "$folder/$name.elf"
}

# code, constants, variables, and what of the first two comes out of libraries
sizes() {
  "${prefix}size" -A "$folder/$1.elf" | awk '
    $1 == ".text" {code = $2}
    $1 == ".rodata" || $1 == ".ARM.exidx" {constants += $2}
    $1 == ".data" || $1 == ".bss" {data += $2}
    END {print code + 0, constants + 0, data + 0}'
  awk '/^Linker script and memory map/ {on = 1}
    on && /^ \.(text|rodata|srodata|ARM)[^ ]*$/ {getline rest; $0 = $0 " " rest}
    on && /^ \.(text|rodata|srodata|ARM)/ && $4 ~ /\.a\(/ {print $3}' "$folder/$1.map" \
    | while read -r hex; do echo $((hex)); done | awk '{sum += $1} END {print sum + 0}'
}

link with -DRUNTIME
link without
"${prefix}objdump" -d --no-show-raw-insn "$folder/with.elf" >"$folder/with.txt"
awk -v roots='kgl_open kgl_run' -f "$here/stack.awk" "$folder"/with.elf-*.su "$folder/with.txt" \
  >"$folder/stack.txt"
bounds=$(awk '{print $2}' "$folder/stack.txt")

painted='0 0'
if [ -n "$golden" ] && command -v "qemu-system-$emulator" >/dev/null; then
  sh "$firmware/golden.sh" $golden "$folder/golden"
  make -s -C "$firmware" MODEL="$folder/golden" BOARD="$processor" OPTIMIZE="$optimize" \
    CONFIG="$here/sets/$set.h" BUILD="$folder" run >"$folder/run.txt" || cat "$folder/run.txt" >&2
  painted=$(awk '$1 == "stack_open" {open = $2} $1 == "stack" {run = $2} END {print open, run}' \
    "$folder/run.txt")
fi

echo "$processor $set $optimize" $(sizes with) $(sizes without) $bounds $painted | awk '{
  print $1, $2, $3, $4 - $8, $5 - $9, $7 - $11, $6 - $10, $12, $13, $14, $15}'
