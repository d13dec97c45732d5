#!/usr/bin/env bash
# `program.py` with CPython 3.14, packaged by PyPI's componentize-py 0.25.1.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/tool" componentize-py==0.25.1

mkdir "$work/wit" "$work/source"
cp -r "$here/../../../../wit/p2/deps" "$here/world.wit" "$work/wit"
cp "$here/program.py" "$work/source"
# Nothing but this program and Python's own library gets into the component, whatever this machine has installed.
env -u VIRTUAL_ENV PYTHONPATH="$work/tool" python3 -S -c 'import componentize_py; componentize_py.script()' \
  --quiet --wit-path "$work/wit" --world program \
  componentize --python-path "$work/source" --output "$work/program.wasm" program
mv "$work/program.wasm" "$out"
