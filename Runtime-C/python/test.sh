#!/bin/sh
# The Python package as a user gets it: built from a copy of the runtime alone, installed in an environment of its own,
# its tests run there against this repository's golden files and the command that KINGLET names.
#
#   BUILD=folder KINGLET=path/to/kinglet sh test.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
mkdir -p "${BUILD:?}"
folder=$(cd "$BUILD" && pwd)
case ${KINGLET:?} in */*) KINGLET=$(cd "$(dirname "$KINGLET")" && pwd)/$(basename "$KINGLET") ;; esac

skip() {
  echo "not checked: the Python package: needs PyPI's setuptools, numpy and pytest packages ($1)"
  exit 0
}

[ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv" >"$folder/venv.log" 2>&1 || skip 'no venv'
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'setuptools>=70.1' 'numpy>=1.22' 'pytest>=7' \
  >"$folder/pip.log" 2>&1 || skip 'they cannot be had'

rm -rf "$folder/runtime" "$folder/wheel"
mkdir -p "$folder/runtime"
cp -R "$here/../include" "$here/../src" "$here" "$folder/runtime/"
"$folder/venv/bin/pip" wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w "$folder/wheel" \
  "$folder/runtime/python"
"$folder/venv/bin/pip" install -q --disable-pip-version-check --no-deps --force-reinstall "$folder"/wheel/kinglet-*-py3-none-*.whl

# Not from the folder of the sources: what is installed is tested.
cd "$folder"
KINGLET=$KINGLET KINGLET_REPOSITORY=$repository "$folder/venv/bin/python" -m pytest -q -p no:cacheprovider "$here/tests"
