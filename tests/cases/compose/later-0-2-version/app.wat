(component
  (import "wasi:random/random@0.2.99" (instance
    (export "get-random-u64" (func (result u64)))
    (export "get-entropy-of-tomorrow" (func (result u64))))))
