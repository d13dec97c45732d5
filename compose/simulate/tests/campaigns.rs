//! Campaigns of small programs.

use interpose_simulate::{Budget, Campaign, Component, End, Measure, Part, Report, Shard};
use wasi_interpose::application::Application;

/// A command for preview 1 with this body. It can draw a random byte, and exit.
fn program(body: &str) -> Component {
    let text = format!(
        r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 1000)
  (func $byte (result i32)
    (drop (call $random (i32.const 0) (i32.const 1)))
    (i32.load8_u (i32.const 0)))
  (func (export "_start") {body}))"#
    );
    let application = Application::parse(text.as_bytes()).expect("a program");
    Component::read("program", text.as_bytes(), application)
}

fn campaign(body: &str) -> Campaign {
    Campaign::new(program(body)).jobs(Some(2.try_into().expect("not 0")))
}

fn run(body: &str) -> Report {
    let report = campaign(body).seeds(0..64).run();
    report.expect("the campaign runs")
}

fn causes(report: &Report) -> Vec<(Part, End)> {
    let groups = report.failures.iter();
    groups.map(|group| (group.cause.of, group.cause.end.clone())).collect()
}

#[test]
fn a_seed_is_a_run_of_its_own() {
    let report = run("(drop (call $byte))");
    report.assert_passed();
    assert_eq!(report.count(), 64);
    let mut digests = report.runs.digests.clone();
    digests.sort();
    digests.dedup();
    assert!(digests.len() > 32, "{digests:?}");
    let again = run("(drop (call $byte))");
    assert_eq!(report.digest, again.digest);
    assert_eq!(report.runs, again.runs);
}

#[test]
fn statuses_and_traps_are_causes_of_their_own() {
    let report = run("(local $byte i32) (local.set $byte (call $byte))
        (if (i32.lt_u (local.get $byte) (i32.const 64)) (then (call $exit (i32.const 3))))
        (if (i32.gt_u (local.get $byte) (i32.const 192)) (then unreachable))");
    let mut found = causes(&report);
    found.sort();
    assert!(matches!(
        found.as_slice(),
        [
            (Part::Application, End::Status { status: 1 | 3 }),
            (Part::Application, End::Trap { .. })
        ]
    ), "{found:?}");
    let text = std::panic::catch_unwind(|| report.assert_passed()).expect_err("it failed");
    let text = text.downcast_ref::<String>().expect("a text");
    assert!(text.contains("random random.get-random-bytes"), "{text}");
    assert!(text.contains("exited with status"), "{text}");
}

#[test]
fn budgets_end_what_does_not_end() {
    for (body, budget, measure) in [
        ("(loop $l (br $l))", "fuel=1000000", Measure::Fuel),
        ("(loop $l (drop (call $byte)) (br $l))", "calls=100", Measure::Calls),
        ("(drop (memory.grow (i32.const 900)))", "memory=32MiB", Measure::Memory),
    ] {
        let budget: Budget = budget.parse().expect("a budget");
        let report = campaign(body).seeds(0..3).budget(budget).run().expect("it runs");
        let of = End::Budget { of: measure };
        assert_eq!(causes(&report), [(Part::Application, of)]);
        assert_eq!(report.failed(), 3);
    }
}

#[test]
fn shards_are_merged_to_the_whole() {
    let body = "(if (i32.lt_u (call $byte) (i32.const 20)) (then unreachable))";
    let whole = campaign(body).seeds(10..110).run().expect("it runs");
    let shards = (1..=3).map(|index| {
        let shard = Shard::new(index, 3).expect("a shard");
        let part = campaign(body).seeds(10..110).shard(Some(shard)).run();
        let text = part.expect("it runs").to_json();
        (format!("{index}.json"), Report::read("it", &text).expect("a report"))
    });
    let shards: Vec<(String, Report)> = shards.collect();
    let mut merged = Report::merge(shards.clone()).expect("they are of one campaign");
    assert!(!merged.has_passed());
    (merged.seconds, merged.running) = (whole.seconds, whole.running);
    assert_eq!(merged, whole);
    let twice = [shards.clone(), shards[..1].to_vec()].concat();
    let error = Report::merge(twice).expect_err("a shard is twice");
    assert!(error.to_string().contains("both have the seeds"), "{error}");
    let error = Report::merge(shards[..2].to_vec()).expect_err("a shard is missing");
    assert!(error.to_string().contains("are in none of the reports"), "{error}");
    let other = campaign("(drop (call $byte))").seeds(10..110);
    let other = other.shard(Some(Shard::new(3, 3).expect("a shard"))).run();
    let other = vec![shards[0].clone(), shards[1].clone(), ("other".into(), other.expect("it runs"))];
    let error = Report::merge(other).expect_err("another application");
    assert!(error.to_string().contains("something else"), "{error}");
}

#[test]
fn until_failure_ends_with_the_lowest_seed() {
    let body = "(if (i32.lt_u (call $byte) (i32.const 20)) (then unreachable))";
    let all = campaign(body).seeds(0..200).run().expect("it runs");
    let first = all.failures[0].seeds[0];
    let until = campaign(body).seeds(0..200).until_failure(true).run().expect("it runs");
    assert_eq!(until.failures[0].seeds, [first]);
    assert_eq!(until.count(), first + 1);
    assert_eq!(until.runs.digests, all.runs.digests[..=first as usize]);
}
