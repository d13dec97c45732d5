;; The memory is imported, exported for WASI, and grows between two calls.
(module
  (import "env" "memory" (memory 1))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  (data (i32.const 0) "\10\00\00\00\07\00\00\00")
  (data (i32.const 16) "before\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
    (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1)) (then (call $exit (i32.const 9))))
    ;; The vector and the text lie in a page that is new.
    (i32.store (i32.const 0x20000) (i32.const 0x30000))
    (i32.store (i32.const 0x20004) (i32.const 6))
    (i64.store (i32.const 0x30000) (i64.const 0x0a7265746661))
    (drop (call $write (i32.const 1) (i32.const 0x20000) (i32.const 1) (i32.const 100)))
    (drop (call $random (i32.const 0x3fff0) (i32.const 16)))
    (call $exit (i32.const 4))))
