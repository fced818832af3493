#!/bin/sh
# From a WAV file to a decision in emulated firmware, held to the host frame by frame.
#
#   KINGLET=kinglet wake.sh NETWORK [SOUND.wav]
#
# NETWORK: a streaming wake word of microWakeWord's, or a blob of it. SOUND.wav: 16 kHz, 16 bits, one channel; if not
# given, eight clips of espeak-ng's voices in noise (voices.py, which needs numpy). Prints what the firmware heard, of
# clips what was said, and what it took. Environment: BUILD (for results; .build-c/wake), BOARD (cortex-m4f),
# PYTHON (python3), ENCODE (options of `kinglet encode`, as --optimize speed).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}" "${BUILD:=$here/../../.build-c/wake}" "${BOARD:=cortex-m4f}" "${PYTHON:=python3}"
network=${1:?}
sound=${2-}
mkdir -p "$BUILD/model"
BUILD=$(cd "$BUILD" && pwd)

"${CC:-gcc}" -std=c99 -O2 -o "$BUILD/features" "$here"/features.c "$here"/wav.c "$here"/front_end.c "$here"/front_end_tables.c
if [ -z "$sound" ]; then
  sound=$BUILD/clips.wav
  "$PYTHON" "$here/voices.py" test 8 "$sound"
fi
blob=$network
case $network in
  *.kgl) ;;
  *)
    blob=$BUILD/wake.kgl
    # shellcheck disable=SC2086
    "$KINGLET" encode "$network" -q ${ENCODE-} -o "$blob" >"$BUILD/encode.txt"
    ;;
esac

# The firmware: what emit-c writes, the front end, and the file as bytes.
"$KINGLET" emit-c "$blob" -o "$BUILD/model" --force >"$BUILD/emit.txt"
cp "$here"/front_end.[ch] "$here"/front_end_tables.[ch] "$here"/wav.[ch] "$BUILD/model"
printf '#include <stdint.h>\nextern const uint8_t sound_file[];\nextern const uint32_t sound_file_bytes;\n' >"$BUILD/model/sound.h"
{
  printf '#include "sound.h"\nconst uint8_t sound_file[] = {\n'
  od -An -v -tu1 -w32 "$sound" | sed 's/^ *//; s/  */,/g; s/$/,/'
  printf '};\nconst uint32_t sound_file_bytes = sizeof sound_file;\n'
} >"$BUILD/model/sound.c"
make -s -j "$(nproc)" -C "$here/../firmware" MAIN="$here/wake.c" MODEL="$BUILD/model" BOARD="$BOARD" CONFIG="$BUILD/model/model_config.h" \
  BUILD="$BUILD/firmware" run >"$BUILD/firmware.txt" || { grep -v '^frame ' "$BUILD/firmware.txt"; exit 1; }
grep -qx done "$BUILD/firmware.txt"

# The host: the same front end, and the network in turn.
"$BUILD/features" "$sound" "$BUILD/features.npy"
"$KINGLET" run "$network" --stream -q --input "$BUILD/features.npy" >"$BUILD/host.txt"
awk '$1 == "frame" {print $3 / 256}' "$BUILD/firmware.txt" >"$BUILD/answers.txt"
awk '{for (k = 1; k <= NF; k++) print $k + 0}' "$BUILD/host.txt" | diff - "$BUILD/answers.txt" >"$BUILD/difference.txt" ||
  { echo "firmware and host answer differently: $BUILD/difference.txt" >&2; exit 1; }
echo "$(wc -l <"$BUILD/answers.txt") frames, firmware and host alike"
awk '$1 == "heard" {printf "heard at %.2f s\n", ($2 + 1) * 0.03 + 0.02}' "$BUILD/firmware.txt"
if [ -z "${2-}" ]; then awk -F '\t' '{printf "clip from %.2f s: %s (%s), %s, %s dB\n", (NR - 1) * 3.32, $2, $3, $4, $5}' "$BUILD/clips.txt"; fi
grep -Ev '^(frame|heard|done)' "$BUILD/firmware.txt"
