// Uses what a JavaScript program asks of its surroundings, and prints what it saw.
//
// Lines that begin with `* ` depend on the surroundings: time, random numbers, variables. All others are the same
// wherever the program runs.

import { getArguments, getEnvironment } from 'wasi:cli/environment@0.2.12';

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function clocks() {
  console.log('* now:', new Date().toISOString());
  const [start, startReal] = [performance.now(), Date.now()];
  const order = [];
  await Promise.all([30, 10, 20].map((delay) => sleep(delay).then(() => order.push(delay))));
  console.log('timers ended in order:', order.join(' '));
  await sleep(250);
  const [slept, sleptReal] = [performance.now() - start, Date.now() - startReal];
  console.log('slept long enough:', slept >= 275, sleptReal >= 275);
  console.log('* slept:', Math.round(slept), sleptReal);
  let ticks = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      if (++ticks === 5) {
        clearInterval(timer);
        resolve();
      }
    }, 5);
  });
  console.log('ticks:', ticks);
}

async function chance() {
  console.log('* Math.random:', Math.random(), Math.random());
  console.log('* getRandomValues:', hex(crypto.getRandomValues(new Uint8Array(16))));
  console.log('* randomUUID:', crypto.randomUUID());
  const data = new TextEncoder().encode('The same everywhere: ünïcödé.');
  console.log('sha256:', hex(await crypto.subtle.digest('SHA-256', data)));
}

function surroundings() {
  console.log('* variables:', JSON.stringify(Object.fromEntries(getEnvironment().sort())));
  console.log('arguments:', JSON.stringify(getArguments().slice(1)));
}

async function language() {
  const words = 'the quick brown fox jumps over the lazy dog'.split(' ');
  const counts = new Map();
  for (const letter of words.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  console.log('letters:', [...counts].filter(([, count]) => count > 2).map(([letter, count]) => letter + count).join(' '));
  const sieve = Array.from({ length: 10000 }, (_, number) => number > 1);
  for (let n = 2; n * n < sieve.length; n++) if (sieve[n]) for (let m = n * n; m < sieve.length; m += n) sieve[m] = false;
  console.log('primes:', sieve.filter(Boolean).length, 2n ** 100n);
  const url = new URL('../b?x=1#y', 'https://example.com/a/c/');
  console.log('url:', url.href, JSON.stringify(structuredClone({ at: new Date(0), list: [1, [2]] })));
}

async function network() {
  // Nobody listens on this port; under a policy without HTTP the request is refused before that shows.
  try {
    const response = await fetch('http://127.0.0.1:9/');
    console.log('fetched:', response.status);
  } catch (error) {
    console.log('fetch failed:', error instanceof Error);
    console.log('* fetch:', error.name, error.message.trim());
  }
}

export const run = {
  async run() {
    await language();
    await clocks();
    await chance();
    surroundings();
    await network();
    console.error('This goes to standard error.');
  },
};
