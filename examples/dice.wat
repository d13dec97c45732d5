;; A command for WASI preview 1 that rolls a die and prints the result.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "rolled ?\n")
  (func (export "_start")
    ;; One random byte in place of the question mark, made a digit from 1 to 6.
    (drop (call $random (i32.const 15) (i32.const 1)))
    (i32.store8 (i32.const 15)
      (i32.add (i32.const 49) (i32.rem_u (i32.load8_u (i32.const 15)) (i32.const 6))))
    ;; The line, in a list of one buffer, to standard output.
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 9))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))
