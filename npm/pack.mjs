// Makes npm packages from the archives of a release: `node npm/pack.mjs VERSION DIRECTORY [TARGET...]`. The directory
// contains `interpose-VERSION-TARGET.tar.gz` for each system, or for each that is named. The script adds a package for each
// of these, and a package that depends on those of all systems.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

// The systems with archives, by their names in Node.js.
const SYSTEMS = [
  { target: "x86_64-unknown-linux-gnu", os: "linux", cpu: "x64", libc: "glibc" },
  { target: "aarch64-unknown-linux-gnu", os: "linux", cpu: "arm64", libc: "glibc" },
  { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
  { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
];

const [version, directory, ...targets] = process.argv.slice(2);
if (!directory) {
  console.error("usage: node npm/pack.mjs VERSION DIRECTORY [TARGET...]");
  process.exit(2);
}
for (const target of targets) {
  if (!SYSTEMS.some((system) => system.target === target)) {
    console.error(`there is no package for ${target}`);
    process.exit(2);
  }
}
const dist = resolve(directory);
const sources = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), "interpose-npm-"));

const common = {
  version,
  description: "Composes WebAssembly components with adapters that attenuate WASI, as a policy says",
  license: "Apache-2.0 WITH LLVM-exception",
  repository: { type: "git", url: "git+https://github.com/wasi-interpose/wasi-interpose.git" },
};

// Writes a package's `package.json` and packs its folder.
function pack(folder, manifest) {
  cpSync(join(sources, "../LICENSE"), join(folder, "LICENSE"));
  cpSync(join(sources, "README.md"), join(folder, "README.md"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  execFileSync("npm", ["pack", "--silent", "--pack-destination", dist], { cwd: folder, stdio: "inherit" });
}

const packages = {};
for (const { target, os, cpu, libc } of SYSTEMS) {
  const name = `@wasi-interpose/${os}-${cpu}`;
  packages[name] = version;
  if (targets.length > 0 && !targets.includes(target)) {
    continue;
  }
  const archive = `interpose-${version}-${target}`;
  const folder = join(work, target);
  mkdirSync(folder);
  const member = `${archive}/interpose`;
  execFileSync("tar", ["-xzf", join(dist, `${archive}.tar.gz`), "-C", folder, "--strip-components=1", member]);
  const only = { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) };
  pack(folder, { name, ...common, ...only, files: ["interpose"], preferUnplugged: true });
}

const folder = join(work, "wasi-interpose");
cpSync(join(sources, "bin"), join(folder, "bin"), { recursive: true });
pack(folder, {
  name: "wasi-interpose",
  ...common,
  bin: { interpose: "bin/interpose.js" },
  files: ["bin"],
  engines: { node: ">=20" },
  optionalDependencies: packages,
});
rmSync(work, { recursive: true });
