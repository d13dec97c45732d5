//! Messages and results as JSON.

use std::fs;

use serde_json::Value;

use crate::support::tools::{GuestFile, Printed, run, text};

use super::{FORGED, work, write};

/// The messages of `--json`, one object per line; asserts that each has the members of a message.
fn messages(printed: &Printed) -> Vec<Value> {
    let lines = printed.stderr.lines();
    let lines = lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    // The record at the end of `run` is no message.
    let messages = lines.filter(|line: &Value| line.get("record").is_none());
    messages.inspect(assert_is_message).collect()
}

/// The record at the end of `run --json`.
fn record(printed: &Printed) -> Value {
    let last = printed.stderr.lines().last().expect("a line");
    let record: Value =
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {last}"));
    assert_eq!(
        keys(&record),
        [
            "applicationSeconds",
            "denials",
            "memoryBytes",
            "moreDenials",
            "outcome",
            "record",
            "refusals",
            "seconds",
            "status",
            "trap"
        ],
        "{last}"
    );
    assert_eq!(record["record"], "run");
    assert_eq!(record["status"], printed.status, "{printed:?}");
    assert!(record["seconds"].as_f64().is_some_and(|time| time >= 0.0));
    let refusals = record["refusals"].as_array().expect("a list");
    refusals.iter().for_each(assert_is_message);
    record
}

fn assert_is_message(message: &Value) {
    assert_eq!(
        keys(message),
        ["code", "component", "hint", "level", "message", "places"],
        "{message}"
    );
    for place in message["places"].as_array().expect("a list") {
        assert_eq!(
            keys(place),
            ["column", "file", "label", "length", "line", "offset"],
            "{message}"
        );
    }
    let is_text = |key| message[key].as_str().is_some_and(|text| !text.is_empty());
    assert!(
        is_text("level") && is_text("message") && is_text("code"),
        "{message}"
    );
    let is_text_or_nothing = |key| message[key].is_string() || message[key].is_null();
    assert!(
        is_text_or_nothing("hint") && is_text_or_nothing("component"),
        "{message}"
    );
}

fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Every failure has a message with the same members; and each kind of problem has its code, its hint and its places.
#[test]
fn all_kinds_of_failures_have_one_form() {
    let work = work();
    let at = |name: &str, contents: &str| write(work.path(), name, contents);
    let import = r#"(component (import "acme:a/b" (instance (export "f" (func)))))"#;
    let (app, none, empty) = (
        at("app.wat", import),
        at("none.txt", "Buy milk.\n"),
        at("empty.wat", "(component)"),
    );
    let graph = |name: &str, source: &str, policy: &str| {
        let component = format!("[components.a]\nsource = \"{source}\"\npolicy = \"{policy}\"\n");
        at(
            name,
            &format!("version = 1\napplication = \"a\"\n{component}"),
        )
    };
    let refused = graph("refused.toml", "app.wat", "deny");
    let not_wasm = graph("not-wasm.toml", "none.txt", "deny");
    let unused = format!(
        "{}[components.b]\nsource = \"empty.wat\"\npolicy = \"deny\"\n",
        fs::read_to_string(&refused).expect("the graph")
    );
    let unused = at("unused.toml", &unused);
    let wrong = at("wrong.toml", "version = 1\nclock = 2\n");
    let out = text(&work.path().join("out.wasm"));
    let missing = text(&work.path().join("missing"));
    let bake = format!("/={missing}");
    let nowhere = text(&work.path().join("missing/out.wasm"));
    let (files, traps) = (
        GuestFile::new("fs_create_read"),
        GuestFile::new("cli_abort"),
    );
    let (files, traps) = (&files.path(), &traps.path());
    let compose = |app, policy| vec!["compose", app, "-p", policy, "-o", &out];
    let run_under = |app, policy| vec!["run", "-p", policy, app];
    for (mut arguments, status, code, places) in [
        (compose(&app, "deny"), 3, Some("refusal::not-allowed"), 0),
        (compose(&none, "deny"), 2, Some("application::not-wasm"), 0),
        (
            compose(&missing, "deny"),
            2,
            Some("application::unreadable"),
            0,
        ),
        (compose(&empty, &wrong), 2, Some("policy::unknown-key"), 1),
        (compose(&empty, "denny"), 2, Some("policy::not-found"), 0),
        (
            vec!["compose", "--graph", &refused, "-o", &out],
            3,
            Some("refusal::not-allowed"),
            1,
        ),
        (
            vec!["run", "--graph", &not_wasm],
            127,
            Some("application::not-wasm"),
            1,
        ),
        (
            vec!["run", "--graph", &unused],
            127,
            Some("graph::unused"),
            1,
        ),
        (
            vec!["run", "-p", "sandbox", "--mount", &bake, files],
            127,
            Some("bake::unreadable"),
            0,
        ),
        (
            vec!["run", "-p", "sandbox", "--stdin", &missing, files],
            127,
            Some("plan::stdin"),
            0,
        ),
        (
            run_under(&empty, "deny"),
            127,
            Some("host::not-a-command"),
            0,
        ),
        (run_under(traps, "sandbox"), 134, Some("host::trapped"), 0),
        (vec!["inspect", &none], 2, Some("application::not-wasm"), 0),
        (
            vec!["compose", &empty, "-o", &out],
            2,
            Some("command-line::no-policy"),
            0,
        ),
        (
            vec!["compose", &empty, "-p", "deny", "-o", &nowhere],
            2,
            Some("output::file"),
            0,
        ),
        (
            vec!["run", &empty, "-p", "deny"],
            127,
            Some("command-line::policy-behind"),
            0,
        ),
        (vec!["frobnicate"], 2, Some("command-line::invalid"), 0),
    ] {
        arguments.insert(0, "--json");
        let printed = run(&arguments);
        assert_eq!(printed.status, status, "{printed:?}");
        let found = messages(&printed);
        let [message] = found.as_slice() else {
            panic!("{printed:?}");
        };
        assert_eq!(message["level"], "error", "{printed:?}");
        assert_eq!(message["code"].as_str(), code, "{printed:?}");
        assert!(
            message["hint"].is_string() || status == 134,
            "there is something to do about it: {printed:?}"
        );
        let found = message["places"].as_array().expect("a list");
        assert_eq!(found.len(), places, "{printed:?}");
    }
}

