#!/bin/sh
# What Runtime-C/SECURITY.md names is there: every function in backquotes in the sources or tests, every file in its
# folder. And no stack in README.md's table is deeper than the page and the header say.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/../../Runtime-C
passed=0 failed=0
for name in $(grep -o '`[^` ]*`' "$runtime/SECURITY.md" | tr -d '`' | sort -u); do
  case $name in
    KGL_* | -W* | Vectors/* | invalid/*) continue ;;
    */*) [ -e "$runtime/$name" ] ;;
    *.c | *.h) [ -n "$(find "$runtime/src" "$here" -name "$name")" ] ;;
    *.md) [ -e "$runtime/$name" ] ;;
    *_*) grep -qE "(^|[^a-zA-Z_])$name\(|^(struct|typedef).*$name" "$runtime"/src/*.[ch] "$runtime"/include/*.h "$here"/*.c ||
         grep -qE "^} $name;" "$runtime"/src/*.h "$runtime"/include/*.h ;;
    *) continue ;;
  esac && passed=$((passed + 1)) || {
    echo "SECURITY.md names $name, which is not there"
    failed=$((failed + 1))
  }
done
awk -F'|' '/^\| (cortex|rv32)/ {
    most = 2.2 * 1024
    if ($7 > most || $11 > most) { print "README.md:" $0 ": deeper than SECURITY.md says"; bad = 1 }
    rows++
  } END { exit bad || rows < 30 }' "$runtime/README.md" && passed=$((passed + 1)) || failed=$((failed + 1))

[ $passed -gt 20 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ $failed = 0 ]
