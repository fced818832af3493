#!/bin/sh
# Runs a command of the test suite, names every test that it skipped, and fails where one may not be.
#
#   sh skips.sh COMMAND...
#
# A skip is a line that Swift Testing or a script of ours writes: `Test NAME skipped: REASON`, or
# `not checked: WHAT`. Permitted are the reasons in skips.txt, one a line, and no others: what needs the shared
# models, a package of PyPI, or a right that containers often lack.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "$@" 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log"
status=$(cat "$log.status")
rm -f "$log.status"
grep -aE '(Test|Suite) .* skipped|^not checked: ' "$log" | sort >"$log.skipped" || true
forbidden=$(grep -vFf "$here/skips.txt" "$log.skipped" || true)
count=$(wc -l <"$log.skipped")
[ "$count" = 0 ] || { echo "skipped: $count"; cat "$log.skipped"; }
rm -f "$log.skipped"
[ -z "$forbidden" ] || { printf 'these may not be skipped (Tests/skips.txt):\n%s\n' "$forbidden" >&2; exit 1; }
exit "$status"
