#!/usr/bin/env node
// Runs the binary of the package for this system.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const name = `@wasi-interpose/${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${name}/interpose`);
} catch {
  console.error(`There is no wasi-interpose for ${process.platform} on ${process.arch}: \`${name}\` is not installed.`);
  process.exit(1);
}

const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends signals to both processes, other senders only to this one. The child decides how to react.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`${binary}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (status, signal) => {
  process.exit(status ?? 128 + constants.signals[signal]);
});
