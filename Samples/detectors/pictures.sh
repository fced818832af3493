#!/bin/sh
# The pictures of this folder: what a detector finds, its teacher on the left, in photographs of the public domain.
#
#   KINGLET=kinglet TEACHER=yolo-fastest-1.1-xl.cfg NAMES=coco.names DEMO=folder BUILD=build sh pictures.sh
#
# PYTHON, with OpenCV, makes the photographs small before, and JPEGs of the results.
set -eu
: "${KINGLET:=kinglet}" "${PYTHON:=python3}" "${TEACHER:?}" "${NAMES:?}" "${DEMO:?}" "${BUILD:?}"
here=$(cd "$(dirname "$0")" && pwd)
names='dog horses person'
mkdir -p "$BUILD/small"
for name in $names; do
  "$PYTHON" -c 'import cv2, sys
image = cv2.imread(sys.argv[1])
scale = 416 / max(image.shape)
cv2.imwrite(sys.argv[2], cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))' \
    "$DEMO/$name.jpg" "$BUILD/small/$name.png"
done
[ -e "$BUILD/net.kgl" ] || "$KINGLET" encode "$TEACHER" --levels 64 -q -o "$BUILD/net.kgl" >"$BUILD/encode.txt"
"$KINGLET" detect "$BUILD/net.kgl" --teacher "$TEACHER" --images "$BUILD/small" --names "$NAMES" --threshold 0.4 \
  -o "$BUILD/drawn" --json "$BUILD/drawn.json"
for name in $names; do
  "$PYTHON" -c 'import cv2, sys
cv2.imwrite(sys.argv[2], cv2.imread(sys.argv[1]), [cv2.IMWRITE_JPEG_QUALITY, 82])' "$BUILD/drawn/$name.png" "$here/$name.jpg"
done
