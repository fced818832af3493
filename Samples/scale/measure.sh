#!/bin/sh
# What messages between ranks take on this machine, and what a run sends: the figures of README.md.
#
#   KINGLET=... BUILD=... sh measure.sh
#
# Two network namespaces, which need root and iproute2, stand for two machines; left out where they cannot be made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kinglet=${KINGLET:?the command}
build=${BUILD:-.build/scale}
mkdir -p "$build"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
${CC:-cc} -O2 -I "$here/../../Sources/CRanks/include" "$here/messages.c" "$here/../../Sources/CRanks/ranks.c" -ldl \
  -o "$build/messages"
ranks() { n=$1; shift; timeout 900 mpirun --oversubscribe --bind-to none -n "$n" "$@"; }

echo 'shared memory'
ranks 2 "$build/messages"
echo 'TCP on one machine'
ranks 2 --mca btl self,tcp "$build/messages"
if [ "$(id -u)" = 0 ] && sh "$here/two-machines.sh" true 2>/dev/null; then
  echo 'TCP between two network namespaces'
  sh "$here/two-machines.sh" "$build/messages"
else
  echo 'not measured: two network namespaces, which need root and iproute2'
fi

model="$here/../fashion-cnn/fashion-cnn-small.onnx"
for n in 1 2 4; do
  echo "$n ranks: two cycles of 16 trials and 40 gradient steps, fashion-cnn-small"
  began=$(date +%s)
  ranks "$n" "$kinglet" evolve "$model" --data random:2000 --trials 16 --step 0.2 --sparsity 0.3 --final-steps 0 \
    --threads 1 -o "$build/$n.ckpt" 2>&1 >/dev/null | grep -E '^rank|^evolve:' || true
  echo "  $(($(date +%s) - began)) s in all"
done
