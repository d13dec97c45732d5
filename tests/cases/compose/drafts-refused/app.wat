(component
  (import "wasi:config/runtime@0.2.0-draft" (instance
    (type $e (variant (case "upstream" string) (case "io" string)))
    (export "config-error" (type $error (eq $e)))
    (export "get" (func (param "key" string) (result (result (option string) (error $error)))))))
  (import "wasi:config/store@0.2.0-draft" (instance
    (type $e (variant (case "upstream" string) (case "io" string)))
    (export "error" (type $error (eq $e)))
    (export "get" (func (param "key" string) (result (result (option string) (error $error)))))))
  (import "wasi:clocks/timezone@0.2.0" (instance (export "utc-offset" (func (result s32)))))
  (import "wasi:sockets/tcp@0.2.0-rc-2023-11-10" (instance (export "f" (func)))))
