(component
  (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
  (component $inner
    (import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
    (alias export $random "get-random-u64" (func $get))
    (export "twice" (func $get)))
  (instance $i (instantiate $inner (with "wasi:random/random@0.2.0" (instance $random))))
  (export "draw" (func $i "twice")))
