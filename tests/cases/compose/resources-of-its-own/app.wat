(component
  (import "acme:db/store@1.0.0" (instance $store
    (export "row" (type $row (sub resource)))
    (export "[method]row.get" (func (param "self" (borrow $row)) (result string)))
    (export "find" (func (result (own $row))))))
  (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))
  (export "acme:db/store@1.0.0" (instance $store)))
