#!/bin/sh
# The pictures of this folder: what a detector finds, its teacher on the left, in photographs of the public domain.
#
#   KINGLET=kinglet BLOB=net.kgl TEACHER=net.cfg NAMES=coco.names DEMO=folder BUILD=build sh pictures.sh
#
# ImageMagick's convert makes the photographs small before, and JPEGs of the results.
set -eu
: "${KINGLET:=kinglet}" "${BLOB:?}" "${TEACHER:?}" "${NAMES:?}" "${DEMO:?}" "${BUILD:?}"
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$BUILD/small"
for name in dog horses person giraffe; do convert "$DEMO/$name.jpg" -resize 416x416 "$BUILD/small/$name.jpg"; done
"$KINGLET" detect "$BLOB" --teacher "$TEACHER" --images "$BUILD/small" --names "$NAMES" --threshold 0.4 -o "$BUILD/drawn" \
  --json "$BUILD/drawn.json"
for name in dog horses person giraffe; do convert "$BUILD/drawn/$name.png" -quality 82 "$here/$name.jpg"; done
