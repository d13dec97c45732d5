//! Runs programs under each built-in policy by its name: the policy does what its description says.

use std::fs;
use std::path::Path;

use interpose_host::{Directory, Grant};

use crate::support::tools::{
    COMPOSER, GuestFile, Printed, builtin, builtin_names, finish, guest, interpose, run_component,
    text,
};

/// Runs a program under a built-in policy, with a variable in the environment and a line of input.
fn run(policy: &str, program: &str, options: &[&str], arguments: &[&str]) -> Printed {
    let app = GuestFile::new(program);
    let input = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(input.path(), "a line").expect("the input is written");
    let stdin = fs::File::open(input.path()).expect("the input is opened");
    finish(
        interpose()
            .args(["run", "--policy", policy])
            .args(options)
            .arg(app.path())
            .args(arguments)
            .env("SECRET", "of the host")
            .stdin(stdin),
    )
}

/// The output of a program that must end with success.
fn printed(policy: &str, program: &str, options: &[&str], arguments: &[&str]) -> String {
    let printed = run(policy, program, options, arguments);
    assert_eq!(printed.status, 0, "{program} under {policy}: {printed:?}");
    printed.stdout
}

/// Whether a program sees the host's environment variables.
fn sees_variables(policy: &str) -> bool {
    printed(policy, "env_variables", &[], &[]).contains("SECRET=\"of the host\"")
}

/// Whether a program can create a file in its root.
fn writes_files(policy: &str, options: &[&str]) -> bool {
    printed(policy, "fs_create_read", options, &[]).contains("write: ()")
}

/// Whether a program can make a socket, look a name up or connect.
fn has_network(policy: &str) -> bool {
    printed(policy, "p2_network_refused", &[], &[]).contains("allowed")
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory)
        .expect("the directory can be read")
        .next()
        .is_none()
}

/// A directory of this machine, and the option that makes it the application's root.
fn root(suffix: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let option = format!("--dir={}::/{suffix}", directory.path().display());
    (directory, option)
}

#[test]
fn each_has_a_test() {
    let source = include_str!("builtin.rs");
    for name in builtin_names() {
        let test = format!("fn {}_", name.replace('-', "_"));
        assert!(source.contains(&test), "no test is named after `{name}`");
    }
}

#[test]
fn deny_gives_nothing() {
    assert_eq!(printed("deny", "cli_hello", &[], &[]), "");
    // A policy that discards output would show nothing of the rest, so this one shows it.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let policy = text(&directory.path().join("policy.toml"));
    fs::write(
        &policy,
        "version = 1\nextends = \"deny\"\n[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\n",
    )
    .expect("the policy is written");
    let shown = |program: &str| printed(&policy, program, &[], &["one"]);
    assert_eq!(shown("cli_echo"), "\n0 bytes\n");
    assert_eq!(shown("env_arguments"), "");
    assert!(!sees_variables(&policy));
    assert!(!writes_files(&policy, &[]));
    assert!(!has_network(&policy));
    let requests = shown("p2_http_refused");
    assert!(requests.contains("HttpRequestDenied"), "{requests}");
    // The clock stands still at the Unix epoch.
    let time = shown("time_system");
    assert_eq!(time, "after 2025-10: false\nlater is not before: true\n");
    for (program, before) in [("random_print", ""), ("cli_exit_code", "before\n")] {
        let trapped = run(&policy, program, &[], &[]);
        assert_eq!(trapped.status, 134, "{trapped:?}");
        assert_eq!(trapped.stdout, before);
        let reason = "denied by the policy";
        assert!(trapped.stderr.contains(reason), "{trapped:?}");
    }
}

#[test]
fn inherit_gives_everything() {
    assert_eq!(
        printed("inherit", "cli_echo", &[], &[]),
        "a line\n6 bytes\n"
    );
    assert!(sees_variables("inherit"));
    assert!(has_network("inherit"));
    let (directory, option) = root("");
    assert!(writes_files("inherit", &[&option]));
    assert!(!is_empty(directory.path()));
}

#[test]
fn sandbox_gives_files_that_vanish() {
    assert!(writes_files("sandbox", &[]));
    assert!(!sees_variables("sandbox"));
    assert!(!has_network("sandbox"));
    assert_eq!(
        printed("sandbox", "cli_echo", &[], &[]),
        "a line\n6 bytes\n"
    );
}

#[test]
fn memory_filesystem_changes_files_alone() {
    assert!(sees_variables("memory-filesystem"));
    let composition = COMPOSER
        .compose(&guest("fs_create_read"), &builtin("memory-filesystem"))
        .expect("a composition");
    // The host would give the application a directory to write in.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let grant = Grant {
        directories: vec![Directory {
            path: directory.path().to_owned(),
            name: "/".into(),
            read_only: false,
        }],
        ..Grant::default()
    };
    let ran = run_component(&composition.component, grant);
    assert!(ran.stdout.contains("write: ()"), "{ran:?}");
    assert!(is_empty(directory.path()));
}

#[test]
fn deterministic_is_the_same_every_time() {
    for program in ["demo", "random_print", "time_sleep_long"] {
        let first = printed("deterministic", program, &[], &[]);
        assert!(!first.is_empty(), "{program}");
        assert_eq!(first, printed("deterministic", program, &[], &[]));
    }
    assert!(!sees_variables("deterministic"));
    assert!(!has_network("deterministic"));
}

#[test]
fn no_ambient_gives_arguments_and_streams_alone() {
    assert_eq!(
        printed("no-ambient", "cli_echo", &[], &[]),
        "a line\n6 bytes\n"
    );
    let arguments = printed("no-ambient", "env_arguments", &[], &["one", "two"]);
    assert!(arguments.contains("two"), "{arguments}");
    assert!(!sees_variables("no-ambient"));
    assert!(!has_network("no-ambient"));
    assert!(!writes_files("no-ambient", &[]));
    let numbers = printed("no-ambient", "random_print", &[], &[]);
    assert_eq!(numbers, printed("no-ambient", "random_print", &[], &[]));
}

#[test]
fn offline_denies_the_network_alone() {
    assert!(!has_network("offline"));
    assert!(sees_variables("offline"));
    assert_eq!(
        printed("offline", "cli_echo", &[], &[]),
        "a line\n6 bytes\n"
    );
    let requests = printed("offline", "p2_http_refused", &[], &[]);
    assert!(requests.contains("HttpRequestDenied"), "{requests}");
}

#[test]
fn read_only_shows_the_host_s_files() {
    let (directory, option) = root(":ro");
    fs::write(directory.path().join("file"), "contents").expect("a file is written");
    fs::create_dir(directory.path().join("d")).expect("a directory is made");
    fs::write(directory.path().join("d/inner"), "more").expect("a file is written");
    let text = printed("read-only", "fs_read_only", &[&option], &[]);
    assert!(text.contains("read: \"contents\""), "{text}");
    assert!(text.contains("list: 1"), "{text}");
    for change in ["truncate", "create", "remove file", "rename", "set times"] {
        let refused = format!("{change}: error: Operation not permitted");
        assert!(text.contains(&refused), "{change}: {text}");
    }
    let left: Vec<_> = fs::read_dir(directory.path()).expect("a listing").collect();
    assert_eq!(left.len(), 2);
    assert!(!sees_variables("read-only"));
    assert!(!has_network("read-only"));
}
