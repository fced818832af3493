#!/bin/sh
# Quantization and coding at their limits, everything counted, accuracy in the C runtime: KINGLET (the
# command), MODELS, MNIST, FASHION (folders), BUILD (for results). Names of rows as arguments; all where
# there are none.
set -eu
: "${KINGLET:?}" "${MODELS:?}" "${MNIST:?}" "${FASHION:?}" "${BUILD:?}"
mkdir -p "$BUILD"

training() { echo --data "$1/train-images-idx3-ubyte.gz" --labels "$1/train-labels-idx1-ubyte.gz"; }

testing() { echo --test "$1/t10k-images-idx3-ubyte.gz" --test-labels "$1/t10k-labels-idx1-ubyte.gz"; }

# Pruned by others: nothing is evolved, tables are made and trained.
pruned() {
    # shellcheck disable=SC2046
    "$KINGLET" compile "$MODELS/$1-sparse.onnx" --no-names --sparsity 0 $(training "$MNIST") $(testing "$MNIST") \
        --seed 1 --json "$BUILD/$1.json" -o "$BUILD/$1.kgl"
}

# shellcheck disable=SC2046
for row in ${*:-lenet-300-100-dns lenet-5-dns lenet-5-shared fashion-cnn}; do
    case $row in
    lenet-300-100-dns | lenet-5-dns) pruned "$row" ;;
    lenet-5-shared)
        "$KINGLET" share "$MODELS/lenet-5.onnx" --no-names $(training "$MNIST") $(testing "$MNIST") --seed 1 \
            --max-loss 0.3 --counts 2-16,24,32 --samples 2000 --population 16 --generations 15 \
            --fine-generations 5 --json "$BUILD/$row.json" -o "$BUILD/$row.kgl" ;;
    fashion-cnn)
        # As Samples/strength/networks.sh evolves it, in one blob's bytes of the format's first version.
        [ -f "$BUILD/evolved.ckpt" ] || "$KINGLET" evolve "$MODELS/fashion-cnn-1.7m.onnx" \
            $(training "$FASHION") --seed 1 --lambda 0 --max-bytes 67000 --label-share 0.2 \
            --augment flip --step 0.12 --trials 12 --trial-samples 512 --steps-per-cycle 60 \
            --final-steps 2500 -o "$BUILD/evolved.ckpt"
        "$KINGLET" pareto "$BUILD/evolved.ckpt" --json "$BUILD/front.json" -o "$BUILD/front.html"
        "$KINGLET" quantize "$BUILD/evolved.ckpt" --max-bytes 58500 --table-steps 2000 \
            -o "$BUILD/quantized.ckpt"
        "$KINGLET" encode "$BUILD/quantized.ckpt" --no-names --json "$BUILD/$row.json" -o "$BUILD/$row.kgl"
        "$KINGLET" verify "$BUILD/$row.kgl" --teacher "$MODELS/fashion-cnn-1.7m.onnx" \
            $(testing "$FASHION") ;;
    *) echo "no row is called $row" >&2; exit 2 ;;
    esac
done
