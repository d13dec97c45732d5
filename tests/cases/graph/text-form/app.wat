(component
  (import "acme:dep/facts@1.0.0" (instance $d (export "now" (func (result u64))) (export "lucky" (func (result u64)))))
  (import "wasi:random/random@0.2.6" (instance $r (export "get-random-u64" (func (result u64)))))
  (core module $m
    (import "r" "r" (func $r (result i64))) (import "d" "now" (func $n (result i64)))
    (func (export "own") (result i64) (call $r)) (func (export "their") (result i64) (call $n)))
  (core func $rl (canon lower (func $r "get-random-u64")))
  (core func $nl (canon lower (func $d "now")))
  (core instance $i (instantiate $m (with "r" (instance (export "r" (func $rl)))) (with "d" (instance (export "now" (func $nl))))))
  (func $own (result u64) (canon lift (core func $i "own")))
  (func $their (result u64) (canon lift (core func $i "their")))
  (instance $e (export "own" (func $own)) (export "their" (func $their)))
  (export "acme:app/api" (instance $e)))
