#!/bin/sh
# golden.sh NAME FOLDER: a golden file of Formats/Vectors/valid, one sample and its answer, as the
# sources that `kinglet emit-c` would write. For files whose inputs and outputs are float32, and for
# those called integer-*, if all their inputs are uint8: their answers are given as bytes, 0 to 255. Answers of int32
# are given as floats of the same bits, or as four bytes. ARENA: bytes of the arena; 8192 if not said. AS: what the model is
# called in C, as by emit-c's --name.
set -eu
name=${AS:-model}
macro=KINGLET_$(echo "$name" | tr a-z A-Z)
from=$(dirname "$0")/../../Formats/Vectors/valid/$1
mkdir -p "$2"
case $1 in
  integer-*) type=uint8_t width=1 code=1 ;;
  *) type=float width=4 code=0 ;;
esac

size() { wc -c <"$1" | tr -d ' '; }
# numbers FILE: as literals of C, one a line.
numbers() {
  if [ $type = float ]; then
    od -An -v -tf4 -w4 "$1" | awk '{print $1 (index($1, ".") ? "" : ".0") "f,"}'
  else
    od -An -v -tu1 -w1 "$1" | sed 's/$/,/'
  fi
}

{
  echo '#include <stdint.h>'
  echo "#define ${macro}_ARENA_BYTES ${ARENA:-8192}u"
  echo "extern const unsigned char kinglet_$name[$(size "$from.kgl")];"
  echo "extern const uint32_t kinglet_${name}_bytes;"
} >"$2/$name.h"
{
  echo "#include \"$name.h\""
  echo "const uint32_t kinglet_${name}_bytes = $(size "$from.kgl")u;"
  echo "const unsigned char kinglet_$name[$(size "$from.kgl")] = {"
  od -An -v -tu1 -w1 "$from.kgl" | sed 's/$/,/'
  echo '};'
} >"$2/$name.c"
{
  echo '#include <stdint.h>'
  echo '#define KINGLET_SAMPLE_COUNT 1u'
  echo "#define KINGLET_SAMPLE_ELEMENTS $(($(size "$from.input") / width))u"
  echo "#define KINGLET_SAMPLE_TYPE $code"
  echo '#define KINGLET_SAMPLE_GOLDEN'
  echo "extern const $type kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS];"
} >"$2/samples.h"
{
  echo '#include "samples.h"'
  echo "const $type kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS] = {{"
  numbers "$from.input"
  echo '}};'
} >"$2/samples.c"
numbers "$from.output" | awk '{sub(/f?,$/, ""); printf "%s ", $1} END {print ""}' >"$2/expected.txt"
