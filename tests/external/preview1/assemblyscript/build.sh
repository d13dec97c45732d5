#!/usr/bin/env bash
# A program in AssemblyScript, compiled with the default options of npm's assemblyscript 0.28.20 and the configuration of
# @assemblyscript/wasi-shim 0.1.0.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need npm "Node.js"
cp "$here"/package.json "$here"/package-lock.json "$here"/program.ts "$work"
cd "$work"
npm ci --silent --no-audit --no-fund --ignore-scripts
npx --no-install asc program.ts --config node_modules/@assemblyscript/wasi-shim/asconfig.json --outFile "$out/program.wasm"
