//! Measures campaigns: runs a second, virtual time a second, and how long it takes to make a failure smaller.

use std::time::Instant;

use anyhow::{Result, ensure};
use interpose_simulate::{Campaign, Component, Report, TestPolicy};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::policy::Policy;

use crate::measurements::Measurements;
use crate::table::{Table, Value};

/// How many seeds run for each measurement.
const SEEDS: u64 = 2000;

/// How many calls the program makes whose failure is made smaller.
const CALLS: u32 = 1000;

/// Draws a random number.
const SMALL: &str = "(drop (call $random (i32.const 0) (i32.const 8)))";

/// Sleeps for an hour, as `poll_oneoff` does with one clock.
const SLEEPER: &str = "
    (i32.store (i32.const 64) (i32.const 0))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (i64.const 3600000000000))
    (drop (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 200)))";

/// A program for preview 1.
fn program(body: &str) -> Result<Component> {
    let text = format!(
        r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "file")
  (func (export "_start") (local $left i32) (local $failed i32) {body}))"#
    );
    let application = Application::parse(text.as_bytes())?;
    Ok(Component::read("program", text.as_bytes(), application))
}

/// Runs campaigns of small programs.
///
/// # Errors
/// An error when a campaign cannot run, or when a run fails that should not.
pub fn measure(rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "Campaigns of `interpose test`",
        &[
            "on all processors, composing and compiling not included; fail: the time in which a failure of 1,000 calls, of which every tenth has a fault, is made smaller",
        ],
    );
    let cache = CompilationCache::of_user();
    for (name, body) in [("random number", SMALL), ("sleeps an hour", SLEEPER)] {
        let mut measured = Measurements::default();
        let campaign = Campaign::new(program(body)?)
            .seeds(0..SEEDS)
            .cache(cache.clone());
        let mut last: Option<Report> = None;
        for _ in 0..rounds {
            let report = campaign.run()?;
            ensure!(report.has_passed(), "{report}");
            measured.add("a run", report.running * 1e9 / SEEDS as f64);
            last = Some(report);
        }
        let time = measured.median("a run")?;
        let virtual_rate = last.map_or(0.0, |report| report.virtual_rate());
        table.row(
            name,
            [
                ("a run", Value::Nanoseconds(time)),
                ("runs a second", Value::Count(1e9 / time)),
                ("virtual seconds a second", Value::Count(virtual_rate)),
            ],
        );
    }
    // It fails at its end if a file could not be opened.
    let body = format!(
        "(local.set $left (i32.const {CALLS}))
    (loop $next
      (local.set $failed (i32.or (local.get $failed)
        (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 1)
          (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32))))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (if (local.get $failed) (then (call $exit (i32.const 1))))"
    );
    let policy = Policy::parse(
        "faults.toml",
        "version = 1\nextends = \"deterministic\"\n[[faults.rules]]\non = \"filesystem.open-at\"\nerror = \"access\"\nprobability = 0.1\n",
        None,
    )?;
    let started = Instant::now();
    let report = Campaign::new(program(&body)?)
        .policy(TestPolicy::read("faults", policy))
        .seeds(0..1)
        .cache(cache)
        .run()?;
    let took = started.elapsed();
    ensure!(report.failures.len() == 1, "{report}");
    let example = &report.failures[0].example;
    ensure!(example.replay.decisions.len() == 1, "{report}");
    let shrinking = (report.seconds - report.running).min(took.as_secs_f64());
    table.row("fail", [("a run", Value::Nanoseconds(shrinking * 1e9))]);
    Ok(table)
}
