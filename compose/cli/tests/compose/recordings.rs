//! `interpose record` and `interpose replay`: a run is recorded, and runs again without its host.

use std::fs;
use std::path::Path;

use interpose_recording::calls::Event;
use interpose_recording::{Outcome, Recording};

use crate::peers::http_server;
use crate::support::tools::{
    GuestFile, Printed, builtin, finish, guest, imports, interpose, run, text,
};

/// Records a run of a guest program under a policy.
fn record(program: &GuestFile, to: &Path, policy: &str, arguments: &[&str]) -> Printed {
    let mut command = interpose();
    // What the policy refuses is said of this run alone.
    command.args([
        "record",
        "--quiet",
        "-p",
        policy,
        "-o",
        &text(to),
        &program.path(),
    ]);
    finish(command.args(arguments))
}

fn replay(program: &GuestFile, recording: &Path) -> Printed {
    run(&["replay", &program.path(), &text(recording)])
}

/// A run whose output is never the same twice is the same in a replay, without the server that it asked.
#[test]
fn a_run_with_files_time_random_numbers_and_http_is_replayed() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (recording, policy) = (work.path().join("run.rec"), work.path().join("policy.toml"));
    let program = GuestFile::new("p2_replayed");
    let requests;
    let recorded = {
        let (server, seen) = http_server();
        let policy_text = format!(
            "version = 1\nextends = \"sandbox\"\n[http]\nallow = [\"http://{server}/*\"]\n"
        );
        fs::write(&policy, policy_text).expect("a policy");
        let arguments = [
            format!("{server} /one"),
            format!("{server} /two"),
            "fail".into(),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let recorded = record(&program, &recording, &text(&policy), &arguments);
        requests = seen;
        recorded
    };
    assert_eq!(recorded.status, 1, "{}", recorded.stderr);
    assert!(
        recorded.stdout.contains("files: contents"),
        "{}",
        recorded.stdout
    );
    assert!(recorded.stdout.contains("GET /two"), "{}", recorded.stdout);
    assert_eq!(requests.try_iter().count(), 2);

    let replayed = replay(&program, &recording);
    assert_eq!(replayed.stdout, recorded.stdout);
    assert_eq!(replayed.stderr, recorded.stderr);
    assert_eq!(replayed.status, recorded.status);
    assert_eq!(requests.try_iter().count(), 0);

    // Composed, it imports nothing, or no more than its output and its end need.
    let out = work.path().join("replayed.wasm");
    let compose = [
        "replay",
        &program.path(),
        &text(&recording),
        "--compose",
        &text(&out),
    ];
    assert_eq!(run(&compose).status, 0);
    assert!(imports(&fs::read(&out).expect("a component")).is_empty());
    let printed = finish(interpose().args(compose).arg("--stdio"));
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let composed = fs::read(&out).expect("a component");
    let names = imports(&composed);
    let paths: Vec<&str> = names
        .iter()
        .map(|name| name.split('@').next().unwrap_or(name))
        .collect();
    let expected = [
        "wasi:cli/exit",
        "wasi:cli/stderr",
        "wasi:cli/stdout",
        "wasi:io/error",
        "wasi:io/streams",
    ];
    assert_eq!(paths, expected);
    let again = run(&["run", "--quiet", "-p", "inherit", &text(&out)]);
    assert_eq!(again.stdout, recorded.stdout);
    assert_eq!(again.stderr, recorded.stderr);
    // `exit` of WASI 0.2.0 knows success and failure alone.
    assert_eq!(again.status, 1);
}

#[test]
fn the_end_of_a_run_is_replayed() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let recording = work.path().join("run.rec");
    for (program, policy, status) in [
        ("cli_hello", "sandbox", 0),
        ("cli_exit_failure", "sandbox", 1),
        ("cli_panic", "sandbox", 134),
        ("cli_large_output", "sandbox", 0),
        ("p2_cli_exit_with_code", "inherit", 42),
        ("p2_fs_splice", "sandbox", 0),
        // What is copied to the outputs never comes into the program's memory.
        ("p2_cli_splice_stdout", "sandbox", 0),
        // The policy ends the run in the middle of a call.
        ("random_bytes", "deny", 134),
    ] {
        let program_file = GuestFile::new(program);
        let recorded = record(&program_file, &recording, policy, &[]);
        let replayed = replay(&program_file, &recording);
        assert_eq!(recorded.stdout, replayed.stdout, "{program}");
        assert_eq!(recorded.stderr, replayed.stderr, "{program}");
        assert_eq!(recorded.status, replayed.status, "{program}");
        if status != 42 {
            assert_eq!(recorded.status, status, "{program}: {}", recorded.stderr);
        }
    }
}

#[test]
fn a_recording_can_be_read() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let recording = work.path().join("run.rec");
    record(&GuestFile::new("cli_hello"), &recording, "sandbox", &[]);
    let file = fs::File::open(&recording).expect("a recording");
    let read = Recording::read(file).expect("a recording");
    assert_eq!(read.outcome, Outcome::Exited(0));
    assert_eq!(read.header.name, "cli_hello.wasm");
    let events: Vec<Event> = read
        .timeline()
        .map(|(_, event)| event.expect("an event"))
        .collect();
    let written = events.iter().any(|event| match event {
        Event::Call { function, .. } => read.header.table.functions[*function as usize]
            .name
            .contains("output-stream"),
        _ => false,
    });
    assert!(written, "{events:?}");
}