#[test]
fn messages_as_json() {
    let work = work();
    let refused = write(
        work.path(),
        "a.wat",
        r#"(component (import "acme:a/b" (instance (export "f" (func)))))"#,
    );
    let out = text(&work.path().join("out.wasm"));
    let printed = run(&["compose", &refused, "-p", "deny", "-o", &out, "--json"]);
    assert_eq!(printed.status, 3);
    let found = messages(&printed);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["level"], "error");
    assert!(
        found[0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("acme:a/b"))
    );
    assert!(found[0]["hint"].is_string());

    let wrong = write(
        work.path(),
        "wrong.toml",
        "version = 1\ndefault = 1\nclock = 2\n",
    );
    let printed = run(&["policy", "check", &wrong, "--json"]);
    assert_eq!(printed.status, 2);
    assert_eq!(printed.stdout, "");
    let found = messages(&printed);
    assert_eq!(found[0]["places"][0]["line"], 2, "{printed:?}");
    assert_eq!(found[0]["places"][0]["file"], wrong.as_str(), "{printed:?}");
    assert_eq!(found.len(), 2, "{printed:?}");
    assert!(
        found.iter().all(|message| message["level"] == "error"),
        "{printed:?}"
    );
    assert!(
        found.iter().all(|message| message["message"].is_string()),
        "{printed:?}"
    );

    let app = GuestFile::new("cli_abort");
    let printed = run(&["run", "-p", "deny", "--json", &app.path()]);
    assert_eq!(messages(&printed)[0]["level"], "error", "{printed:?}");

    let app = GuestFile::new("p2_network_refused");
    let printed = run(&[
        "compose",
        &app.path(),
        "-p",
        "memory-filesystem",
        "-o",
        &out,
        "--json",
    ]);
    assert!(
        messages(&printed)
            .iter()
            .all(|message| message["level"] == "warning"),
        "{printed:?}"
    );
}

