#!/bin/sh
# Puts the command below a prefix, with the pages of its manual, completions for three shells, and what people build with: the
# runtime, the firmware that `kinglet bench` counts in, and targets. `install.sh remove` takes all of it away again.
# Environment: KINGLET (the command), PREFIX, DESTDIR (before the prefix; for packages).
set -eu
root=$(cd "$(dirname "$0")" && pwd)
: "${PREFIX:?}" "${DESTDIR:=}"
to=$DESTDIR$PREFIX
share=$to/share/kinglet
completions='bash-completion/completions/kinglet zsh/site-functions/_kinglet fish/vendor_completions.d/kinglet.fish'

if [ "${1-}" = remove ]; then
  rm -f "$to/bin/kinglet" "$to"/share/man/man1/kinglet.1 "$to"/share/man/man1/kinglet-*.1
  for file in $completions; do rm -f "$to/share/$file"; done
  rm -rf "$share" "$to/share/doc/kinglet"
  exit 0
fi

: "${KINGLET:?}"
mkdir -p "$to/bin" "$to/share/man/man1" "$share/Samples" "$to/share/doc/kinglet"
install -m 755 "$KINGLET" "$to/bin/kinglet"
"$KINGLET" man-pages -o "$to/share/man/man1"
for file in $completions; do
  mkdir -p "$(dirname "$to/share/$file")"
  case $file in
    bash*) shell=bash ;;
    zsh*) shell=zsh ;;
    *) shell=fish ;;
  esac
  "$KINGLET" --generate-completion-script $shell >"$to/share/$file"
done
# As the tree has them, so that each finds the other.
for folder in Runtime-C Samples/firmware Samples/targets; do
  rm -rf "${share:?}/$folder"
  cp -R "$root/$folder" "$share/$folder"
done
cp "$root/LICENSE" "$share/LICENSE"
cp "$root/README.md" "$root/CHANGELOG.md" "$root/LICENSE" "$to/share/doc/kinglet"
mkdir -p "$to/share/doc/kinglet/Formats"
cp "$root"/Formats/*.md "$to/share/doc/kinglet/Formats"
echo "kinglet is in $to/bin"
