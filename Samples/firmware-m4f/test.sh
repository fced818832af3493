#!/bin/sh
# The bundled network, encoded as it is, in emulated firmware against the host.
# Environment: KINGLET (the command), FASHION (Fashion-MNIST's folder), BUILD (for results).
set -eu
here=$(dirname "$0")
: "${KINGLET:?}" "${FASHION:?}" "${BUILD:?}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
"$KINGLET" encode "$here/../fashion-cnn/fashion-cnn-small.onnx" -q -o "$BUILD/model.kgl" >"$BUILD/encode.txt"
"$KINGLET" emit-c "$BUILD/model.kgl" -o "$BUILD/model" --sample-count 2 \
  --samples "$FASHION/t10k-images-idx3-ubyte.gz" >"$BUILD/emit.txt"
make -s -C "$here" MODEL="$BUILD/model" BUILD="$BUILD/firmware" run >"$BUILD/firmware.txt"
sh "$here/compare.sh" "$BUILD/firmware.txt" "$BUILD/model/expected.txt"
echo '1 passed, 0 failed'
