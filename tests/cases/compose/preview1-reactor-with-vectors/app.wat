(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "split") (param v128) (result i32 i32) (i32.const 0) (i32.const 0)))
