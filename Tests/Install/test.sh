#!/bin/sh
# `make install` into a folder: the command there knows itself, its pages and completions are sound, it finds the runtime and
# the firmware that lie beside it, and `make uninstall` leaves nothing.
# Environment: KINGLET (the command), BUILD (for results).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
: "${KINGLET:?}" "${BUILD:?}"
KINGLET=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET")
. "$root/Tests/DropIn/check.sh"
prefix=$BUILD/root/usr
installed() { KINGLET=$KINGLET PREFIX=/usr DESTDIR=$BUILD/root sh "$root/install.sh" "$@"; }

check install installed
check 'again, over the first' installed
check 'its version' sh -c "[ \"\$('$prefix/bin/kinglet' --version)\" = \"\$('$KINGLET' --version)\" ]"

# A page for each command that the help lists.
commands=$("$KINGLET" --help | awk '/SUBCOMMANDS:$/ {list = 1; next} /^$/ {list = 0} list && /^  [a-z]/ {print $1}')
check 'the help lists commands' test "$(echo "$commands" | wc -l)" -gt 10
for page in kinglet $(echo "$commands" | sed 's/^/kinglet-/'); do
  check "$page.1" test -s "$prefix/share/man/man1/$page.1"
  if command -v groff >/dev/null; then
    check "$page.1 without a warning" sh -c "[ -z \"\$(groff -man -Tutf8 -ww -z '$prefix/share/man/man1/$page.1' 2>&1)\" ]"
  fi
done
command -v groff >/dev/null || echo 'not checked: pages by groff: it is not installed'
check 'no page of what the help does not list' test ! -e "$prefix/share/man/man1/kinglet-man-pages.1"
check 'an option of experts is on its page' grep -q 'draw.-temperature' "$prefix/share/man/man1/kinglet-compile.1"
check 'completions of bash' bash -n "$prefix/share/bash-completion/completions/kinglet"
for file in zsh/site-functions/_kinglet fish/vendor_completions.d/kinglet.fish; do
  check "$file" grep -q 'emit-c' "$prefix/share/$file"
done

if command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null; then
  check 'bench with what was installed' sh -c "cd '$BUILD' && '$prefix/bin/kinglet' bench '$root/Formats/Vectors/valid/dense.kgl' >'$BUILD/bench.txt'"
  check 'it counts' grep -q 'instructions an inference on cortex-m4f' "$BUILD/bench.txt"
else
  echo 'not checked: bench: arm-none-eabi-gcc or qemu-system-arm is not installed'
fi
check 'without tools a sentence' sh -c "! PATH='$BUILD/none' '$prefix/bin/kinglet' bench '$root/Formats/Vectors/valid/dense.kgl' 2>'$BUILD/none.txt'"
check 'which names them' grep -q 'make, arm-none-eabi-gcc, qemu-system-arm are not installed' "$BUILD/none.txt"

check remove installed remove
check 'nothing is left' sh -c "[ -z \"\$(find '$BUILD/root' -type f)\" ]"
echo "$passed passed, 0 failed"
