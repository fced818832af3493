# One row: what a firmware printed (first file), over the figures of that network and board (second).
function cell(number, other, goal, width,   text) {
  text = number
  if (goal && number > goal) text = text "!"
  if (other) text = text sprintf(" (%.2f)", number / other)
  return sprintf("%-" width "s", text)
}
BEGIN {
  if (heading) {
    printf "%-13s %-9s %-15s %-18s %-14s %-12s %-14s %-14s %-5s %s\n", "network", "zeros", "board", \
      "instructions", "arena", "stack", "blob", "code", "dec", "as host"
  }
}
NR == FNR { printed[$1] = $2; next }
$1 == network && $2 == zeros && $3 == board {
  printf "%-13s %-9s %-15s %s %s %s %s %s %-5s %s\n", network, zeros, board, \
    cell(printed["instructions"], $4, $9, 18), cell(printed["arena"], $6, $10, 14), \
    cell(printed["stack"], $7, 0, 12), cell(printed["blob"], $8, $8 / 6, 14), \
    cell(code, $5, $11, 14), decoding, equal
}
