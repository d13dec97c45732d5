//! Messages and results as JSON.

use std::fs;

use serde_json::Value;

use crate::support::tools::{GuestFile, Printed, run, text};

use super::{FORGED, work, write};

/// The messages of `--json`, one object per line, each with the members that a message has.
fn messages(printed: &Printed) -> Vec<Value> {
    let message = |line: &str| -> Value {
        let message: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(
            keys(&message),
            ["code", "hint", "level", "message", "places"],
            "{line}"
        );
        for place in message["places"].as_array().expect("a list") {
            assert_eq!(
                keys(place),
                ["column", "file", "label", "length", "line", "offset"],
                "{line}"
            );
        }
        assert!(message["message"].is_string(), "{line}");
        let is_text_or_nothing = |key| message[key].is_string() || message[key].is_null();
        assert!(is_text_or_nothing("hint") && is_text_or_nothing("code"));
        message
    };
    printed.stderr.lines().map(message).collect()
}

fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Whatever fails, the message has the same members; and each kind of problem has its code, its hint and its places.
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
    let run_under = |app, policy| vec!["run", app, "-p", policy];
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
            2,
            Some("application::not-wasm"),
            1,
        ),
        (vec!["run", "--graph", &unused], 2, Some("graph::unused"), 1),
        (
            vec!["run", files, "-p", "sandbox", "--mount", &bake],
            2,
            Some("bake::unreadable"),
            0,
        ),
        (
            vec!["run", files, "-p", "sandbox", "--stdin", &missing],
            2,
            Some("plan::stdin"),
            0,
        ),
        (run_under(&empty, "deny"), 2, Some("host::not-a-command"), 0),
        (run_under(traps, "sandbox"), 134, Some("host::trapped"), 0),
        (vec!["inspect", &none], 2, Some("application::not-wasm"), 0),
        (vec!["compose", &empty, "-o", &out], 2, None, 0),
        (
            vec!["compose", &empty, "-p", "deny", "-o", &nowhere],
            2,
            None,
            0,
        ),
        (vec!["frobnicate"], 2, None, 0),
    ] {
        arguments.push("--json");
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
    let printed = run(&["run", &app.path(), "-p", "deny", "--json"]);
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
        assert_eq!(
            (printed.status, printed.stdout.as_str()),
            (2, ""),
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
    // What is the application's is not ours.
    assert!(
        run(&["frobnicate", "--", "--json"])
            .stderr
            .starts_with("error: ")
    );

    let work = work();
    let app = write(work.path(), "forged.wat", FORGED);
    let printed = run(&["run", &app, "-p", "sandbox", "--json", "--verbose"]);
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
