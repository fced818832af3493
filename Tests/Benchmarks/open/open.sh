#!/bin/sh
# What it takes to open a blob, in instructions of emulated processors: `make bench PART=open`.
#
#   BUILD=/tmp/open sh open.sh                     every kind of worst.c, of 8 and 64 KB
#   BUILD=/tmp/open sh open.sh FILE.kgl...         these files
#
# BOARDS: cortex-m0 and cortex-m4f, if not said. SIZES, KINDS: of worst.c's blobs. OPTIMIZE, SWITCHES:
# how the runtime is compiled. MOST: what is allowed beside the checksum, instructions a byte on a
# Cortex-M0; 80. Status 1 if a blob takes more there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BUILD:?}" "${BOARDS:=cortex-m0 cortex-m4f}" "${SIZES:=8192 65536}" "${MOST:=80}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)

if [ $# = 0 ]; then
  cc -std=c99 -O1 "$here"/worst*.c "$here/../../RuntimeC/builder.c" -lm -o "$BUILD/worst"
  for size in $SIZES; do
    for kind in ${KINDS:-$("$BUILD/worst")}; do
      "$BUILD/worst" "$kind" "$size" "$BUILD/$kind-$size.kgl"
      set -- "$@" "$BUILD/$kind-$size.kgl"
    done
  done
fi

# open BOARD FILE: a line of the table; status 1 where a Cortex-M0 takes too long.
open() {
  make -s -C "$here/../../../Samples/firmware" -f "$here/firmware.mk" BOARD="$1" BLOB="$2" \
    BUILD="$BUILD" ${OPTIMIZE:+OPTIMIZE="$OPTIMIZE"} ${SWITCHES:+SWITCHES="$SWITCHES"} run \
    >"$BUILD/run.txt" || { cat "$BUILD/run.txt" >&2; exit 2; }
  awk -v board="$1" -v name="$(basename "$2" .kgl)" -v bytes="$(wc -c <"$2")" -v most="$MOST" '
    NF == 2 {found[$1] = $2}
    END {
      rest = (found["open"] - found["checksum"]) / bytes
      above = board ~ /^cortex-m0/ && rest > most
      printf "%-28s %-10s %6d %6d %12d %9d %10.1f%s %5d\n", name, board, bytes, found["status"],
        found["open"], found["checksum"], rest, above ? "!" : " ", found["stack"]
      exit above
    }' "$BUILD/run.txt"
}

printf '%-28s %-10s %6s %6s %12s %9s %11s %5s\n' blob board bytes status kgl_open checksum \
  'rest/byte' stack
worst=0
for board in $BOARDS; do
  for file in "$@"; do open "$board" "$file" || worst=1; done
done
echo "instructions; ! more than $MOST a byte beside the checksum"
exit $worst
