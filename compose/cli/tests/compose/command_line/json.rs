//! Messages and results as JSON.

use serde_json::Value;

use crate::support::tools::{GuestFile, Printed, run, text};

use super::{FORGED, work, write};

/// The messages of `--json`, one object per line.
fn messages(printed: &Printed) -> Vec<Value> {
    printed
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
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
