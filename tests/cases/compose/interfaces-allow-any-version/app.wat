(component
  (import "acme:billing/invoices@1.2.0" (instance (export "pay" (func))))
  (import "acme:billing/types" (instance)))
