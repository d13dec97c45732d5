//! Campaigns of small programs: what fails, and why.

mod support;

use interpose_simulate::{Budget, End, Measure, Part, Replay, Report, Shard, TestPolicy};
use support::{CAREFUL, CARELESS, CHECK, TORN, campaign, causes, program, run};
use wasi_interpose::policy::Policy;

#[test]
fn a_seed_is_a_run_of_its_own() {
    let all = campaign("(drop (call $byte))").seeds(0..64);
    let report = run(&all);
    report.assert_passed();
    assert_eq!(report.count(), 64);
    let mut digests = report.runs.digests.clone();
    digests.sort();
    digests.dedup();
    assert!(digests.len() > 32, "{digests:?}");
    let again = run(&all.jobs(Some(1.try_into().expect("not 0"))));
    assert_eq!(report.digest, again.digest);
    assert_eq!(report.runs, again.runs);
}

#[test]
fn statuses_and_traps_are_causes_of_their_own() {
    let body = "(local.set $left (call $byte))
        (if (i32.lt_u (local.get $left) (i32.const 64)) (then (call $exit (i32.const 3))))
        (if (i32.gt_u (local.get $left) (i32.const 192)) (then unreachable))";
    let report = run(&campaign(body).seeds(0..64));
    let mut found = causes(&report);
    found.sort();
    assert!(
        matches!(
            found.as_slice(),
            [
                (Part::Application, End::Status { status: 1 | 3 }),
                (Part::Application, End::Trap { .. })
            ]
        ),
        "{found:?}"
    );
    let panic = std::panic::catch_unwind(|| report.assert_passed()).expect_err("it failed");
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(text.contains("random random.get-random-bytes"), "{text}");
    assert!(text.contains("exited with status"), "{text}");
}

#[test]
fn budgets_end_what_does_not_end() {
    for (body, budget, measure) in [
        ("(loop $l (br $l))", "fuel=1000000", Measure::Fuel),
        (
            "(loop $l (drop (call $byte)) (br $l))",
            "calls=100",
            Measure::Calls,
        ),
        (
            "(drop (memory.grow (i32.const 900)))",
            "memory=32MiB",
            Measure::Memory,
        ),
        (
            "(loop $l (drop (call $byte)) (br $l))",
            "time=0.1ms",
            Measure::Time,
        ),
    ] {
        let clock = "version = 1\nextends = \"deterministic\"\n[[faults.rules]]\non = \"wasi:random/random\"\ndelay = \"1us\"\n";
        let policy = Policy::parse("slow.toml", clock, None).expect("a policy");
        let limit: Budget = budget.parse().expect("a budget");
        let all = campaign(body).policy(TestPolicy::read("slow", policy));
        let report = run(&all.seeds(0..3).budget(limit));
        let of = End::Budget { of: measure };
        assert_eq!(causes(&report), [(Part::Application, of)], "{budget}");
        assert_eq!(report.failed(), 3);
    }
}

#[test]
fn losses_of_power_find_what_was_not_synced() {
    let check = program(CHECK);
    let careless = campaign(CARELESS).crash(true).check(check.clone());
    let report = run(&careless.seeds(0..200));
    let found = causes(&report);
    assert!(!found.is_empty());
    for (part, _) in found {
        // The check sees files of 0 bytes only if the restarted application did.
        assert_eq!(part, Part::Restarted, "{report}");
    }
    let example = &report.failures[0].example;
    assert!(example.replay.crash.is_some() && example.tried > 0);
    assert!(example.timeline.contains("lost its power"), "{report}");
    let replay = Replay::read(&example.replay.write()).expect("a replay");
    let careless = campaign(CARELESS).check(check.clone());
    let repeated = careless.replay(&replay).expect("the same application");
    assert_eq!(repeated.cause.as_ref(), Some(&replay.cause));
    assert_eq!(repeated.timeline, example.timeline);
    let careful = campaign(CAREFUL).crash(true).check(check.clone());
    run(&careful.seeds(0..1000)).assert_passed();
    let other = campaign(CAREFUL).check(check).replay(&replay);
    let error = other.expect_err("another application").to_string();
    assert!(error.contains("application is `program.wasm`"), "{error}");
}

#[test]
fn the_policy_says_what_the_disk_is_like() {
    let on = |keys: &str| {
        let text = format!("version = 1\nextends = \"deterministic\"\n[faults.disk]\n{keys}\n");
        let policy = Policy::parse("disk.toml", &text, None).expect("a policy");
        TestPolicy::read("disk", policy)
    };
    // A file that is renamed without a sync is whole where the order is kept, and nowhere else.
    let hasty = CAREFUL.replace("(drop (call $sync (local.get $file)))", "");
    assert_ne!(hasty, CAREFUL);
    let mut policies = Vec::new();
    for (body, keys, passes) in [
        (hasty.as_str(), "ordered = false", false),
        (&hasty, "ordered = true", true),
        (TORN, "block = \"512B\"", false),
        (TORN, "block = \"4KiB\"", true),
    ] {
        let crashes = campaign(body).policy(on(keys)).crash(true);
        let report = run(&crashes.seeds(0..200));
        assert_eq!(report.failures.is_empty(), passes, "{keys}: {report}");
        policies.push(report.subject.policy.sha256);
    }
    // The first and the third mean the same, and the others differ.
    assert_eq!(policies.remove(2), policies[0]);
    policies.sort();
    policies.dedup();
    assert_eq!(policies.len(), 3);
}

