#!/usr/bin/env bash
# A program in Rust, compiled for wasm32-wasip1 by the compiler of this repository.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need rustc "Rust"
rustc --edition 2024 -O --target wasm32-wasip1 -o "$out/program.wasm" "$here/program.rs"
