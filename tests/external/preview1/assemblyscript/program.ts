// AssemblyScript with its default options: its own allocator and collector of garbage, with the shim that makes calls of
// WASI of JavaScript's globals. Files are reached by the shim's bindings.
import {
  errno, fd, fd_close, fd_read, fd_seek, fd_write, fdflags, lookupflags, oflags, path_filestat_get, path_open,
  path_unlink_file, filestat, rights, whence, fd_prestat_get, prestat,
} from "bindings/wasi_snapshot_preview1";

const number = memory.data(8);
const vector = memory.data(8);
const root: fd = 3;

function open(name: string, how: oflags): fd {
  const path = String.UTF8.encode(name);
  const error = path_open(
    root, lookupflags.SYMLINK_FOLLOW, changetype<usize>(path), path.byteLength, how,
    rights.FD_READ | rights.FD_WRITE | rights.FD_SEEK, 0, 0 as fdflags, changetype<fd>(number),
  );
  if (error) console.log("open " + name + ": " + error.toString());
  return error ? -1 : load<u32>(number);
}

function write(file: fd, text: string): void {
  const bytes = String.UTF8.encode(text);
  store<u32>(vector, changetype<usize>(bytes));
  store<u32>(vector, bytes.byteLength, 4);
  assert(fd_write(file, vector, 1, number) == errno.SUCCESS);
  assert(load<u32>(number) == bytes.byteLength);
}

function read(file: fd, length: i32): string {
  const bytes = new ArrayBuffer(length);
  store<u32>(vector, changetype<usize>(bytes));
  store<u32>(vector, length, 4);
  assert(fd_read(file, vector, 1, number) == errno.SUCCESS);
  return String.UTF8.decode(bytes.slice(0, load<u32>(number)));
}

class Node {
  constructor(public value: i32, public next: Node | null) {}
}

// Allocates far more than the memory that the module has at first, with calls of WASI in between.
let list: Node | null = null;
for (let round = 0; round < 20; round++) {
  for (let i = 0; i < 10000; i++) list = new Node(i, round % 5 ? list : null);
  assert(Date.now() > 0);
  assert(Math.random() < 1);
}
function total(list: Node | null): i64 {
  let sum: i64 = 0;
  while (list) {
    sum += list.value;
    list = list.next;
  }
  return sum;
}
console.log("sum: " + total(list).toString());

const file = open("as.txt", oflags.CREAT | oflags.TRUNC);
write(file, "abcdefghij");
fd_seek(file, 0, whence.SET, number);
write(file, "12");
const between = read(file, 2);
write(file, "34");
console.log("between: " + between);
fd_seek(file, 0, whence.SET, number);
console.log("contents: " + read(file, 100));
console.log("at the end: '" + read(file, 100) + "'");
fd_close(file);
console.log("close again: " + fd_close(file).toString());
open("no/such", 0 as oflags);
const name = String.UTF8.encode("as.txt");
const stat = memory.data(64);
path_filestat_get(root, 0 as lookupflags, changetype<usize>(name), name.byteLength, changetype<filestat>(stat));
console.log("size: " + changetype<filestat>(stat).size.toString());
if (process.argv.length < 2 || process.argv[1] != "keep") {
  console.log("unlink: " + path_unlink_file(root, changetype<usize>(name), name.byteLength).toString());
}

const bytes = new Uint8Array(100000);
crypto.getRandomValues(bytes);
let distinct = new Set<u8>();
for (let i = 0; i < bytes.length; i++) distinct.add(bytes[i]);
console.log("random: " + distinct.size.toString());
console.log("arguments: " + process.argv.slice(1).join(" "));
console.log("variable: " + (process.env.has("GREETING") ? process.env.get("GREETING") : "none"));
const input = new ArrayBuffer(64);
console.log("input: " + String.UTF8.decode(input.slice(0, process.stdin.read(input))));
console.error("to standard error");
process.exit(process.argv.length > 2 ? 7 : 0);