#[test]
fn inspect_as_json() {
    let app = GuestFile::new("fs_create_read");
    let parse = |arguments: &[&str]| -> Value {
        let printed = run(arguments);
        assert_eq!(
            (printed.status, printed.stderr.as_str()),
            (0, ""),
            "{printed:?}"
        );
        serde_json::from_str(&printed.stdout).expect("an object")
    };
    let bare = parse(&["inspect", &app.path(), "--json"]);
    let names = |value: &Value| -> Vec<String> {
        let items = value.as_array().expect("a list");
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let before = names(&bare["imports"]);
    assert!(
        before
            .iter()
            .any(|name| name.starts_with("wasi:filesystem/types@"))
    );
    assert!(bare["imports"][0]["capability"].is_string());

    let under = parse(&["inspect", &app.path(), "-p", "deterministic", "--json"]);
    assert_eq!(names(&under["imports"]), before);
    let after = names(&under["host"]);
    assert!(after.iter().all(|name| before.contains(name)), "{after:?}");
    assert!(
        after
            .iter()
            .all(|name| !name.starts_with("wasi:filesystem/")),
        "{after:?}"
    );
    let kernel = under["adapters"]
        .as_array()
        .expect("a list")
        .iter()
        .any(|adapter| adapter["name"] == "kernel");
    assert!(kernel, "{under}");
}

#[test]
fn everything_is_json_that_is_asked_for_as_json() {
    for (arguments, expected) in [
        (&["frobnicate", "--json"] as &[&str], "frobnicate"),
        (&["--json", "run"], "APP"),
        (&["compose", "app.wasm", "--seed", "x", "--json"], "--seed"),
    ] {
        let printed = run(arguments);
        let status = if arguments.contains(&"run") { 127 } else { 2 };
        assert_eq!(
            (printed.status, printed.stdout.as_str()),
            (status, ""),
            "{printed:?}"
        );
        let found = messages(&printed);
        assert_eq!(found.len(), 1, "{printed:?}");
        assert_eq!(found[0]["level"], "error");
        let message = found[0]["message"].as_str().unwrap_or_default();
        assert!(
            message.contains(expected) && !message.starts_with("error"),
            "{message}"
        );
        assert!(
            found[0]["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("--help")),
            "{printed:?}"
        );
    }
    // The arguments of the application are not those of the tool.
    assert!(
        run(&["frobnicate", "--", "--json"])
            .stderr
            .starts_with("error: ")
    );

    let work = work();
    let app = write(work.path(), "forged.wat", FORGED);
    let printed = run(&["run", "-p", "sandbox", "--json", "--verbose", &app]);
    let found = messages(&printed);
    let says = |text: &str| {
        let mut notes = found.iter().filter(|message| message["level"] == "info");
        notes.any(|note| {
            note["message"]
                .as_str()
                .is_some_and(|note| note.starts_with(text))
        })
    };
    assert!(
        says("in ") && says("composing: ") && says("compiling: "),
        "{printed:?}"
    );
    assert_eq!(
        found.last().map(|message| &message["level"]),
        Some(&"error".into())
    );
}

/// Traps in functions whose names a Rust compiler mangled, in both of its manglings, and in a function whose name is a
/// text. The tests' other programs contain no names of functions.
const MANGLED: &str = r#"
(module
  (memory (export "memory") 1)
  (func $inner (@name "_ZN3app6parser4read17h0123456789abcdefE") unreachable)
  (func $middle (@name "_RNvCs1234_3app4main") (call $inner))
  (func $outer (@name "as it is") (call $middle))
  (func $_start (export "_start") (call $outer)))
"#;

/// The record of a run reports its end, whatever the application writes to standard error before.
#[test]
fn a_run_ends_with_a_record() {
    let run_json = |program: &str, policy: &str| {
        let app = GuestFile::new(program);
        run(&["run", "--json", "-p", policy, &app.path()])
    };
    let measured = |record: &Value| {
        let of_all = record["seconds"].as_f64().expect("a time");
        let of_it = record["applicationSeconds"].as_f64().expect("a time");
        assert!(0.0 < of_it && of_it <= of_all, "{record}");
        let memory = record["memoryBytes"].as_u64().expect("bytes");
        // The application has at least one page, and these programs need less than 64 MiB.
        assert!((1 << 16..1 << 26).contains(&memory), "{record}");
    };
    for (program, policy, status) in [
        ("cli_hello", "sandbox", 0),
        ("cli_exit_failure", "sandbox", 1),
        ("p2_cli_exit_with_code", "inherit", 42),
    ] {
        let printed = run_json(program, policy);
        let found = record(&printed);
        assert_eq!(
            (&found["outcome"], &found["trap"], &found["refusals"]),
            (&"exited".into(), &Value::Null, &Value::Array(Vec::new()))
        );
        assert_eq!(found["status"], status, "{printed:?}");
        measured(&found);
    }

    let traps = work();
    let mangled = write(traps.path(), "mangled.wat", MANGLED);
    let printed = run(&["run", "--json", "-p", "deny", &mangled]);
    let found = record(&printed);
    assert_eq!(
        (printed.status, &found["outcome"]),
        (134, &"trapped".into())
    );
    let trap = &found["trap"];
    assert_eq!(keys(trap), ["component", "functions", "message"], "{trap}");
    let names = ["app::parser::read", "app::main", "as it is", "_start"];
    for (position, name) in names.iter().enumerate() {
        assert_eq!(trap["functions"][position], *name, "{trap}");
    }
    measured(&found);

    let work = work();
    let refused = write(
        work.path(),
        "a.wat",
        r#"(component (import "acme:a/b" (instance (export "f" (func)))))"#,
    );
    let printed = run(&["run", "--json", "-p", "deny", &refused]);
    let found = record(&printed);
    assert_eq!(
        (printed.status, &found["outcome"]),
        (126, &"refused".into())
    );
    assert_eq!(found["refusals"], Value::Array(messages(&printed)));
    assert_eq!(found["refusals"][0]["code"], "refusal::not-allowed");
    assert!(found["applicationSeconds"].is_null() && found["memoryBytes"].is_null());

    for arguments in [
        &["run", "--json", "-p", "sandbax", &refused] as &[&str],
        &["run", "--json", "--bogus", &refused],
    ] {
        let printed = run(arguments);
        assert_eq!(record(&printed)["outcome"], "failed", "{printed:?}");
        assert_eq!(printed.status, 127, "{printed:?}");
    }
    assert_eq!(run(&["run", "-p", "deny", &refused]).status, 126);
}

/// A component that writes a text to standard error and then executes the last instructions.
fn writes(text: &str, then: &str) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\{:02x}\00\00\00")
  (data (i32.const 16) "{text}")
  (func (export "_start")
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
    {then}))"#,
        text.replace("\\n", "n").len()
    )
}

