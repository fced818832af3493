#!/bin/sh
# Models of int8 as blobs, run by the C runtime on this machine with each set of switches of
# Runtime-C/size that can hold them, and with kernels of each kind: whether every byte is the model's own, as
# its integers are computed by `kinglet run MODEL.tflite --raw`.
#
#   KINGLET=path/to/kinglet sh sets.sh FILE.tflite...
#
# SAMPLES: generated inputs of each; 1000 if not said. SETS narrows the sets down. Status 1 where an answer
# differs. A set without an operator that a blob needs is `no`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/../../Runtime-C
: "${KINGLET:=kinglet}" "${SAMPLES:=1000}" "${SETS:=$(cd "$runtime/size/sets" && echo *.h)}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

# build NAME FLAGS...
build() {
  name=$1
  shift
  cc -std=c99 -O2 "$@" -I"$runtime/include" "$here/answers.c" "$runtime"/src/*.c -lm -o "$folder/with-$name"
  programs="$programs $name"
}

programs=
for set in $SETS; do
  build "$(basename "$set" .h)" "-DKGL_CONFIG_FILE=\"$runtime/size/sets/$(basename "$set" .h).h\""
done
build narrow -DKGL_NARROW=1
build tiles -DKGL_TILES=1 -DKGL_PAIRED=1
build no-tables -DKGL_HUFFMAN_TABLE_BITS=0
case $(uname -m) in x86_64) build avx2 -mavx2 ;; esac

for file in "$@"; do
  name=$(basename "$file" .tflite)
  "$KINGLET" encode "$file" -o "$folder/m.kgl" -q >/dev/null
  rm -f "$folder/expected.npy"
  printf '%-34s' "$name"
  for program in $programs; do
    if ! "$folder/with-$program" "$folder/m.kgl" "$SAMPLES" "$folder/x.npy" "$folder/y.npy" 2>/dev/null; then
      printf ' %s no' "$program"
      continue
    fi
    # The inputs are the same for every program.
    [ -e "$folder/expected.npy" ] \
      || "$KINGLET" run "$file" --input "$folder/x.npy" --output "$folder/expected.npy" --raw >/dev/null
    for array in expected y; do tail -c +129 "$folder/$array.npy" >"$folder/$array.bytes"; done
    if cmp -s "$folder/expected.bytes" "$folder/y.bytes"; then
      printf ' %s %d' "$program" "$(wc -c <"$folder/y.bytes")"
    else
      printf ' %s DIFFERS' "$program"
      status=1
    fi
  done
  echo
done
exit $status
