;; Handles a request of the host: has it held where the kernel takes it, and gives the application the kernel's.
(component
  (import "wasi:http/types@0.2.12" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $hosts-request))
  (alias export $types "response-outparam" (type $hosts-outparam))

  (import "wasi-interpose:adapters/holder@0.1.0" (instance $holder
    (alias outer 1 $hosts-request (type $request))
    (alias outer 1 $hosts-outparam (type $outparam))
    (export "put" (func (param "request" (own $request)) (param "response-out" (own $outparam))))))

  (import "wasi-interpose:adapters/incoming@0.1.0" (instance $kernel
    (export "incoming-request" (type $request (sub resource)))
    (export "response-outparam" (type $outparam (sub resource)))
    (export "request" (func (result (own $request))))
    (export "response-out" (func (result (own $outparam))))))
  (alias export $kernel "incoming-request" (type $kernels-request))
  (alias export $kernel "response-outparam" (type $kernels-outparam))

  (import "wasi:http/incoming-handler@0.2.12" (instance $application
    (alias outer 1 $kernels-request (type $request))
    (alias outer 1 $kernels-outparam (type $outparam))
    (export "handle" (func (param "request" (own $request)) (param "response-out" (own $outparam))))))

  (core func $put (canon lower (func $holder "put")))
  (core func $request (canon lower (func $kernel "request")))
  (core func $response-out (canon lower (func $kernel "response-out")))
  (core func $handle (canon lower (func $application "handle")))
  (core module $handler
    (import "" "put" (func $put (param i32 i32)))
    (import "" "request" (func $request (result i32)))
    (import "" "response-out" (func $response-out (result i32)))
    (import "" "handle" (func $handle (param i32 i32)))
    (func (export "handle") (param i32 i32)
      (call $put (local.get 0) (local.get 1))
      (call $handle (call $request) (call $response-out))))
  (core instance $handler (instantiate $handler
    (with "" (instance
      (export "put" (func $put))
      (export "request" (func $request))
      (export "response-out" (func $response-out))
      (export "handle" (func $handle))))))

  (func $lifted (param "request" (own $hosts-request)) (param "response-out" (own $hosts-outparam))
    (canon lift (core func $handler "handle")))
  (instance $handling
    (export "incoming-request" (type $hosts-request))
    (export "response-outparam" (type $hosts-outparam))
    (export "handle" (func $lifted)))
  (export "wasi:http/incoming-handler@0.2.12" (instance $handling)))
