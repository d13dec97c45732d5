(component
  (import "wasi:io/error@0.2.0" (instance (export "error" (type (sub resource)))))
  (import "wasi:io/streams@0.2.0" (instance
    (export "input-stream" (type (sub resource)))
    (export "output-stream" (type (sub resource)))))
  (import "wasi:http/types@0.2.0" (instance $http
    (export "incoming-request" (type $request (sub resource)))
    (export "response-outparam" (type (sub resource)))
    (export "[method]incoming-request.path-with-query"
      (func (param "self" (borrow $request)) (result (option string))))))
  (alias export $http "incoming-request" (type $request))
  (alias export $http "response-outparam" (type $outparam))
  (import "wasi:filesystem/types@0.2.0" (instance $files (export "descriptor" (type (sub resource)))))
  (alias export $files "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance
    (alias outer 1 $descriptor (type $of-files))
    (export "descriptor" (type $descriptor (eq $of-files)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  (core module $module (func (export "handle") (param i32 i32)))
  (core instance $instance (instantiate $module))
  (func $handle (param "request" (own $request)) (param "response-out" (own $outparam))
    (canon lift (core func $instance "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))
