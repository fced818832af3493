# The most stack that a function of an image can take: the deepest path through its calls.
#
#   objdump -d --no-show-raw-insn IMAGE > LISTING
#   awk -v roots="kgl_open kgl_run" -f stack.awk *.su LISTING
#
# What calls what is read from the disassembly, where nothing is missing: not the helpers that the
# compiler calls for float arithmetic, and not the C library. The frames of our functions are those
# of gcc -fstack-usage; of the library's, every push and every lowering of the stack pointer in the
# function's listing is added up, which is never too little. ARM Thumb and RISC-V.
# Stops with status 1 at recursion, a call through a pointer or a frame whose size is not constant.
# Prints a line for each root: its name, bytes, and the path.

function fail(text) { print "stack.awk: " text > "/dev/stderr"; failed = 1; exit 1 }

# How many registers a list names: {r4, r5, lr}, {d8-d11}; times their width in bytes.
function list_bytes(list, parts, count, i, ends, total, width) {
  gsub(/[{} ]/, "", list)
  width = list ~ /^d/ ? 8 : list ~ /^q/ ? 16 : 4
  count = split(list, parts, ",")
  for (i = 1; i <= count; i++) {
    if (split(parts[i], ends, "-") == 2) {
      total += substr(ends[2], 2) - substr(ends[1], 2) + 1
    } else {
      total++
    }
  }
  return total * width
}

# Bytes by which an instruction lowers the stack pointer; -1: by an amount not written in it.
function lowers(name, operands, number) {
  if (name ~ /^v?push/) return list_bytes(operands)
  if (name ~ /^v?stmdb/ && operands ~ /^sp!/) {
    sub(/^sp!, */, "", operands)
    return list_bytes(operands)
  }
  if (name ~ /^str/ && operands ~ /\[sp, #-[0-9]+\]!/) {
    sub(/.*#-/, "", operands)
    return operands + 0
  }
  if (name ~ /^sub/ && operands ~ /^sp,/) {
    if (operands !~ /#/) return -1
    sub(/.*#/, "", operands)
    return operands + 0
  }
  if (name ~ /^add/ && operands ~ /^sp,/) {
    if (operands ~ /#/) return 0
    number = operands
    sub(/.*,/, "", number)
    if (number !~ /^-?[0-9]/) return -1
    return number < 0 ? -number : 0
  }
  if (name ~ /^mov/ && operands ~ /^sp,/) return -1
  return 0
}

function edge(from, to, kind) {
  if (!((from, to) in kinds)) targets[from] = targets[from] " " to
  if (kinds[from, to] != "call") kinds[from, to] = kind
}

FILENAME ~ /\.su$/ { # file:line:column:function <tab> bytes <tab> static
  count = split($0, field, "\t")
  name = field[1]
  sub(/.*:/, "", name)
  if (field[3] != "static") fail(name ": the frame is not constant: " field[3])
  if (!(name in usage) || field[2] > usage[name]) usage[name] = field[2] + 0
  next
}

/^[0-9a-f]+ <.*>:$/ {
  name = $2
  gsub(/[<>:]/, "", name)
  if (current != "" && !ended) edge(current, name, "jump") # falls through
  current = name
  known[name] = 1
  frame[name] = 0
  short_name = name
  sub(/\.[0-9]+$/, "", short_name)
  if (short_name in usage) { own[name] = 1; frame[name] = usage[short_name] }
  ended = 0
  next
}

current != "" && /^ *[0-9a-f]+:\t/ {
  split($0, column, "\t")
  sub(/ *$/, "", column[2])
  instruction = column[2]
  operands = column[3]
  sub(/ *[@;#] .*$/, "", operands)
  if (instruction ~ /^(\.word|\.short|\.byte|nop)/) next
  if (instruction == "movs" && operands == "r0, r0") next # zeros before a function that is aligned
  target = ""
  if (match(operands, /<[^>+]*/)) target = substr(operands, RSTART + 1, RLENGTH - 1)
  inside = operands ~ /<[^>]*\+0x/
  ended = instruction ~ /^(b|b\.n|b\.w|bx|j|jr|ret|tail|udf|unimp|ebreak|mret)$/ \
    || (instruction ~ /^(pop|ldmia)/ && operands ~ /pc/) \
    || (instruction ~ /^ldr/ && operands ~ /^pc/)

  if (instruction ~ /^(blx|jalr)$/ && target == "") fail(current ": a call through a pointer")
  if (instruction ~ /^(bl|blx|jal|jalr|call)$/) {
    if (target ~ /^__riscv_save_/) { # makes room and returns with it made: 64 bytes at most
      if (!(current in own)) frame[current] += 64
    } else if (target != current || !inside) { # into itself: Thumb's far jump, which bl is on a Cortex-M0
      edge(current, target, "call")
    }
  } else if (target != "" && target != current) {
    # not bf: so objdump shows VCTP of Helium
    if (instruction ~ /^(b|cb|j|tail)/ && instruction !~ /^bf/) edge(current, target, "jump")
  }
  bytes = lowers(instruction, operands)
  if (current in own || current ~ /^__riscv_(save|restore)_/) next
  if (bytes < 0) fail(current ": the frame is not constant: " instruction " " operands)
  frame[current] += bytes
}

# The deepest path from `name`, whose own place on the path is `depth`. What was found is kept,
# unless a jump back to above `name` cut it short; `lowest` is where the highest such jump went.
function deepest(name, depth, list, count, i, k, below, best, called, outer) {
  if (name in worst) return worst[name]
  if (!(name in known)) fail("no listing of " name)
  path[depth] = name
  at[name] = depth
  outer = lowest
  lowest = depth
  count = split(targets[name], list, " ")
  next_of[name] = ""
  for (i = 1; i <= count; i++) {
    if (list[i] in at) { # a jump back is a loop, unless a call lies in between
      called = kinds[name, list[i]] == "call"
      for (k = at[list[i]]; k < depth; k++) if (kinds[path[k], path[k + 1]] == "call") called = 1
      if (called) fail(name " calls " list[i] ", which called it: recursion")
      if (at[list[i]] < lowest) lowest = at[list[i]]
      continue
    }
    below = deepest(list[i], depth + 1)
    if (below > best) { best = below; next_of[name] = list[i] }
  }
  delete at[name]
  if (lowest >= depth) worst[name] = frame[name] + best
  if (outer < lowest) lowest = outer
  return frame[name] + best
}

END {
  if (failed) exit 1
  count = split(roots, root, " ")
  for (r = 1; r <= count; r++) {
    bytes = deepest(root[r], 0)
    text = root[r] " " bytes
    for (name = root[r]; name != ""; name = next_of[name]) text = text " " name ":" frame[name]
    print text
  }
}
