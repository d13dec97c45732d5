//! `--trace` of `run` and `serve`. Traces of real programs are part of the documentation: with the variable `BLESS` set, the
//! test writes them, otherwise it compares them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::serve::Served;
use crate::support::tools::{GuestFile, Printed, finish, interpose, text};
use crate::support::traces::documented;

/// A program that asks for the time so often.
fn clock(count: u32) -> String {
    format!(
        r#"(component
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
            (alias export $clock "now" (func $now))
            (core func $lowered (canon lower (func $now)))
            (core module $m
                (import "" "now" (func $now (result i64)))
                (func (export "run") (result i32) (local i32)
                    (loop
                        (drop (call $now))
                        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get 0) (i32.const {count}))))
                    (i32.const 0)))
            (core instance $i (instantiate $m (with "" (instance (export "now" (func $lowered))))))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $r (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $r)))"#
    )
}

/// Runs a program with these options, which stand before it.
fn traced(program: &str, policy: &str, options: &[&str]) -> Printed {
    let guest = GuestFile::new(program);
    finish(
        interpose()
            .args(["run", "-p", policy])
            .args(options)
            .arg(guest.path()),
    )
}

/// The trace of a program that was written to a file, and what the command printed.
fn in_a_file(program: &str, policy: &str, options: &[&str]) -> (String, Printed) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("trace");
    let option = format!("--trace={}", text(&file));
    let options: Vec<&str> = options.iter().copied().chain([option.as_str()]).collect();
    let printed = traced(program, policy, &options);
    (fs::read_to_string(&file).expect("the trace"), printed)
}

#[test]
fn an_exit_and_a_trap_end_a_trace() {
    for (program, status, last) in [
        (
            "cli_exit_code",
            1,
            "cli exit.exit(err) = ? <unfinished: the application exited with status 1>",
        ),
        ("cli_panic", 134, "io output-stream."),
    ] {
        let (trace, printed) = in_a_file(program, "sandbox", &["--trace-filter", "!*.drop"]);
        assert_eq!(printed.status, status, "{}", printed.stderr);
        assert_eq!(printed.stdout, "before\n");
        let end = trace.lines().last().expect("a line");
        assert!(end.contains(last), "{trace}");
        let before = "io output-stream.write(output-stream#1 stdout, b\"before\\n\") = ok <";
        let blocking = before.replace(".write", ".blocking-write-and-flush");
        assert!(
            trace.contains(before) || trace.contains(&blocking),
            "{trace}"
        );
    }
}

#[test]
fn no_line_of_many_is_lost() {
    const CALLS: u32 = 200_000;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let program = directory.path().join("clock.wat");
    fs::write(&program, clock(CALLS)).expect("the program is written");
    let trace = |options: &[&str]| {
        let file = directory.path().join("trace");
        let option = format!("--trace={}", text(&file));
        let mut command = interpose();
        command
            .args(["run", "-p", "inherit", &option])
            .args(options)
            .arg(text(&program));
        let printed = finish(&mut command);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
        fs::read_to_string(&file).expect("the trace")
    };
    let lines = trace(&[]);
    assert_eq!(lines.lines().count(), CALLS as usize);
    let mut before = String::new();
    for line in lines.lines() {
        let (time, call) = line.split_at(12);
        assert!(
            call.starts_with("clocks monotonic-clock.now() = "),
            "{line}"
        );
        assert!(
            time.trim_start().len() < before.len() || time >= before.as_str(),
            "{line}"
        );
        before = time.to_owned();
    }
    let table = trace(&["-c"]);
    let total = table.lines().last().expect("a total");
    let calls = total.split_whitespace().nth(3);
    assert_eq!(calls, Some("200000"), "{table}");
}

#[test]
fn json_has_an_object_a_line_also_beside_messages() {
    let (trace, _) = in_a_file("cli_hello", "sandbox", &["--trace-format", "json"]);
    let printed = traced("cli_hello", "sandbox", &["--json", "--trace"]);
    let mut lines: Vec<&str> = printed.stderr.lines().collect();
    let record: Value = serde_json::from_str(lines.pop().expect("a record")).expect("JSON");
    assert_eq!(record["record"], "run");
    assert_eq!(lines.len(), trace.lines().count());
    for (one, other) in lines.iter().zip(trace.lines()) {
        let one: Value = serde_json::from_str(one).expect("JSON");
        let other: Value = serde_json::from_str(other).expect("JSON");
        assert_eq!(one["name"], other["name"]);
        assert!(one["kind"] == "call" || one["kind"] == "drop", "{one}");
    }
}

#[test]
fn a_page_is_written_at_the_end() {
    let (page, printed) = in_a_file("cli_hello", "sandbox", &["--trace-format", "html"]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("{\"title\":\"cli_hello.wasm\""), "the title");
    assert!(page.contains("\"io output-stream.check-write\""), "a call");
}

#[test]
fn mistakes_are_explained() {
    for (options, code) in [
        (&["--trace-filter", "a,,b"][..], "trace::empty-pattern"),
        (&["--trace-filter", "wasi:io/*"], "trace::pattern-character"),
        (&["--trace-format", "html"], "trace::page-without-file"),
        (&["--trace=/no/such/directory/file"], "trace::file"),
    ] {
        let options: Vec<&str> = options.iter().copied().chain(["--json"]).collect();
        let printed = traced("cli_hello", "sandbox", &options);
        assert_eq!(printed.status, 127, "{}", printed.stderr);
        assert!(printed.stderr.contains(code), "{}", printed.stderr);
        assert_eq!(printed.stdout, "", "it has not run");
    }
    let options = ["--trace-filter", "sockets.*", "--json"];
    let printed = traced("cli_hello", "sandbox", &options);
    assert_eq!(printed.status, 0);
    assert!(
        printed.stderr.contains("trace::matches-nothing"),
        "{}",
        printed.stderr
    );
}

#[test]
fn a_full_disk_costs_the_trace_and_not_the_run() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let printed = traced("cli_hello", "sandbox", &["--trace=/dev/full", "--json"]);
    assert_eq!(printed.status, 0);
    assert!(
        printed.stderr.contains("trace::not-written"),
        "{}",
        printed.stderr
    );
}

#[test]
fn requests_of_a_server_are_told_apart() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("trace");
    let option = format!("--trace={}", text(&file));
    let served = Served::start("extends = \"sandbox\"", &[&option]);
    assert_eq!(served.get("/visits"), "200 1");
    let (status, body) = served.request("POST /echo", b"hello");
    assert_eq!((status, &body[..]), (200, &b"hello"[..]));
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
    let trace = fs::read_to_string(&file).expect("the trace");
    let all = trace
        .lines()
        .all(|line| line.starts_with("[1 GET /visits] ") || line.starts_with("[2 POST /echo] "));
    assert!(all, "{trace}");
    documented("server.txt", &trace);
}

#[test]
fn components_of_a_graph_are_told_apart() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, text: &str| {
        fs::write(directory.path().join(name), text).expect("a file is written");
    };
    write("clock.wat", &clock(3));
    write(
        "graph.toml",
        "version = 1\napplication = \"app\"\n[components.app]\nsource = \"clock.wat\"\npolicy = \"inherit\"\n",
    );
    let graph = text(&directory.path().join("graph.toml"));
    let printed = finish(interpose().args(["run", "--trace", "--graph", &graph]));
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let lines: Vec<&str> = printed.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines.iter().all(|line| line.starts_with("[app] ")),
        "{lines:?}"
    );
}
