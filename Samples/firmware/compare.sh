#!/bin/sh
# compare.sh FIRMWARE.txt EXPECTED.txt: the firmware's answers against the host's.
#
# FIRMWARE.txt is what the firmware printed, EXPECTED.txt what `kinglet emit-c` wrote beside the
# samples: a line a sample, all outputs. Integers must be the same. Of floats the relative difference
# is printed, the largest |a - b| over the largest |b|. Status 1 when it is above 1e-4, when an
# integer differs, or when the firmware did not answer every sample.
set -eu
awk '
  NR == FNR { line[FNR - 1] = $0; samples = FNR; next }
  $1 == "sample" {
    if (!($2 in used)) { used[$2] = 0; answered++ }
    count = split(line[$2], wanted, " ")
    for (k = 5; k <= NF; k++) {
      used[$2]++
      if (used[$2] > count) { broken = 1; continue }
      want = wanted[used[$2]]
      if (index($k, "=") == 0) {
        integers++
        if ($k "" != want "") differing++
        continue
      }
      split($k, pair, "=")
      if (pair[2] !~ /^[-+]?[0-9.]/) { broken = 1; continue }
      floats++
      difference = pair[2] - want
      if (difference < 0) difference = -difference
      size = want < 0 ? -want : want + 0
      if (difference > most) most = difference
      if (size > largest) largest = size
    }
    if (count > longest) longest = count
  }
  $1 ~ /^(instructions|instructions_open|stack|arena|blob|flash|data)$/ { print $1, $2 }
  $1 == "done" { done = 1 }
  END {
    for (s in used) if (used[s] != longest) broken = 1
    if (!done || broken || answered != samples || samples == 0) {
      print "the firmware did not answer every sample" > "/dev/stderr"
      exit 1
    }
    relative = largest > 0 ? most / largest : most
    printf "samples %d", samples
    if (integers) printf ", %d of %d integers equal", integers - differing, integers
    if (floats) printf ", relative difference %.2g (at most 1e-4)", relative
    print ""
    exit relative > 1e-4 || differing > 0
  }
' "$2" "$1"
