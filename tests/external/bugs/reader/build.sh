#!/usr/bin/env bash
# `program.c`, compiled for WASI preview 1 by the C compiler of PyPI's ziglang 0.17.1.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/zig" ziglang==0.17.1
ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache" PYTHONPATH="$work/zig" \
  python3 -m ziglang cc -target wasm32-wasi -Os -s -Wall -Wextra "$here/program.c" -o "$work/program.wasm"
mv "$work/program.wasm" "$out"
