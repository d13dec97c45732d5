(component
  (import "wasi:random/random@0.3.0" (instance (export "get-random-u64" (func (result u64)))))
  (import "wasi:clocks/system-clock@0.3.0" (instance)))
