#!/bin/sh
# The folders of `make dist-...`: each has its manifest at its root, its licence, and an example that is built against it as its
# system builds it, runs, and answers as the command does. A CMSIS pack's description is looked at by its schema where
# PACK_XSD names that.
# Environment: KINGLET (the command), BUILD (for results).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
: "${KINGLET:?}" "${BUILD:?}"
KINGLET=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET")
. "$root/Tests/DropIn/check.sh"

printf '1,2,3,4\n' >"$BUILD/input.csv"
"$KINGLET" run "$root/Formats/Vectors/valid/small.kgl" --input "$BUILD/input.csv" --output "$BUILD/output.npy" -q >/dev/null
tail -c 8 "$BUILD/output.npy" | od -An -t f4 | awk '{for (i = 1; i <= NF; i++) printf "%g\n", $i}' >"$BUILD/right.txt"

# answers KIND PROGRAM: what it prints is what the command answers.
answers() {
  check "$1's example answers" sh -c "'$2' >'$BUILD/$1.txt' && cmp '$BUILD/$1.txt' '$BUILD/right.txt'"
}

for kind in arduino platformio esp-idf cmsis-pack; do
  check "dist $kind" sh "$root/Runtime-C/dist/dist.sh" $kind "$BUILD/$kind"
  check "$kind has the licence" cmp "$root/LICENSE" "$BUILD/$kind/LICENSE"
done
check 'another kind' sh -c "! sh '$root/Runtime-C/dist/dist.sh' rpm '$BUILD/rpm' && test ! -e '$BUILD/rpm'"

# Every source of src/ alone, and the sketch as C++.
check 'arduino: manifest' test -s "$BUILD/arduino/library.properties"
sketch=$BUILD/arduino/examples/Answers
mkdir "$BUILD/arduino-o"
check 'arduino: library' sh -c "cd '$BUILD/arduino-o' && gcc -c -Wall -Werror -I'$BUILD/arduino/src' '$BUILD'/arduino/src/*.c '$sketch/model.c'"
cp "$sketch/Answers.ino" "$BUILD/arduino-o/sketch.cpp"
check 'arduino: sketch' sh -c "cd '$BUILD/arduino-o' && g++ -std=c++11 -Wall -Werror -I. -I'$here/arduino' -I'$BUILD/arduino/src' -I'$sketch' '$here/arduino/main.cpp' *.o -lm -o sketch"
answers arduino "$BUILD/arduino-o/sketch"

check 'platformio: manifest' test -s "$BUILD/platformio/library.json"
example=$BUILD/platformio/examples/answers
mkdir "$BUILD/platformio-o"
check 'platformio: library, with the example'"'"'s switches' sh -c "cd '$BUILD/platformio-o' && gcc -c -Wall -Werror -I'$example' \
  '-DKGL_CONFIG_FILE=\"model_config.h\"' -I'$BUILD/platformio/include' '$BUILD'/platformio/src/*.c '$example/src/model.c'"
cp "$example/src/main.cpp" "$BUILD/platformio-o/sketch.cpp"
check 'platformio: example' sh -c "cd '$BUILD/platformio-o' && g++ -std=c++11 -Wall -Werror -I. -I'$here/arduino' -I'$BUILD/platformio/include' -I'$example/src' '$here/arduino/main.cpp' *.o -lm -o sketch"
answers platformio "$BUILD/platformio-o/sketch"

check 'esp-idf: manifest' test -s "$BUILD/esp-idf/idf_component.yml"
check 'esp-idf: the component registers' cmake "-DCOMPONENT=$BUILD/esp-idf" -P "$root/Tests/DropIn/esp.cmake"
printf 'void app_main(void);\nint main(void) { app_main(); return 0; }\n' >"$BUILD/main.c"
for kind in esp-idf cmsis-pack; do
  example=$BUILD/$kind/examples/answers
  switches=
  if [ $kind = esp-idf ]; then example=$example/main; else
    switches="-I$example -I$BUILD/work -DKGL_CONFIG_FILE=\"kinglet_config.h\""
    mkdir "$BUILD/work"
    sed 's/^#define KINGLET_CONFIG_H$/&\n#include "model_config.h"/' "$BUILD/$kind/config/kinglet_config.h" >"$BUILD/work/kinglet_config.h"
  fi
  # shellcheck disable=SC2086
  check "$kind: example" gcc -std=c99 -Wall -Werror $switches -I"$BUILD/$kind/include" -I"$example" "$BUILD/main.c" \
    "$example"/*.c "$BUILD/$kind"/src/*.c -lm -o "$BUILD/$kind-answers"
  answers $kind "$BUILD/$kind-answers"
done
description=$BUILD/cmsis-pack/Kinglet.Kinglet.pdsc
for file in $(sed -n 's/.*<file .*name="\([^"]*\)".*/\1/p' "$description"); do
  check "cmsis-pack names $file" test -e "$BUILD/cmsis-pack/$file"
done
check 'cmsis-pack names every source' test "$(grep -c 'category="source"' "$description")" = "$(ls "$root"/Runtime-C/src/*.c | wc -l)"
if [ -n "${PACK_XSD-}" ] && command -v xmllint >/dev/null; then
  check 'cmsis-pack by its schema' xmllint --noout --schema "$PACK_XSD" "$description"
else
  echo 'not checked: the CMSIS description by its schema: PACK_XSD names none, or xmllint is not installed'
fi
echo "$passed passed, 0 failed"
