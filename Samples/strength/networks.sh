#!/bin/sh
# Whole networks, everything counted: KINGLET (the command), MODELS, MNIST, FASHION, CIFAR (folders),
# BUILD (for results), SEED (1). Names of networks as arguments; all where there are none.
set -eu
: "${KINGLET:?}" "${MODELS:?}" "${MNIST:?}" "${FASHION:?}" "${CIFAR:?}" "${BUILD:?}"
mkdir -p "$BUILD"

idx() {
    echo --data "$1/train-images-idx3-ubyte.gz" --labels "$1/train-labels-idx1-ubyte.gz" \
        --test "$1/t10k-images-idx3-ubyte.gz" --test-labels "$1/t10k-labels-idx1-ubyte.gz"
}

compile() {
    name=$1 model=$2
    shift 2
    "$KINGLET" compile "$MODELS/$model.onnx" --no-names --seed "${SEED:-1}" --record "$BUILD/$name.jsonl" \
        --json "$BUILD/$name.json" -o "$BUILD/$name.kgl" "$@"
    "$KINGLET" report "$BUILD/$name.jsonl" -o "$BUILD/$name.html"
}

# shellcheck disable=SC2046
for network in ${*:-lenet-300-100 lenet-5 fashion-cnn resnet-8}; do
    case $network in
    lenet-300-100) compile "$network" lenet-300-100 $(idx "$MNIST") --threads 1 --max-bytes 4400 --effort thorough ;;
    lenet-5) compile "$network" lenet-5 $(idx "$MNIST") --threads 1 --max-bytes 3600 --effort thorough ;;
    fashion-cnn)
        compile "$network" fashion-cnn-1.7m $(idx "$FASHION") --max-bytes 67000 \
            --label-share 0.2 --augment flip --step 0.12 --trials 12 --trial-samples 512 \
            --steps-per-cycle 60 --final-steps 2500 --table-steps 600 ;;
    resnet-8)
        compile "$network" mlperf-tiny-resnet8-cifar10 --data "$CIFAR/train-5000.bin.gz" \
            --test "$CIFAR/test-2000.bin.gz" --input-scale 1 --threads 1 --max-bytes 25900 \
            --augment flip,shift=4 --batch 128 --step 0.15 --trial-samples 500 \
            --steps-per-cycle 100 --final-steps 6000 --table-steps 4000 ;;
    *) echo "no network is called $network" >&2; exit 2 ;;
    esac
done
