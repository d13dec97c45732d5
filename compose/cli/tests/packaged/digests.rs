//! Runs of the same seeds have the same digests on Wasmtime and, through jco, on Node.js.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use interpose_faults::Begin;
use interpose_simulate::{Campaign, Component};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;

use crate::support::guests::{Target, binary, repository};
use crate::{CACHE, run, same, translate};

/// Programs that use files, time, random numbers, both outputs and exits.
const PROGRAMS: [&str; 7] = [
    "cli_exit_code",
    "cli_partial_lines",
    "fs_random_tree",
    "fs_small_writes",
    "random_hash_map",
    "random_print",
    "time_sleep",
];

/// How many seeds of each program run.
const SEEDS: u64 = 50;

/// Faults of each kind that changes what the application does.
const POLICY: &str = r#"
version = 1
extends = "deterministic"

[[faults.rules]]
on = "filesystem.write"
short = true
probability = 0.2

[[faults.rules]]
on = "filesystem"
error = "io"
probability = 0.01

[[faults.rules]]
on = "clocks.now"
jump = "1s"
probability = 0.1

[[faults.rules]]
on = "filesystem"
delay = "1ms..2s"
probability = 0.1
"#;

#[test]
fn digests_on_node() {
    let start = "digests.mjs";
    let begin = Begin::default()
        .encode()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    for program in PROGRAMS {
        let policy = wasi_interpose::policy::Policy::parse("policy.toml", POLICY, None);
        let policy = policy.expect("a policy");
        let file = binary(program, Target::Wasip2);
        let application = Application::parse(&file).expect("an application");
        let campaign = Campaign::new(Component::read(program, &file, application))
            .policy(policy)
            .seeds(0..SEEDS)
            .twice(0)
            .cache(CompilationCache::in_directory(CACHE.join("digests")));
        let report = campaign.run().expect("the campaign runs");
        let expected: String = (0..)
            .zip(&report.runs.digests)
            .map(|(seed, digest)| format!("{seed} {digest}\n"))
            .collect();

        let composition = campaign.composition().expect("it composes");
        let sink = composition.probe.expect("there is a probe").sink;
        let out = translate(
            &format!("digests-{program}"),
            &["--instantiation", "async"],
            |composed| fs::write(composed, &composition.component).expect("a component"),
        );
        let source = repository().join("tests/external/packaged/digests/run.mjs");
        fs::copy(source, out.join(start)).expect("a copy");
        let mut node = Command::new("node");
        node.arg(out.join(start))
            .args([program, "0", &SEEDS.to_string(), &sink, &begin]);
        let output = run(node);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {message}");
        let seen = String::from_utf8(output.stdout).expect("text");
        same(
            &format!("{program} on Wasmtime (-) and on Node.js (+)"),
            &expected,
            &seen,
        );
        assert!(report.runs.digests.len() as u64 == SEEDS);
    }
}
