//! Components that end during their instantiation: in a start function, in a reactor's `_initialize`, or because their
//! initial memory does not fit.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use crate::support::tools::{Printed, builtin_names, component, interpose, run, text};

/// Ways to end during the instantiation: the name, the parts of a core module, and the end.
const WAYS: [(&str, &str, Ending); 6] = [
    (
        "a status",
        "(func $begin (call $code (i32.const 7))) (start $begin)",
        Ending::Status(7),
    ),
    (
        "success",
        "(func $begin (call $exit (i32.const 0))) (start $begin)",
        Ending::Status(0),
    ),
    (
        "failure",
        "(func $begin (call $exit (i32.const 1))) (start $begin)",
        Ending::Status(1),
    ),
    (
        "a status in `_initialize`",
        r#"(func (export "_initialize") (call $code (i32.const 7)))"#,
        Ending::Status(7),
    ),
    (
        "a trap",
        "(func $begin unreachable) (start $begin)",
        Ending::Trap("wasm trap: wasm `unreachable` instruction executed"),
    ),
    (
        "a memory that is too small",
        r#"(data (i32.const 65535) "two bytes")"#,
        Ending::Trap("wasm trap: out of bounds memory access"),
    ),
];

#[derive(Clone, Copy)]
enum Ending {
    Status(i32),
    Trap(&'static str),
}

/// A component that ends in this way, and would otherwise execute `export`.
fn ending(parts: &str, world: &str, export: &str) -> Vec<u8> {
    component(
        &format!("package test:app; world app {{ import wasi:cli/exit@0.2.12; {world} }}"),
        &format!(
            r#"(module
              (import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
              (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $code (param i32)))
              {export}
              (memory (export "memory") 1)
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
              {parts})"#
        ),
    )
}

fn command(parts: &str) -> Vec<u8> {
    ending(
        parts,
        "export wasi:cli/run@0.2.12;",
        r#"(func (export "wasi:cli/run@0.2.12#run") (result i32) (i32.const 0))"#,
    )
}

#[test]
fn the_status_is_the_applications() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wasm");
    for (what, parts, ending) in WAYS {
        std::fs::write(&file, command(parts)).expect("a file");
        for policy in builtin_names() {
            let Printed { status, stderr, .. } = run(&["run", "--policy", &policy, &text(&file)]);
            // What the policy refuses is said before.
            let lines = stderr.split_inclusive('\n');
            let stderr: String = lines
                .filter(|line| !line.starts_with("refused: "))
                .collect();
            let (expected, message) = match ending {
                // Exiting has no error to return.
                Ending::Status(_) if policy == "deny" => (
                    134,
                    "error: the application trapped: exit is denied by the policy\n".to_owned(),
                ),
                Ending::Status(status) => (status, String::new()),
                Ending::Trap(reason) => {
                    (134, format!("error: the application trapped: {reason}\n"))
                }
            };
            assert_eq!(
                (status, stderr),
                (expected, message),
                "{what} under {policy}"
            );
        }
    }
}

/// A start function that calls a denied function without an error traps in the same way.
#[test]
fn what_is_not_granted_is_a_trap() {
    use interpose_host::Grant;

    let (_, parts, _) = WAYS[0];
    let grant = Grant {
        trapping: ["wasi:cli/exit".to_owned()].into(),
        ..Grant::default()
    };
    let ran = crate::support::tools::run_component(&command(parts), grant);
    assert_eq!(
        ran.end,
        "trap: `exit-with-code` of `wasi:cli/exit@0.2.12` is not granted"
    );
}

/// An import that cannot be linked is not an end of the application.
#[test]
fn what_the_host_does_not_have_is_said() {
    use crate::support::tools::{HOST, dummy};
    use interpose_host::{Grant, HostError};

    let component = dummy(
        "package test:app; interface other { call: func(); } world app { import other; export wasi:cli/run@0.2.12; }",
    );
    let program = HOST.compile(&component).expect("a program");
    let error = HOST.run(&program, &Grant::default(), &[]).err();
    assert!(
        matches!(error, Some(HostError::Instantiate(_))),
        "{error:?}"
    );
}

/// Only an instance can return its files.
#[test]
fn nothing_can_be_saved_of_what_has_not_begun() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (file, to) = (work.path().join("app.wasm"), work.path().join("out"));
    for (what, parts, how) in WAYS {
        let app = ending(
            parts,
            "import wasi:filesystem/preopens@0.2.12; export wasi:cli/run@0.2.12;",
            r#"(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func (param i32)))
            (func (export "wasi:cli/run@0.2.12#run") (result i32) (i32.const 0))"#,
        );
        std::fs::write(&file, app).expect("a file");
        let save = format!("/={}", text(&to));
        let printed = run(&["run", "-p", "sandbox", "--save", &save, &text(&file)]);
        let (status, message) = match how {
            Ending::Status(_) => (125, "the application exited while it was being started"),
            Ending::Trap(_) => (134, "nothing was saved"),
        };
        assert_eq!(printed.status, status, "{what}: {printed:?}");
        assert!(printed.stderr.contains(message), "{what}: {printed:?}");
        assert!(!to.exists());
    }
}

#[test]
fn requests_are_told_how_their_instances_end() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wasm");
    for (what, parts, ending_is) in WAYS {
        let app = ending(
            parts,
            "export wasi:http/incoming-handler@0.2.12;",
            r#"(func (export "wasi:http/incoming-handler@0.2.12#handle") (param i32 i32))"#,
        );
        std::fs::write(&file, app).expect("a file");
        let mut child = interpose()
            .args([
                "serve",
                &text(&file),
                "-p",
                "inherit",
                "--addr",
                "127.0.0.1:0",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().rsplit_once("http://").expect("an address").1;
        let mut stream = TcpStream::connect(address).expect("a connection");
        let limit = Some(Duration::from_secs(60));
        stream.set_read_timeout(limit).expect("a time limit");
        stream
            .write_all(b"GET /x HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
            .expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let _ = child.kill();
        let printed = child.wait_with_output().expect("the messages");
        let messages =
            crate::support::tools::without_progress(&String::from_utf8_lossy(&printed.stderr));
        assert!(answer.starts_with("HTTP/1.1 500 "), "{what}: {answer}");
        let expected = match ending_is {
            Ending::Status(status) => {
                format!("the application exited with status {status} without an answer")
            }
            Ending::Trap(reason) => format!("the application trapped: {reason}"),
        };
        assert_eq!(messages, format!("error: GET /x: {expected}\n"), "{what}");
    }
}
