#!/bin/sh
# What figures of 200 samples are worth: ten draws of MNIST's test images, each the whole data of a
# compilation, against the other 9,800. KINGLET (the command), MODELS, MNIST (folders), BUILD (for results).
set -eu
: "${KINGLET:?}" "${MODELS:?}" "${MNIST:?}" "${BUILD:?}"
mkdir -p "$BUILD"
python3 "$(dirname "$0")/draws.py" "$KINGLET" "$MODELS/mnist-mlp-101k.onnx" "$MNIST" "$BUILD" "${DRAWS:-10}" "$@"
