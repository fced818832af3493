# Bytes of code and constants in a program that the last `files` object files of its command line
# brought, out of the linker's map: what is left of them once unused functions are dropped. What
# they call of the compiler's and the C library is not among them.
#
#   awk -v files=3 -f code.awk program.map
function hex(text, k, number) {
  for (k = 3; k <= length(text); k++)
    number = 16 * number + index("0123456789abcdef", substr(text, k, 1)) - 1
  return number
}
$1 == "LOAD" && /\.o$/ {object[++count] = $2}
/^Linker script and memory map/ {kept = 1}
kept && /^ \.s?(text|rodata)[^ ]*$/ {getline rest; $0 = $0 " " rest}
kept && /^ \.s?(text|rodata)/ {bytes[$4] += hex($3)}
END {
  for (k = count - files + 1; k <= count; k++) sum += bytes[object[k]]
  print sum + 0
}
