#!/bin/sh
# package.sh: a command that needs Swift's libraries is refused; of one that does not, a tarball whose command runs from another
# folder, and a Debian package that depends on what holds each library that ldd names, no more and no less.
# Environment: KINGLET (the command), BUILD (for results). Where the command needs Swift's libraries, a program of C that hands
# on to it takes its place; `make test-dist` has the one that is packed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
: "${KINGLET:?}" "${BUILD:?}"
KINGLET=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET")
. "$root/Tests/DropIn/check.sh"
if ! command -v dpkg-shlibdeps >/dev/null; then
  echo 'not checked: packages: dpkg-dev is not installed'
  echo "$passed passed, 0 failed"
  exit 0
fi
packed() { KINGLET=$command sh "$root/package.sh" "$@"; }

command=$KINGLET
check 'another kind is refused' sh -c "! KINGLET='$KINGLET' sh '$root/package.sh' rpm '$BUILD/rpm' 2>'$BUILD/rpm.txt'"
check 'by name' grep -q 'rpm is neither tar nor deb' "$BUILD/rpm.txt"
if ldd "$KINGLET" | grep -q libswiftCore; then
  for kind in tar deb; do
    check "no $kind of a command that needs Swift" sh -c "! KINGLET='$KINGLET' sh '$root/package.sh' $kind '$BUILD/no' 2>'$BUILD/no.txt'"
    check 'which is said' grep -q 'the command needs .*libswiftCore.so.*, of no Debian package: make dist' "$BUILD/no.txt"
    check 'nothing is left' test -z "$(ls "$BUILD/no")"
  done
  cat >"$BUILD/command.c" <<'C'
#include <unistd.h>
#include <zlib.h>
int main(int count, char **arguments) {
  (void)count;
  if (zlibVersion() == 0) return 1;
  execv(REAL, arguments);
  return 127;
}
C
  command=$BUILD/command
  check 'a program in its place' gcc -Wall -Werror -DREAL="\"$KINGLET\"" "$BUILD/command.c" -lz -o "$command"
fi

check tarball packed tar "$BUILD/dist"
tarball=$(ls "$BUILD"/dist/*.tar.gz)
check deb packed deb "$BUILD/dist"
deb=$(ls "$BUILD"/dist/*.deb)
check 'once more' sh -c "KINGLET='$command' sh '$root/package.sh' tar '$BUILD/again' && KINGLET='$command' sh '$root/package.sh' deb '$BUILD/again'"
for file in "$tarball" "$deb"; do check "$(basename "$file") is the same again" cmp "$file" "$BUILD/again/$(basename "$file")"; done

version=$("$KINGLET" --version)
check 'the version in the names' test "$(basename "$tarball") $(basename "$deb")" = \
  "kinglet-$version-linux-$(dpkg --print-architecture).tar.gz kinglet_${version}_$(dpkg --print-architecture).deb"

# From a folder with a space, which nobody has told the command of.
mkdir -p "$BUILD/an other/place"
check unpacked tar -C "$BUILD/an other/place" --strip-components=1 -xzf "$tarball"
unpacked="$BUILD/an other/place"
check 'the relocated command runs' test "$("$unpacked/bin/kinglet" --version)" = "$version"
for file in README share/man/man1/kinglet-compile.1 share/bash-completion/completions/kinglet share/kinglet/Runtime-C/include/kinglet.h \
  share/kinglet/Samples/targets/cortex-m4f.json share/doc/kinglet/LICENSE share/doc/kinglet/NOTICES; do
  check "tarball: $file" test -s "$unpacked/$file"
done
check 'nobody owns the tarball' test -z "$(tar --numeric-owner -tvzf "$tarball" | awk '$2 != "0/0"')"

check 'deb is read' dpkg-deb -x "$deb" "$BUILD/deb"
check 'its control is read' dpkg-deb -e "$deb" "$BUILD/control"
check 'its sums' sh -c "cd '$BUILD/deb' && md5sum -c --quiet '$BUILD/control/md5sums'"
check 'every file has a sum' test "$(find "$BUILD/deb" -type f | wc -l)" = "$(wc -l <"$BUILD/control/md5sums")"
for file in bin/kinglet share/man/man1/kinglet.1.gz share/zsh/vendor-completions/_kinglet share/doc/kinglet/copyright share/doc/kinglet/changelog.gz; do
  check "deb: $file" test -s "$BUILD/deb/usr/$file"
done
check 'ICU'"'"'s notice' grep -q 'UNICODE LICENSE V3' "$BUILD/deb/usr/share/doc/kinglet/copyright"

# Packages that hold the libraries that the command itself names, as dpkg knows files: another way than dpkg-shlibdeps goes.
names=$(LC_ALL=C readelf -d "$BUILD/deb/usr/bin/kinglet" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
owners=$(for name in $names; do
  path=$(ldd "$BUILD/deb/usr/bin/kinglet" | awk -v name="$name" '$1 == name {print $3} $1 ~ "/" name "$" {print $1}')
  { dpkg -S "$path" 2>/dev/null || dpkg -S "/usr$path" 2>/dev/null || dpkg -S "$(readlink -f "$path")"; } | head -n 1 | cut -d: -f1
done | sort -u)
depends=$(sed -n 's/^Depends: //p' "$BUILD/control/control" | tr ',' '\n' | sed 's/^ *//; s/ .*//' | sort -u)
check "depends on $(echo $depends), ldd on $(echo $owners)" test "$depends" = "$owners"
for package in $depends; do check "the tarball's README names $package" grep -q "apt-get install .* $package" "$unpacked/README"; done
echo "$passed passed, 0 failed"
