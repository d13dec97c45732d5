(module
  (rec (type $a (func)) (type $b (func)))
  (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (type $a)))
