//! Programs under policies with faults.

use std::fs;

use tempfile::NamedTempFile;

use crate::support::tools::{GuestFile, Printed, finish, interpose};

const BASE: &str = "version = 1\nextends = \"deterministic\"\n\n\
    [[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n\
    files = { \"a\" = \"0123456789\", \"d/b\" = \"\", \"d/c\" = \"\" }\n\n";

/// A command that imports nothing.
const NOTHING: &str = r#"(component
    (core module $m (func (export "run") (result i32) i32.const 0))
    (core instance $i (instantiate $m))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $exported (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $exported)))"#;

fn policy_file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), text).expect("the policy is written");
    file
}

/// Runs `cli_faults` with these rules, with `input` as its input.
fn run(rules: &str, arguments: &[&str]) -> Printed {
    let input = format!("[stdio]\nstdin = {{ text = \"{}\" }}\n\n", "x".repeat(1000));
    let policy = format!("{BASE}{input}[faults]\nseed = 3\n\n{rules}");
    run_under(&policy, &["--quiet"], arguments)
}

/// Runs `cli_faults` under a policy.
fn run_under(text: &str, options: &[&str], arguments: &[&str]) -> Printed {
    let guest = GuestFile::new("cli_faults");
    let policy = policy_file(text);
    let mut command = interpose();
    command
        .arg("run")
        .args(options)
        .arg("-p")
        .arg(policy.path());
    command.arg(guest.path()).args(arguments);
    finish(&mut command)
}

#[track_caller]
fn expect(rules: &str, arguments: &[&str], expected: &str) {
    let printed = run(rules, arguments);
    assert_eq!(printed.stdout, expected, "{rules}: {}", printed.stderr);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let again = run(rules, arguments);
    assert_eq!(
        (again.stdout, again.stderr),
        (printed.stdout, printed.stderr)
    );
}

#[test]
fn without_a_rule_that_fires_nothing_happens() {
    let all = [
        "write /f", "read /a", "sync /f", "list /d", "stdin", "clock",
    ];
    let expected = "write /f: all\nread /a: 10 bytes at once\nsync /f: synced\nlist /d: b c\n\
        stdin: 1000 bytes at once\nclock: 0 s, and 0 s on the wall\n";
    expect("", &all, expected);
    expect(
        "[[faults.rules]]\non = \"filesystem\"\nerror = \"io\"\nnth = 100_000\n",
        &all,
        expected,
    );
}

#[test]
fn files_fail() {
    expect(
        "[[faults.rules]]\non = \"filesystem.write\"\nerror = \"insufficient-space\"\n",
        &["write /f", "read /a"],
        "write /f: Uncategorized: I/O error (os error 29)\nread /a: 10 bytes at once\n",
    );
    // From the second write on the disk stays full.
    expect(
        "[[faults.rules]]\non = \"filesystem.write\"\nerror = \"insufficient-space\"\nfrom = 2\n",
        &["write /f", "write /g", "write /h"],
        "write /f: all\nwrite /g: Uncategorized: I/O error (os error 29)\n\
         write /h: Uncategorized: I/O error (os error 29)\n",
    );
    expect(
        "[[faults.rules]]\non = \"filesystem.read\"\npath = \"/a\"\nerror = \"io\"\n",
        &["read /a", "read /d/b"],
        "read /a: Uncategorized: I/O error (os error 29)\nread /d/b: 0 bytes at once\n",
    );
    expect(
        "[[faults.rules]]\non = \"filesystem.sync\"\nerror = \"io\"\n",
        &["sync /f"],
        "sync /f: Uncategorized: I/O error (os error 29)\n",
    );
    expect(
        "[[faults.rules]]\non = \"filesystem.read-directory-entry\"\nerror = \"io\"\nnth = 2\n",
        &["list /d", "list /d"],
        "list /d: Uncategorized: I/O error (os error 29)\nlist /d: b c\n",
    );
    expect(
        "[[faults.rules]]\non = \"filesystem.open-at\"\npath = \"/d/*\"\nerror = \"access\"\nlimit = 1\n",
        &["read /d/b", "read /d/b", "read /a"],
        "read /d/b: PermissionDenied: Permission denied (os error 2)\nread /d/b: 0 bytes at once\n\
         read /a: 10 bytes at once\n",
    );
}

#[test]
fn calls_are_short() {
    expect(
        "[[faults.rules]]\non = \"filesystem.write\"\nshort = true\n",
        &["write /f"],
        "write /f: some\n",
    );
    expect(
        "[[faults.rules]]\non = \"stdio.read\"\nshort = true\n",
        &["stdin", "read /a"],
        "stdin: 1000 bytes in pieces\nread /a: 10 bytes at once\n",
    );
}

#[test]
fn input_ends_early() {
    expect(
        "[[faults.rules]]\non = \"stdio.read\"\nerror = \"closed\"\n",
        &["stdin"],
        "stdin: 0 bytes at once\n",
    );
}

