(module
  (import "wasi_snapshot_preview1" "memory" (memory 1))
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (func (export "_start")))