/// A message or a record begins on a new line, even if the application has not ended its last line.
#[test]
fn the_record_has_a_line_of_its_own() {
    let work = work();
    for (text, shown) in [
        ("a line\\n", "a line\n"),
        ("no end", "no end\n"),
        ("a\\nb", "a\nb\n"),
    ] {
        let app = write(work.path(), "writes.wat", writes(text, ""));
        for policy in ["inherit", "sandbox"] {
            let printed = run(&["run", "--json", "-p", policy, &app]);
            assert_eq!(record(&printed)["status"], 0, "{printed:?}");
            assert!(
                printed.stderr.starts_with(&format!("{shown}{{")),
                "{printed:?}"
            );
        }
    }
    let app = write(work.path(), "traps.wat", writes("no end", "unreachable"));
    let printed = run(&["run", "-p", "sandbox", &app]);
    assert!(printed.stderr.starts_with("no end\nerror: "), "{printed:?}");
}

/// Messages name the component of a graph that they concern: the one that is refused, the one whose policy is wrong,
/// and the one that traps.
#[test]
fn components_of_a_graph_are_named() {
    let work = work();
    let graph = |policy: &str, library: &str, more: &str| {
        write(
            work.path(),
            "graph.toml",
            format!(
                "version = 1\napplication = \"app\"\n{more}\n[components.app]\nsource = \"app.wat\"\npolicy = \"deny\"\n\
                 [components.library]\nsource = \"{library}\"\npolicy = \"{policy}\"\n"
            ),
        )
    };
    let library = |body: &str, import: &str| {
        format!(
            r#"(component {import}
              (core module $m (func $inner {body}) (func (export "f") (call $inner)))
              (core instance $i (instantiate $m))
              (func $f (canon lift (core func $i "f")))
              (instance $e (export "f" (func $f)))
              (export "acme:a/library" (instance $e)))"#
        )
    };
    write(
        work.path(),
        "app.wat",
        r#"(component
          (import "acme:a/library" (instance $l (export "f" (func))))
          (core func $f (canon lower (func $l "f")))
          (core module $m
            (import "l" "f" (func $f))
            (func (export "run") (result i32) (call $f) (i32.const 0)))
          (core instance $i (instantiate $m (with "l" (instance (export "f" (func $f))))))
          (func $run (result (result)) (canon lift (core func $i "run")))
          (instance $e (export "run" (func $run)))
          (export "wasi:cli/run@0.2.0" (instance $e)))"#,
    );
    write(work.path(), "traps.wat", library("unreachable", ""));
    let other = r#"(import "acme:b/c" (instance (export "f" (func))))"#;
    write(work.path(), "imports.wat", library("", other));

    let printed = run(&["run", "--json", "--graph", &graph("deny", "traps.wat", "")]);
    assert_eq!(printed.status, 134, "{printed:?}");
    assert_eq!(
        record(&printed)["trap"]["component"],
        "library",
        "{printed:?}"
    );
    assert_eq!(messages(&printed)[0]["component"], "library", "{printed:?}");
    let printed = run(&["run", "--graph", &graph("deny", "traps.wat", "")]);
    assert!(
        printed
            .stderr
            .starts_with("error: `library`: the application trapped"),
        "{printed:?}"
    );

    let printed = run(&[
        "run",
        "--json",
        "--graph",
        &graph("deny", "imports.wat", ""),
    ]);
    assert_eq!(printed.status, 126, "{printed:?}");
    assert_eq!(messages(&printed)[0]["component"], "library", "{printed:?}");
    assert_eq!(record(&printed)["refusals"][0]["component"], "library");
}
