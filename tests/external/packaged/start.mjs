// Runs a command that jco translated to `program.js`, under Node.js.

import v8 from 'node:v8';

// CPython's modules are linked at run time, by constants that are sums. V8 computes them without being told to from
// 11.4 on, which is that of Node.js 21.
if (parseFloat(process.versions.v8) < 11.4) {
  v8.setFlagsFromString('--experimental-wasm-extended-const');
}
const { run } = await import('./program.js');
run.run();
