#!/bin/sh
# The manifests of Runtime-C: their versions are that of kinglet.h, what they name exists, Zephyr's
# Kconfig has the switches of kgl_config.h, and the modules of Zephyr and ESP-IDF build or register
# with stand-ins for those systems. PlatformIO's and ESP-IDF's own tools pack the manifests too where
# `pio` and `compote` are installed.
# Environment: BUILD (for results); PYTHON (with kconfiglib and yaml).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
runtime=$root/Runtime-C
: "${BUILD:?}" "${PYTHON:=/usr/bin/python3}"
. "$here/check.sh"
skip() { echo "not checked: $1"; }

# --- One version -------------------------------------------------------------------------------

number() { awk -v name="KGL_VERSION_$1" '$2 == name {print $3}' "$runtime/include/kinglet.h"; }
version=$(number MAJOR).$(number MINOR).$(number PATCH)
check 'library.json has the version' grep -q "^  \"version\": \"$version\",$" "$runtime/library.json"
check 'library.properties has the version' \
  grep -qx "version=$version" "$runtime/library.properties"
check 'idf_component.yml has the version' \
  grep -qx "version: \"$version\"" "$runtime/idf_component.yml"

# --- PlatformIO and Arduino ---------------------------------------------------------------------

# json INDEX: the parts of library.json at this Python index.
json() {
  "$PYTHON" -c "import json; [print(part) for part in json.load(open('$runtime/library.json'))$1]"
}
check 'library.json is JSON' json ''
for path in $(json "['build'].values()") $(json "['export']['include']"); do
  check "library.json names $path" test -e "$runtime/$path"
done
for key in name version author maintainer sentence paragraph category url architectures includes; do
  check "library.properties has $key" grep -q "^$key=." "$runtime/library.properties"
done

# As Arduino builds: src/ alone in the path of headers, every source there, linked from a C++ file.
check 'a library of src/ alone' sh -c "
  cd '$BUILD' && gcc -c -w -I'$runtime/src' '$runtime'/src/*.c \
  && g++ -I'$runtime/src' '$here/consumer.cpp' *.o -lm -o arduino"
check 'it runs' "$BUILD/arduino" "$root/Formats/Vectors/valid/small.kgl"

if command -v pio >/dev/null; then
  # Without the licence: pio wants to look it up on the network.
  mkdir -p "$BUILD/pio"
  cp -R "$runtime/include" "$runtime/src" "$runtime"/library.* "$runtime/README.md" "$BUILD/pio"
  sed -i '/"license"/d' "$BUILD/pio/library.json"
  check 'pio pkg pack' pio pkg pack "$BUILD/pio" -o "$BUILD/pio.tar.gz"
else
  skip 'library.json by pio pkg pack: pio is not installed'
fi

# --- ESP-IDF ------------------------------------------------------------------------------------

check 'the component registers' cmake "-DCOMPONENT=$runtime" -P "$here/esp.cmake"
check 'it registers every source' grep -qx \
  "registered $(ls "$runtime"/src/*.c | wc -l | tr -d ' ') sources" "$BUILD/log.txt"
if command -v compote >/dev/null; then
  cp -R "$runtime" "$BUILD/component"
  check 'compote component pack' \
    sh -c "cd '$BUILD/component' && compote component pack --name kinglet"
else
  skip 'idf_component.yml by compote component pack: compote is not installed'
fi

# --- Zephyr -------------------------------------------------------------------------------------

# But for those that kgl_config.h finds out of the processor.
switches=$(awk '$1 == "#ifndef" && $2 ~ /^KGL_/ \
  && $2 !~ /^KGL_(CONFIG_H|NARROW|HELIUM|DUAL|PAIRED|TILES|TILES_ROOM|AVX2|POOL_BY_TWO|LANES_AT_ONCE)$/ {print substr($2, 5)}' \
  "$runtime/src/kgl_config.h")
for switch in $switches; do
  check "zephyr/Kconfig has KINGLET_$switch, as kgl_config.h has KGL_$switch" \
    grep -q "^config KINGLET_$switch$" "$runtime/zephyr/Kconfig"
done
if "$PYTHON" -c 'import kconfiglib, yaml' 2>/dev/null; then
  for manifest in zephyr/module.yml idf_component.yml; do
    check "$manifest is YAML" \
      "$PYTHON" -c "import yaml; yaml.safe_load(open('$runtime/$manifest'))"
  done
  check 'module.yml names zephyr' grep -qx '  kconfig: zephyr/Kconfig' "$runtime/zephyr/module.yml"

  # module NAME SETTINGS...: the module built with these settings, and run.
  module() {
    name=$1
    shift
    check "Kconfig of $name" env MODULE="$runtime" "$PYTHON" "$here/kconfig.py" \
      "$here/zephyr/Kconfig" "$BUILD/$name.config" KINGLET=y "$@"
    check "configure $name" cmake -S "$here/zephyr" -B "$BUILD/$name" "-DMODULE=$runtime" \
      "-DDOTCONFIG=$BUILD/$name.config"
    check "build $name" cmake --build "$BUILD/$name"
    check "run $name" "$BUILD/$name/consumer" "$root/Formats/Vectors/valid/small.kgl"
  }
  says() { "$BUILD/$1/consumer" "$root/Formats/Vectors/valid/small.kgl" | grep -q .; }
  module plain
  check 'softmax is on' grep -qx CONFIG_KINGLET_OP_SOFTMAX=y "$BUILD/plain.config"
  check 'a text by default' says plain
  module small KINGLET_STATUS_TEXT=n KINGLET_MATH=n KINGLET_HUFFMAN_TABLE_BITS=4
  check 'softmax of integers stays without mathematics' \
    grep -qx CONFIG_KINGLET_OP_SOFTMAX=y "$BUILD/small.config"
  check 'no text' refused says small
else
  skip 'zephyr/Kconfig: python3-kconfiglib or python3-yaml is not installed'
fi
echo "$passed passed, 0 failed"
