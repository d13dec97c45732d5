(component
  (import "db" (instance $db
    (export "row" (type (sub resource)))))
  (alias export $db "row" (type $row))
  (import "find" (func (result (own $row))))
  (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))
  (import "wasi:io/poll@0.2.0" (instance)))
