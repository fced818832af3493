#!/bin/sh
# Runs a program as two ranks in two network namespaces on a bridge, which are to MPI two machines
# without ssh. Needs root, iproute2 and Open MPI.
#
#   sh two-machines.sh PROGRAM ARGUMENTS...
set -eu
work=$(mktemp -d)
bridge=knbridge
clear() {
  for i in 1 2; do ip netns del "kn$i" 2>/dev/null || true; done
  ip link del $bridge 2>/dev/null || true
  rm -rf "$work"
}
trap clear EXIT
ip link add $bridge type bridge
ip addr add 10.77.0.254/24 dev $bridge
ip link set $bridge up
for i in 1 2; do
  ip netns add "kn$i"
  ip link add "knveth$i" type veth peer name eth0 netns "kn$i"
  ip link set "knveth$i" master $bridge up
  ip -n "kn$i" addr add "10.77.0.$i/24" dev eth0
  ip -n "kn$i" link set eth0 up
  ip -n "kn$i" link set lo up
done
# What mpirun would start by ssh: the host's name, then a command.
cat >"$work/agent" <<'AGENT'
#!/bin/sh
host=$1; shift
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"
AGENT
chmod +x "$work/agent"
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 600 mpirun --mca plm_rsh_agent "$work/agent" \
  --host kn1:1,kn2:1 --bind-to none --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 -n 2 "$@"
