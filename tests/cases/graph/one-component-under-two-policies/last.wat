(component
  (import "wasi:random/random@0.2.0" (instance $r (export "get-random-u64" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $c (export "now" (func (result u64)))))
  (core module $m
    (import "r" "r" (func $r (result i64))) (import "c" "now" (func $c (result i64)))
    (func (export "now") (result i64) (call $c)) (func (export "lucky") (result i64) (call $r)))
  (core func $rl (canon lower (func $r "get-random-u64")))
  (core func $cl (canon lower (func $c "now")))
  (core instance $i (instantiate $m (with "r" (instance (export "r" (func $rl)))) (with "c" (instance (export "now" (func $cl))))))
  (func $now (result u64) (canon lift (core func $i "now")))
  (func $lucky (result u64) (canon lift (core func $i "lucky")))
  (instance $e (export "now" (func $now)))
  (export "acme:dep/facts@1.0.0" (instance $e)))
