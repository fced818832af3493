#!/bin/sh
# Runs what stands in the boxes of README.md, in order, in a folder that is made anew.
# Environment: KINGLET (the command), BUILD (for results), FASHION (Fashion-MNIST's folder).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}" "${BUILD:?}"
KINGLET=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET")
rm -rf "$BUILD"
mkdir -p "$BUILD/bin" "$BUILD/here"
BUILD=$(cd "$BUILD" && pwd)
ln -s "$KINGLET" "$BUILD/bin/kinglet"
awk '/^```sh$/ {box = 1; next} /^```$/ {box = 0} box' "$here/README.md" >"$BUILD/boxes.sh"
[ "$(grep -c '^kinglet ' "$BUILD/boxes.sh")" -ge 8 ] || { echo 'tutorial: the boxes of README.md were not found' >&2; exit 1; }
cd "$BUILD/here"
PATH=$BUILD/bin:$PATH KINGLET_HOME=$here/../.. sh -eu "$BUILD/boxes.sh" >"$BUILD/log.txt" 2>&1 ||
  { tail -n 20 "$BUILD/log.txt" >&2; echo 'tutorial: a box failed' >&2; exit 1; }
grep -q '^whole.kgl ' "$BUILD/log.txt" && grep -q 'instructions an inference on cortex-m4f' "$BUILD/log.txt" ||
  { echo 'tutorial: figures are missing' >&2; exit 1; }
echo 'tutorial: every box of README.md runs'
