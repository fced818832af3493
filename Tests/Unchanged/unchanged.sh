#!/bin/sh
# Are the results still the same bytes? Runs each line of commands.txt and compares the SHA-256 of
# what it writes with hashes.txt; status 1 where one differs.
#
#   KINGLET=.build/release/kinglet MODELS=$M MNIST=$D CIFAR=$C BUILD=/tmp/unchanged sh unchanged.sh [NAME...]
#
# KINGLET: the command. MODELS, MNIST, CIFAR: folders. NAMEs: these lines alone. JOBS: at once; 2. HASHES: another table.
# RECORD=1 writes the table instead. Floating-point sums depend on the instructions that oneDNN finds on a
# processor, so a table holds for one kind of it, which its first line names; on another record it
# anew with the older command.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}" "${MODELS:?}" "${MNIST:?}" "${CIFAR:?}" "${BUILD:?}" "${HASHES:=$here/hashes.txt}" "${JOBS:=2}"
k=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET") m=$(cd "$MODELS" && pwd) t=$here/../../Samples/targets
rm -rf "$BUILD"
mkdir -p "$BUILD/data"
d=$(cd "$BUILD" && pwd)/data
q="--trial-samples 200 --steps-per-cycle 3 --final-steps 12 --table-steps 12 --trials 6 --step 0.4 --folds 0 -q"
s="--counts 2,4,8,16,32 --population 5 --generations 3 --fine-generations 2 --samples 300 --max-loss 5 --folds 0 -q"
digits="--data $d/digits-images --labels $d/digits-labels"
python3 "$here/samples.py" "$MNIST" "$CIFAR" "$d"
export k m t d q s digits

names=${*:-$(awk '!/^#/ && NF {print $1}' "$here/commands.txt")}
for name in $names; do
  mkdir "$BUILD/$name"
  awk -v name="$name" '$1 == name {sub(/^[^ ]+ +/, ""); print}' "$here/commands.txt" >"$BUILD/$name/do"
done
printf '%s\n' $names | xargs -P "$JOBS" -I NAME sh -c 'cd "$1/NAME" && sh ./do >out 2>&1 ||
  echo "NAME: status $?: $(tail -n 1 out)" >&2' - "$BUILD" || true

processor="# $(grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //'), $("$k" --version)"
(cd "$BUILD" && for name in $names; do
  find "$name" -type f | grep -E '\.(kgl|c|h|bin|npy)$' | LC_ALL=C sort | xargs -r sha256sum
done) >"$BUILD/found"
if [ "${RECORD:-}" ]; then
  { echo "$processor"; cat "$BUILD/found"; } >"$HASHES"
  exit
fi
[ "$(head -n 1 "$HASHES" | sed 's/,.*//')" = "${processor%%,*}" ] ||
  echo "unchanged.sh: hashes.txt is of another processor" >&2
for name in $names; do grep "  $name/" "$HASHES" || echo "no result of $name"; done >"$BUILD/wanted"
diff "$BUILD/wanted" "$BUILD/found" && echo "$(echo $names | wc -w) commands, $(wc -l <"$BUILD/found") files: the same bytes"