#[test]
fn time_passes_and_clocks_jump() {
    expect(
        "[[faults.rules]]\non = \"clocks.now\"\njump = \"1h\"\nnth = 3\n",
        &["clock"],
        "clock: 3600 s, and 3600 s on the wall\n",
    );
    expect(
        "[[faults.rules]]\non = \"clocks.now\"\njump = \"-1h\"\nnth = 3\n",
        &["clock"],
        "clock: 0 s, and -3599 s on the wall\n",
    );
    expect(
        "[[faults.rules]]\non = \"wasi:clocks/wall-clock.now\"\ndelay = \"5s\"\n",
        &["clock"],
        "clock: 5 s, and 5 s on the wall\n",
    );
    expect(
        "[[faults.rules]]\non = \"filesystem\"\nerror = \"io\"\nafter = \"1s\"\n",
        &["read /a", "sleep", "read /a"],
        "read /a: 10 bytes at once\nsleep: slept\nread /a: Uncategorized: I/O error (os error 29)\n",
    );
}

#[test]
fn a_seed_decides() {
    let rules = |seed: u64| {
        format!(
            "[faults]\nseed = {seed}\n\n[[faults.rules]]\non = \"filesystem.sync\"\nerror = \"io\"\nprobability = 0.5\n"
        )
    };
    let outputs = [1, 1, 2, 3].map(|seed| {
        let policy = format!("{BASE}{}", rules(seed));
        run_under(&policy, &["--quiet"], &["sync /f"; 24]).stdout
    });
    assert_eq!(outputs[0], outputs[1]);
    assert!(outputs[0] != outputs[2] && outputs[2] != outputs[3]);
    for output in outputs {
        let failed = output.matches("I/O error").count();
        assert!((4..=20).contains(&failed), "{output}");
    }
}

#[test]
fn power_is_lost() {
    let printed = run(
        "[[faults.rules]]\non = \"filesystem.sync\"\ncrash = true\n",
        &["write /f", "sync /f"],
    );
    assert_eq!(printed.status, 134);
    assert_eq!(printed.stdout, "write /f: all\n");
    let reason = "a fault of the policy took the power away";
    assert!(printed.stderr.contains(reason), "{}", printed.stderr);
}

#[test]
fn rules_that_cannot_be_are_refused() {
    for (rules, expected) in [
        (
            "[[faults.rules]]\non = \"wasi:filesystem/types.descriptor.sync\"\nerror = \"oi\"\n",
            "rule 1 of `[faults]`: `wasi:filesystem/types@",
        ),
        (
            "[[faults.rules]]\non = \"wasi:clocks/wall-clock.now\"\nerror = \"io\"\n",
            "its result can hold no error",
        ),
    ] {
        let printed = run(rules, &["clock"]);
        assert_eq!(printed.status, 126, "{}", printed.stderr);
        assert!(printed.stderr.contains(expected), "{}", printed.stderr);
    }
    let policy = "version = 1\nextends = \"memory-filesystem\"\n[[faults.rules]]\non = \"filesystem\"\ndelay = \"1s\"\n";
    let printed = run_under(policy, &[], &[]);
    assert!(
        printed
            .stderr
            .contains("`delay` in a rule of `[faults]` needs virtual time"),
        "{}",
        printed.stderr
    );
}

/// A trace shows what the application gets.
#[test]
fn faults_are_in_a_trace() {
    let policy = format!("{BASE}[[faults.rules]]\non = \"filesystem.sync\"\nerror = \"io\"\n");
    let trace = NamedTempFile::new().expect("a file");
    let option = format!("--trace={}", trace.path().display());
    run_under(&policy, &[&option], &["sync /f"]);
    let trace = fs::read_to_string(trace.path()).expect("a trace");
    assert!(trace.contains("\"/f\") = err(io)"), "{trace}");
}

/// A rule of one's own that is about no function is a mistake; a rule of a profile is for all applications.
#[test]
fn rules_without_effect_are_named_unless_they_are_a_profiles() {
    let warned = |printed: Printed| {
        let lines = printed.stderr.lines();
        let warnings = lines.filter_map(|line| line.strip_prefix("warning: rule "));
        warnings
            .filter_map(|rest| rest.split_once(" of `[faults]` has no effect"))
            .map(|(rule, _)| rule.to_owned())
            .collect::<Vec<_>>()
    };
    let own = "[[faults.rules]]\non = \"http.handle\"\nerror = \"connection-refused\"\n";
    let disk = format!("[faults]\nprofile = \"disk\"\n{own}");
    let printed = run_under(&format!("{BASE}{disk}"), &[], &["read /a"]);
    assert_eq!(warned(printed), ["10"]);
    // A profile that has no effect at all is a mistake, too.
    let nothing = NamedTempFile::new().expect("a file");
    fs::write(nothing.path(), NOTHING).expect("the component is written");
    let policy = policy_file(&format!("{BASE}[faults]\nprofile = \"disk\"\n"));
    let mut command = interpose();
    command.arg("run").arg("-p").arg(policy.path());
    command.arg(nothing.path());
    assert_eq!(warned(finish(&mut command)).len(), 9);
}
