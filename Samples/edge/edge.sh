#!/bin/sh
# Small networks, compiled to blobs of integers, in emulated firmware: what one inference takes of
# each board, and whether its answers are the host's, byte for byte. Status 1 if any differ.
# Environment: KINGLET (the command), FASHION (Fashion-MNIST's folder), BUILD (for results). Names
# of rows as arguments (mlp, fashion-cnn, autoencoder); all where there are none.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
firmware=$here/../firmware
runtime=$here/../../Runtime-C
: "${KINGLET:?}" "${FASHION:?}" "${BUILD:?}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
images=$FASHION/train-images-idx3-ubyte.gz
labels=$FASHION/train-labels-idx1-ubyte.gz
test_images=$FASHION/t10k-images-idx3-ubyte.gz
test_labels=$FASHION/t10k-labels-idx1-ubyte.gz
different=0

# compiled NAME MODEL OPTIONS...: the blob, and four test images, as C.
compiled() {
  name=$1 model=$2
  shift 2
  "$KINGLET" compile "$model" --no-names -q --data "$images" --test "$test_images" --activations int8 \
    --profile flat --seed 1 --threads 2 "$@" -o "$BUILD/$name.kgl" --json "$BUILD/$name.json" \
    >"$BUILD/$name.txt"
  echo "$name: $(sed -n '/ bytes for /s/, everything counted//p' "$BUILD/$name.txt")"
  sed -n '/ test samples: /p; /^emulation: /p' "$BUILD/$name.txt"
  "$KINGLET" emit-c "$BUILD/$name.kgl" -o "$BUILD/$name" --samples "$test_images" --sample-count 4 \
    >"$BUILD/$name.emit"
}

# on BOARD NAME: one line of what the firmware took, and how many of its answers are the host's.
on() {
  run=$BUILD/$2.$1.txt
  ratio=$(sed -n 's/.* parameters: \([0-9.]*x\),.*/\1/p' "$BUILD/$2.txt")
  make -s -j "$(nproc)" -C "$firmware" MODEL="$BUILD/$2" BOARD="$1" BUILD="$BUILD/firmware" \
    CONFIG="$BUILD/$2/model_config.h" OPTIMIZE="-O2 -Wl,-Map=$run.map" run >"$run" \
    || { cat "$run" >&2; different=1; return 0; }
  sh "$firmware/compare.sh" "$run" "$BUILD/$2/expected.txt" >"$run.compared" || different=1
  code=$(awk -v files="$(ls "$runtime"/src/*.c | wc -l)" -f "$here/code.awk" "$run.map")
  awk -v board="$1" -v ratio="$ratio" -v code="$code" '
    FNR == NR {value[$1] = $2; next}
    /integers equal$/ {equal = $3 " of " $5 " outputs equal to the host"}
    END {
      printf "  %-12s %9d instructions, flash %6d (runtime %5d), ", board,
        value["instructions"], value["flash"], code
      printf "RAM %5d (arena %5d), stack %4d, blob %5d (%s), %s\n", value["data"], value["arena"],
        value["stack"], value["blob"], ratio, equal == "" ? "NOT equal to the host" : equal
    }' "$run" "$run.compared"
}

for row in ${*:-mlp fashion-cnn autoencoder}; do
  case $row in
    mlp)
      compiled mlp "$here/mlp.onnx" --labels "$labels" --test-labels "$test_labels" \
        --sparsity 0.9 --label-share 0.2 --final-steps 2000
      on cortex-m0 mlp
      on cortex-m3 mlp ;;
    fashion-cnn)
      compiled fashion-cnn "$here/../fashion-cnn/fashion-cnn-small.onnx" --labels "$labels" \
        --test-labels "$test_labels" --sparsity 0.9 --step 0.3
      on cortex-m4f fashion-cnn
      on cortex-m55 fashion-cnn ;;
    autoencoder)
      compiled autoencoder "$here/autoencoder.onnx" --task regress --sparsity 0.8
      on rv32imac autoencoder ;;
    *) echo "no row is called $row" >&2; exit 2 ;;
  esac
done
exit $different
