#!/usr/bin/env bash
# The shell of SQLite 3.52.0, whose source is part of npm's sqlite3 6.0.1, compiled for WASI preview 1 by the C compiler
# of PyPI's ziglang 0.17.1.
source "$(dirname "$0")/../common.sh"

sqlite_and_zig
# Locks, threads and libraries loaded at run time do not exist in WASI preview 1. It cannot flush a directory either
# (fd_sync of one is EBADF on the host), so journals are made without that.
ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache" PYTHONPATH="$work/zig" \
  python3 -m ziglang cc -target wasm32-wasi -O2 -s -w \
  -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DISABLE_DIRSYNC -DSQLITE_NOHAVE_SYSTEM \
  -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID \
  -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid \
  "$work"/sqlite-autoconf-3520000/{shell,sqlite3}.c -o "$work/sqlite3.wasm"
mv "$work/sqlite3.wasm" "$out"
