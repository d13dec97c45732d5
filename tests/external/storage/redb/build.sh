#!/usr/bin/env bash
# redb 4.6.0 of crates.io, with the program of this folder, compiled for wasm32-wasip2 by the compiler of this repository.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need cargo "Rust"
cargo build --quiet --release --locked --manifest-path "$here/Cargo.toml" --target wasm32-wasip2 --target-dir "$work/target"
mv "$work/target/wasm32-wasip2/release/redb.wasm" "$out"
