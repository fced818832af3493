# Shared by the scripts of this folder: sourced once BUILD, a folder, is set. Makes it anew.
rm -rf "$BUILD"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
passed=0
: >"$BUILD/log.txt"

# check WHAT COMMAND...: counts it, or says what failed and leaves.
check() {
  what=$1
  shift
  "$@" >>"$BUILD/log.txt" 2>&1 || { cat "$BUILD/log.txt"; echo "failed: $what" >&2; exit 1; }
  passed=$((passed + 1))
}
refused() { ! "$@"; }
