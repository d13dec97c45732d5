#!/usr/bin/env bash
# Mermaid 12.3.0 of npm, as it is bundled for browsers, without its maps. npm's linkedom 0.18.15 gives it the document that
# it needs; `package-lock.json` pins that and what it depends on with their digests.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need node "Node.js 20.19 or newer"
need npm "npm, which comes with Node.js"
cp "$here"/{package.json,package-lock.json,read.mjs} "$out"
(cd "$work" && npm pack --silent mermaid@12.3.0 >/dev/null)
verify be0684e8d20bfc874df12c0f04927a5c482f57f2200eec54cca52a4583fd4040 "$work/mermaid-12.3.0.tgz"
tar xzf "$work/mermaid-12.3.0.tgz" -C "$work"
mkdir -p "$out/mermaid/chunks/mermaid.esm.min"
cp "$work/package/dist/mermaid.esm.min.mjs" "$out/mermaid"
cp "$work"/package/dist/chunks/mermaid.esm.min/*.mjs "$out/mermaid/chunks/mermaid.esm.min"
cd "$out"
npm ci --silent --ignore-scripts --no-audit --no-fund
