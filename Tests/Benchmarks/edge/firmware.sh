#!/bin/sh
# Networks of MLPerf Tiny in emulated firmware, beside TensorFlow Lite Micro's figures (figures.txt).
# Counts are QEMU's instructions, not cycles, and the same on every host. All is compiled with -Os, but
# the loops over weights with -O2, as TensorFlow Lite Micro's kernels were. See edge.sh for the
# environment.
#
# The networks are zeroed by magnitude and not trained, but for the autoencoder: where its layers are stored by columns they pass
# over inputs that are zero, and its speed depends on how many are. It is trained for 400 steps, and given the teacher's own answers
# to seeded inputs (spectra.py), which the table names; recordings are not at hand. What the others take depends on no input.
# `dec` is what decoding alone takes, rows throughout (rows-*.kgl): the firmware with a copy of the runtime that drops the load
# of the input and the multiplication, over the blob's survivors; it counts the requantization of rows too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
runtime=$root/Runtime-C
models=$KINGLET_SHARED/models
cifar=$KINGLET_SHARED/data/cifar10

# blob NAME MODEL ZEROS DATA OPTIONS...: NAME.kgl, int8, a share of the layers' weights zeroed (a share of each, or
# PATTERN=SHARE).
blob() {
  name=$1 model=$2 shares=$3 data=$4
  case $shares in *=*) ;; *) shares="*=$shares" ;; esac
  shift 4
  [ "$BUILD/$name.kgl" -nt "$KINGLET" ] || "$KINGLET" compile "$model" --no-names \
    --method magnitude --layer-sparsity "$shares" --steps-per-cycle 0 --final-steps "${steps:-0}" \
    --table-steps 0 --activations int8 --seed 1 --data "$data" "$@" -q \
    -o "$BUILD/$name.kgl" >"$BUILD/$name.txt"
}

# emit NAME SAMPLES OPTIONS...: its C sources, with two samples and the host's answers.
emit() {
  name=$1 samples=$2
  shift 2
  "$KINGLET" emit-c "$BUILD/$name.kgl" -o "$BUILD/$name" --samples "$samples" --sample-count 2 "$@" \
    >/dev/null 2>"$BUILD/$name.emitted.txt" || {
    cat "$BUILD/$name.emitted.txt" >&2
    exit 1
  }
}

# firmware TREE NAME BOARD: what the firmware prints, with only the operators that the blob needs.
firmware() {
  make -s -j "$(nproc)" -C "$1/Samples/firmware" MODEL="$BUILD/$2" BOARD="$3" \
    CONFIG="$BUILD/$2/model_config.h" BUILD="$BUILD/$2-firmware" OPTIMIZE=-Os \
    OPTIMIZE_KERNELS=-O2 run
}

