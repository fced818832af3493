#!/bin/sh
# The runtime in C on one core of this machine against onnxruntime's dense float32 on one core: a
# Fashion-MNIST CNN of 1.7 million weights, zeroed by magnitude and not trained. See edge.sh for the
# environment. `each` has 90 % zeros in every layer, `all` 90 % over the network, which leaves the
# convolutions nearly full. pc.json deals the rows of the int8 blobs to four lanes, which the runtime
# decodes side by side.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/../../../Runtime-C
model=$KINGLET_SHARED/models/fashion-cnn-1.7m.onnx
python=${KINGLET_PYTHON:-python3}

# blob NAME TYPE OPTIONS...
blob() {
  name=$1 type=$2
  shift 2
  [ "$BUILD/$name.kgl" -nt "$KINGLET" ] || "$KINGLET" compile "$model" --no-names --method magnitude "$@" \
    --steps-per-cycle 0 --final-steps 0 --table-steps 0 --profile flat --activations "$type" \
    --data "$FASHION/t10k-images-idx3-ubyte.gz" --seed 1 -q -o "$BUILD/$name.kgl" >"$BUILD/$name.txt"
}

echo
if ! "$python" -c 'import numpy, onnxruntime' 2>/dev/null; then
  echo "onnxruntime: not installed (KINGLET_PYTHON names the Python that has it); skipped"
  exit 0
fi
if [ ! -d "$FASHION" ]; then
  echo "host: needs Fashion-MNIST (set FASHION to its folder); skipped"
  exit 0
fi
blob each-int8 int8 --layer-sparsity '*=0.9' --target "$here/pc.json"
blob all-int8 int8 --sparsity 0.9 --target "$here/pc.json"
blob each-float32 float32 --layer-sparsity '*=0.9'
for flags in '-O2' '-O2 -march=native'; do
  library=$BUILD/runtime$(echo "$flags" | tr -cd 'a-zO0-9').so
  gcc -std=c99 $flags -shared -fPIC -I"$runtime/include" "$runtime"/src/*.c -lm -o "$library"
  echo "gcc $flags=$library"
done >"$BUILD/libraries.txt"
"$python" "$here/host.py" "$model" "$BUILD/libraries.txt" "$BUILD/each-int8.kgl" \
  "$BUILD/all-int8.kgl" "$BUILD/each-float32.kgl"
