#!/bin/sh
# Is the list of files in Sources/README.md, "To add an operator", true? Copies the tree, adds the
# elementwise operator Square to it in the files of that list, builds it, and runs a network with it.
# Fails where a file outside the list had to be touched or one of it had not, where it does not build,
# and where an answer is wrong: of the model, of a float32 blob, of what is exported of that and of a blob of integers.
#
#   BUILD=/tmp/toy CHECKOUTS=.build sh toy.sh
#
# BUILD: for the copy and what is built. CHECKOUTS: a scratch path with the packages that are fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${BUILD:?}" "${CHECKOUTS:?}"
mkdir -p "$BUILD/scratch"
BUILD=$(cd "$BUILD" && pwd)
copy=$BUILD/tree
rm -rf "$copy"
mkdir "$copy"
(cd "$root" && tar --exclude .build -cf - Package.* Sources Runtime-C Formats Tests Samples) | tar -C "$copy" -xf -
for part in checkouts repositories workspace-state.json; do
  [ ! -e "$CHECKOUTS/$part" ] || [ -e "$BUILD/scratch/$part" ] || cp -R "$CHECKOUTS/$part" "$BUILD/scratch"
done

# after FILE LINE: the text of standard input, behind the one line that is LINE but for spaces.
after() {
  TEXT=$(cat) LINE=$2 awk '
    {print; gsub(/ +/, " "); sub(/^ /, "")} $0 == ENVIRON["LINE"] {print ENVIRON["TEXT"]; found++}
    END {exit found != 1}' "$copy/$1" >"$BUILD/edited" ||
    { echo "toy.sh: not one line of $1 is: $2" >&2; exit 1; }
  mv "$BUILD/edited" "$copy/$1"
}

# new FILE: of standard input.
new() { cat >"$copy/$1"; }

. "$here/square.sh"

# The list: paths between back quotes, NAME standing for the operator.
awk '/^## /{inside = /To add an operator/} inside' "$root/Sources/README.md" | grep -o '`[A-Z][^`]*\.[a-z]*`' | tr -d '`' |
  sed 's/NAME/Square/; s/_name\./_square./' | LC_ALL=C sort -u >"$BUILD/listed"
(cd "$copy" && find Package.* Sources Runtime-C Formats -type f | LC_ALL=C sort) | while read -r file; do
  cmp -s "$root/$file" "$copy/$file" || echo "$file"
done >"$BUILD/touched"
diff "$BUILD/listed" "$BUILD/touched" || { echo 'toy.sh: < is listed, > was touched' >&2; exit 1; }
[ "$(grep -c '\.swift$' "$BUILD/touched")" -le 8 ] && [ "$(grep -c '\.[ch]$' "$BUILD/touched")" -le 2 ] ||
  { echo 'toy.sh: an operator touches more than 8 files of Swift or 2 of C' >&2; exit 1; }

# As a part of the library's examples, so that these find its modules compiled.
swift build --package-path "$copy/Samples/library" --scratch-path "$BUILD/scratch" --product kinglet >"$BUILD/log" 2>&1 ||
  { tail -n 30 "$BUILD/log" >&2; exit 1; }
kinglet=$BUILD/scratch/debug/kinglet
python3 "$here/square.py" write "$BUILD"
cd "$BUILD"
"$kinglet" run square.onnx --input x.npy --output model.npy -q
"$kinglet" encode square.onnx --levels float -o float32.kgl -q
"$kinglet" run float32.kgl --input x.npy --output float32.npy -q
"$kinglet" export float32.kgl -o again.onnx >/dev/null
"$kinglet" run again.onnx --input x.npy --output again.npy -q
"$kinglet" encode square.onnx --levels float --activations int8 --data x.npy -o int8.kgl -q
"$kinglet" run int8.kgl --input x.npy --output int8.npy -q
python3 "$here/square.py" check . model.npy 1e-6
python3 "$here/square.py" check . float32.npy 1e-6
python3 "$here/square.py" check . again.npy 1e-6
python3 "$here/square.py" check . int8.npy 0.02
