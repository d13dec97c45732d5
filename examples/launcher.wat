;; A command that does nothing but run another component.
(component
  (import "wasi:cli/run@0.2.0" (instance $program (export "run" (func (result (result))))))
  (core module $main
    (import "program" "run" (func $run (result i32)))
    (func (export "run") (result i32) (call $run)))
  (core func $lowered (canon lower (func $program "run")))
  (core instance $main (instantiate $main
    (with "program" (instance (export "run" (func $lowered))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $exports (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $exports)))