# code NAME BOARD: bytes of code and constants that a program grows by with the runtime linked
# (Runtime-C/size).
code() {
  compiler=$(printf '%s\n' 'include boards/$(BOARD)/board.mk' 'all:' \
    '	@echo $(PREFIX)gcc $(CPU) $(CFLAGS)' | make -s -C "$root/Samples/firmware" -f - BOARD="$2")
  compiler="$compiler -std=c99 -ffreestanding -ffunction-sections -I$runtime/include"
  mkdir -p "$BUILD/code"
  for file in "$runtime"/src/*.c "$runtime/size/program.c"; do
    case $file in
      */kgl_rows.c | */kgl_rows_flat.c | */kgl_integer_convolution.c | */kgl_integer_dense.c) optimize=-O2 ;;
      *) optimize=-Os ;;
    esac
    for define in RUNTIME NONE; do
      $compiler $optimize -D$define "-DKGL_CONFIG_FILE=\"$BUILD/$1/model_config.h\"" -c "$file" \
        -o "$BUILD/code/$(basename "$file" .c).$define.o"
    done
  done
  for define in RUNTIME NONE; do
    $compiler "$BUILD"/code/*.$define.o -nostartfiles -T "$runtime/size/image.ld" \
      -Wl,--gc-sections -Wl,--no-warn-rwx-segments -lm -o "$BUILD/$1-$2-$define.elf"
    "${compiler%%gcc *}size" -A "$BUILD/$1-$2-$define.elf"
  done | awk '
    /:$/ {image++}
    $1 ~ /^\.(text|rodata|ARM\.exidx)$/ {bytes[image] += $2}
    END {print bytes[1] - bytes[2]}'
}

# A copy of the tree whose dense layers decode and do not multiply. Its answers are wrong.
decoder() {
  rm -rf "$BUILD/decoder"
  mkdir -p "$BUILD/decoder/Samples"
  cp -r "$runtime" "$BUILD/decoder/"
  cp -r "$root/Samples/firmware" "$BUILD/decoder/Samples/"
  rows=$BUILD/decoder/Runtime-C/src/kgl_rows.h
  grep -q '= kgl_element(into->integers_end\[column\], flip);' "$rows" || {
    echo "firmware.sh: the input in kgl_rows.h is no longer written as it was" >&2
    exit 1
  }
  sed -i 's/= kgl_element(into->integers_end\[column\], flip);/= 1 + 0 * (int32_t)flip;/' "$rows"
}

# row NAME NETWORK ZEROS BOARD [ROWS]: one line of the table; ROWS: the blob that decoding is counted of.
row() {
  firmware "$root" "$1" "$4" >"$BUILD/run.txt"
  if sh "$root/Samples/firmware/compare.sh" "$BUILD/run.txt" "$BUILD/$1/expected.txt" \
    >"$BUILD/compared.txt"; then equal=yes; else equal=NO; fi
  decoding=-
  if [ "$4" = cortex-m4f ] && [ $# -gt 4 ]; then
    survivors=$("$KINGLET" inspect "$BUILD/$5.kgl" | awk '
      $1 == "step" {for (k = 2; k <= NF; k++) if ($k == "survivors,") sum += $(k - 1)}
      END {print sum}')
    instructions=$(firmware "$BUILD/decoder" "$5" "$4" | awk '$1 == "instructions" {print $2}')
    echo "$survivors $instructions" >>"$BUILD/decoding.txt"
    decoding=$(awk "BEGIN {printf \"%.1f\", $instructions / $survivors}")
  fi
  awk -v network="$2" -v zeros="$3" -v board="$4" -v equal=$equal -v decoding="$decoding" \
    -v code="$(code "$1" "$4")" -f "$here/firmware.awk" "$BUILD/run.txt" "$here/figures.txt"
}

decoder
rm -f "$BUILD/decoding.txt"
echo
echo 'Firmware in QEMU, one inference; in brackets over TensorFlow Lite Micro with CMSIS-NN; ! above its goal'
awk -v heading=1 -f "$here/firmware.awk" /dev/null
teacher=$models/mlperf-tiny-ad-autoencoder.onnx
spectra=$BUILD/spectra.npy
python3 "$here/spectra.py" "$BUILD/seeded.npy" 2000
"$KINGLET" run "$teacher" --input "$BUILD/seeded.npy" --output "$spectra" -q >/dev/null
steps=400
for zeros in 0.90 0.95; do
  blob ad-$zeros "$teacher" $zeros "$spectra" --optimize speed --folds 0
  blob rows-$zeros "$teacher" $zeros "$spectra" --profile flat --folds 0
  emit ad-$zeros "$spectra"
  emit rows-$zeros "$spectra"
  for board in cortex-m4f cortex-m55 cortex-m3 cortex-m0-large rv32imac; do
    row ad-$zeros autoencoder $zeros $board rows-$zeros
  done
done
steps=0
echo "autoencoder: inputs are spectra.npy, the teacher's answers to 2000 seeded inputs (spectra.py), the first two of them;" \
  "SHA-256 $(sha256sum <"$spectra" | cut -c1-16)"
for zeros in 0.90 0.95; do
  sed -n "s/.*; \(.* layers pass over inputs\)/autoencoder, $zeros: \1/p" "$BUILD/ad-$zeros.txt"
done
awk '{n[NR] = $1; all[NR] = $2} END {
  printf "dec without what a row costs, by the difference of the two: %.1f instructions a survivor\n",
    (all[1] - all[2]) / (n[1] - n[2])}' "$BUILD/decoding.txt"
if [ -f "$cifar/train-5000.bin.gz" ]; then
  for zeros in 0.80 0.90; do
    blob resnet-$zeros "$models/mlperf-tiny-resnet8-cifar10.onnx" $zeros "$cifar/train-5000.bin.gz" --input-scale 1 \
      --optimize speed --table-limit 31
    emit resnet-$zeros "$cifar/test-2000.bin.gz" --input-scale 1
    for board in cortex-m4f cortex-m55; do row resnet-$zeros resnet-8 $zeros $board; done
  done
else
  echo "resnet-8: needs CIFAR-10 of the shared data; skipped"
fi

# DS-CNN: dense; 80 % in its pointwise layers; 80 % in all. Tables are of int8, which all kernels take, and small where
# there are zeros.
python3 "$here/dscnn.py" "$BUILD/ds-cnn.onnx"
for zeros in 0 pointwise 0.80; do
  case $zeros in
    0) share=0 limit=127 ;;
    pointwise) share='pointwise*=0.80' limit=31 ;;
    *) share=$zeros limit=31 ;;
  esac
  blob ds-$zeros "$BUILD/ds-cnn.onnx" "$share" random:256 --optimize speed --table-limit $limit
  emit ds-$zeros random:2
  for board in cortex-m4f cortex-m55; do row ds-$zeros ds-cnn $zeros $board; done
done

# Published int8 files, their own integers.
for file in mlperf-ad-int8 mlperf-resnet8-int8 mlperf-vww-int8 tflm-person_detect-int8 tinymaix-vww96_q; do
  [ -f "$KINGLET_SHARED/zoo/$file.tflite" ] || continue
  name=${file#*-}
  name=${name%-int8}
  "$KINGLET" encode "$KINGLET_SHARED/zoo/$file.tflite" --no-names --optimize speed -q -o "$BUILD/$name.kgl" >"$BUILD/$name.txt"
  emit "$name" random:2
  for board in cortex-m4f cortex-m55; do row "$name" "$name" published $board; done
done

# A published network of a window, which takes what is new of it: one frame.
if [ -f "$KINGLET_SHARED/zoo/mlperf-sww-int8.tflite" ]; then
  "$KINGLET" encode "$KINGLET_SHARED/zoo/mlperf-sww-int8.tflite" --no-names --stream 1 --optimize speed -q -o "$BUILD/sww-frame.kgl" \
    >"$BUILD/sww-frame.txt"
  emit sww-frame random:2
  for board in cortex-m4f cortex-m55; do row sww-frame sww-frame published $board; done
fi
