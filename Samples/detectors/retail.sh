#!/bin/sh
# A detector of 0.9 million weights, every layer at one sparsity, by a few photographs without labels; what of its
# teacher's objects is found again in others.
#
#   KINGLET=kinglet NET=yolov3-tiny-aix2022.cfg PHOTOGRAPHS=retail BUILD=build sh retail.sh NAME SPARSITY [OPTIONS]
#
# NAME is a folder in BUILD for the results; SPARSITY that of every layer; OPTIONS go to `kinglet compile`. The photographs
# are two series, NAME_close_N.jpg and NAME_long_N.jpg, with labels beside them, each of one walk along shelves: of each by
# number the first half calibrates, the three at the seam are left out, the others judge.
set -eu
: "${KINGLET:=kinglet}" "${NET:?}" "${PHOTOGRAPHS:?}" "${BUILD:?}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
name=$1 sparsity=$2
shift 2

split() {
  rm -rf "$BUILD/fit" "$BUILD/judge"
  mkdir -p "$BUILD/fit" "$BUILD/judge"
  for series in close long; do
    ls "$PHOTOGRAPHS" | grep "_${series}_.*\.jpg$" | sort -V | awk -v half="$(series_half "$series")" '
      NR < half {print "fit", $0} NR > half + 2 {print "judge", $0}'
  done | while read -r part file; do
    for ending in jpg txt; do ln -s "$(realpath "$PHOTOGRAPHS")/${file%.jpg}.$ending" "$BUILD/$part/"; done
  done
}

# The first of the three at the seam.
series_half() { echo $(($(ls "$PHOTOGRAPHS" | grep -c "_$1_.*\.jpg$") / 2)); }

split
mkdir -p "$BUILD/$name"
"$KINGLET" compile "$NET" --no-names --data "$BUILD/fit" --fit stretch --layer-sparsity "*=$sparsity" --levels 16 --folds 0 "$@" \
  -q -o "$BUILD/$name/net.kgl" --json "$BUILD/$name/net.json" >"$BUILD/$name/compile.txt"
"$KINGLET" verify "$BUILD/$name/net.kgl" --teacher "$NET" --test "$BUILD/judge" --json "$BUILD/$name/judge.json" -q \
  >"$BUILD/$name/judge.txt"
"$KINGLET" verify "$BUILD/$name/net.kgl" --teacher "$NET" --test "$BUILD/fit" -q >"$BUILD/$name/fit.txt"
for part in judge fit; do
  echo "$name, every layer at $sparsity, photographs to $part:"
  sed 's/^/  /' "$BUILD/$name/$part.txt"
done
