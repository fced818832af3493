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
  make -s -j "$(nproc)" -C "$here" MODEL="$2" BOARD="$1" CONFIG="${3-}" BUILD="$BUILD/firmware" run \
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

# Both of integers in one image and one arena, fed from the bytes of pictures by the functions of their headers: the
# answers are those of the host, which reads the same pictures as a file.
"$KINGLET" emit-c "$BUILD/integer.kgl" "$BUILD/exact.kgl" --name first --name second -o "$BUILD/two" >"$BUILD/emit.txt"
# pixels NAME ELEMENTS: the first two pictures of standard input.
pixels() {
  echo "const uint8_t $1_pixels[PICTURES][$2] = {"
  head -c $((2 * $2)) | od -An -v -tu1 "-w$2" | sed 's/^ *//; s/  */, /g; s/^/  {/; s/$/},/'
  echo '};'
}
printf '#include <stdint.h>\nenum { PICTURES = 2 };\nextern const uint8_t first_pixels[PICTURES][784], second_pixels[PICTURES][144];\n' \
  >"$BUILD/two/pixels.h"
{
  echo '#include "pixels.h"'
  tail -c +17 "$BUILD/few.idx" | pixels first 784
  pixels second 144 <"$BUILD/pixels.bin"
} >"$BUILD/two/pixels.c"
echo "cortex-m4f, two models:"
make -s -j "$(nproc)" -C "$here" MAIN=two.c MODEL="$BUILD/two" BOARD=cortex-m4f CONFIG="$BUILD/two/models_config.h" BUILD="$BUILD/firmware" run \
  >"$BUILD/two.txt" || { cat "$BUILD/two.txt"; exit 1; }
# What the host answers, model by model: elements, numbers, and where the three largest elements are.
"$KINGLET" run "$BUILD/integer.kgl" --input "$BUILD/few.idx" | head -2 >"$BUILD/numbers-0.txt"
"$KINGLET" run "$BUILD/exact.kgl" --input "$BUILD/four.idx" | head -2 >"$BUILD/numbers-1.txt"
head -2 "$BUILD/integer-network/expected.txt" >"$BUILD/elements-0.txt"
head -2 "$BUILD/exact-network/expected.txt" >"$BUILD/elements-1.txt"
for model in 0 1; do
  for what in sample=elements numbers=numbers; do
    awk -v word="${what%=*}" -v model=$model '$1 == word && $4 == model {$1 = "sample"; print} $1 == "done"' "$BUILD/two.txt" \
      >"$BUILD/firmware.txt"
    sh "$here/compare.sh" "$BUILD/firmware.txt" "$BUILD/${what#*=}-$model.txt"
    passed=$((passed + 1))
  done
  awk -v model=$model '$1 == "top" && $4 == model {print $5, $6, $7}' "$BUILD/two.txt" >"$BUILD/tops.txt"
  awk '{for (n = 1; n <= 3; n++) {
      best = 0
      for (k = 1; k <= NF; k++) if (!((NR, k) in taken) && (best == 0 || $k + 0 > $best + 0)) best = k
      taken[NR, best] = 1
      printf "%d%s", best - 1, n < 3 ? " " : "\n"
    }}' "$BUILD/elements-$model.txt" | diff - "$BUILD/tops.txt"
  passed=$((passed + 1))
done

# Headers by themselves: in C99 and in C++11 without a warning, and without a byte of code where nothing is called.
printf 'shoe\n"boot" ?\n\303\244\n3\n4\n5\n6\n7\n8\n9\n' >"$BUILD/names.txt"
"$KINGLET" emit-c "$BUILD/model.kgl" --name floats --classes "$BUILD/names.txt" -o "$BUILD/two" >"$BUILD/emit.txt"
"$KINGLET" emit-c "$BUILD/model.kgl" --name scaled --input-scale 0.01 --input-mean 127.5 -o "$BUILD/two" >"$BUILD/emit.txt"
for name in first second floats scaled; do
  for compiler in 'gcc -std=c99 -x c' 'g++ -std=c++11 -x c++'; do
    echo "#include \"$name.h\"" | $compiler -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror \
      "-I$BUILD/two" -c - -o "$BUILD/header.o"
    [ "$(size "$BUILD/header.o" | awk 'NR == 2 {print $2 + $3}')" = 0 ]
    [ -z "$(nm "$BUILD/header.o")" ]
    passed=$((passed + 2))
  done
done

# A main.c that was edited stays, and another's file is not written over; what an earlier blob left is taken away.
rm -rf "$BUILD/kept"
"$KINGLET" emit-c "$BUILD/exact.kgl" -o "$BUILD/kept" --samples "$BUILD/four.idx" >"$BUILD/emit.txt"
echo '/* mine */' >>"$BUILD/kept/main.c"
"$KINGLET" emit-c "$BUILD/exact.kgl" -o "$BUILD/kept" >"$BUILD/emit.txt" 2>"$BUILD/notes.txt"
grep -q 'main.c has been edited and stays' "$BUILD/notes.txt"
grep -q 'mine' "$BUILD/kept/main.c"
[ ! -e "$BUILD/kept/samples.c" ]
[ ! -e "$BUILD/kept/expected.txt" ]
"$KINGLET" emit-c "$BUILD/exact.kgl" -o "$BUILD/kept" --force >"$BUILD/emit.txt"
fails 'an edited main.c' grep -q mine "$BUILD/kept/main.c"
echo 'int mine;' >"$BUILD/kept/model.c"
fails 'a file of somebody else' "$KINGLET" emit-c "$BUILD/exact.kgl" -o "$BUILD/kept"
grep -q 'mine' "$BUILD/kept/model.c"
passed=$((passed + 6))

# A blob with a wrong byte: the firmware says so and leaves with a status.
mkdir -p "$BUILD/damaged"
cp "$BUILD/every-step"/* "$BUILD/damaged"
awk '$1 == "75," && !done {print "76,"; done = 1; next} {print}' "$BUILD/every-step/model.c" \
  >"$BUILD/damaged/model.c"
fails 'a damaged blob' make -s -j "$(nproc)" -C "$here" MODEL="$BUILD/damaged" BUILD="$BUILD/firmware" run
grep -q '^kgl_open: ' "$BUILD/fails.txt" || { cat "$BUILD/fails.txt"; exit 1; }
echo "$passed passed, 0 failed"
