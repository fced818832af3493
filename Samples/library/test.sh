#!/bin/sh
# Builds both examples as a package of their own and runs them: `make test-library`.
#
#   BUILD=/tmp/library sh test.sh
set -eu
cd "$(dirname "$0")"
: "${BUILD:?}"
for product in compile-a-model run-a-blob; do swift build --scratch-path "$BUILD" --product $product; done
"$BUILD/debug/compile-a-model" ../../Tests/ONNX/Quantized/cnn-qdq-s8s8-channels.onnx random:300 "$BUILD/small.kgl"
answer=$("$BUILD/debug/run-a-blob" "$BUILD/small.kgl")
echo "$answer"
[ "$(echo "$answer" | wc -w)" = 10 ] || { echo "not ten numbers" >&2; exit 1; }
echo "library: both examples of a package of its own run"
