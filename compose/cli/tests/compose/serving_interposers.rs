//! Interposers under `interpose serve`: one among the imports of the server, and one in front of its handler.

use tempfile::TempDir;

use crate::serve::{Served, WAYS};
use crate::support::tools::{component, text};

/// Puts an interposer into a directory, and returns the table that names it.
fn interpose(directory: &TempDir, name: &str, component: Vec<u8>) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, component).expect("a file");
    format!("[[interpose]]\ncomponent = '{}'\n", text(&path))
}

/// The time that the server reads is the interposer's. How long it sleeps is left to the adapter.
#[test]
fn an_import_of_a_server_is_answered_by_an_interposer() {
    let clock = component(
        "package test:clock; world clock { export wasi:clocks/wall-clock@0.2.12; }",
        r#"(module
            (memory (export "memory") 1)
            (func $time (result i32)
              (i64.store (i32.const 0) (i64.const 42))
              (i32.const 0))
            (func (export "wasi:clocks/wall-clock@0.2.12#now") (result i32) (call $time))
            (func (export "wasi:clocks/wall-clock@0.2.12#resolution") (result i32) (call $time)))"#,
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    let interposer = interpose(&directory, "clock.wasm", clock);
    let policy = "default = \"inherit\"\n[http]\n[clocks]\nmode = \"virtual\"\nstart = 2026-01-01T00:00:00Z\n";
    let without = Served::start(policy, &[]).get("/time");
    assert_eq!(without, "200 1767225600 3600");
    let served = Served::start(&format!("{policy}{interposer}"), &[]);
    assert_eq!(served.get("/time"), "200 42 3600");
    assert_eq!(served.get("/visits"), "200 1");
}

/// A component that passes on requests whose method is GET, and answers all others itself.
fn gate() -> Vec<u8> {
    component(
        "package test:gate; world gate {
            import wasi:http/types@0.2.12;
            import wasi:http/incoming-handler@0.2.12;
            export wasi:http/incoming-handler@0.2.12;
        }",
        r#"(module
            (import "wasi:http/incoming-handler@0.2.12" "handle" (func $handle (param i32 i32)))
            (import "wasi:http/types@0.2.12" "[method]incoming-request.method"
              (func $method (param i32 i32)))
            (import "wasi:http/types@0.2.12" "[resource-drop]incoming-request"
              (func $drop (param i32)))
            (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
            (import "wasi:http/types@0.2.12" "[constructor]outgoing-response"
              (func $response (param i32) (result i32)))
            (import "wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code"
              (func $status (param i32 i32) (result i32)))
            (import "wasi:http/types@0.2.12" "[static]response-outparam.set"
              (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
              (local $response i32)
              (call $method (local.get $request) (i32.const 0))
              ;; The first case is GET.
              (if (i32.eqz (i32.load8_u (i32.const 0)))
                (then (return (call $handle (local.get $request) (local.get $out)))))
              (call $drop (local.get $request))
              (local.set $response (call $response (call $fields)))
              (drop (call $status (local.get $response) (i32.const 405)))
              (call $set (local.get $out) (i32.const 0) (local.get $response)
                (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))"#,
    )
}

#[test]
fn an_interposer_in_front_of_a_server_passes_on_or_answers() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let interposer = interpose(&directory, "gate.wasm", gate());
    for way in WAYS {
        let policy = format!("default = \"inherit\"\n{way}\n{interposer}");
        // With a trace too, whose probe stands around the server alone.
        for options in [&[][..], &["--trace", "--trace-filter", "http.*"]] {
            let served = Served::start(&policy, options);
            assert_eq!(served.get("/visits"), "200 1", "{way}");
            let (status, body) = served.request("POST /echo", b"hello");
            assert_eq!((status, body), (405, Vec::new()), "{way}");
            let (status, body) = served.request("GET /echo", b"hello");
            assert_eq!((status, body), (200, b"hello".to_vec()), "{way}");
        }
    }
}
