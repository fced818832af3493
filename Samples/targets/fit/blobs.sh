#!/bin/sh
# Makes the blobs that counts.sh counts, from the shared models: networks of ours zeroed by magnitude and not trained, as int8, each
# coded in three ways; networks that came as int8; and a few in float32.
#
#   KINGLET=path/to/kinglet KINGLET_SHARED=path/to/shared FASHION=path/to/fashion-mnist sh blobs.sh FOLDER
set -eu
: "${KINGLET:=kinglet}" "${KINGLET_SHARED:?}" "${FASHION:?}"
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
zoo=$KINGLET_SHARED/zoo models=$KINGLET_SHARED/models edge=$here/../../edge
mkdir -p "$folder"

# own NAME ZEROS MODEL DATA: NAME.zZEROS-CODING.kgl
own() {
  run=$folder/$1-$2.ckpt
  [ -s "$run" ] || "$KINGLET" evolve "$3" --method magnitude --layer-sparsity "*=0.$2" --steps-per-cycle 0 \
    --final-steps 0 --data "$4" --seed 1 -q -o "$run" >/dev/null
  [ -s "$run.q" ] || "$KINGLET" quantize "$run" --table-steps 0 -q -o "$run.q" >/dev/null
  for coding in '--profile size' '--profile flat' '--optimize speed'; do
    blob=$folder/$1.z$2-${coding##* }.kgl
    # shellcheck disable=SC2086
    [ -s "$blob" ] || "$KINGLET" encode "$run.q" --activations int8 $coding -q -o "$blob" >/dev/null
  done
}

python3 "$here/../../../Tests/Benchmarks/edge/dscnn.py" "$folder/ds-cnn.onnx"
own ad 9 "$models/mlperf-tiny-ad-autoencoder.onnx" random:256
own ad 95 "$models/mlperf-tiny-ad-autoencoder.onnx" random:256
own auto 8 "$edge/autoencoder.onnx" "$FASHION/train-images-idx3-ubyte.gz"
own cifarf 5 "$zoo/tinymaix-cifar10_f.tflite" random:256
own cifarf 8 "$zoo/tinymaix-cifar10_f.tflite" random:256
own dscnn 01 "$folder/ds-cnn.onnx" random:256
own dscnn 8 "$folder/ds-cnn.onnx" random:256
own fashion 8 "$models/fashion-cnn-small.onnx" "$FASHION/train-images-idx3-ubyte.gz"
own ic02f 8 "$zoo/mlperf-ic02-float.tflite" random:256
own lenet5 9 "$models/lenet-5.onnx" "$FASHION/train-images-idx3-ubyte.gz"
own mlp 01 "$edge/mlp.onnx" "$FASHION/train-images-idx3-ubyte.gz"
own mlp 9 "$edge/mlp.onnx" "$FASHION/train-images-idx3-ubyte.gz"
own resnet8 01 "$models/mlperf-tiny-resnet8-cifar10.onnx" random:256
own resnet8 8 "$models/mlperf-tiny-resnet8-cifar10.onnx" random:256
own resnet8 9 "$models/mlperf-tiny-resnet8-cifar10.onnx" random:256
own vwwf 4 "$zoo/mlperf-vww-float.tflite" random:256
own vwwf 7 "$zoo/mlperf-vww-float.tflite" random:256

for name in mlperf-ad-int8 mlperf-resnet8-int8 mlperf-sww-int8 mlperf-vww-int8 mltk-fingerprint mltk-rock_paper_scissors \
  tflm-micro_speech-int8 tflm-person_detect-int8 tinymaix-cifar10_q tinymaix-mnist_dw_q tinymaix-vww96_q; do
  for profile in size short flat; do
    [ -s "$folder/$name.$profile.kgl" ] ||
      "$KINGLET" encode "$zoo/$name.tflite" --profile $profile -q -o "$folder/$name.$profile.kgl" >/dev/null
  done
done

# float NAME MODEL
float() {
  [ -s "$folder/$1.kgl" ] || "$KINGLET" encode "$2" --activations float32 -q -o "$folder/$1.kgl" >/dev/null
}
float floatdns.sparse "$models/lenet-300-100-dns-sparse.onnx"
float floatdns5.sparse "$models/lenet-5-dns-sparse.onnx"
float floatfashion.dense "$models/fashion-cnn-small.onnx"
float floatmlp.dense "$edge/mlp.onnx"
float floatresnet8.dense "$models/mlperf-tiny-resnet8-cifar10.onnx"
