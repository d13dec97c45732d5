;; The start section writes, and `_start` writes after it.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\12\00\00\00")
  (data (i32.const 8) "\28\00\00\00\0a\00\00\00")
  (data (i32.const 16) "the start section\n")
  (data (i32.const 40) "the start\n")
  (func $first (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100))))
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 100))))
  (start $first))
