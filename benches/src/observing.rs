//! Measures what it costs to see calls: to trace, record and replay them, and to count those that a policy refuses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use interpose_host::Host;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{Composer, Form};
use wasi_interpose::policy::Policy;

use crate::calls::per_call;
use crate::measurements::Measurements;
use crate::table::{Table, Value};
use crate::{child, guest};

/// A call, how often it is made, and the policy.
const CALLS: [(&str, u32, &str); 3] = [
    ("monotonic-now", 500_000, "inherit"),
    ("stat-at", 200_000, "memory-filesystem"),
    ("read", 50_000, "memory-filesystem"),
];

/// The ways to run the program: what each is called, and the command up to the policy. `FILE` is a file that is written.
const WAYS: [(&str, &[&str]); 4] = [
    ("plain", &["run"]),
    ("traced", &["run", "--trace=FILE"]),
    ("table", &["run", "-c", "--trace=FILE"]),
    ("recorded", &["record", "-o", "FILE"]),
];

/// Measures seen calls, and refused ones.
///
/// # Errors
/// An error when a program cannot be built, composed or run.
pub fn measure(rounds: usize) -> Result<Vec<Table>> {
    let [times, sizes] = seen(rounds)?;
    Ok(vec![times, sizes, refused(rounds)?])
}

fn seen(rounds: usize) -> Result<[Table; 2]> {
    let mut times = Table::new(
        "Calls that are seen, by the whole process of `interpose`",
        &[
            "per call, without what a process takes that calls nothing; read takes 4 KiB of a file in memory",
            "traced: a line each, to a file; table: -c; ratios: to the plain call",
        ],
    );
    let mut sizes = Table::new("Size of a recording", &["per call; whole: of all calls"]);
    let interpose = guest::interpose()?;
    let directory = tempfile::tempdir()?;
    let application = directory.path().join("calls.wasm");
    fs::write(&application, guest::build_calls()?)?;
    let application = text(&application)?;
    let cache = directory.path().join("cache");
    let variables = [("XDG_CACHE_HOME", cache.as_path()), ("HOME", &cache)];
    for (call, count, policy) in CALLS {
        eprintln!("observing: {call}");
        let mut measured = Measurements::default();
        let files = ["0", "all"].map(|name| directory.path().join(name));
        let counts = [0, count].map(|count| count.to_string());
        for round in 0..=rounds {
            let mut add = |name: &str, all: f64, none: f64| {
                // The first round fills the cache.
                if round > 0 {
                    measured.add(name, (all - none) / f64::from(count));
                }
            };
            for (name, words) in WAYS {
                let mut used = Vec::new();
                for (file, count) in files.iter().zip(&counts) {
                    let file = text(file)?;
                    let words: Vec<String> = words
                        .iter()
                        .map(|word| word.replace("FILE", file))
                        .collect();
                    let mut arguments = vec!["--quiet"];
                    arguments.extend(words.iter().map(String::as_str));
                    arguments.extend(["--policy", policy, application, call, count]);
                    used.push(child::measure(&interpose, &arguments, &variables)?.nanoseconds);
                }
                add(name, used[1], used[0]);
            }
            // The last way has left recordings.
            let mut used = Vec::new();
            for file in &files {
                let arguments = ["--quiet", "replay", application, text(file)?];
                used.push(child::measure(&interpose, &arguments, &variables)?.nanoseconds);
            }
            add("replayed", used[1], used[0]);
        }
        let plain = measured.median("plain")?;
        let ratio =
            |name: &str| Ok::<_, anyhow::Error>(Value::Ratio(measured.median(name)? / plain));
        times.row(
            call,
            [
                ("plain", Value::Nanoseconds(plain)),
                ("traced", Value::Nanoseconds(measured.median("traced")?)),
                ("ratio", ratio("traced")?),
                ("table", ratio("table")?),
                ("recorded", Value::Nanoseconds(measured.median("recorded")?)),
                ("ratio, recorded", ratio("recorded")?),
                ("replayed", ratio("replayed")?),
            ],
        );
        let [none, all] = [
            fs::metadata(&files[0])?.len(),
            fs::metadata(&files[1])?.len(),
        ];
        let of_calls = all.saturating_sub(none);
        sizes.row(
            call,
            [
                ("per call", Value::Bytes(of_calls.div_ceil(count.into()))),
                ("whole", Value::Bytes(all)),
            ],
        );
    }
    Ok([times, sizes])
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

/// Adapters that count what they refuse, and the tables of a policy under which they refuse a call.
const REFUSING: [(&str, &str, &str); 2] = [
    (
        "kernel: denied-create",
        "denied-create",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\naccess = \"read-only\"\n",
    ),
    ("network: denied-lookup", "denied-lookup", "[network]\n"),
];

/// Calls that are refused, by adapters that count them and by adapters that cannot.
fn refused(rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "Calls that a policy refuses",
        &[
            "per call; sealed: as composed, where nobody counts; counted: as `interpose run` composes",
        ],
    );
    let host = Host::new(&CompilationCache::disabled())?;
    let application = Application::parse(&guest::build_calls()?)?;
    let composer = Composer::new(&CompilationCache::disabled())?;
    for (name, call, tables) in REFUSING {
        let text = format!("version = 1\ndefault = \"inherit\"\n{tables}");
        let policy = Policy::parse(name, &text, None)?;
        let compose = |reports| {
            let form = Form {
                reports,
                ..Form::default()
            };
            composer.compose_as(&application, &policy, form)
        };
        let (sealed, counting) = (compose(false)?, compose(true)?);
        let programs = [
            ("sealed", host.compile(&sealed.component)?, &sealed),
            ("counted", host.compile(&counting.component)?, &counting),
        ];
        let mut measured = Measurements::default();
        for _ in 0..rounds {
            for (name, program, composition) in &programs {
                let time = per_call(&host, program, call, None, &composition.reports)?;
                measured.add(name, time);
            }
        }
        let (alone, counted) = (measured.median("sealed")?, measured.median("counted")?);
        table.row(
            name,
            [
                ("sealed", Value::Nanoseconds(alone)),
                ("counted", Value::Nanoseconds(counted)),
                ("ratio", Value::Ratio(counted / alone)),
                ("size, sealed", Value::Bytes(sealed.component.len() as u64)),
                (
                    "size, counting",
                    Value::Bytes(counting.component.len() as u64),
                ),
            ],
        );
    }
    Ok(table)
}
