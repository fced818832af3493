#!/bin/sh
# A published wake word evolved with tables of 16 levels on espeak-ng's voices, without labels, and held to its teacher
# on voices and in noises that it was not trained on.
#
#   KINGLET=kinglet evolve.sh microwakeword-v2-hey_jarvis.tflite
#
# Some ten minutes on two cores. Environment: BUILD (for results; .build-c/wake), PYTHON (python3, with numpy), TRAIN
# and TEST (clips; 5000, 1200), SPARSITY (0.2), OPTIONS (more of `kinglet compile`'s). Prints the blob's size, and recall and
# precision of the decisions that reach 0.5 (above 0.499: answers are 256ths), a clip each: over clips of the wake word
# and near misses, then over near misses alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}" "${BUILD:=$here/../../.build-c/wake}" "${PYTHON:=python3}" "${TRAIN:=5000}" "${TEST:=1200}" "${SPARSITY:=0.2}"
teacher=${1:?}
mkdir -p "$BUILD"
clip=53120 # samples, 110 frames

"${CC:-gcc}" -std=c99 -O2 -o "$BUILD/features" "$here"/features.c "$here"/wav.c "$here"/front_end.c "$here"/front_end_tables.c
# clips NAME COUNT: features of so many clips; those that are there stay.
clips() {
  [ -e "$BUILD/$1-$2.npy" ] && return
  "$PYTHON" "$here/voices.py" "$1" "$2" "$BUILD/$1-$2.wav"
  "$BUILD/features" "$BUILD/$1-$2.wav" "$BUILD/$1-$2.npy.part" $clip
  mv "$BUILD/$1-$2.npy.part" "$BUILD/$1-$2.npy"
}
clips train "$TRAIN"
clips test "$TEST"
clips near $((TEST / 2))

# shellcheck disable=SC2086
"$KINGLET" compile "$teacher" --no-names --frames 110 --data "$BUILD/train-$TRAIN.npy" --sparsity "$SPARSITY" --levels 16 \
  --trials 4 --steps-per-cycle 20 --final-steps 3000 --table-steps 1200 --batch 16 --seed 1 ${OPTIONS-} \
  -q -o "$BUILD/evolved.kgl" >"$BUILD/compile.txt"
grep 'everything counted' "$BUILD/compile.txt"
for set in "test-$TEST" "near-$((TEST / 2))"; do
  "$KINGLET" verify "$BUILD/evolved.kgl" --teacher "$teacher" --stream --test "$BUILD/$set.npy" --threshold 0.499 -q \
    >"$BUILD/verify-$set.txt"
  echo "$set: $(grep '^streams above' "$BUILD/verify-$set.txt")"
done
