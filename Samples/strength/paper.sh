#!/bin/sh
# The paper's experiments (arXiv 2206.05859, sections 3 and 4) as it did them: 5 % steps over all
# positions of one layer, 120 uniform sets, squared error of the outputs, retraining once at the end.
# KINGLET (the command), MODELS, MNIST, FASHION (folders), BUILD (for results).
set -eu
: "${KINGLET:?}" "${MODELS:?}" "${MNIST:?}" "${FASHION:?}" "${BUILD:?}"
mkdir -p "$BUILD"

literal() {
    name=$1 model=$2 data=$3
    shift 3
    echo "== $name"
    "$KINGLET" compile "$MODELS/$model.onnx" --no-names -q --method literal --divergence mse --retrain-every 0 \
        --data "$data/train-images-idx3-ubyte.gz" --labels "$data/train-labels-idx1-ubyte.gz" \
        --test "$data/t10k-images-idx3-ubyte.gz" --test-labels "$data/t10k-labels-idx1-ubyte.gz" \
        --table-steps 0 --seed 1 --record "$BUILD/$name.jsonl" --json "$BUILD/$name.json" \
        -o "$BUILD/$name.kgl" "$@" | tail -n 1
}

mnist() { name=$1; shift; literal "$name" mnist-mlp-101k "$MNIST" --layer-sparsity '/1/Gemm=0.8' "$@"; }
fashion() {
    name=$1 share=$2
    shift 2
    literal "$name" fashion-cnn-1.7m "$FASHION" --layer-sparsity "/f/f.15/Gemm=$share" "$@"
}

mnist mnist-80-untrained --final-steps 0 --levels float
mnist mnist-80 --final-steps 20e --levels float
mnist mnist-80-8-bits --final-steps 20e --levels 256 --tables uniformRange --stochastic
fashion fashion-80 0.8 --final-steps 3e --levels float
fashion fashion-80-4-bits 0.8 --final-steps 3e --levels 16 --stochastic
fashion fashion-90 0.9 --final-steps 3e --levels float
fashion fashion-90-4-bits 0.9 --final-steps 3e --levels 16 --stochastic
