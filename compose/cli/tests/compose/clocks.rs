//! Compares clocks and waits under a policy with this machine's clocks: with filters alone, and with a kernel above
//! them.

use std::time::{Duration, Instant, SystemTime};

use interpose_host::Grant;

use crate::network::{BESIDE, compose};
use crate::support::tools::{HOST, run_program};

const PROGRAM: &str = "p2_time_readings";

const MILLISECOND: u128 = 1_000_000;
const SECOND: u128 = 1000 * MILLISECOND;

/// The readings of a run, in nanoseconds.
struct Shown {
    /// The readings of the monotonic clock and the wall clock, one for each command.
    monotonic: Vec<u128>,
    wall: Vec<u128>,
    /// This machine's time before the run and after it.
    before: u128,
    after: u128,
    took: Duration,
}

fn since_1970() -> u128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("a time after 1970").as_nanos()
}

fn run(tables: &str, beside: &str, commands: &[&str]) -> Shown {
    let composition = compose(PROGRAM, &format!("{beside}[clocks]\n{tables}"));
    assert_eq!(composition.plan.kernel().is_some(), !beside.is_empty());
    // The component is compiled before the test takes the time.
    let program = HOST
        .compile(&composition.component)
        .expect("the component compiles");
    let arguments = std::iter::once(&"program").chain(commands);
    let grant = Grant {
        arguments: arguments.map(|argument| argument.to_string()).collect(),
        ..Grant::default()
    };
    let (before, start) = (since_1970(), Instant::now());
    let ran = run_program(&program, grant);
    let (took, after) = (start.elapsed(), since_1970());
    assert_eq!(ran.end, "exit 0", "{tables}: {ran:?}");
    let number = |text: &str| text.parse::<u128>().expect("a number");
    let lines = ran.stdout.lines();
    let (monotonic, wall) = lines
        .map(|line| {
            let (_, shown) = line.split_once(": ").expect("a command and its outcome");
            let (monotonic, wall) = shown.split_once(' ').expect("two readings");
            (number(monotonic), number(wall))
        })
        .unzip();
    Shown {
        monotonic,
        wall,
        before,
        after,
        took,
    }
}

#[test]
fn an_offset_moves_the_wall_clock_alone() {
    let hour = 3600 * SECOND;
    for beside in BESIDE {
        let host = run("mode = \"inherit\"", beside, &["resolution"]);
        let ahead = run(
            "mode = \"offset\"\noffset = \"+1h\"",
            beside,
            &["resolution", "read", "wait 1000000"],
        );
        let behind = run("mode = \"offset\"\noffset = \"-1h\"", beside, &["read"]);
        let resolutions = (ahead.monotonic[0], ahead.wall[0]);
        assert_eq!(resolutions, (host.monotonic[0], host.wall[0]), "{beside}");
        for wall in &ahead.wall[1..] {
            let range = ahead.before + hour..=ahead.after + hour;
            assert!(range.contains(wall), "{wall} is not in {range:?}: {beside}");
        }
        let range = behind.before - hour..=behind.after - hour;
        assert!(range.contains(&behind.wall[0]), "{range:?}: {beside}");
        let passed = ahead.monotonic[2] - ahead.monotonic[1];
        assert!(
            (MILLISECOND..=ahead.took.as_nanos()).contains(&passed),
            "{passed} ns passed of {:?}: {beside}",
            ahead.took
        );
    }
}

#[test]
fn coarse_clocks_show_whole_steps_and_say_so() {
    let step = 10 * MILLISECOND;
    for beside in BESIDE {
        let wait = "wait 30000000";
        let shown = run(
            "mode = \"coarse\"\nresolution = \"10ms\"",
            beside,
            &["resolution", "read", wait, "read", wait, wait],
        );
        assert_eq!((shown.monotonic[0], shown.wall[0]), (step, step));
        for (monotonic, wall) in shown.monotonic[1..].iter().zip(&shown.wall[1..]) {
            assert_eq!((monotonic % step, wall % step), (0, 0), "{beside}");
            let range = shown.before - step..=shown.after;
            assert!(range.contains(wall), "{wall} is not in {range:?}: {beside}");
        }
        // The clocks advance by at least three waits of two full steps each; the first step of a wait may be partial.
        let passed = shown.monotonic[5] - shown.monotonic[1];
        assert!(passed >= 6 * step, "{passed} ns passed: {beside}");
        assert!(shown.took >= Duration::from_millis(90), "{:?}", shown.took);
    }
}

#[test]
fn frozen_clocks_stand_still_and_waits_are_real_without_a_kernel() {
    let frozen = "mode = \"frozen\"\nstart = 2026-01-01T00:00:00Z\ntick = \"0\"";
    let start = 1_767_225_600 * SECOND;
    let [alone, above] = BESIDE;
    // The waits are long compared with the start of a program, which is measured too.
    let waits = ["read", "wait 250000000", "wait 250000000"];
    let shown = run(frozen, alone, &waits);
    assert_eq!(shown.monotonic, [0; 3]);
    assert_eq!(shown.wall, [start; 3]);
    assert!(shown.took >= Duration::from_millis(500), "{:?}", shown.took);

    let day = "wait 86400000000000";
    let shown = run(frozen, above, &["read", day, day]);
    assert_eq!(shown.monotonic, [0; 3]);
    assert_eq!(shown.wall, [start; 3]);
}

#[test]
fn frozen_clocks_move_by_their_tick_at_each_reading() {
    let frozen = "mode = \"frozen\"\nstart = 2026-01-01T00:00:00Z\ntick = \"1ms\"";
    for beside in BESIDE {
        let shown = run(frozen, beside, &["resolution", "read", "read"]);
        assert_eq!(shown.monotonic[0], MILLISECOND, "{beside}");
        // Each command reads both clocks, and either reading moves both.
        let passed = shown.monotonic[2] - shown.monotonic[1];
        assert_eq!(passed, 2 * MILLISECOND, "{beside}");
        assert_eq!(shown.wall[2] - shown.wall[1], passed, "{beside}");
    }
}