#[test]
fn secrets_are_kept_out_of_a_recording() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new("env_variables");
    let recorded = |options: &[&str]| {
        let recording = work.path().join("run.rec");
        let mut command = interpose();
        command
            .env("SECRET", "of-the-host")
            .arg("record")
            .args(options);
        command.args(["-p", "inherit", "-o", &text(&recording), &program.path()]);
        let printed = finish(&mut command);
        assert!(printed.stdout.contains("of-the-host"), "{}", printed.stdout);
        let read = Recording::read(fs::File::open(&recording).expect("a recording"));
        let events = read.expect("a recording").events;
        let (mut events, mut found) = (events.as_slice(), 0);
        while let Some(event) = interpose_recording::calls::number::next(&mut events) {
            // What the program prints of it is an argument.
            let is_result = Event::returned(event).is_some();
            let shows = String::from_utf8_lossy(event).contains("of-the-host");
            found += usize::from(is_result && shows);
        }
        (found, printed.stderr)
    };
    assert_eq!(recorded(&[]), (1, String::new()));
    assert_eq!(
        recorded(&["--redact", "cli.environment.*"]),
        (0, String::new())
    );
    let (found, warning) = recorded(&["--redact", "environment.*"]);
    assert_eq!(found, 1);
    assert!(warning.contains("matches no function"), "{warning}");
}

#[test]
fn what_differs_from_a_recording_ends_the_run() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let recording = work.path().join("run.rec");
    let hello = GuestFile::new("cli_hello");
    record(&hello, &recording, "sandbox", &[]);

    // Another program is refused before it runs.
    let other = replay(&GuestFile::new("cli_echo"), &recording);
    assert_eq!(other.status, 127);
    assert!(
        other
            .stderr
            .contains("is not the application of the recording"),
        "{}",
        other.stderr
    );

    // The same program, with a recording that was changed.
    let read = Recording::read(fs::File::open(&recording).expect("a recording"));
    let read = read.expect("a recording");
    let changed = work.path().join("changed.rec");
    let file = fs::File::create(&changed).expect("a file");
    let mut recorder = interpose_recording::Recorder::new(file, &read.header).expect("a recorder");
    let mut rest = read.events.as_slice();
    while let Some(event) = interpose_recording::calls::number::next(&mut rest) {
        let text = String::from_utf8_lossy(event);
        // What was written is an argument.
        let event = match text.contains("Hello") || text.contains("hello") {
            true => event
                .iter()
                .map(|byte| if *byte == b'o' { b'0' } else { *byte })
                .collect(),
            false => event.to_vec(),
        };
        recorder
            .event(std::time::Duration::ZERO, &event)
            .expect("an event");
    }
    recorder.finish(&read.outcome).expect("a recording");
    let differs = replay(&hello, &changed);
    assert_eq!(differs.status, 127, "{}", differs.stderr);
    assert!(
        differs
            .stderr
            .contains("the run differs from its recording"),
        "{}",
        differs.stderr
    );
    assert_eq!(differs.stdout, "");

    for (contents, expected) in [
        (b"".to_vec(), "this is no recording"),
        (
            fs::read(&recording).expect("a file")[..60].to_vec(),
            "cut short",
        ),
    ] {
        fs::write(&changed, contents).expect("a file");
        let printed = replay(&hello, &changed);
        assert_eq!(printed.status, 127);
        assert!(printed.stderr.contains(expected), "{}", printed.stderr);
    }
    let missing = replay(&hello, &work.path().join("missing.rec"));
    assert_eq!(missing.status, 127);
    assert!(
        missing.stderr.contains("cannot be read"),
        "{}",
        missing.stderr
    );
    // A graph is refused before it is read.
    let graph = run(&["record", "-o", "x.rec", "--graph", "missing.toml"]);
    assert_eq!(graph.status, 127);
    assert!(
        graph.stderr.contains("a graph cannot be recorded"),
        "{}",
        graph.stderr
    );
    // A place that cannot be written is found before the application starts.
    let nowhere = record(&hello, &work.path().join("nowhere/run.rec"), "sandbox", &[]);
    assert_eq!((nowhere.status, nowhere.stdout.as_str()), (125, ""));
}

/// A probe is there only where it was asked for.
#[test]
fn without_a_probe_a_composition_is_as_before() {
    let composed = crate::support::tools::COMPOSER
        .compose(&guest("cli_hello"), &builtin("sandbox"))
        .expect("a composition");
    assert!(composed.probe.is_none());
    let part = |name: &str| composed.parts.iter().any(|part| part.name == name);
    assert!(!part("probe"));
    assert!(
        imports(&composed.component)
            .iter()
            .all(|name| name.starts_with("wasi:"))
    );
}
