#!/bin/sh
# Kinglet's runtime in a CMake project, both ways, from C and C++, and its switches.
# Environment: BUILD (for results).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
: "${BUILD:?}"
. "$here/check.sh"
says() { [ "$("$1" "$root/Formats/Vectors/valid/small.kgl")" = "$2" ]; }

# consumers FOLDER OPTIONS...: builds all of them there and runs them.
consumers() {
  folder=$BUILD/$1
  shift
  check "configure $folder" cmake -S "$here/cmake" -B "$folder" "-DMODEL=$BUILD/model" "-DMODELS=$BUILD/models" "$@"
  check "build $folder" cmake --build "$folder"
  check 'the model of a folder' "$folder/model"
  check 'two models of a folder' "$folder/models" "$root/Formats/Vectors/valid"
  for consumer in c99 c++11 c++17; do
    check "consumer-$consumer" "$folder/consumer-$consumer" "$root/Formats/Vectors/valid/small.kgl"
  done
}

sh "$root/Samples/firmware/golden.sh" small "$BUILD/model"
AS=first sh "$root/Samples/firmware/golden.sh" small "$BUILD/models"
AS=second sh "$root/Samples/firmware/golden.sh" dense "$BUILD/models"
consumers subdirectory "-DSUBDIRECTORY=$root/Runtime-C"
check 'a text by default' says "$BUILD/subdirectory/consumer-c99" 'this is not a Kinglet blob'

check configure cmake -S "$root/Runtime-C" -B "$BUILD/runtime" \
  "-DCMAKE_INSTALL_PREFIX=$BUILD/prefix"
check build cmake --build "$BUILD/runtime"
check install cmake --install "$BUILD/runtime"
major=$(awk '$2 == "KGL_VERSION_MAJOR" {print $3}' "$root/Runtime-C/include/kinglet.h")
minor=$(awk '$2 == "KGL_VERSION_MINOR" {print $3}' "$root/Runtime-C/include/kinglet.h")
consumers found "-DCMAKE_PREFIX_PATH=$BUILD/prefix" "-DWANTED=$major.$minor"
check 'another version' refused cmake -S "$here/cmake" -B "$BUILD/other" "-DMODEL=$BUILD/model" "-DMODELS=$BUILD/models" \
  "-DCMAKE_PREFIX_PATH=$BUILD/prefix" "-DWANTED=$((major + 1)).0"

# A linker takes the first of two models of one name.
AS=first sh "$root/Samples/firmware/golden.sh" dense "$BUILD/model"
for wrong in first nothing; do
  check "the model $wrong of another folder" refused cmake -S "$here/cmake" -B "$BUILD/$wrong" "-DMODEL=$BUILD/model" \
    "-DMODELS=$BUILD/models" "-DSUBDIRECTORY=$root/Runtime-C" "-DWRONG=$wrong"
done
# told WORDS: whether CMake, which breaks lines where it likes, said so.
told() { tr -s ' \n' '  ' <"$BUILD/log.txt" | grep -q "$1"; }
check 'two of one name are told of' told 'are both called first'
check 'one that is not there is told of' told 'has no nothing.c'

consumers switched "-DSUBDIRECTORY=$root/Runtime-C" -DKGL_STATUS_TEXT=0 -DKGL_OP_CONVOLUTION=0
check 'no text with the switch' says "$BUILD/switched/consumer-c99" ''
echo '#define KGL_STATUS_TEXT 0' >"$BUILD/switches.h"
consumers configured "-DSUBDIRECTORY=$root/Runtime-C" "-DKGL_CONFIG_FILE=$BUILD/switches.h"
check 'no text with the header' says "$BUILD/configured/consumer-c99" ''
echo "$passed passed, 0 failed"
