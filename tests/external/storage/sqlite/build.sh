#!/usr/bin/env bash
# SQLite 3.52.0, whose source is part of npm's sqlite3 6.0.1, with the program of this folder, compiled for WASI preview 1 by
# the C compiler of PyPI's ziglang 0.17.1.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

sqlite_and_zig
# Threads and libraries loaded at run time do not exist in WASI preview 1.
ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache" PYTHONPATH="$work/zig" \
  python3 -m ziglang cc -target wasm32-wasi -O2 -s -w \
  -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION \
  -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID \
  -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid \
  -I "$work/sqlite-autoconf-3520000" "$here/program.c" "$work/sqlite-autoconf-3520000/sqlite3.c" -o "$work/sqlite.wasm"
mv "$work/sqlite.wasm" "$out"
