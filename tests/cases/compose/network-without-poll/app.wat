(component
  (import "wasi:sockets/network@0.2.0" (instance $network
    (export "network" (type (sub resource)))
    (type $codes (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit"
      "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused" "connection-reset"
      "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure"
      "permanent-resolver-failure"))
    (export "error-code" (type (eq $codes)))
    (type $families (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $families)))))
  (alias export $network "network" (type $net))
  (alias export $network "error-code" (type $code))
  (alias export $network "ip-address-family" (type $family))
  (import "wasi:sockets/instance-network@0.2.0" (instance
    (alias outer 1 $net (type $n)) (export "network" (type $network (eq $n)))
    (export "instance-network" (func (result (own $network))))))
  (import "wasi:sockets/udp@0.2.0" (instance $udp
    (alias outer 1 $code (type $c)) (export "error-code" (type $e (eq $c)))
    (export "udp-socket" (type $socket (sub resource)))
    (export "[method]udp-socket.unicast-hop-limit" (func (param "self" (borrow $socket))
      (result (result u8 (error $e)))))))
  (alias export $udp "udp-socket" (type $udp-socket))
  (import "wasi:sockets/udp-create-socket@0.2.0" (instance
    (alias outer 1 $code (type $c)) (export "error-code" (type $e (eq $c)))
    (alias outer 1 $family (type $f)) (export "ip-address-family" (type $af (eq $f)))
    (alias outer 1 $udp-socket (type $s)) (export "udp-socket" (type $socket (eq $s)))
    (export "create-udp-socket" (func (param "address-family" $af) (result (result (own $socket) (error $e)))))))
  )
