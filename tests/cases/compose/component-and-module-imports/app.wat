(component
  (import "c" (component (import "x" (func)) (export "y" (func))))
  (import "m" (core module (export "f" (func))))
  (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64))))))
