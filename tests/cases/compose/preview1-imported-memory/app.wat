(module
  (import "env" "memory" (memory 2 16))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (export "memory" (memory 0))
  (func (export "_start") (drop (call $random (i32.const 0) (i32.const 8)))))
