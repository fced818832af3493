#!/bin/sh
# Models of int8 as blobs in emulated firmware: whether every byte is the one that the host gives, which
# `kinglet verify` holds against the model's own integers, and what an inference takes.
#
#   KINGLET=path/to/kinglet sh boards.sh FILE.tflite...
#
# SAMPLES: generated inputs of each; 20 if not said. BOARDS: of ../firmware/boards. Counts are QEMU's
# instructions, the most of all samples; all is compiled with -Os, but the loops over weights with -O2.
# Status 1 where an answer differs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:=kinglet}" "${SAMPLES:=20}" "${BOARDS:=cortex-m0-large cortex-m3 cortex-m4f cortex-m55 rv32imac}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

printf '%-28s %-16s %12s %9s %9s  %s\n' model board instructions arena flash answers
for file in "$@"; do
  name=$(basename "$file" .tflite)
  "$KINGLET" encode "$file" --no-names -o "$folder/$name.kgl" -q >/dev/null
  "$KINGLET" verify "$folder/$name.kgl" --teacher "$file" --test "random:$SAMPLES" >/dev/null
  "$KINGLET" emit-c "$folder/$name.kgl" -o "$folder/$name" --samples "random:$SAMPLES" \
    --sample-count "$SAMPLES" >/dev/null
  for board in $BOARDS; do
    make -s -j "$(nproc)" -C "$here/../firmware" MODEL="$folder/$name" BOARD="$board" TIMEOUT=1200 \
      CONFIG="$folder/$name/model_config.h" BUILD="$folder/firmware" OPTIMIZE=-Os OPTIMIZE_KERNELS=-O2 \
      run >"$folder/run.txt" 2>"$folder/why" || true
    sh "$here/../firmware/compare.sh" "$folder/run.txt" "$folder/$name/expected.txt" \
      >"$folder/compared.txt" 2>>"$folder/why" || status=1
    awk -v name="$name" -v board="$board" '
      {figure[$1] = $2}
      /^samples/ {sub(/^samples /, ""); answers = $0}
      END {printf "%-28s %-16s %12s %9s %9s  %s\n", name, board, figure["instructions"], figure["arena"],
        figure["flash"], answers}' "$folder/compared.txt"
    [ -s "$folder/compared.txt" ] || tail -1 "$folder/why"
  done
done
exit $status
