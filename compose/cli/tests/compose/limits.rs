//! Limits of a run: by options and by a policy, for `run`, for each request of `serve`, and in the library.

use std::time::{Duration, Instant};

use interpose_host::{Bytes, Grant, Host, HostError, Limit, Limits, Outcome};
use wasi_interpose::cache::CompilationCache;

use crate::support::tools::{
    COMPOSER, GuestFile, HOST, Printed, cache_directory, component, guest, policy, run, text,
};

/// A command that executes `body`, which has neither parameters nor results, in a module with further parts.
fn command(parts: &str, body: &str) -> Vec<u8> {
    component(
        "package test:app; world app { export wasi:cli/run@0.2.12; }",
        &format!(
            r#"(module {parts}
                (func (export "wasi:cli/run@0.2.12#run") (result i32) {body} (i32.const 0)))"#
        ),
    )
}

const SPINS: &str = "(loop (br 0))";
const MEMORY: &str = "(memory 1)";

/// Runs such a command with options, under a policy with these limits.
fn run_command((parts, body): (&str, &str), limits: &str, options: &[&str]) -> Printed {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (app, policy) = (
        work.path().join("app.wasm"),
        work.path().join("limits.toml"),
    );
    std::fs::write(&app, command(parts, body)).expect("a file");
    std::fs::write(&policy, format!("version = 1\n{limits}")).expect("a file");
    let (app, file) = (text(&app), text(&policy));
    let printed = run(&[&["run", "--policy", &file], options, &[app.as_str()]].concat());
    Printed {
        stderr: printed.stderr.replace(&file, "limits.toml"),
        ..printed
    }
}

