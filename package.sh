#!/bin/sh
# The command with what `make install` puts beside it, to be taken to machines without Swift: a tarball that runs from wherever it
# lies, and a Debian package.
#
#   KINGLET=path/to/kinglet sh package.sh tar|deb FOLDER     # prints the file made in FOLDER
#
# Swift's libraries are in the command (`make dist` builds it so); a command that needs any library of no Debian package is
# refused. What the package depends on is what dpkg-shlibdeps finds, and the tarball's README names the same. Of one build and one
# commit the files are the same to the byte.
set -eu
umask 022
export LC_ALL=C TZ=UTC0
root=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}"
fail() { echo "package.sh: $2" >&2; exit "$1"; }
kind=${1-} to=${2-}
case $kind in tar | deb) ;; *) fail 2 "${kind:-nothing} is neither tar nor deb" ;; esac
[ -n "$to" ] || fail 2 'give the folder to write to'
for tool in strip dpkg-shlibdeps dpkg-deb; do
  command -v $tool >/dev/null || fail 1 "$tool is not installed (Debian's packages: binutils dpkg-dev)"
done

mkdir -p "$to"
to=$(cd "$to" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strip -o "$work/kinglet" "$KINGLET"
version=$("$work/kinglet" --version)
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

mkdir "$work/debian"
printf 'Source: kinglet\n\nPackage: kinglet\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O kinglet 2>"$work/shlibs.txt" | sed -n 's/^shlibs:Depends=//p')
# owned PATH: whether a package holds it; before /usr was one, packages said /lib.
owned() { dpkg -S "$1" || dpkg -S "/usr$1" || dpkg -S "$(readlink -f "$1")"; } >/dev/null 2>&1
lost=''
for path in $(ldd "$work/kinglet" | awk '/=> \// {print $3} /=> not found/ {print $1}'); do
  owned "$path" || lost="$lost ${path##*/}"
done
[ -z "$lost" ] || fail 1 "the command needs$lost, of no Debian package: make dist builds one that holds Swift's libraries"
[ -n "$depends" ] || fail 1 "what the command needs is not to be found: $(cat "$work/shlibs.txt")"

# installed DESTDIR PREFIX: without what was built in the tree.
installed() {
  KINGLET=$work/kinglet DESTDIR=$1 PREFIX=$2 sh "$root/install.sh" >/dev/null
  find "$1$2/share/kinglet" \( -name build -o -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +
  cp "$root/NOTICES" "$1$2/share/doc/kinglet/NOTICES"
}

if [ "$kind" = tar ]; then
  name=kinglet-$version-linux-$architecture
  installed "$work/tree" "/$name"
  packages=$(echo "$depends" | sed 's/ ([^)]*)//g; s/,//g')
  cat >"$work/tree/$name/README" <<README
Kinglet $version: compiles trained networks for microcontrollers.

bin/kinglet runs from wherever this folder lies. It was built on Debian $(cat /etc/debian_version), needs no Swift, and these packages:

    apt-get install --no-install-recommends $packages

bin/kinglet --help lists the commands, man -l share/man/man1/kinglet.1 is its manual, share/doc/kinglet/README.md tells of it.
Completions for bash, zsh and fish are in share. share/doc/kinglet/LICENSE is its licence, NOTICES those of what it holds.
README
  file=$to/$name.tar.gz
  tar -C "$work/tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" |
    gzip -9n >"$file.unfinished"
else
  file=$to/kinglet_${version}_$architecture.deb
  tree=$work/tree
  installed "$tree" /usr
  doc=$tree/usr/share/doc/kinglet
  { cat "$doc/LICENSE"; echo; cat "$doc/NOTICES"; } >"$doc/copyright"
  rm "$doc/LICENSE" "$doc/NOTICES"
  mv "$doc/CHANGELOG.md" "$doc/changelog"
  gzip -9n "$doc/changelog" "$tree"/usr/share/man/man1/*
  mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"
  mkdir "$tree/DEBIAN"
  (cd "$tree" && find usr -type f | sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
  cat >"$tree/DEBIAN/control" <<CONTROL
Package: kinglet
Version: $version
Architecture: $architecture
Maintainer: The Kinglet authors
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends
Suggests: make, gcc-arm-none-eabi, libnewlib-arm-none-eabi, qemu-system-arm, openmpi-bin
Section: science
Priority: optional
Description: compiler of trained neural networks for microcontrollers
 Makes a trained network (ONNX, .tflite, Darknet) sparse, gives each of its
 layers a small table of values, and writes it as one blob, which a runtime
 of portable C runs without a heap. Blobs of int8 networks may also keep
 each answer to the last bit.
CONTROL
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$file.unfinished" >/dev/null
fi
mv "$file.unfinished" "$file"
echo "$file"
