#!/usr/bin/env bash
# The shell of SQLite 3.52.0, whose source is part of npm's sqlite3 6.0.1, compiled for WASI preview 1 by the C compiler
# of PyPI's ziglang 0.17.1.
source "$(dirname "$0")/../common.sh"

need npm "Node.js"
need_pip
(cd "$work" && npm pack --silent sqlite3@6.0.1 >/dev/null)
verify ab8d044a93e05bd031d7ea75547c7fa60387cdc259d27f93c0e3e2832c4b1df9 "$work/sqlite3-6.0.1.tgz"
tar xzOf "$work/sqlite3-6.0.1.tgz" package/deps/sqlite-autoconf-3520000.tar.gz | tar xz -C "$work"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/zig" ziglang==0.17.1

# Locks, threads and libraries loaded at run time do not exist in WASI preview 1. It cannot flush a directory either
# (fd_sync of one is EBADF on the host), so journals are made without that.
ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache" PYTHONPATH="$work/zig" \
  python3 -m ziglang cc -target wasm32-wasi -O2 -s -w \
  -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DISABLE_DIRSYNC -DSQLITE_NOHAVE_SYSTEM \
  -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID \
  -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid \
  "$work"/sqlite-autoconf-3520000/{shell,sqlite3}.c -o "$work/sqlite3.wasm"
mv "$work/sqlite3.wasm" "$out"
