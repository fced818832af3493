#!/bin/sh
# Compiles the bundled network, runs it in emulated firmware, and compares the firmware's answers with
# the host's. Environment: KINGLET (the command), FASHION (Fashion-MNIST's folder), BUILD (for results).
set -eu
here=$(dirname "$0")
root=$here/../..
: "${KINGLET:?}" "${FASHION:?}" "${BUILD:?}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)

echo '== compile: Fashion-MNIST network, 90 % zeros, 16 levels a layer'
"$KINGLET" compile "$here/fashion-cnn-small.onnx" \
  --data "$FASHION/train-images-idx3-ubyte.gz" \
  --test "$FASHION/t10k-images-idx3-ubyte.gz" --test-labels "$FASHION/t10k-labels-idx1-ubyte.gz" \
  --sparsity 0.9 --seed 1 -o "$BUILD/fashion.kgl" --json "$BUILD/fashion.json"

echo '== emit-c: the blob as C, with four test images'
"$KINGLET" emit-c "$BUILD/fashion.kgl" -o "$BUILD/model" \
  --samples "$FASHION/t10k-images-idx3-ubyte.gz" --sample-count 4

echo '== firmware: Cortex-M4F under QEMU'
make -s -C "$root/Samples/firmware" MODEL="$BUILD/model" BUILD="$BUILD/firmware" run \
  | tee "$BUILD/firmware.txt"

echo '== firmware against host'
sh "$root/Samples/firmware/compare.sh" "$BUILD/firmware.txt" "$BUILD/model/expected.txt"
