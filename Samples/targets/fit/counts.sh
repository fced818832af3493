#!/bin/sh
# Counts what blobs take in emulated firmware, step by step, for fit.py.
#
#   KINGLET=path/to/kinglet sh counts.sh FOLDER BLOB...
#
# A blob's file is NETWORK.VARIANT.kgl: variants of a network are left out together. Into FOLDER go
# NETWORK.VARIANT.BOARD.json, the work of each step (`kinglet inspect --target --json`), and NETWORK.VARIANT.BOARD, its
# instructions. BOARDS: of ../../firmware/boards. All operators are built, with -Os, the loops over weights with -O2.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:=kinglet}" "${BOARDS:=cortex-m0-large cortex-m4f cortex-m55 rv32imac}"
folder=$1
shift
mkdir -p "$folder/firmware"
folder=$(cd "$folder" && pwd)
for blob in "$@"; do
  name=$(basename "$blob" .kgl)
  "$KINGLET" emit-c "$blob" -o "$folder/firmware/model" --samples random:1 --sample-count 1 >/dev/null
  for board in $BOARDS; do
    "$KINGLET" inspect "$blob" --target "$here/../${board%-large}.json" --json "$folder/$name.$board.json" >/dev/null ||
      [ $? = 1 ] # it need not fit
    make -s -j "$(nproc)" -C "$here/../../firmware" MODEL="$folder/firmware/model" BOARD="$board" STEPS=1 TIMEOUT=1200 \
      BUILD="$folder/firmware" OPTIMIZE=-Os OPTIMIZE_KERNELS=-O2 run | sed -n 's/^step //p' >"$folder/$name.$board"
    [ -s "$folder/$name.$board" ] || echo "counts: $name does not run on $board"
  done
done
