(component
  (import "wasi:clocks/wall-clock@0.2.3" (instance
    (type $t (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $d (eq $t)))
    (export "now" (func (result $d)))))
  (import "wasi:random/random@0.2.6" (instance (export "get-random-u64" (func (result u64)))))
  (import "wasi:random/random@0.3.0" (instance (export "get-random-u64" (func (result u64)))))
  (import "wasi:random/insecure@0.3.0-rc-2026-03-15" (instance (export "get-insecure-random-u64" (func (result u64)))))
  (import "wasi:cli/stdout@0.3.2" (instance
    (export "write-via-stream" (func (param "data" (stream u8)) (result (future)))))))
