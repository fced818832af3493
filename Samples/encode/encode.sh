#!/bin/sh
# Networks encoded as they are, without training: bytes, and what is lost on test samples that chose nothing.
#
#   KINGLET=path/to/kinglet KINGLET_SHARED=folder sh encode.sh [NAME...] >results.txt
#
# networks.txt names the models and their samples, one line a network and way to encode it; all lines where
# no NAME is given. Bytes are those of the whole file. Figures of samples are of the C runtime (kinglet verify).
set -eu
: "${KINGLET:=kinglet}" "${KINGLET_SHARED:?the folder of the models}"
: "${FASHION:=/usr/share/datasets/fashion-mnist}"
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A number of a report; an object of that name is none.
field() { sed -n "s/^ *\"$1\" : \"\{0,1\}\([0-9einf.-][0-9einf.-]*\)\"\{0,1\},*\$/\1/p" "$2" | head -n 1; }
place() { echo "$1" | sed "s#SHARED#$KINGLET_SHARED#g; s#FASHION#$FASHION#g; s#WORK#$folder#g; s#MOBILENET#${MOBILENET:-mobilenet}#g"; }
share() { [ -n "$1" ] && awk "BEGIN {printf \"%.2f\", 100 * $1}" || echo -; }

# 500 images of the training file; their labels are not looked at.
gzip -dc "$KINGLET_SHARED/data/cifar10/train-5000.bin.gz" | head -c $((500 * 3073)) >"$folder/cifar-500.bin"

printf '%-26s %-24s %8s %6s %8s %8s %8s %7s %8s %6s %5s\n' \
  network encoded bytes ratio foretold teacher edge agree loss samples s
while IFS='|' read -r name model how encode verify; do
  case $name in ''|'#'*) continue ;; esac
  name=$(echo $name) model=$(place "$(echo $model)") how=$(echo $how)
  if [ $# -gt 0 ]; then case " $* " in *" $name "*) ;; *) continue ;; esac; fi
  [ -e "$model" ] || { printf '%-26s %-24s there is no %s\n' "$name" "$how" "$model"; continue; }
  began=$(date +%s)
  "$KINGLET" encode "$model" --no-names $(place "$encode") -q -o "$folder/n.kgl" --json "$folder/e.json" >/dev/null
  ended=$(date +%s)
  "$KINGLET" verify "$folder/n.kgl" --teacher "$model" $(place "$verify") -q --json "$folder/v.json" >/dev/null
  printf '%-26s %-24s %8d %6.1f %8.2f %8s %8s %7s %8.2f %6d %5d\n' "$name" "$how" \
    "$(field blobBytes "$folder/e.json")" "$(field ratio "$folder/e.json")" \
    "$(field foretoldLoss "$folder/e.json")" "$(share "$(field teacherAccuracy "$folder/v.json")")" \
    "$(share "$(field edgeAccuracy "$folder/v.json")")" "$(share "$(field agreement "$folder/v.json")")" \
    "$(field loss "$folder/v.json")" "$(field samples "$folder/v.json")" $((ended - began))
done <"$here/networks.txt"
