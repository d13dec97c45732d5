#!/usr/bin/env bash
# ripgrep 15.1.0 of crates.io, compiled for wasm32-wasip2.
source "$(dirname "$0")/../common.sh"

need cargo "Rust"
cargo install --quiet ripgrep --version =15.1.0 --locked --target wasm32-wasip2 --no-track --root "$work"
mv "$work/bin/rg.wasm" "$out"
