#!/bin/sh
# size.sh text|markdown FOLDER: what the runtime takes of each processor, for each set of operators
# (sets/*.h), with -O2 and with -Os. FOLDER is for what is built. PROCESSORS, SETS and OPTIMIZE narrow
# it down. A processor without its compiler is left out, and said. Status 1 when a stack was measured
# that is deeper than its computed bound.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
format=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
: "${PROCESSORS:=cortex-m0 cortex-m3 cortex-m4f cortex-m55 rv32imac}"
: "${SETS:=all convolution dense dense-smallest integer-convolution integer-dense \
  integer-dense-smallest exact-convolution}"
: "${OPTIMIZE:=-O2 -Os}"

for processor in $PROCESSORS; do
  case $processor in
    rv32*) compiler=riscv64-unknown-elf-gcc ;;
    *) compiler=arm-none-eabi-gcc ;;
  esac
  if ! command -v $compiler >/dev/null; then
    echo "size.sh: $processor is left out: no $compiler" >&2
    continue
  fi
  for set in $SETS; do
    for optimize in $OPTIMIZE; do
      echo "$processor $set $optimize $folder/$processor$optimize-$set"
    done
  done
done >"$folder/jobs.txt"
rm -f "$folder"/*.row
xargs -P 2 -L 1 sh -c 'sh "$0/measure.sh" "$1" "$2" "$3" "$4" >"$4.row"' "$here" \
  <"$folder/jobs.txt"
while read -r processor set optimize name; do cat "$name.row"; done <"$folder/jobs.txt" \
  >"$folder/rows.txt"

awk -v format="$format" '
  function kilobytes(bytes) { return sprintf("%.1f", bytes / 1024) }
  NR == 1 && format == "text" {
    printf "%-11s %-23s %-4s %6s %9s %8s %5s %11s %11s %8s %8s\n", "processor", "operators", "", \
      "code", "constants", "library", "data", "stack: open", "run", "painted:", "run"
  }
  NR == 1 && format == "markdown" {
    print "| processor | operators | code | constants | data | stack " \
      "| `-Os`: code | constants | data | stack |"
    print "|---|---|---|---|---|---|---|---|---|---|"
  }
  { deeper += $10 > $8 || $11 > $9 }
  format == "text" {
    printf "%-11s %-23s %-4s %6d %9d %8d %5d %11d %11d %8d %8d\n", $1, $2, $3, $4, $5, $6, $7, $8, \
      $9, $10, $11
  }
  format == "markdown" {
    stack = $8 > $9 ? $8 : $9
    cells = sprintf(" %s KB | %d | %d | %d |", kilobytes($4), $5, $7, stack)
    if ($1 != processor || $2 != set) line = "| " $1 " | " $2 " |"
    processor = $1
    set = $2
    line = line cells
    if ($3 == "-Os") print line
  }
  END {
    if (deeper) print deeper " rows: the stack was deeper than its bound" > "/dev/stderr"
    exit deeper > 0
  }
' "$folder/rows.txt"
