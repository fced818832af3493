#!/bin/sh
# The bundled network, encoded as it is, with float and with integer activations, and a small one of int8 with
# its own integers, in emulated firmware against the host; golden files on the Cortex-M0, whose memory the network does not fit,
# and golden files of integers on every board.
# Environment: KINGLET (the command), FASHION (Fashion-MNIST's folder), BUILD (for results).
# BOARDS: which boards run the network.
set -eu
here=$(dirname "$0")
: "${KINGLET:?}" "${FASHION:?}" "${BUILD:?}"
: "${BOARDS:=cortex-m3 cortex-m4f cortex-m55 rv32imac}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
passed=0

# fails WHAT COMMAND...: stops the test unless the command fails.
fails() {
  what=$1
  shift
  if "$@" >"$BUILD/fails.txt" 2>&1; then echo "$what was not noticed" >&2; exit 1; fi
  passed=$((passed + 1))
}

# compared FOLDER: the last run's answers against the folder's.
compared() {
  sh "$here/compare.sh" "$BUILD/firmware.txt" "$1/expected.txt"
  passed=$((passed + 1))
}

# runs BOARD FOLDER [CONFIG]: runs a folder of sources, the runtime with the switches of a header.
runs() {
  echo "$1, $(basename "$2"):"
  make -s -C "$here" MODEL="$2" BOARD="$1" CONFIG="${3-}" BUILD="$BUILD/firmware" run \
    >"$BUILD/firmware.txt" || { cat "$BUILD/firmware.txt"; exit 1; }
}

# on BOARD FOLDER [CONFIG]: runs and compares.
on() {
  runs "$@"
  compared "$2"
}

# bytes_on BOARD FOLDER: the same for a golden file of integers, which gives int8 as 0 to 255.
bytes_on() {
  runs "$@"
  awk '$1 == "sample" {for (k = 5; k <= NF; k++) if ($k < 0) $k += 256} {print}' \
    "$BUILD/firmware.txt" >"$BUILD/bytes.txt"
  mv "$BUILD/bytes.txt" "$BUILD/firmware.txt"
  compared "$2"
}

# The comparison itself: answers that differ, are too few, or come from a run that did not end.
printf 'sample 0 output 0 7 -8\nsample 0 output 1 0=1.5\ndone\n' >"$BUILD/answers.txt"
sed '$d' "$BUILD/answers.txt" >"$BUILD/cut.txt"
echo '7 -8 1.5' >"$BUILD/right.txt"
echo '7 8 1.5' >"$BUILD/integer.txt"
echo '7 -8 1.5003' >"$BUILD/float.txt"
echo '7 -8 1.5 2.0' >"$BUILD/longer.txt"
sh "$here/compare.sh" "$BUILD/answers.txt" "$BUILD/right.txt" >"$BUILD/right.log"
fails 'a cut run' sh "$here/compare.sh" "$BUILD/cut.txt" "$BUILD/right.txt"
for wrong in integer float longer; do
  fails "$wrong.txt" sh "$here/compare.sh" "$BUILD/answers.txt" "$BUILD/$wrong.txt"
done

for golden in every-step activations; do
  sh "$here/golden.sh" $golden "$BUILD/$golden"
  on cortex-m0 "$BUILD/$golden"
done

ARENA=24576 sh "$here/golden.sh" integer-strips "$BUILD/integer-strips"
for board in $BOARDS; do bytes_on "$board" "$BUILD/integer-strips"; done
for golden in integer-steps integer-wraps; do
  sh "$here/golden.sh" $golden "$BUILD/$golden"
  for board in cortex-m0 $BOARDS; do bytes_on "$board" "$BUILD/$golden"; done
done
awk '{$1 = ($1 + 1) % 256; print}' "$BUILD/integer-wraps/expected.txt" >"$BUILD/wrong.txt"
fails 'a wrong byte' sh "$here/compare.sh" "$BUILD/firmware.txt" "$BUILD/wrong.txt"

"$KINGLET" encode "$here/../fashion-cnn/fashion-cnn-small.onnx" -q --levels 16 -o "$BUILD/model.kgl" >"$BUILD/encode.txt"
"$KINGLET" emit-c "$BUILD/model.kgl" -o "$BUILD/network" --sample-count 2 \
  --samples "$FASHION/t10k-images-idx3-ubyte.gz" >"$BUILD/emit.txt"
for board in $BOARDS; do on "$board" "$BUILD/network"; done

# The same in integers alone, calibrated on 256 images: the same bytes everywhere. The runtime is
# compiled with what the model needs and no more.
{
  printf '\000\000\010\003\000\000\001\000\000\000\000\034\000\000\000\034'
  gzip -dc "$FASHION/t10k-images-idx3-ubyte.gz" | tail -c +17 | head -c 200704
} >"$BUILD/few.idx"
"$KINGLET" encode "$here/../fashion-cnn/fashion-cnn-small.onnx" -q --levels 16 --activations int8 \
  --data "$BUILD/few.idx" -o "$BUILD/integer.kgl" >"$BUILD/encode.txt"
"$KINGLET" emit-c "$BUILD/integer.kgl" -o "$BUILD/integer-network" --sample-count 2 \
  --samples "$BUILD/few.idx" >"$BUILD/emit.txt"
for board in $BOARDS; do
  on "$board" "$BUILD/integer-network" "$BUILD/integer-network/model_config.h"
done

# A network of int8 as converters make it, encoded: firmware answers with the very integers of its file. The same
# 4 pictures of 12 x 12 are given to the file as its elements, bytes less 128, and to the blob as an IDX file.
exact=$here/../../Tests/TFLM/small.tflite
gzip -dc "$FASHION/t10k-images-idx3-ubyte.gz" | tail -c +4017 | head -c 576 >"$BUILD/pixels.bin"
{
  printf '\000\000\010\003\000\000\000\004\000\000\000\014\000\000\000\014'
  cat "$BUILD/pixels.bin"
} >"$BUILD/four.idx"
{
  printf "\223NUMPY\001\000v\000%-117s\n" "{'descr': '|i1', 'fortran_order': False, 'shape': (4, 12, 12, 1), }"
  LC_ALL=C tr '\000-\177\200-\377' '\200-\377\000-\177' <"$BUILD/pixels.bin"
} >"$BUILD/four.npy"
"$KINGLET" encode "$exact" -q -o "$BUILD/exact.kgl" >"$BUILD/encode.txt"
"$KINGLET" emit-c "$BUILD/exact.kgl" -o "$BUILD/exact-network" --sample-count 4 \
  --samples "$BUILD/four.idx" >"$BUILD/emit.txt"
for of in "$exact" "$BUILD/exact.kgl"; do
  "$KINGLET" run "$of" --raw --input "$BUILD/four.npy" >"$BUILD/answers.txt"
  diff "$BUILD/answers.txt" "$BUILD/exact-network/expected.txt"
done
for board in $BOARDS; do on "$board" "$BUILD/exact-network" "$BUILD/exact-network/model_config.h"; done

# A blob with a wrong byte: the firmware says so and leaves with a status.
mkdir -p "$BUILD/damaged"
cp "$BUILD/every-step"/* "$BUILD/damaged"
awk '$1 == "75," && !done {print "76,"; done = 1; next} {print}' "$BUILD/every-step/model.c" \
  >"$BUILD/damaged/model.c"
fails 'a damaged blob' make -s -C "$here" MODEL="$BUILD/damaged" BUILD="$BUILD/firmware" run
grep -q '^kgl_open: ' "$BUILD/fails.txt" || { cat "$BUILD/fails.txt"; exit 1; }
echo "$passed passed, 0 failed"
