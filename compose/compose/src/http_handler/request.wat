;; Holds the host's request from when it comes until the kernel takes it. Each is an index into this component's table
;; of handles; what takes it removes it from there, so that nothing is taken twice.
(component
  (import "wasi:http/types@0.2.12" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $incoming-request))
  (alias export $types "response-outparam" (type $response-outparam))

  (core module $held
    (global $request (mut i32) (i32.const 0))
    (global $response-out (mut i32) (i32.const 0))
    (func (export "put") (param i32 i32)
      (global.set $request (local.get 0))
      (global.set $response-out (local.get 1)))
    (func (export "request") (result i32) (global.get $request))
    (func (export "response-out") (result i32) (global.get $response-out)))
  (core instance $held (instantiate $held))

  (func $put (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $held "put")))
  (func $request (result (own $incoming-request))
    (canon lift (core func $held "request")))
  (func $response-out (result (own $response-outparam))
    (canon lift (core func $held "response-out")))

  (instance $incoming
    (export "incoming-request" (type $incoming-request))
    (export "response-outparam" (type $response-outparam))
    (export "request" (func $request))
    (export "response-out" (func $response-out)))
  (export "wasi-interpose:adapters/incoming@0.1.0" (instance $incoming))
  (instance $holder (export "put" (func $put)))
  (export "wasi-interpose:adapters/holder@0.1.0" (instance $holder)))
