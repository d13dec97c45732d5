// Runs seeds of a component that was composed for tests and that jco translated to `program.js`, under Node.js, and writes the
// digest of each as a line: node run.mjs NAME FIRST END INTERFACE BEGIN. NAME is the program's own, INTERFACE that to which the
// probe reports, and BEGIN are the bytes that each run begins with, in hexadecimal digits.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';
import { instantiate } from './program.js';

const [name, first, end, sink, begin] = process.argv.slice(2);

const shim = new WASIShim().getImportObject();
const modules = new Map();
async function compiled(file) {
  if (!modules.has(file)) {
    modules.set(file, await WebAssembly.compile(await readFile(new URL(file, import.meta.url))));
  }
  return modules.get(file);
}

function lengthOf(event) {
  const bytes = [];
  for (let rest = event.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

// The standard streams of `interpose test`: input is empty, outputs are buffers of 1 GiB, and all of them are always ready.
// How much an output takes at once is an event, so digests are equal only where the outputs are.
const CAPACITY = 2n ** 30n;

class Pollable {
  ready() {
    return true;
  }
  block() {}
}

class InputStream {
  read() {
    throw { tag: 'closed' };
  }
  blockingRead() {
    throw { tag: 'closed' };
  }
  subscribe() {
    return new Pollable();
  }
}

class OutputStream {
  #written = 0n;
  checkWrite() {
    return CAPACITY - this.#written;
  }
  write(bytes) {
    this.#written += BigInt(bytes.length);
  }
  blockingWriteAndFlush(bytes) {
    this.write(bytes);
  }
  flush() {}
  blockingFlush() {}
  subscribe() {
    return new Pollable();
  }
}

const poll = (pollables) => Uint32Array.from(pollables.keys());

// It would end this process. Each run has an instance of its own, so leaving one by an error does no harm.
function exit() {
  throw new Error('the program exits');
}

for (let seed = BigInt(first); seed < BigInt(end); seed++) {
  const digest = createHash('sha256');
  const [stdin, stdout, stderr] = [new InputStream(), new OutputStream(), new OutputStream()];
  const event = (bytes) => digest.update(lengthOf(bytes)).update(bytes);
  const imports = {
    ...shim,
    'wasi:io/poll': { ...shim['wasi:io/poll'], Pollable, poll },
    'wasi:io/streams': { ...shim['wasi:io/streams'], InputStream, OutputStream },
    'wasi:cli/stdin': { getStdin: () => stdin },
    'wasi:cli/stdout': { getStdout: () => stdout },
    'wasi:cli/stderr': { getStderr: () => stderr },
    'wasi:cli/environment': {
      getArguments: () => [name],
      getEnvironment: () => [],
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': { exit, exitWithCode: exit },
    // jco leaves out versions.
    [sink.split('@')[0]]: { event },
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
  process.stdout.write(`${seed} ${digest.digest('hex').slice(0, 16)}\n`);
}
