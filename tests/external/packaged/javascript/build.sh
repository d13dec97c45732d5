#!/usr/bin/env bash
# `program.js` with StarlingMonkey, packaged by npm's @bytecodealliance/componentize-js 0.21.0. The packages stay beside
# it: jco is one of them. `package-lock.json` pins all of them with their digests.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need node "Node.js 20 or newer"
need npm "npm, which comes with Node.js"
cp "$here"/{package.json,package-lock.json,program.js,package.mjs} "$out"
mkdir "$out/wit"
cp -r "$here/../../../../wit/p2/deps" "$here/world.wit" "$out/wit"
cd "$out"
npm ci --silent --ignore-scripts --no-audit --no-fund
node package.mjs
