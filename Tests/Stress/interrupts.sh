#!/bin/sh
# Interrupts compilations at random moments, COUNT times for each number of threads, and takes each up
# again, interrupted again or not, until it ends. Every run has to end with status 130 or 0, and
# every blob has to be that of the run that was never stopped, whatever the number of threads.
#
#   KINGLET=.build/release/kinglet COUNT=100 sh Tests/Stress/interrupts.sh
#
# glibc checks its heap at every call (MALLOC_CHECK_) and fills what is freed (MALLOC_PERTURB_), with
# the help of libc_malloc_debug.so.0 where that is there. SEED says which moments.
set -eu
KINGLET=$(realpath "${KINGLET:-.build/release/kinglet}")
MODEL=$(realpath "${MODEL:-$(dirname "$0")/../../Samples/edge/mlp.onnx}")
COUNT=${COUNT:-100}
SEED=${SEED:-1}
THREADS=${THREADS:-1 2}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

OPTIONS="--data random:160 --sparsity 0.9 --step 0.4 --trials 4 --trial-samples 64 --batch 64
  --steps-per-cycle 6 --final-steps 100 --table-steps 30 --levels 8"
CHECKS="MALLOC_CHECK_=3 MALLOC_PERTURB_=165"
debug=$(ldconfig -p | sed -n 's/.*libc_malloc_debug.so.0 .*=> //p' | head -n 1)
[ -z "$debug" ] || CHECKS="$CHECKS LD_PRELOAD=$debug"

# Begins a run, or takes it up where its checkpoint is there; its process number is $run. A shell has
# commands at the back ignore SIGINT; these do not.
begin() {
  rm -f net.kgl
  if [ -e run.ckpt ]; then
    set -- compile --resume run.ckpt
  else
    # shellcheck disable=SC2086
    set -- compile "$MODEL" --threads "$threads" $OPTIONS --checkpoint run.ckpt
  fi
  # shellcheck disable=SC2086
  env --default-signal=INT,TERM $CHECKS "$KINGLET" "$@" -o net.kgl --checkpoint-every 0 \
    >out 2>err </dev/null &
  run=$!
}

# Waits for the run; its status is $status.
end() {
  status=0
  wait "$run" || status=$?
}

fail() {
  echo "FAILED: $threads threads, seed $SEED, interrupt $number: $1"
  cat err
  exit 1
}

# A number from 0 to $1, the same for the same SEED.
chance() { awk -v s="$((SEED * 100000 + number))" -v m="$1" 'BEGIN { srand(s); rand(); print m * rand() }'; }

# Begins a run, interrupts it at some moment, and counts how it ended and in what stage it was.
interrupt() {
  number=$((number + 1))
  signal=INT
  [ $((number % 4)) -ne 0 ] || signal=TERM
  begin
  sleep "$(chance "$length")"
  kill -s "$signal" "$run" 2>/dev/null || true
  end
  stage=$(sed -n 's/^\([a-z]*\)$/\1/p' err | tail -n 1)
  case $status,$signal in
    0,*) stage=over ;;
    130,*) [ -e run.ckpt ] || stage=load ;;
    143,TERM) stage=load ;; # Before the command's own first line.
    *) fail "status $status" ;;
  esac
  echo "${stage:-load}" >>stages
}

number=0 runs=0
for threads in $THREADS; do
  began=$(date +%s.%N)
  begin
  end
  [ "$status" -eq 0 ] || fail "the run that is never stopped ends with $status"
  length=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
  [ -e wanted.kgl ] || cp net.kgl wanted.kgl
  last=$((number + COUNT))
  while cmp -s net.kgl wanted.kgl || fail "another blob"; do
    rm -f run.ckpt
    [ "$number" -lt "$last" ] || break
    runs=$((runs + 1))
    for turn in 1 2 3; do
      interrupt
      [ "$status" -ne 0 ] || break
    done
    [ "$status" -eq 0 ] || { begin; end; }
    [ "$status" -eq 0 ] || fail "taken up, the run ends with $status"
  done
done
echo "$number interrupts in $runs runs; the stages they met:"
sort stages | uniq -c
