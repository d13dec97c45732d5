//! The commands as a person or a script sees them: statuses, what goes to which stream, and files that appear whole or
//! not at all.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::guests::Target;
use crate::tools::{GuestFile, Printed, builtin_names, finish, imports, interpose, run, text};

/// A directory for the files of one test.
fn work() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn write(directory: &Path, name: &str, contents: impl AsRef<[u8]>) -> String {
    let path = directory.join(name);
    fs::write(&path, contents).expect("a file is written");
    text(&path)
}

/// Asserts that a command failed with one message, and printed nothing else.
fn assert_failed(printed: &Printed, status: i32, expected: &[&str]) {
    assert_eq!(printed.status, status, "{printed:?}");
    assert_eq!(printed.stdout, "", "{printed:?}");
    assert_eq!(
        printed.stderr.matches("error").count().min(1),
        1,
        "{printed:?}"
    );
    assert!(!printed.stderr.contains("panicked"), "{printed:?}");
    for part in expected {
        assert!(
            printed.stderr.contains(part),
            "`{part}` is missing in {printed:?}"
        );
    }
}

/// The messages of `--json`, one object per line.
fn messages(printed: &Printed) -> Vec<Value> {
    printed
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn applications_that_are_none() {
    let work = work();
    let directory = work.path();
    let component = wat::parse_str("(component (core module (memory 1)))").expect("a component");
    let module = wat::parse_str(r#"(module (import "env" "f" (func)))"#).expect("a module");
    let bare = wat::parse_str("(module)").expect("a module");
    let cases: &[(String, &[&str])] = &[
        (
            write(directory, "empty.wasm", ""),
            &["not valid", "cut short"],
        ),
        (
            write(directory, "short.wasm", &component[..component.len() - 1]),
            &["not valid", "cut short"],
        ),
        (
            write(
                directory,
                "garbage.wasm",
                [0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe],
            ),
            &["not WebAssembly"],
        ),
        (
            write(
                directory,
                "damaged.wasm",
                b"\0asm\x0d\0\x01\0\xff\xff\xff\xff",
            ),
            &["not valid"],
        ),
        (
            write(directory, "notes.txt", "Buy milk.\n"),
            &["not WebAssembly"],
        ),
        (
            write(directory, "open.wat", "(component"),
            &["not WebAssembly", "1:"],
        ),
        (
            write(directory, "module.wasm", &module),
            &["core module", "`env`", "wasm32-wasip2"],
        ),
        (
            write(directory, "bare.wasm", &bare),
            &["core module", "_start"],
        ),
        (
            text(&directory.join("missing.wasm")),
            &["cannot be read", "missing.wasm"],
        ),
        (text(directory), &["cannot be read"]),
    ];
    for (path, expected) in cases {
        let out = text(&directory.join("out.wasm"));
        for arguments in [
            vec!["compose", path, "--policy", "sandbox", "-o", &out],
            vec!["run", path, "--policy", "sandbox"],
            vec!["inspect", path],
        ] {
            let printed = run(&arguments);
            assert_failed(&printed, 2, expected);
            assert_eq!(printed.stderr.matches("error:").count(), 1, "{printed:?}");
        }
        assert!(!Path::new(&out).exists(), "{path} left a file");
    }
}

#[test]
fn policies_that_are_none() {
    let app = GuestFile::new("cli_hello");
    let work = work();
    let wrong = write(
        work.path(),
        "wrong.toml",
        "version = 1\ndefualt = \"deny\"\n",
    );
    for (policy, expected) in [
        ("sandbax", &["sandbax", "sandbox"] as &[&str]),
        ("no/such/file.toml", &["no/such/file.toml"]),
        (&wrong, &["defualt", "default", "wrong.toml"]),
        (&text(work.path()), &["policy"]),
    ] {
        let printed = run(&["run", &app.path(), "--policy", policy]);
        assert_eq!(printed.status, 2, "{printed:?}");
        assert_eq!(printed.stdout, "", "{printed:?}");
        for part in expected {
            assert!(
                printed.stderr.contains(part),
                "`{part}` is missing in {printed:?}"
            );
        }
    }
}

#[test]
fn mounts_that_cannot_be_read() {
    let app = GuestFile::new("fs_create_read");
    let work = work();
    let file = write(work.path(), "file", "");
    let missing = text(&work.path().join("missing"));
    let out = text(&work.path().join("out.wasm"));
    for directory in [&file, &missing] {
        let mount = format!("/={directory}");
        let printed = run(&[
            "compose",
            &app.path(),
            "-p",
            "sandbox",
            "--mount",
            &mount,
            "-o",
            &out,
        ]);
        assert_failed(&printed, 2, &[directory, "cannot be read"]);
        let host = format!("{directory}::/");
        let printed = run(&["run", &app.path(), "-p", "sandbox", "--dir", &host]);
        assert_failed(&printed, 2, &[directory]);
    }
    let printed = run(&["run", &app.path(), "-p", "sandbox", "--stdin", &missing]);
    assert_failed(&printed, 2, &[&missing]);
    assert!(!Path::new(&out).exists());
}

#[cfg(unix)]
#[test]
fn things_that_are_no_files_cannot_be_baked() {
    use std::os::unix::ffi::OsStrExt;
    let app = GuestFile::new("fs_create_read");
    let with = |name: &std::ffi::OsStr, socket: bool, expected: &str| {
        let work = work();
        let path = work.path().join(name);
        if socket {
            drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
        } else {
            fs::write(&path, "").expect("a file");
        }
        let mount = format!("/={}", text(work.path()));
        let printed = run(&["run", &app.path(), "-p", "sandbox", "--mount", &mount]);
        assert_failed(&printed, 2, &[expected]);
    };
    with("socket".as_ref(), true, "neither a file");
    with(std::ffi::OsStr::from_bytes(b"\xff"), false, "not Unicode");
}

#[test]
fn wrong_command_lines() {
    for arguments in [
        &["frobnicate"] as &[&str],
        &["run"],
        &["run", "app.wasm"],
        &["run", "app.wasm", "-p", "deny", "--mount", "relative=."],
        &["run", "app.wasm", "-p", "deny", "--mount", "/a/../b=."],
        &["run", "app.wasm", "-p", "deny", "--env", "=x"],
        &["run", "app.wasm", "-p", "deny", "--seed", "-1"],
        &["run", "app.wasm", "-p", "deny", "--quiet", "--verbose"],
        &["compose", "app.wasm", "-p", "deny"],
        &["policy", "show"],
        &["policy", "show", "no-such-policy"],
    ] {
        let printed = run(arguments);
        assert_failed(&printed, 2, &[]);
    }
    assert_eq!(run(&[]).status, 2);
    for help in ["--help", "--version"] {
        let printed = run(&[help]);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
        assert!(printed.stdout.contains("interpose"));
    }
}

#[test]
fn the_status_is_the_guests() {
    for (program, target, policy, status) in [
        ("cli_hello", Target::Wasip2, "sandbox", 0),
        ("cli_hello", Target::Wasip1, "sandbox", 0),
        ("cli_exit_failure", Target::Wasip2, "sandbox", 1),
        ("p2_cli_exit_with_code", Target::Wasip2, "sandbox", 42),
        ("p2_cli_exit_with_code", Target::Wasip2, "inherit", 42),
        ("cli_abort", Target::Wasip2, "sandbox", 134),
        ("cli_abort", Target::Wasip2, "inherit", 134),
    ] {
        let app = GuestFile::of(program, target);
        let printed = run(&["run", &app.path(), "-p", policy]);
        assert_eq!(
            printed.status, status,
            "{program} under {policy}: {printed:?}"
        );
    }
}

#[test]
fn a_trap_says_why() {
    for (program, policy, reason) in [
        ("p2_cli_exit_with_code", "deny", "exit"),
        ("random_print", "deny", "random"),
        ("cli_abort", "sandbox", "unreachable"),
        ("p2_poll_deadlock", "deterministic", "deadlock"),
    ] {
        let app = GuestFile::new(program);
        let printed = run(&["run", &app.path(), "-p", policy]);
        assert_eq!(printed.status, 134, "{printed:?}");
        let last = printed.stderr.lines().last().unwrap_or_default();
        assert!(last.contains("the application trapped"), "{printed:?}");
        assert!(last.contains(reason), "{printed:?}");
    }
}

#[test]
fn a_refusal_has_status_3_and_leaves_the_old_file() {
    let work = work();
    let app = write(
        work.path(),
        "app.wat",
        r#"(component (import "acme:a/b" (instance (export "f" (func)))) (import "f" (func)))"#,
    );
    let out = write(work.path(), "out.wasm", "old");
    let printed = run(&["compose", &app, "-p", "deny", "-o", &out]);
    assert_failed(&printed, 3, &["`acme:a/b`", "`f`", "hint"]);
    assert_eq!(
        printed.stderr.matches("error:").count(),
        2,
        "one problem each: {printed:?}"
    );
    assert_eq!(fs::read(&out).expect("the old file"), b"old");
    assert_eq!(entries(work.path()), ["app.wat", "out.wasm"]);

    let printed = run(&["compose", &app, "-p", "inherit", "-o", &out]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(fs::read(&out).expect("the new file").starts_with(b"\0asm"));
    assert_eq!(entries(work.path()), ["app.wat", "out.wasm"]);
}

#[test]
fn nowhere_to_write() {
    let work = work();
    let app = GuestFile::new("cli_hello");
    let nowhere = text(&work.path().join("none/out.wasm"));
    let printed = run(&["compose", &app.path(), "-p", "sandbox", "-o", &nowhere]);
    assert_failed(&printed, 2, &["cannot be written", &nowhere]);
    // A directory is in the way.
    let printed = run(&[
        "compose",
        &app.path(),
        "-p",
        "sandbox",
        "-o",
        &text(work.path()),
    ]);
    assert_failed(&printed, 2, &["cannot be written"]);
    assert_eq!(entries(work.path()), [""; 0]);
}

fn entries(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
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
fn results_are_on_standard_output_and_the_rest_on_standard_error() {
    let app = GuestFile::new("cli_echo");
    let work = work();
    let input = write(work.path(), "input", "from a file");
    for verbosity in ["--quiet", "--verbose"] {
        let printed = run(&[
            "run",
            &app.path(),
            "-p",
            "sandbox",
            "--stdin",
            &input,
            verbosity,
        ]);
        assert_eq!(printed.stdout, "from a file\n11 bytes\n");
        assert_eq!(
            printed.stderr.is_empty(),
            verbosity == "--quiet",
            "{printed:?}"
        );
    }
    let printed = run(&["run", &app.path(), "-p", "deterministic", "--stdin", &input]);
    assert_eq!(printed.stdout, "from a file\n11 bytes\n");
    assert_eq!(printed.stderr, "");
    // Without it, standard input is this process's, which is empty.
    let printed = run(&["run", &app.path(), "-p", "sandbox"]);
    assert_eq!(printed.stdout, "\n0 bytes\n");

    let printed = run(&["inspect", &app.path(), "-p", "sandbox"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    assert!(printed.stdout.contains("left to the host"), "{printed:?}");
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
}

#[test]
fn files_are_baked_from_a_directory() {
    let app = GuestFile::new("fs_read_only");
    let work = work();
    fs::create_dir(work.path().join("d")).expect("a directory");
    write(work.path(), "file", "contents");
    write(work.path(), "d/inner", "12345");
    let mount = format!("/={}", text(work.path()));
    let printed = run(&["run", &app.path(), "-p", "sandbox", "--mount", &mount]);
    assert!(
        printed.stdout.contains("read: \"contents\"\n"),
        "{printed:?}"
    );
    assert!(printed.stdout.contains("list: 1\n"), "{printed:?}");
    // What the program changed was its own copy.
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
        &app.path(),
        "-p",
        "sandbox",
        "--dir",
        &format!("{shared}::/:ro"),
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
        &app.path(),
        "-p",
        "sandbox",
        "--dir",
        &format!("{shared}::/"),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains("read: \"second\"\n"), "{printed:?}");
    assert_eq!(entries(work.path()), ["a.txt", "empty"]);
    assert_eq!(
        fs::read(work.path().join("a.txt")).expect("the file"),
        b"second"
    );
    // Without a mount of it, the same program changes nothing of this machine.
    let before = entries(work.path());
    let printed = finish(interpose().current_dir(work.path()).args([
        "run",
        &app.path(),
        "-p",
        "memory-filesystem",
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
            .args(["run", &path])
            .args(arguments);
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
        &app.path(),
        "-p",
        "sandbox",
        "--",
        "--seed",
        "x y",
        "",
    ]);
    assert_eq!(
        printed.stdout,
        "0: \"env_arguments.wasm\"\n1: \"--seed\"\n2: \"x y\"\n3: \"\"\n"
    );
    let printed = run(&["run", &app.path(), "-p", "deny", "--", "x"]);
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
        let printed = run(&["run", &app.path(), "-p", policy, "--seed", seed]);
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
        run(&["run", &app.path(), "-p", "deterministic"]).stdout
    );
    assert_eq!(
        draw("deterministic", "42"),
        run(&["run", &app.path(), "-p", "deterministic"]).stdout
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
    // No cache, and no place for one.
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
    let printed = finish(command.args(["run", &app.path(), "-p", "sandbox"]));
    assert_eq!(printed.status, 0, "{printed:?}");
}

/// A stream that nobody reads any more.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// The status of a command whose streams go elsewhere, and what it printed to standard error if that is not elsewhere.
fn status_with(arguments: &[&str], stdout: Stdio, stderr: Stdio) -> (i32, String) {
    let mut command = interpose();
    let child = command
        .args(arguments)
        .stdout(stdout)
        .stderr(stderr)
        .spawn();
    let ended = child
        .and_then(std::process::Child::wait_with_output)
        .expect("the command runs");
    let status = ended
        .status
        .code()
        .expect("the command was not ended by a signal");
    (status, String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn results_that_cannot_be_written() {
    let app = GuestFile::new("cli_hello");
    let path = app.path();
    for arguments in [
        &["policy", "schema"] as &[&str],
        &["policy", "list"],
        &["policy", "show", "sandbox"],
        &["policy", "check", "sandbox"],
        &["policy", "check", "sandbox", "--json"],
        &["inspect", &path],
        &["inspect", &path, "--json"],
        &["--version"],
        &["run", "--help"],
    ] {
        let full = fs::File::create("/dev/full").expect("a device");
        let (status, messages) = status_with(arguments, full.into(), Stdio::piped());
        assert_eq!(status, 1, "{arguments:?}: {messages}");
        assert!(
            messages.contains("standard output cannot be written"),
            "{messages}"
        );
        let (status, messages) = status_with(arguments, unread(), Stdio::piped());
        assert_eq!((status, messages.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn messages_that_nobody_reads() {
    let work = work();
    let refused = write(
        work.path(),
        "a.wat",
        r#"(component (import "acme:a/b" (instance (export "f" (func)))))"#,
    );
    let wrong = write(work.path(), "wrong.toml", "version = 2\n");
    let (app, out) = (
        GuestFile::new("p2_cli_exit_with_code"),
        text(&work.path().join("out.wasm")),
    );
    let path = app.path();
    for (arguments, expected) in [
        (
            &["compose", &refused, "-p", "deny", "-o", &out] as &[&str],
            3,
        ),
        (
            &["compose", &refused, "-p", "deny", "-o", &out, "--json"],
            3,
        ),
        (&["policy", "check", &wrong], 2),
        (&["frobnicate"], 2),
        (&["frobnicate", "--json"], 2),
        (&["run", &path, "-p", "sandbox", "--verbose"], 42),
        (&["run", &path, "-p", "deny", "--verbose"], 134),
    ] {
        let (status, _) = status_with(arguments, Stdio::null(), unread());
        assert_eq!(status, expected, "{arguments:?}");
    }
}

/// Traps in functions with names that an adapter's could have, one with control characters.
const FORGED: &str = r#"
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func $inner (@name "interpose: \1b[31mforged\0aerror: your disk is full") unreachable)
  (func (export "_start") (call $inner)))
"#;

#[test]
fn the_reason_of_a_trap_is_not_the_applications_to_choose() {
    let work = work();
    let app = write(work.path(), "forged.wat", FORGED);
    let printed = run(&["run", &app, "-p", "sandbox"]);
    assert_eq!(printed.status, 134, "{printed:?}");
    assert_eq!(printed.stderr.lines().count(), 1, "{printed:?}");
    assert!(
        printed.stderr.contains("unreachable") && !printed.stderr.contains("forged"),
        "{printed:?}"
    );
    let printed = run(&["run", &app, "-p", "sandbox", "--verbose"]);
    let name = r"  in interpose: \u{1b}[31mforged\nerror: your disk is full";
    assert!(
        printed.stderr.lines().any(|line| line == name),
        "{printed:?}"
    );
}

#[test]
fn names_of_imports_cannot_forge_messages() {
    let work = work();
    let app = r#"(component (import "url=<a\1b[31mb\0aerror: your disk is full>" (func)))"#;
    let app = write(work.path(), "app.wat", app);
    let printed = run(&["compose", &app, "-p", "deny", "-o", "out.wasm"]);
    assert_eq!(printed.status, 3, "{printed:?}");
    let shown = r"url=<a\u{1b}[31mb\nerror: your disk is full>";
    assert!(
        printed
            .stderr
            .starts_with(&format!("error: the import `{shown}`")),
        "{printed:?}"
    );
    assert_eq!(
        printed.stderr.lines().count(),
        2,
        "a message and a hint: {printed:?}"
    );
    let printed = run(&["inspect", &app]);
    assert!(
        printed.stdout.contains(&format!("  {shown} ")),
        "{printed:?}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
    let work = work();
    let app = write(work.path(), "app.wat", "(component)");
    let at = |name: &str| work.path().join(name);
    let compose = |out: &Path| {
        let printed = run(&["compose", &app, "-p", "sandbox", "-o", &text(out)]);
        assert_eq!(
            (printed.status, printed.stderr.as_str()),
            (0, ""),
            "{out:?}"
        );
    };
    compose(&at("result"));
    let expected = fs::read(at("result")).expect("the result");

    let made = Command::new("mkfifo")
        .arg(at("pipe"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let path = at("pipe");
    let reader = std::thread::spawn(move || fs::read(path).expect("the result"));
    compose(&at("pipe"));
    assert!(
        fs::metadata(at("pipe"))
            .expect("the pipe")
            .file_type()
            .is_fifo()
    );
    assert_eq!(reader.join().expect("the reader"), expected);

    fs::create_dir(at("d")).expect("a directory");
    fs::write(at("d/old"), "old").expect("a file");
    for (link, target) in [("to-old", "d/old"), ("to-new", "d/new")] {
        symlink(target, at(link)).expect("a link");
        compose(&at(link));
        assert!(at(link).is_symlink(), "{link}");
        assert_eq!(
            fs::read(at(target)).expect("the result"),
            expected,
            "{link}"
        );
    }

    // As readable as what it replaces, or as the process says.
    let mode = |path: &Path| fs::metadata(path).expect("the result").mode() & 0o777;
    fs::set_permissions(
        at("result"),
        std::os::unix::fs::PermissionsExt::from_mode(0o640),
    )
    .expect("permissions");
    compose(&at("result"));
    assert_eq!(mode(&at("result")), 0o640);
    for (mask, expected) in [("077", 0o600), ("022", 0o644)] {
        let out = at(mask);
        let line = format!(
            "umask {mask}; exec \"$0\" compose {app} -p sandbox -o {}",
            text(&out)
        );
        let shell = interpose();
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).arg(shell.get_program());
        for (name, value) in shell.get_envs() {
            command.envs(value.map(|value| (name, value)));
        }
        assert_eq!(finish(&mut command).status, 0);
        assert_eq!(mode(&out), expected, "under the mask {mask}");
    }
}

#[test]
fn all_that_is_composed_is_written_or_nothing() {
    let work = work();
    let app = write(work.path(), "app.wat", "(component)");
    let at = |name: &str| text(&work.path().join(name));
    let compose = |out: &str, scripts: &str| {
        run(&[
            "compose",
            &app,
            "-p",
            "sandbox",
            "-o",
            &at(out),
            "--emit-wac",
            &at(scripts),
        ])
    };
    let printed = compose("none/out.wasm", "a/b");
    assert_failed(&printed, 2, &["none/out.wasm", "hint: "]);
    let printed = compose("out.wasm", "app.wat/scripts");
    assert_failed(&printed, 2, &["app.wat/scripts", "hint: "]);
    assert_eq!(entries(work.path()), ["app.wat"]);

    let others = work.path().join("scripts/deps/wasi-interpose");
    fs::create_dir_all(&others).expect("directories");
    fs::write(others.join("of-before.wasm"), "").expect("a file");
    fs::write(others.join("notes.txt"), "").expect("a file");
    let printed = compose("out.wasm", "scripts");
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    assert_eq!(entries(&others), ["application.wasm", "notes.txt"]);
    assert_eq!(entries(&work.path().join("scripts")), ["app.wac", "deps"]);
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

#[test]
fn of_many_mistakes_some_are_shown() {
    let work = work();
    let mut source = "version = 1\n".to_owned();
    for number in 0..20_000 {
        source += &format!("key{number} = 1\n");
    }
    let wrong = write(work.path(), "wrong.toml", source);
    for more in [&[] as &[&str], &["--json"]] {
        let mut arguments = vec!["policy", "check", &wrong];
        arguments.extend(more);
        let printed = run(&arguments);
        assert_eq!(printed.status, 2);
        assert!(printed.stderr.contains("key49") && !printed.stderr.contains("`key50`"));
        assert!(
            printed.stderr.contains("and 19950 more problems"),
            "{}",
            printed.stderr.len()
        );
    }
}

#[test]
fn messages_name_the_file_and_what_to_do() {
    let work = work();
    let open = write(work.path(), "open.wat", "(component");
    let printed = run(&["inspect", &open]);
    assert!(!printed.stderr.contains("<anon>"), "{printed:?}");
    assert_failed(
        &printed,
        2,
        &[
            &format!("error: `{open}`: "),
            &format!("{open}:1:"),
            "hint: ",
        ],
    );
    let short = write(work.path(), "short.wasm", b"\0asm\x0d");
    assert_failed(
        &run(&["inspect", &short]),
        2,
        &[&format!("error: `{short}`: "), "hint: "],
    );

    let missing = text(&work.path().join("nope.toml"));
    let printed = run(&["run", "--graph", &missing]);
    assert!(
        !printed.stderr.contains("there is no policy"),
        "{printed:?}"
    );
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(
        printed.stderr.contains("there is no file") && printed.stderr.contains("help: "),
        "{printed:?}"
    );
    let empty = write(
        work.path(),
        "empty.toml",
        "version = 1\napplication = \"a\"\n[components]\n",
    );
    let printed = run(&["run", "--graph", &empty]);
    assert!(!printed.stderr.contains("possible here"), "{printed:?}");
    assert!(printed.stderr.contains("add a table"), "{printed:?}");

    let imports = write(
        work.path(),
        "imports.wat",
        r#"(component (import "f" (func)) (import "m" (core module)) (import "a:b/c" (instance)))"#,
    );
    let printed = run(&["inspect", &imports]);
    let kinds: Vec<&str> = printed.stdout.lines().skip(3).take(3).collect();
    let kind = |line: &str, expected: &str| assert!(line.contains(expected), "{printed:?}");
    kind(kinds[0], " function ");
    kind(kinds[1], " module ");
    kind(kinds[2], " types only ");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let server = GuestFile::new("p2_http_server");
    let printed = run(&["serve", &server.path(), "-p", "sandbox", "--addr", &address]);
    assert_failed(
        &printed,
        2,
        &["cannot listen", "another program listens there"],
    );
}

#[test]
fn what_a_mount_is_baked_from_can_be_in_the_way() {
    use std::os::unix::fs::symlink;
    let app = GuestFile::new("fs_create_read");
    let work = work();
    let from = work.path().join("from");
    fs::create_dir_all(from.join("dev")).expect("directories");
    for file in ["tmp", "dev/null"] {
        fs::write(from.join(file), "").expect("a file");
    }
    symlink("dev", from.join("link")).expect("a link");
    let from = text(&from);
    let mount =
        format!("[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"{from}\"\n");
    let inner = "\n[[filesystem.mounts]]\npath = \"/tmp/x\"\nsource = \"memory\"\n";
    for (more, wanted, found, hint) in [
        (
            "directories = [\"tmp\"]",
            "the directory `tmp`",
            "file `tmp`",
            "`directories`",
        ),
        (
            "directories = [\"link/x\"]",
            "the directory `link/x`",
            "symbolic link `link`",
            "`directories`",
        ),
        (
            "devices = true",
            "the device `dev/null`",
            "file `dev/null`",
            "`devices = false`",
        ),
        (inner, "the mount `/tmp/x`", "file `tmp`", "mount elsewhere"),
    ] {
        let policy = format!("version = 1\nextends = \"sandbox\"\n\n{mount}{more}\n");
        let policy = write(work.path(), "policy.toml", policy);
        let printed = run(&["run", &app.path(), "-p", &policy]);
        assert_failed(
            &printed,
            2,
            &["the mount `/` cannot have", wanted, found, "hint: ", hint],
        );
    }
    // Each thing in memory is one entry: the mount, what is baked, a directory, devices and the one that holds them.
    let exclude = "exclude = [\"dev/null\"]\ndirectories = [\"d/e\"]\ndevices = true\n";
    for (limit, status) in [(12, 0), (11, 2), (0, 2)] {
        let limits = format!("[filesystem]\nmax-entries = {limit}\n");
        let policy = format!("version = 1\nextends = \"sandbox\"\n\n{limits}{mount}{exclude}");
        let policy = write(work.path(), "policy.toml", policy);
        let out = text(&work.path().join("out.wasm"));
        let printed = run(&["compose", &app.path(), "-p", &policy, "-o", &out]);
        assert_eq!(printed.status, status, "{limit}: {printed:?}");
        if status > 0 {
            assert_failed(
                &printed,
                2,
                &["begin with 12 ", &format!("is {limit}\n"), "hint: raise"],
            );
        }
    }
}
