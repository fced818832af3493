#!/bin/sh
# The front end held to TensorFlow Lite Micro's, and what reads WAV files to its word, by two compilers under
# sanitizers; the committed tables; what `features` writes and refuses. Seconds. Environment: BUILD (for results).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BUILD:?}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
sources="$here/wav.c $here/front_end.c $here/front_end_tables.c"
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wvla -Werror'

python3 "$here/tables.py" | cmp - "$here/front_end_tables.c"
for compiler in 'gcc -std=c99' 'clang -std=c11'; do
  # shellcheck disable=SC2086
  $compiler -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all $warnings \
    -o "$BUILD/check" "$here/check.c" $sources
  "$BUILD/check" "$here/reference.txt"
done
# shellcheck disable=SC2086
gcc -std=c99 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all $warnings \
  -o "$BUILD/features" "$here/features.c" $sources

# 20,000 samples of silence: 123 windows, 41 frames; as clips of 1,120 samples, 17 of one frame each.
{
  printf 'RIFF\144\234\000\000WAVEfmt \020\000\000\000\001\000\001\000\200>\000\000\000}\000\000\002\000\020\000data\100\234\000\000'
  head -c 40000 /dev/zero
} >"$BUILD/silence.wav"
"$BUILD/features" "$BUILD/silence.wav" "$BUILD/silence.npy"
head -c 128 "$BUILD/silence.npy" | grep -aq "'shape': (41, 3, 40)"
[ "$(wc -c <"$BUILD/silence.npy")" = $((128 + 4 * 41 * 120)) ]
"$BUILD/features" "$BUILD/silence.wav" "$BUILD/clips.npy" 1120
head -c 128 "$BUILD/clips.npy" | grep -aq "'shape': (17, 1, 3, 40)"
[ "$(wc -c <"$BUILD/clips.npy")" = $((128 + 4 * 17 * 120)) ]

# refuses STATUS WORDS ARGUMENTS...: what may not be, and what is said.
refuses() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$BUILD/features" "$@" 2>"$BUILD/refusal.txt" || status=$?
  [ "$status" = "$wanted" ] && grep -q "$words" "$BUILD/refusal.txt" ||
    { echo "features $*: status $status" >&2; cat "$BUILD/refusal.txt" >&2; exit 1; }
}
refuses 2 'samples of a clip' "$BUILD/silence.wav"
refuses 2 'samples of a clip' "$BUILD/silence.wav" "$BUILD/none.npy" 479
refuses 1 'cannot be read' "$BUILD/none.wav" "$BUILD/none.npy"
refuses 1 'is no WAV file' "$here/front_end.c" "$BUILD/none.npy"
refuses 1 'would hold no frame' "$BUILD/silence.wav" "$BUILD/none.npy" 30000
refuses 1 'cannot be written' "$BUILD/silence.wav" "$BUILD/none/none.npy"
echo 'wake word: front end, WAV files and features checked'
