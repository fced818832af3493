#!/bin/sh
# The runtime as a package manager of firmware takes it.
#
#   KINGLET=path/to/kinglet sh dist.sh arduino|platformio|esp-idf|cmsis-pack FOLDER
#
# FOLDER is made anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/..
root=$runtime/..
: "${KINGLET:?}"
kind=$1 to=$2

# model FOLDER: the example's network, as emit-c writes it for a program.
model() {
  mkdir -p "$1"
  "$KINGLET" emit-c "$root/Formats/Vectors/valid/small.kgl" -o "$1" >"$to/emitted.txt" 2>&1 || {
    cat "$to/emitted.txt" >&2
    exit 1
  }
  rm "$to/emitted.txt"
  rm "$1/main.c"
}

# as_is: headers and sources where this folder has them.
as_is() {
  cp -R "$runtime/include" "$to/include"
  cp -R "$runtime/src" "$to/src"
}

case $kind in arduino | platformio | esp-idf | cmsis-pack) ;; *)
  echo "dist.sh: $kind is none of arduino, platformio, esp-idf and cmsis-pack" >&2
  exit 2
  ;;
esac
rm -rf "$to"
mkdir -p "$to"
cp "$root/LICENSE" "$runtime/README.md" "$runtime/SECURITY.md" "$to"
case $kind in
  arduino)
    cp "$runtime/library.properties" "$to"
    mkdir "$to/src"
    cp "$runtime"/src/*.[ch] "$to/src"
    cp "$runtime"/include/*.h "$to/src" # instead of those that lead to ../include
    model "$to/examples/Answers"
    rm "$to/examples/Answers/model_config.h" # a library is built without a sketch's switches
    cp "$here/Answers.ino" "$to/examples/Answers"
    ;;
  platformio)
    cp "$runtime/library.json" "$to"
    as_is
    model "$to/examples/answers/src"
    mv "$to/examples/answers/src/model_config.h" "$to/examples/answers"
    cp "$here/Answers.ino" "$to/examples/answers/src/main.cpp"
    printf '%s\n' '[env]' 'framework = arduino' 'lib_deps = Kinglet' \
      "build_flags = -I\$PROJECT_DIR -DKGL_CONFIG_FILE='\"model_config.h\"'" '' \
      '[env:nucleo_f446re]' 'platform = ststm32' 'board = nucleo_f446re' >"$to/examples/answers/platformio.ini"
    ;;
  esp-idf)
    cp "$runtime/idf_component.yml" "$runtime/CMakeLists.txt" "$to"
    cp -R "$runtime/cmake" "$to/cmake"
    as_is
    model "$to/examples/answers/main"
    rm "$to/examples/answers/main/model_config.h"
    cp "$here/answers.c" "$to/examples/answers/main"
    printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'set(EXTRA_COMPONENT_DIRS ../..)' \
      'include($ENV{IDF_PATH}/tools/cmake/project.cmake)' 'project(answers)' >"$to/examples/answers/CMakeLists.txt"
    printf '%s\n' 'idf_component_register(SRCS answers.c model.c INCLUDE_DIRS .)' >"$to/examples/answers/main/CMakeLists.txt"
    ;;
  cmsis-pack)
    as_is
    mkdir "$to/config"
    cp "$here/kinglet_config.h" "$to/config"
    model "$to/examples/answers"
    cp "$here/answers.c" "$to/examples/answers"
    version=$(sed -n 's/^version=//p' "$runtime/library.properties")
    sources=$(cd "$to" && for file in src/*.c; do echo "        <file category=\"source\" name=\"$file\"/>"; done)
    cat >"$to/Kinglet.Kinglet.pdsc" <<PDSC
<?xml version="1.0" encoding="UTF-8"?>
<package schemaVersion="1.7.36" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">
  <name>Kinglet</name>
  <vendor>Kinglet</vendor>
  <description>Runs compressed neural networks (.kgl blobs) on microcontrollers</description>
  <url>$(sed -n 's/^url=//p' "$runtime/library.properties")</url>
  <license>LICENSE</license>
  <releases>
    <release version="$version">As CHANGELOG.md of Kinglet has it.</release>
  </releases>
  <keywords>
    <keyword>neural network</keyword>
    <keyword>inference</keyword>
    <keyword>sparse</keyword>
  </keywords>
  <taxonomy>
    <description Cclass="Machine Learning">Neural networks on devices</description>
  </taxonomy>
  <components>
    <component Cclass="Machine Learning" Cgroup="Kinglet" Cversion="$version">
      <description>The runtime: C99, no heap, weights decoded straight from flash</description>
      <RTE_Components_h>
#define RTE_ML_KINGLET /* Kinglet */
      </RTE_Components_h>
      <Pre_Include_Local_Component_h>
#define KGL_CONFIG_FILE "kinglet_config.h"
      </Pre_Include_Local_Component_h>
      <files>
        <file category="doc" name="README.md"/>
        <file category="include" name="include/"/>
        <file category="header" name="config/kinglet_config.h" attr="config" version="1.0.0"/>
$sources
      </files>
    </component>
  </components>
</package>
PDSC
    if command -v zip >/dev/null; then
      pack=$to/../Kinglet.Kinglet.$version.pack
      rm -f "$pack"
      (cd "$to" && zip -q -r -X "../Kinglet.Kinglet.$version.pack" .)
      echo "$pack"
    else
      echo 'cmsis-pack: zip is not installed, so there is the folder alone'
    fi
    ;;
esac
echo "$to"
