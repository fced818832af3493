#!/bin/sh
# Models of int8 as blobs that give the very same bytes: their sizes, beside xz -9e of the file.
#
#   KINGLET=path/to/kinglet sh lossless.sh FOLDER_OR_FILE.tflite...
#
# CHECKS: generated inputs on which blob and model are held against each other; 1000 if not said. A file
# that is not of int8, or that is refused, is listed with the reason. Status 1 where an answer differs.
set -eu
: "${KINGLET:=kinglet}" "${CHECKS:=1000}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

files=
for given in "$@"; do
  if [ -d "$given" ]; then files="$files $(ls "$given"/*.tflite)"; else files="$files $given"; fi
done

printf '%-34s %9s %9s %9s %6s %8s  %s\n' model bytes xz blob ratio arena equal
for file in $files; do
  name=$(basename "$file" .tflite)
  if ! "$KINGLET" encode "$file" --no-names -o "$folder/$name.kgl" -q --json "$folder/e.json" >/dev/null 2>"$folder/why"; then
    printf '%-34s %s\n' "$name" "$(sed 's/^kinglet: //; s/\(.\{150\}\).*/\1.../' "$folder/why")"
    continue
  fi
  if ! grep -q '"modelBytes"' "$folder/e.json"; then
    printf '%-34s of floats\n' "$name"
    continue
  fi
  rm -f "$folder/v.json"
  "$KINGLET" verify "$folder/$name.kgl" --teacher "$file" --test "random:$CHECKS" \
    --json "$folder/v.json" >/dev/null 2>&1 || status=1
  field() { sed -n "s/^  \"$1\" : \([0-9.e-]*\).*/\1/p" "$2"; }
  [ -e "$folder/v.json" ] || echo '  "arenaBytes" : 0' >"$folder/v.json"
  bytes=$(wc -c <"$file") xz=$(xz -9e -c "$file" | wc -c) blob=$(wc -c <"$folder/$name.kgl")
  printf '%-34s %9d %9d %9d %6s %8s  %s\n' "$name" "$bytes" "$xz" "$blob" \
    "$(awk "BEGIN {printf \"%.3f\", $blob / $xz}")" "$(field arenaBytes "$folder/v.json")" \
    "$(field equal "$folder/v.json")"
done
exit $status
