(module
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call 0 (i32.const 0) (i32.const 8))) (drop (call 1 (i32.const 0) (i32.const 8)))))
