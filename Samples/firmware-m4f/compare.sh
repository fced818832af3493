#!/bin/sh
# compare.sh FIRMWARE.txt EXPECTED.txt: the firmware's answers against the host's.
#
# FIRMWARE.txt is what the firmware printed, EXPECTED.txt what `kinglet emit-c` wrote beside the
# samples: a line a sample, all outputs. Prints the relative difference, the largest |a - b| over the
# largest |b|; status 1 when it is above 1e-4, or when the firmware did not answer every sample.
set -eu
awk '
  NR == FNR { line[FNR - 1] = $0; samples = FNR; next }
  $1 == "sample" {
    if (!($2 in used)) { used[$2] = 0; answered++ }
    count = split(line[$2], wanted, " ")
    for (k = 5; k <= NF; k++) {
      split($k, pair, "=")
      used[$2]++
      if (used[$2] > count || pair[2] !~ /^[-+]?[0-9.]/) { broken = 1; continue }
      difference = pair[2] - wanted[used[$2]]
      if (difference < 0) difference = -difference
      size = wanted[used[$2]] < 0 ? -wanted[used[$2]] : wanted[used[$2]] + 0
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
    printf "samples %d, relative difference %.2g (at most 1e-4)\n", samples, relative
    exit relative > 1e-4
  }
' "$2" "$1"