#[test]
fn a_check_looks_at_the_files() {
    let check = || program(CHECK);
    let report = run(&campaign(CAREFUL).check(check()).seeds(0..5));
    report.assert_passed();
    let writes_half_of_the_time = "(if (i32.lt_u (call $byte) (i32.const 128))
        (then (drop (call $put (call $open (i32.const 1))))))";
    let report = run(&campaign(writes_half_of_the_time)
        .check(check())
        .seeds(0..40));
    let [(Part::Check, End::Status { .. })] = causes(&report).as_slice() else {
        panic!("{report}");
    };
    assert!(report.failed() > 5 && report.failed() < 35, "{report}");
    assert!(report.to_string().contains("the check"), "{report}");
}

#[test]
fn many_faults_are_shrunk_to_one() {
    let body = "(local.set $left (i32.const 1000))
        (loop $next
          (local.set $failed (i32.or (local.get $failed)
            (i32.lt_s (call $open (i32.const 1)) (i32.const 0))))
          (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (if (local.get $failed) (then (call $exit (i32.const 1))))";
    let text = "version = 1\nextends = \"deterministic\"\n[[faults.rules]]\non = \"filesystem.open-at\"\nerror = \"access\"\nprobability = 0.1\n[[faults.rules]]\non = \"wasi:random/random\"\ndelay = \"1ms..9ms\"\n";
    let policy = Policy::parse("faults.toml", text, None).expect("a policy");
    let all = campaign(body).policy(TestPolicy::read("faults.toml", policy));
    let all = all.seeds(0..4);
    let report = run(&all);
    assert_eq!(report.failed(), 4);
    let example = &report.failures[0].example;
    assert!(example.faults > 50, "{report}");
    assert_eq!(example.replay.decisions.len(), 1, "{report}");
    assert!(report.seconds < 20.0, "{}", report.seconds);
    let timeline = &example.timeline;
    assert!(
        timeline.contains("^ fault: rule 1: on = \"filesystem.open-at\""),
        "{timeline}"
    );
    assert!(timeline.contains(" calls\n"), "{timeline}");
    all.replay(&example.replay).expect("it can be repeated");
}

#[test]
fn shards_are_merged_to_the_whole() {
    let body = "(if (i32.lt_u (call $byte) (i32.const 20)) (then unreachable))";
    let all = || campaign(body).seeds(10..110);
    let whole = run(&all());
    let shards = (1..=3).map(|index| {
        let shard = Shard::new(index, 3).expect("a shard");
        let text = run(&all().shard(Some(shard))).to_json();
        let report = Report::read("it", &text).expect("a report");
        (format!("{index}.json"), report)
    });
    let shards: Vec<(String, Report)> = shards.collect();
    let mut merged = Report::merge(shards.clone()).expect("they are of one campaign");
    assert!(!merged.has_passed());
    (merged.seconds, merged.running) = (whole.seconds, whole.running);
    for (own, group) in merged.failures.iter_mut().zip(&whole.failures) {
        own.example.tried = group.example.tried;
    }
    assert_eq!(merged, whole);
    let refused = |reports: Vec<(String, Report)>, expected: &str| {
        let error = Report::merge(reports).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(
        [&shards[..], &shards[..1]].concat(),
        "both have the seeds 10..43",
    );
    refused(
        shards[..2].to_vec(),
        "the seeds 76..110 are in none of the reports",
    );
    refused(shards[1..].to_vec(), "the seeds 10..43");
    let third = Shard::new(3, 3).expect("a shard");
    let other = campaign("(drop (call $byte))").seeds(10..110);
    let other = ("other.json".to_owned(), run(&other.shard(Some(third))));
    refused([&shards[..2], &[other]].concat(), "something else");
    let crash = run(&all().shard(Some(third)).crash(true));
    let crash = ("crash.json".to_owned(), crash);
    refused(
        [&shards[..2], &[crash]].concat(),
        "different losses of power",
    );
    refused(Vec::new(), "no reports");
    assert!(Report::read("x", "{}").is_err() && Report::read("x", "{\"version\":9}").is_err());
}

#[test]
fn until_failure_ends_with_the_lowest_seed() {
    let body = "(if (i32.lt_u (call $byte) (i32.const 20)) (then unreachable))";
    let all = run(&campaign(body).seeds(0..200));
    let first = all.failures[0].seeds[0];
    let until = run(&campaign(body).seeds(0..200).until_failure(true));
    assert_eq!(until.failures[0].seeds, [first]);
    assert_eq!(until.count(), first + 1);
    assert_eq!(until.runs.digests, all.runs.digests[..=first as usize]);
}

#[test]
fn reports_have_three_forms() {
    let body = "(if (i32.lt_u (call $byte) (i32.const 60)) (then (call $exit (i32.const 1))))";
    let report = run(&campaign(body).seeds(0..100));
    let xml = report.to_junit();
    let document = roxmltree::Document::parse(&xml).expect("XML");
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    assert_eq!(cases.count() as u64, report.failed() + 1);
    let suite = document
        .descendants()
        .find(|node| node.has_tag_name("testsuite"));
    let failures = suite.and_then(|suite| suite.attribute("failures"));
    assert_eq!(failures, Some(report.failed().to_string().as_str()));
    let html = report.to_html();
    assert!(html.contains("<svg") && html.contains("<details open>"));
    assert!(!html.contains("<script") && html.contains("default-src 'none'"));
    let read = Report::read("it", &report.to_json()).expect("a report");
    assert_eq!(read.to_json(), report.to_json());
    let text = report
        .to_json()
        .replacen("\"calls\": [", "\"calls\": [7,", 1);
    assert!(Report::read("it", &text).is_err());
}