#[test]
fn what_computes_for_too_long_is_ended() {
    let started = Instant::now();
    let ended = run_command(("", SPINS), "", &["--timeout", "200ms"]);
    let message =
        "the application was ended: it ran for longer than 200ms, the limit that `--timeout` sets";
    assert!(ended.stderr.contains(message), "{ended:?}");
    assert_eq!(ended.status, 134, "{ended:?}");
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn what_waits_for_too_long_is_ended() {
    // Without a limit, the program would sleep for a day.
    let sleeps = GuestFile::new("time_sleep_long");
    let sleeps = sleeps.path();
    let run_for = |policy, timeout| {
        run(&[
            "--json",
            "run",
            "--policy",
            policy,
            "--timeout",
            timeout,
            &sleeps,
        ])
    };
    let ended = run_for("inherit", "100ms");
    assert!(
        ended.stderr.contains(r#""code":"limits::timeout""#),
        "{ended:?}"
    );
    assert_eq!((ended.status, ended.stdout.as_str()), (134, ""));
    // Sleeping in virtual time takes no real time.
    let virtually = run_for("deterministic", "60s");
    assert_eq!(virtually.status, 0, "{virtually:?}");
}

#[test]
fn a_policy_says_where_its_limits_are() {
    let limits = "\n[limits]\nfuel = 1000\nmax-memory = \"128KiB\"\ntimeout = \"1h\"\n";
    let spins = run_command(("", SPINS), limits, &[]);
    let message = "with its adapters, it burned more than 1000 units of fuel, the limit that limits.toml:4 sets";
    assert!(spins.stderr.contains(message), "{spins:?}");
    assert_eq!(spins.status, 134);
    let grows = (MEMORY, "(drop (memory.grow (i32.const 2)))");
    let grown = run_command(grows, limits, &[]);
    let message = "it asked for more than 128KiB of memory, the limit that limits.toml:5 sets";
    assert!(grown.stderr.contains(message), "{grown:?}");
    assert_eq!(grown.status, 134);
    let fits = (MEMORY, "(drop (memory.grow (i32.const 1)))");
    assert_eq!(run_command(fits, limits, &[]).status, 0);
    // Options override the policy.
    assert_eq!(
        run_command(grows, limits, &["--max-memory", "192KiB"]).status,
        0
    );
    let spins = run_command(("", SPINS), limits, &["--fuel", "5000"]);
    assert!(
        spins
            .stderr
            .contains("5000 units of fuel, the limit that `--fuel` sets"),
        "{spins:?}"
    );
}

#[test]
fn memory_is_counted_where_it_begins_and_in_tables() {
    let large = run_command(("(memory 3)", ""), "", &["--max-memory", "128KiB"]);
    assert!(
        large.stderr.contains("it asked for more than 128KiB"),
        "{large:?}"
    );
    assert_eq!(large.status, 134, "{large:?}");
    let table = (
        "(table 1 funcref)",
        "(drop (table.grow (ref.null func) (i32.const 100000)))",
    );
    let table = run_command(table, "", &["--max-memory", "128KiB"]);
    assert_eq!(table.status, 134, "{table:?}");
    // A growth that the memory's own maximum forbids does not count against the limit.
    let body = "(drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 1)))";
    let refused = run_command(("(memory 1 1)", body), "", &["--max-memory", "128KiB"]);
    assert_eq!(refused.status, 0, "{refused:?}");
}

#[test]
fn limits_are_checked_and_not_nothing() {
    for (options, message) in [
        (["--timeout", "0"], "nothing runs in no time"),
        (["--timeout", "5"], "a duration needs a unit"),
        (["--max-memory", "0"], "nothing runs in no memory"),
        (["--max-memory", "1 MiB"], "a size has no such unit"),
        (["--fuel", "0"], "0 is not in 1.."),
    ] {
        let printed = run_command(("", ""), "", &options);
        assert!(printed.stderr.contains(message), "{printed:?}");
        assert_ne!(printed.status, 0);
    }
}

#[test]
fn a_written_component_says_that_it_holds_no_limits() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let [app, policy, out] =
        ["app.wasm", "limits.toml", "out.wasm"].map(|name| text(&work.path().join(name)));
    std::fs::write(&app, command("", "")).expect("a file");
    std::fs::write(&policy, "version = 1\n[limits]\nfuel = 1000\n").expect("a file");
    let composed = run(&["compose", &app, "--policy", &policy, "-o", &out]);
    assert_eq!(composed.status, 0, "{composed:?}");
    assert!(
        composed
            .stderr
            .contains("does not hold the policy's `[limits]`"),
        "{composed:?}"
    );
    let ran = run(&["run", "--policy", &policy, &app]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn files_are_saved_beyond_the_limits() {
    // The application writes the files; the host's reading of them takes no fuel of the application.
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new("fs_many_files");
    let run_with = |fuel: u64, options: &[&str]| {
        let fuel = fuel.to_string();
        let run_it = ["run", "--policy", "sandbox", "--fuel", &fuel];
        run(&[&run_it[..], options, &[program.path().as_str()]].concat())
    };
    let (mut few, mut enough) = (1, 1 << 40);
    while enough - few > enough / 200 {
        let half = few + (enough - few) / 2;
        match run_with(half, &[]).status {
            0 => enough = half,
            _ => few = half,
        }
    }
    let directory = work.path().join("saved");
    let saved = run_with(enough, &["--save", &format!("/={}", text(&directory))]);
    assert_eq!(saved.status, 0, "{saved:?}");
    assert!(directory.is_dir());
    // Files of an application that the host ended are not saved. A kernel that is saved from is wired, and what the runtime
    // copies there takes no fuel, so that a little less would be enough.
    let directory = work.path().join("unsaved");
    let unsaved = run_with(few / 2, &["--save", &format!("/={}", text(&directory))]);
    assert!(unsaved.stderr.contains("nothing was saved"), "{unsaved:?}");
    assert!(unsaved.status == 134 && !directory.exists());
}

#[test]
fn a_host_without_what_a_limit_needs_refuses_it() {
    let program = guest("cli_hello");
    let composition = COMPOSER
        .compose(
            &program,
            &policy("version = 1\ndefault = \"inherit\"\n[limits]\ntimeout = \"1m\"\n"),
        )
        .expect("a composition");
    let grant = Grant::of(&composition.plan, &interpose_host::Offer::default());
    let limit = grant.limits.timeout.as_ref().expect("a limit");
    assert_eq!(
        (limit.value, limit.place.as_str()),
        (Duration::from_secs(60), "policy:4")
    );
    let compiled = HOST.compile(&composition.component).expect("a program");
    assert!(matches!(
        HOST.run(&compiled, &grant, &[]),
        Err(HostError::Limits)
    ));
    let cache = CompilationCache::in_directory(cache_directory());
    let host = Host::for_grant(&cache, &grant).expect("a host");
    let compiled = host.compile(&composition.component).expect("a program");
    let finished = host.run(&compiled, &grant, &[]).expect("a run");
    assert!(matches!(finished.outcome, Outcome::Exited(0)));
    // A limit of memory needs no special host.
    let grant = Grant {
        limits: Limits {
            max_memory: Some(Limit {
                value: Bytes(1),
                place: "this test".into(),
            }),
            ..Limits::default()
        },
        ..grant
    };
    let compiled = HOST.compile(&composition.component).expect("a program");
    let finished = HOST.run(&compiled, &grant, &[]).expect("a run");
    let Outcome::Exceeded(exceeded) = finished.outcome else {
        panic!("{finished:?}");
    };
    assert!(
        exceeded
            .to_string()
            .ends_with("more than 1B of memory, the limit that this test sets")
    );
}
