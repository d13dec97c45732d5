#!/usr/bin/env bash
# A program in C and one in Zig, compiled by PyPI's ziglang 0.17.1, which brings wasi-libc.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/pip" ziglang==0.17.1
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache" PYTHONPATH="$work/pip"
python3 -m ziglang cc -target wasm32-wasi -O2 -s "$here/program.c" -o "$out/c.wasm"
python3 -m ziglang build-exe -target wasm32-wasi -O ReleaseSmall "$here/program.zig" -femit-bin="$out/zig.wasm"
