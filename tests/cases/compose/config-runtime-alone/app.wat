(component
  (import "wasi:config/runtime@0.2.0-draft" (instance
    (type $e (variant (case "upstream" string) (case "io" string)))
    (export "config-error" (type $error (eq $e)))
    (export "get" (func (param "key" string) (result (result (option string) (error $error))))))))
