// Runs seeds of a component that was composed for tests and that jco translated to `program.js`, under Node.js, and writes the
// digest of each as a line: node run.mjs FIRST END INTERFACE BEGIN. INTERFACE is that to which the probe reports, and BEGIN
// are the bytes that each run begins with, in hexadecimal digits.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';
import { instantiate } from './program.js';

const [first, end] = process.argv.slice(2, 4).map(BigInt);
const [sink, begin] = process.argv.slice(4);

const modules = new Map();
async function compiled(name) {
  if (!modules.has(name)) {
    modules.set(name, await WebAssembly.compile(await readFile(new URL(name, import.meta.url))));
  }
  return modules.get(name);
}

function lengthOf(event) {
  const bytes = [];
  for (let rest = event.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

for (let seed = first; seed < end; seed++) {
  const digest = createHash('sha256');
  const event = (bytes) => digest.update(lengthOf(bytes)).update(bytes);
  const imports = {
    ...new WASIShim().getImportObject(),
    [sink]: { event },
    'wasi-interpose:testing/run': {
      seed: () => seed,
      begin: () => Buffer.from(begin, 'hex'),
      fault() {},
      crashed() {},
      exiting() {},
    },
  };
  const { run } = await instantiate(compiled, imports);
  try {
    run.run();
  } catch {
    // The events say how the run ended.
  }
  process.stderr.write(`${seed} ${digest.digest('hex').slice(0, 16)}\n`);
}
