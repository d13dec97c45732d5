//! Standard streams of the command: on a terminal, and with output and errors in one pipe.

use std::io::Read;
use std::process::{Command, Stdio};
use std::{fs, io};

use crate::support::tools::{GuestFile, finish, interpose, text, without_progress};

/// A policy that changes these streams and leaves everything else to the host.
fn changing(streams: &str) -> String {
    format!("version = 1\ndefault = \"inherit\"\n[stdio]\n{streams}\n")
}

/// The output of a program when the command runs on a terminal. Python makes the terminal, because its standard library
/// has the necessary system calls.
fn on_a_terminal(program: &str, policy: &str) -> String {
    let guest = GuestFile::new(program);
    let run = interpose();
    let spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut command = Command::new("python3");
    command
        .args(["-c", spawn])
        .arg(run.get_program())
        .args(["run", "--policy", policy, &guest.path()])
        .envs(
            run.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "dumb")
        .stdin(Stdio::null());
    let printed = finish(&mut command);
    assert_eq!(printed.status, 0, "{program} under {policy}: {printed:?}");
    printed.stdout
}

/// Which streams a program takes for terminals; `None` for a stream on which the program could not report.
fn terminals(program: &str, policy: &str) -> [Option<bool>; 3] {
    let printed = on_a_terminal(program, policy);
    ["stdin", "stdout", "stderr"].map(|stream| {
        if printed.contains(&format!("{stream} true")) {
            Some(true)
        } else {
            printed
                .contains(&format!("{stream} false"))
                .then_some(false)
        }
    })
}

#[test]
fn only_streams_that_are_inherited_are_terminals() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = text(&work.path().join("policy.toml"));
    for program in ["p2_cli_terminals", "cli_is_terminal"] {
        for policy in ["inherit", "sandbox", "memory-filesystem"] {
            let found = terminals(program, policy);
            assert_eq!(found, [Some(true); 3], "{program} under {policy}");
        }
        let rest = "stdout = \"inherit\"\nstderr = \"inherit\"";
        for (streams, expected) in [
            (
                format!("stdin = {{ text = \"x\" }}\n{rest}"),
                [false, true, true],
            ),
            (format!("stdin = \"closed\"\n{rest}"), [false, true, true]),
            (
                "stdin = \"inherit\"\nstdout = { prefix = \"app: \" }\nstderr = \"inherit\"".into(),
                [true, false, true],
            ),
            (
                "stdin = \"inherit\"\nstdout = \"inherit\"\nstderr = { prefix = \"app: \" }".into(),
                [true, true, false],
            ),
            (
                "stdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"discard\"".into(),
                [true, true, false],
            ),
        ] {
            fs::write(&file, changing(&streams)).expect("the policy is written");
            let found = terminals(program, &file);
            assert_eq!(found, expected.map(Some), "{program} under {streams}");
        }
    }
}

/// The text that the command writes if output and errors are one pipe.
fn in_one_pipe(program: &str, policy: &str) -> String {
    let guest = GuestFile::new(program);
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let mut command = interpose();
    command
        .args(["run", "--policy", policy, &guest.path()])
        .stdout(writer.try_clone().expect("a second handle"))
        .stderr(writer);
    let mut child = command.spawn().expect("the command starts");
    // The command holds the pipe's other end, which must be closed before the reader sees the end.
    drop(command);
    let mut printed = String::new();
    reader.read_to_string(&mut printed).expect("text");
    let status = child.wait().expect("the status of the command");
    assert!(status.success(), "{program} under {policy}: {printed}");
    without_progress(&printed)
}

#[test]
fn output_and_errors_keep_their_order() {
    let lines = |out: &str, err: &str| -> String {
        (0..20)
            .map(|turn| format!("{out}out {turn}\n{err}err {turn}\n"))
            .collect()
    };
    for policy in ["inherit", "memory-filesystem", "sandbox"] {
        let found = in_one_pipe("cli_interleaved", policy);
        assert_eq!(found, lines("", ""), "{policy}");
    }
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = text(&work.path().join("policy.toml"));
    let prefixes = "stdout = { prefix = \"o: \" }\nstderr = { prefix = \"e: \" }";
    fs::write(&file, changing(prefixes)).expect("the policy is written");
    let found = in_one_pipe("cli_interleaved", &file);
    assert_eq!(found, lines("o: ", "e: "), "prefixes");
}

/// The error of an unreadable standard input has its code, whichever component answers `filesystem-error-code`.
#[test]
fn an_error_of_the_hosts_stream_has_its_code() {
    let guest = GuestFile::new("p2_cli_stdin_stream");
    let work = tempfile::tempdir().expect("a temporary directory");
    let denied = text(&work.path().join("denied.toml"));
    let host = "version = 1\ndefault = \"inherit\"\n[filesystem]\n";
    fs::write(&denied, host).expect("a policy");
    let beside = text(&work.path().join("beside.toml"));
    fs::write(
        &beside,
        changing("stdin = \"inherit\"\nstdout = { prefix = \"> \" }\nstderr = \"inherit\""),
    )
    .expect("a policy");
    for policy in [
        "inherit",
        "memory-filesystem",
        "sandbox",
        "read-only",
        &denied,
        &beside,
    ] {
        let directory = fs::File::open(work.path()).expect("a directory");
        let mut command = interpose();
        command
            .args(["run", "--policy", policy, &guest.path()])
            .stdin(directory);
        let printed = finish(&mut command);
        let line = printed.stdout.trim_start_matches("> ");
        assert_eq!(
            line, "read: failed: Some(\"is-directory\")\n",
            "{policy}: {printed:?}"
        );
    }
}
