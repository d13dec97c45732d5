//! Exit statuses.

use std::fs;

use crate::support::guests::Target;
use crate::support::tools::{GuestFile, run};

use super::{assert_failed, entries, work, write};

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
        let printed = run(&["run", "-p", policy, &app.path()]);
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
        let printed = run(&["run", "-p", policy, &app.path()]);
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
