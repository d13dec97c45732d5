//! Options and policies change a run.

use std::fs;

use serde_json::Value;

use crate::support::tools::{GuestFile, builtin_names, finish, imports, interpose, run, text};

use super::{entries, work, write};

#[test]
fn about_policies() {
    let list = run(&["policy", "list"]);
    let names: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(names, builtin_names());
    assert!(names.len() >= 5);
    let list = run(&["policy", "list", "--json"]);
    assert_eq!(list.stdout.lines().count(), names.len());
    for line in list.stdout.lines() {
        let entry: Value = serde_json::from_str(line).expect("an object");
        assert!(
            entry["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    let work = work();
    for name in builtin_names() {
        let shown = run(&["policy", "show", &name]);
        assert_eq!((shown.status, shown.stderr.as_str()), (0, ""));
        let file = write(work.path(), "shown.toml", &shown.stdout);
        let checked = run(&["policy", "check", &file]);
        assert_eq!(checked.status, 0, "{name}");
        let traps = checked
            .stderr
            .contains("the policy denies random: WASI has no error");
        assert_eq!(traps, name == "deny", "{name}: {checked:?}");
        assert_eq!(checked.stderr.lines().count(), usize::from(traps), "{name}");
        assert_eq!(run(&["policy", "check", &name, "--quiet"]).stdout, "");
        let checked = run(&["policy", "check", &name, "--json"]);
        let value: Value = serde_json::from_str(&checked.stdout).expect("an object");
        assert_eq!(value["valid"], true);
    }
    let shown = run(&["policy", "show", "deny", "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("an object");
    assert_eq!(shown["source"], run(&["policy", "show", "deny"]).stdout);
    let schema = run(&["policy", "schema"]);
    let schema: Value = serde_json::from_str(&schema.stdout).expect("a schema");
    for table in ["filesystem", "network", "clocks", "random"] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
    let schema = run(&["policy", "schema", "--graph"]);
    let schema: Value = serde_json::from_str(&schema.stdout).expect("a schema");
    assert!(schema["properties"]["components"].is_object());
}

#[test]
fn files_are_baked_from_a_directory() {
    let app = GuestFile::new("fs_read_only");
    let work = work();
    fs::create_dir(work.path().join("d")).expect("a directory");
    write(work.path(), "file", "contents");
    write(work.path(), "d/inner", "12345");
    let mount = format!("/={}", text(work.path()));
    let printed = run(&["run", "-p", "sandbox", "--mount", &mount, &app.path()]);
    assert!(
        printed.stdout.contains("read: \"contents\"\n"),
        "{printed:?}"
    );
    assert!(printed.stdout.contains("list: 1\n"), "{printed:?}");
    // The program changed only its own copy.
    assert_eq!(entries(work.path()), ["d", "file"]);
    assert_eq!(
        fs::read(work.path().join("file")).expect("the file"),
        b"contents"
    );
}

#[test]
fn directories_of_the_host() {
    let app = GuestFile::new("fs_create_read");
    let work = work();
    let shared = text(work.path());
    let printed = run(&[
        "run",
        "-p",
        "sandbox",
        "--dir",
        &format!("{shared}::/:ro"),
        &app.path(),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(
        printed
            .stdout
            .starts_with("write: error: Operation not permitted"),
        "{printed:?}"
    );
    assert_eq!(entries(work.path()), [""; 0]);

    let printed = run(&[
        "run",
        "-p",
        "sandbox",
        "--dir",
        &format!("{shared}::/"),
        &app.path(),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains("read: \"second\"\n"), "{printed:?}");
    assert_eq!(entries(work.path()), ["a.txt", "empty"]);
    assert_eq!(
        fs::read(work.path().join("a.txt")).expect("the file"),
        b"second"
    );
    // Without a mount of the directory, the same program changes nothing on this machine.
    let before = entries(work.path());
    let printed = finish(interpose().current_dir(work.path()).args([
        "run",
        "-p",
        "memory-filesystem",
        &app.path(),
    ]));
    assert_eq!(printed.status, 0, "{printed:?}");
    assert_eq!(entries(work.path()), before);
}

#[test]
fn variables_and_arguments() {
    let app = GuestFile::new("env_variables");
    let variables = |arguments: &[&str]| {
        let path = app.path();
        let mut command = interpose();
        command
            .env("SECRET", "s3cret")
            .env("PASSED_ON", "yes")
            .arg("run")
            .args(arguments)
            .arg(&path);
        let printed = finish(&mut command);
        assert_eq!(printed.status, 0, "{printed:?}");
        printed.stdout
    };
    let set = variables(&[
        "-p",
        "sandbox",
        "--env",
        "A=1=2",
        "--env",
        "PASSED_ON",
        "--env",
        "NOT_THERE",
    ]);
    assert_eq!(
        set,
        "PASSED_ON=\"yes\"\nA=\"1=2\"\nEMPTY Err(NotPresent)\nMISSING Err(NotPresent)\n"
    );
    let fixed = variables(&["-p", "deterministic", "--env", "TZ=CET"]);
    assert!(
        fixed.contains("LANG=\"C.UTF-8\"") && fixed.contains("TZ=\"CET\""),
        "{fixed}"
    );
    assert!(!fixed.contains("s3cret"), "{fixed}");
    let all = variables(&["-p", "inherit", "--env", "SECRET=public"]);
    assert!(
        all.contains("SECRET=\"public\"") && all.contains("PASSED_ON=\"yes\""),
        "{all}"
    );
    assert!(!all.contains("s3cret"), "{all}");

    let app = GuestFile::new("env_arguments");
    let printed = run(&[
        "run",
        "-p",
        "sandbox",
        &app.path(),
        "--",
        "--seed",
        "x y",
        "",
    ]);
    assert_eq!(
        printed.stdout,
        "0: \"env_arguments.wasm\"\n1: \"--seed\"\n2: \"x y\"\n3: \"\"\n"
    );
    let printed = run(&["run", "-p", "deny", &app.path(), "--", "x"]);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (0, ""),
        "{printed:?}"
    );
}

#[test]
fn seeds() {
    let app = GuestFile::new("random_print");
    let draw = |policy: &str, seed: &str| {
        let printed = run(&["run", "-p", policy, "--seed", seed, &app.path()]);
        assert_eq!(printed.status, 0, "{printed:?}");
        printed.stdout
    };
    assert_eq!(draw("sandbox", "1"), draw("sandbox", "1"));
    assert_eq!(
        draw("sandbox", "1"),
        draw("inherit", "1"),
        "a seed is a seed under any policy"
    );
    assert_ne!(draw("sandbox", "1"), draw("sandbox", "2"));
    assert_ne!(
        draw("deterministic", "1"),
        run(&["run", "-p", "deterministic", &app.path()]).stdout
    );
    assert_eq!(
        draw("deterministic", "42"),
        run(&["run", "-p", "deterministic", &app.path()]).stdout
    );
}

#[test]
fn without_the_cache_all_is_the_same() {
    let app = GuestFile::new("cli_hello");
    let work = work();
    let (one, two) = (
        text(&work.path().join("one.wasm")),
        text(&work.path().join("two.wasm")),
    );
    let printed = run(&["compose", &app.path(), "-p", "sandbox", "-o", &one]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    // There is no cache directory, and none can be created.
    let mut command = interpose();
    command.env("XDG_CACHE_HOME", "/dev/null/nowhere");
    let printed = finish(command.args([
        "compose",
        &app.path(),
        "-p",
        "sandbox",
        "-o",
        &two,
        "--no-cache",
    ]));
    assert_eq!(
        (printed.status, printed.stderr.as_str()),
        (0, ""),
        "{printed:?}"
    );
    assert_eq!(fs::read(&one).expect("one"), fs::read(&two).expect("two"));
    let after = imports(&fs::read(&one).expect("one"));
    assert!(
        after
            .iter()
            .all(|name| !name.starts_with("wasi:filesystem/")),
        "{after:?}"
    );
    let mut command = interpose();
    command
        .env("XDG_CACHE_HOME", "/dev/null/nowhere")
        .env("HOME", "/dev/null");
    let printed = finish(command.args(["run", "-p", "sandbox", &app.path()]));
    assert_eq!(printed.status, 0, "{printed:?}");
}

#[test]
fn policies_from_pipes() {
    for (source, status, expected) in [
        ("version = 1\n[random]\nmode = \"inherit\"\n", 0, "valid"),
        ("version = 1\nextends = \"sandbx\"\n", 2, "/dev/stdin:2"),
    ] {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        std::io::Write::write_all(&mut writer, source.as_bytes()).expect("it fits the pipe");
        drop(writer);
        let mut command = interpose();
        let printed = finish(
            command
                .args(["policy", "check", "/dev/stdin"])
                .stdin(reader),
        );
        assert_eq!(printed.status, status, "{printed:?}");
        assert!(
            (printed.stdout.clone() + &printed.stderr).contains(expected),
            "{printed:?}"
        );
    }
}
