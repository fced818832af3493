#!/bin/sh
# Builds both examples as a package of their own and runs them: `make test-library`.
#
#   BUILD=/tmp/library sh test.sh
set -eu
cd "$(dirname "$0")"
: "${BUILD:?}"
swift build --scratch-path "$BUILD"
"$BUILD/debug/compile-a-model" ../fashion-cnn/fashion-cnn-small.onnx random:300 "$BUILD/small.kgl"
answer=$("$BUILD/debug/run-a-blob" "$BUILD/small.kgl")
echo "$answer"
[ "$(echo "$answer" | wc -w)" = 10 ] || { echo "not ten numbers" >&2; exit 1; }
echo "library: both examples of a package of its own run"
