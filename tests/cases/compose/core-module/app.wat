(module
  (import "env" "f" (func))
  (func (export "main")))
