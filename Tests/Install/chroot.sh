#!/bin/sh
# The packages of `make dist` in a clean Debian 12 without Swift, made by debootstrap: each is installed as its user does, says its
# version, compiles the demo's network to the same blob, and leaves nothing behind. Needs root, debootstrap and Debian's archive;
# takes about five minutes.
# Environment: DIST (the folder with both), FASHION (Fashion-MNIST's folder), BUILD (for results), MIRROR (of Debian's archive; else
# the one that debootstrap knows).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
: "${DIST:?}" "${FASHION:?}" "${BUILD:?}"
DIST=$(cd "$DIST" && pwd)
. "$root/Tests/DropIn/check.sh"
[ "$(id -u)" = 0 ] || { echo 'chroot.sh: only root may enter another root' >&2; exit 1; }
command -v debootstrap >/dev/null || { echo 'chroot.sh: debootstrap is not installed' >&2; exit 1; }
tarball=$(ls "$DIST"/kinglet-*.tar.gz)
deb=$(ls "$DIST"/kinglet_*.deb)
clean=$BUILD/clean

check debootstrap debootstrap --variant=minbase bookworm "$clean" ${MIRROR:+"$MIRROR"}
# How this machine reaches the archive is no part of what is tried.
cp -L /etc/resolv.conf "$clean/etc/resolv.conf"
cp /etc/apt/apt.conf.d/*proxy* "$clean/etc/apt/apt.conf.d" 2>/dev/null || true
mkdir "$clean/model"
cp "$root/Samples/fashion-cnn/fashion-cnn-small.onnx" "$FASHION"/*.gz "$clean/model"

# within FOLDER COMMAND...: in that root, with /proc of its own, which goes with it.
within() {
  folder=$1
  shift
  # shellcheck disable=SC2016
  unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" env -i HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$folder" "$@"
}
# demo ROOT KINGLET: what the demo compiles.
demo() {
  within "$1" "$2" compile /model/fashion-cnn-small.onnx --data /model/train-images-idx3-ubyte.gz \
    --test /model/t10k-images-idx3-ubyte.gz --test-labels /model/t10k-labels-idx1-ubyte.gz --sparsity 0.9 --seed 1 \
    -o /model/fashion.kgl -q >"$1/model/compile.txt"
}

check 'no Swift in it' sh -c "! find '$clean' -name '*swift*' | grep -q ."
check 'packages of the archive' within "$clean" apt-get update -qq
cp -a "$clean" "$BUILD/tar"
cp -a "$clean" "$BUILD/deb"

apt=$(tar -xOzf "$tarball" --wildcards '*/README' | sed -n 's/^ *\(apt-get install .*\)/\1 -y -qq/p')
# shellcheck disable=SC2086
check "what the tarball's README says: $apt" within "$BUILD/tar" $apt
check unpacked tar -C "$BUILD/tar/opt" -xzf "$tarball"
kinglet=/opt/$(basename "$tarball" .tar.gz)/bin/kinglet
check 'its version' test "kinglet-$(within "$BUILD/tar" "$kinglet" --version)-linux" = "$(basename "$tarball" | sed 's/-[^-]*$//')"
check 'its compile' demo "$BUILD/tar" "$kinglet"

cp "$deb" "$BUILD/deb/kinglet.deb"
check 'installed by apt' within "$BUILD/deb" apt-get install -y -qq --no-install-recommends /kinglet.deb
check 'its version' test "$(within "$BUILD/deb" kinglet --version)" = "$(dpkg-deb -f "$deb" Version)"
check 'its compile' demo "$BUILD/deb" kinglet
check 'the same blob' cmp "$BUILD/tar/model/fashion.kgl" "$BUILD/deb/model/fashion.kgl"
check 'its blob inspected' within "$BUILD/deb" kinglet inspect /model/fashion.kgl --target /usr/share/kinglet/Samples/targets/cortex-m4f.json
check 'removed by apt' within "$BUILD/deb" apt-get purge -y -qq kinglet
check 'nothing is left' sh -c "! find '$BUILD/deb/usr' '$BUILD/deb/etc' '$BUILD/deb/var/lib/dpkg/info' -name '*kinglet*' | grep ."
tail -n 2 "$BUILD/deb/model/compile.txt"
rm -rf "$clean" "$BUILD/tar" "$BUILD/deb"
echo "$passed passed, 0 failed"
