#!/usr/bin/env bash
# The core runtime: PyPI's wasmtime 50.0.1.
source "$(dirname "$0")/../../real/common.sh"

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$out/pip" wasmtime==50.0.1
