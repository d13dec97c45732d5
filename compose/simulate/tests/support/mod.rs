//! Small programs for preview 1.

use interpose_simulate::{Campaign, Component, End, Part, Report};
use wasi_interpose::application::Application;

/// A command with this body. It has functions for a random byte, for files and for its end.
///
/// `$byte` draws a random byte, `$open` opens the file `data` with these flags and returns its descriptor, or -1 on an
/// error, `$open_new` the same for `new`, `$put` writes "hello" to a descriptor and returns whether that failed, `$get`
/// returns how many bytes it has read, and `$publish` renames `new` to `data`.
pub fn program(body: &str) -> Component {
    let text = format!(
        r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_sync" (func $sync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 1000)
  (data (i32.const 16) "data")
  (data (i32.const 24) "new")
  (data (i32.const 32) "hello")
  (func $byte (result i32)
    (drop (call $random (i32.const 0) (i32.const 1)))
    (i32.load8_u (i32.const 0)))
  (func $open_at (param $name i32) (param $length i32) (param $flags i32) (result i32)
    (if (result i32)
      (call $path_open (i32.const 3) (i32.const 0) (local.get $name) (local.get $length) (local.get $flags)
        (i64.const 0x52) (i64.const 0) (i32.const 0) (i32.const 64))
      (then (i32.const -1))
      (else (i32.load (i32.const 64)))))
  (func $open (param $flags i32) (result i32)
    (call $open_at (i32.const 16) (i32.const 4) (local.get $flags)))
  (func $open_new (param $flags i32) (result i32)
    (call $open_at (i32.const 24) (i32.const 3) (local.get $flags)))
  (func $put (param $descriptor i32) (result i32)
    (i32.store (i32.const 80) (i32.const 32))
    (i32.store (i32.const 84) (i32.const 5))
    (call $write (local.get $descriptor) (i32.const 80) (i32.const 1) (i32.const 88)))
  (func $get (param $descriptor i32) (result i32)
    (i32.store (i32.const 80) (i32.const 128))
    (i32.store (i32.const 84) (i32.const 100))
    (if (call $read (local.get $descriptor) (i32.const 80) (i32.const 1) (i32.const 88))
      (then (return (i32.const -1))))
    (i32.load (i32.const 88)))
  (func $publish
    (drop (call $rename (i32.const 3) (i32.const 24) (i32.const 3)
      (i32.const 3) (i32.const 16) (i32.const 4))))
  (func (export "_start") (local $file i32) (local $left i32) (local $failed i32) {body}))"#
    );
    let application = Application::parse(text.as_bytes()).expect("a program");
    Component::read("program.wasm", text.as_bytes(), application)
}

/// A campaign of a program on two threads.
pub fn campaign(body: &str) -> Campaign {
    Campaign::new(program(body)).jobs(Some(2.try_into().expect("not 0")))
}

pub fn run(campaign: &Campaign) -> Report {
    campaign.run().unwrap_or_else(|error| panic!("{error}"))
}

/// The causes of the failures.
pub fn causes(report: &Report) -> Vec<(Part, End)> {
    let groups = report.failures.iter();
    groups
        .map(|group| (group.cause.of, group.cause.end.clone()))
        .collect()
}

/// Makes a file without syncing it, and takes it for whole when it is there.
pub const CARELESS: &str = "
    (local.set $file (call $open (i32.const 0)))
    (if (i32.ge_s (local.get $file) (i32.const 0))
      (then (if (i32.ne (call $get (local.get $file)) (i32.const 5)) (then (call $exit (i32.const 2)))))
      (else (drop (call $put (call $open (i32.const 1))))))";

/// The same with a file that gets its name when it is whole.
pub const CAREFUL: &str = "
    (local.set $file (call $open (i32.const 0)))
    (if (i32.ge_s (local.get $file) (i32.const 0))
      (then (if (i32.ne (call $get (local.get $file)) (i32.const 5)) (then (call $exit (i32.const 2)))))
      (else
        (local.set $file (call $open_new (i32.const 9)))
        (drop (call $put (local.get $file)))
        (drop (call $sync (local.get $file)))
        (call $publish)))";

/// Exits with status 3 unless the file is there and whole.
pub const CHECK: &str = "
    (local.set $file (call $open (i32.const 0)))
    (if (i32.lt_s (local.get $file) (i32.const 0)) (then (call $exit (i32.const 4))))
    (if (i32.ne (call $get (local.get $file)) (i32.const 5)) (then (call $exit (i32.const 3))))";

/// Overwrites a file of 4096 bytes without syncing it, and fails if it finds one of which only one end was overwritten.
pub const TORN: &str = "
    (i32.store (i32.const 72) (i32.const 4096))
    (i32.store (i32.const 76) (i32.const 4096))
    (local.set $file (call $open (i32.const 0)))
    (if (i32.ge_s (local.get $file) (i32.const 0))
      (then
        (drop (call $read (local.get $file) (i32.const 72) (i32.const 1) (i32.const 88)))
        (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.load8_u (i32.const 8191))) (then (call $exit (i32.const 2)))))
      (else
        (local.set $file (call $open_new (i32.const 9)))
        (memory.fill (i32.const 4096) (i32.const 97) (i32.const 4096))
        (drop (call $write (local.get $file) (i32.const 72) (i32.const 1) (i32.const 88)))
        (drop (call $sync (local.get $file)))
        (call $publish)
        (local.set $file (call $open (i32.const 0)))
        (memory.fill (i32.const 4096) (i32.const 98) (i32.const 4096))
        (drop (call $write (local.get $file) (i32.const 72) (i32.const 1) (i32.const 88)))))";
