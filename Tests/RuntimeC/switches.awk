# A random set of the switches of kgl_config.h, as options of a compiler: of those that are 0 or 1 there
# on every machine one in four is the other, tables are of any size, and each of those by which one machine
# differs from another is as on one or the other. The switches are read from the file: a new one is among
# them.
#
#   awk -v seed=1 -v set=3 -v avx2=yes -f switches.awk ../../Runtime-C/src/kgl_config.h
#
# The same seed and number of the set give the same options.

# Park and Miller's generator: 0 ..< bound.
function below(bound) {
  state = state * 16807 % 2147483647
  return int(state / 2147483647 * bound)
}

BEGIN { # squares, so that neighbouring sets have nothing in common; below 2^53
  state = seed + 1
  for (i = 0; i < 8; i++) state = (state * state + 31 * set + i) % 94906249
  state++
  has_floats = 1
}

$1 == "#ifndef" { name = $2 }

$1 ~ /^#(if|elif)$/ { name = "" } # depends on the machine

$1 == "#define" && $2 == name && NF == 3 && ($3 == 0 || $3 == 1) {
  if (below(4) == 0 && !(name == "KGL_INTEGER" && !has_floats)) {
    if (name == "KGL_FLOAT") has_floats = 0 # one of the two forms is always there
    printf "-D%s=%d ", name, 1 - $3
  }
}

END {
  vectors = below(3) # of a PC: none, those that are asked for when it runs, AVX2
  printf "%s", vectors == 0 ? "-DKGL_AVX2=0 " : vectors == 2 && avx2 ? "-mavx2 " : ""
  printf "-DKGL_NARROW=%d -DKGL_TILES=%d -DKGL_PAIRED=%d -DKGL_POOL_BY_TWO=%d -DKGL_LANES_AT_ONCE=%d -DKGL_HUFFMAN_TABLE_BITS=%d\n",
    below(2), below(2), below(2), below(2), below(2) ? 4 : 1, below(13)
}
