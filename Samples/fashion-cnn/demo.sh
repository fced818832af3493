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
"$KINGLET" compile "$here/fashion-cnn-small.onnx" --no-names \
  --data "$FASHION/train-images-idx3-ubyte.gz" \
  --test "$FASHION/t10k-images-idx3-ubyte.gz" --test-labels "$FASHION/t10k-labels-idx1-ubyte.gz" \
  --sparsity 0.9 --seed 1 --checkpoint "$BUILD/fashion.ckpt" -o "$BUILD/fashion.kgl" \
  --json "$BUILD/fashion.json"

# $1: the blob's name. As C with four test images, on a Cortex-M4F, against the host.
on_board() {
  "$KINGLET" emit-c "$BUILD/$1.kgl" -o "$BUILD/$1" \
    --samples "$FASHION/t10k-images-idx3-ubyte.gz" --sample-count 4 >"$BUILD/$1.files"
  make -s -j "$(nproc)" -C "$root/Samples/firmware" MODEL="$BUILD/$1" CONFIG="$BUILD/$1/model_config.h" \
    BUILD="$BUILD/firmware-$1" run >"$BUILD/$1.txt"
  head -n 1 "$BUILD/$1.txt"
  sh "$root/Samples/firmware/compare.sh" "$BUILD/$1.txt" "$BUILD/$1/expected.txt"
}

echo '== firmware, float32: Cortex-M4F under QEMU against the host'
on_board fashion

echo '== the same student on 8-bit integers'
"$KINGLET" encode "$BUILD/fashion.ckpt" --activations int8 --quiet -o "$BUILD/integer.kgl" | tail -n 1
"$KINGLET" verify "$BUILD/integer.kgl" --teacher "$here/fashion-cnn-small.onnx" \
  --test "$FASHION/t10k-images-idx3-ubyte.gz" --test-labels "$FASHION/t10k-labels-idx1-ubyte.gz"

echo '== firmware, integers: the same bytes as the host'
on_board integer
