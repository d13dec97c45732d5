//! Files that appear whole or not at all, and the output streams of the commands.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::tools::{GuestFile, finish, interpose, run, text};

use super::{assert_failed, entries, work, write};

#[test]
fn nowhere_to_write() {
    let work = work();
    let app = GuestFile::new("cli_hello");
    let nowhere = text(&work.path().join("none/out.wasm"));
    let printed = run(&["compose", &app.path(), "-p", "sandbox", "-o", &nowhere]);
    assert_failed(&printed, 2, &["cannot be written", &nowhere]);
    // A directory is in the place of the output file.
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

#[test]
fn results_are_on_standard_output_and_the_rest_on_standard_error() {
    let app = GuestFile::new("cli_echo");
    let work = work();
    let input = write(work.path(), "input", "from a file");
    for verbosity in ["--quiet", "--verbose"] {
        let printed = run(&[
            "run",
            "-p",
            "sandbox",
            "--stdin",
            &input,
            verbosity,
            &app.path(),
        ]);
        assert_eq!(printed.stdout, "from a file\n11 bytes\n");
        assert_eq!(
            printed.stderr.is_empty(),
            verbosity == "--quiet",
            "{printed:?}"
        );
    }
    let printed = run(&["run", "-p", "deterministic", "--stdin", &input, &app.path()]);
    assert_eq!(printed.stdout, "from a file\n11 bytes\n");
    assert_eq!(printed.stderr, "");
    // Without the option, standard input is this process's, which is empty.
    let printed = run(&["run", "-p", "sandbox", &app.path()]);
    assert_eq!(printed.stdout, "\n0 bytes\n");

    let printed = run(&["inspect", &app.path(), "-p", "sandbox"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    assert!(printed.stdout.contains("left to the host"), "{printed:?}");
}

/// A pipe whose reader is gone.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// The status of a command with these streams, and the command's text on standard error unless `stderr` leads
/// elsewhere.
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
        let expected = if arguments[0] == "run" { 125 } else { 1 };
        assert_eq!(status, expected, "{arguments:?}: {messages}");
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
        (&["run", "-p", "sandbox", "--verbose", &path], 42),
        (&["run", "-p", "deny", "--verbose", &path], 134),
    ] {
        let (status, _) = status_with(arguments, Stdio::null(), unread());
        assert_eq!(status, expected, "{arguments:?}");
    }
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

    // The result has the permissions of the file that it replaces, or those that the process's mask permits.
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
