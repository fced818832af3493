#!/bin/sh
# golden.sh NAME FOLDER: a golden file of Formats/Vectors/valid, one sample and its answer, as the
# sources that `kinglet emit-c` would write. For files whose inputs and outputs are float32.
set -eu
from=$(dirname "$0")/../../Formats/Vectors/valid/$1
mkdir -p "$2"

words() { od -An -v -tu4 -w4 "$1"; }
size() { wc -c <"$1" | tr -d ' '; }

{
  echo '#include <stdint.h>'
  echo "#define KINGLET_MODEL_ARENA_BYTES 8192u"
  echo "extern const unsigned char kinglet_model[$(size "$from.kgl")];"
  echo 'extern const uint32_t kinglet_model_bytes;'
} >"$2/model.h"
{
  echo '#include "model.h"'
  echo "const uint32_t kinglet_model_bytes = $(size "$from.kgl")u;"
  echo "const unsigned char kinglet_model[$(size "$from.kgl")] = {"
  od -An -v -tu1 -w1 "$from.kgl" | sed 's/$/,/'
  echo '};'
} >"$2/model.c"
{
  echo '#define KINGLET_SAMPLE_COUNT 1u'
  echo "#define KINGLET_SAMPLE_ELEMENTS $(($(size "$from.input") / 4))u"
  echo 'extern const float kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS];'
} >"$2/samples.h"
{
  echo '#include "samples.h"'
  echo 'const float kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS] = {{'
  od -An -v -tf4 -w4 "$from.input" | awk '{print $1 (index($1, ".") ? "" : ".0") "f,"}'
  echo '}};'
} >"$2/samples.c"
od -An -v -tf4 -w4 "$from.output" | awk '{printf "%s%s", $1, " "} END {print ""}' >"$2/expected.txt"
