#!/bin/sh
# The runtime on a device and on this machine, as ratios: `make bench PART=edge`.
# Environment: KINGLET (the command), FASHION (Fashion-MNIST's folder), BUILD (for results),
# KINGLET_SHARED (models; else ../shared beside the repository), KINGLET_PYTHON (one that has
# onnxruntime; else python3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${KINGLET:?}" "${FASHION:?}" "${BUILD:?}"
export KINGLET FASHION
export KINGLET_SHARED="${KINGLET_SHARED:-$here/../../../../shared}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
export BUILD

if [ ! -d "$KINGLET_SHARED/models" ]; then
  echo "edge: needs the shared models (set KINGLET_SHARED to their folder); skipped"
  exit 0
fi
echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores," \
  "load $(cut -d' ' -f1 /proc/loadavg); $(gcc --version | head -1)"
sh "$here/firmware.sh"
sh "$here/host.sh"
