#!/bin/sh
# What Arm's vela makes of exported networks, beside their blobs: `make bench PART=open`. It needs vela (PyPI's
# ethos-u-vela) in the path, and says so where it is not there.
#
#   KINGLET=kinglet BUILD=/tmp/open sh vela.sh                 the committed network of int8
#   KINGLET=kinglet BUILD=/tmp/open sh vela.sh FILE...         these: models of int8, and blobs of integers
#
# VELA: the program. NPU: what it compiles for; ethos-u55-128. Bytes of vela's are those of the file that it writes:
# commands and weights in the device's own code, and tables and tensors of the file around them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BUILD:?}" "${KINGLET:=kinglet}" "${VELA:=vela}" "${NPU:=ethos-u55-128}"
command -v "$VELA" >/dev/null || { echo "vela is not installed: its sizes are left out (pip install ethos-u-vela)"; exit 0; }
mkdir -p "$BUILD/vela"
[ $# -gt 0 ] || set -- "$here/../../TFLM/small.tflite"

printf '%-28s %8s %8s %8s\n' network .tflite vela blob
for file in "$@"; do
  name=$(basename "$file")
  name=${name%.*}
  case $file in
  *.kgl) cp "$file" "$BUILD/vela/$name.kgl" ;;
  *) "$KINGLET" encode "$file" --no-names -o "$BUILD/vela/$name.kgl" -q >/dev/null ;;
  esac
  "$KINGLET" export "$BUILD/vela/$name.kgl" -o "$BUILD/vela/$name.tflite" >/dev/null
  "$VELA" "$BUILD/vela/$name.tflite" --accelerator-config "$NPU" --output-dir "$BUILD/vela" >"$BUILD/vela/$name.txt" 2>&1 ||
    { cat "$BUILD/vela/$name.txt" >&2; exit 1; }
  printf '%-28s %8d %8d %8d\n' "$name" "$(wc -c <"$BUILD/vela/$name.tflite")" "$(wc -c <"$BUILD/vela/${name}_vela.tflite")" \
    "$(wc -c <"$BUILD/vela/$name.kgl")"
done
echo "bytes; vela for $NPU"
