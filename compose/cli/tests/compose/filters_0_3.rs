//! The filters for WASI 0.3: what a program sees through them, in each mode of a policy.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use interpose_host::{Grant, Offer};
use wasi_interpose::application::Application;

use crate::running_0_3::{interposed, wait_for};
use crate::support::tools::{COMPOSER, finish, guest, imports, interpose, policy, run_component};

/// What the program prints about one thing under a policy that inherits everything else.
fn printed(text: &str, about: &str) -> String {
    let policy = format!("version = 1\ndefault = \"inherit\"\n{text}\n");
    let seen = interposed(&guest("p3_command"), &policy, &["program", about]);
    assert_eq!((seen.status, &seen.stderr[..]), (0, ""), "{text}");
    seen.stdout
}

#[test]
fn a_seed_decides_all_numbers_of_0_3() {
    let seeded = |seed: u64| {
        printed(
            &format!("[random]\nmode = \"seeded\"\nseed = {seed}"),
            "numbers",
        )
    };
    assert_eq!(seeded(7), seeded(7));
    assert_ne!(seeded(7), seeded(8));
    assert!(seeded(7).ends_with("true\n"), "{}", seeded(7));
}

#[test]
fn frozen_clocks_of_0_3_move_when_they_are_read() {
    let policy = "[clocks]\nmode = \"frozen\"\nstart = 2030-06-01T08:00:00Z\ntick = \"1us\"";
    assert_eq!(
        printed(policy, "readings"),
        "1906531200 000000000 [1000, 2000] 1000 1000\n"
    );
    assert_eq!(printed(policy, "waits"), "the short wait ended first\n");
}

#[test]
fn the_wall_clock_of_0_3_is_shifted() {
    let readings = printed("[clocks]\nmode = \"offset\"\noffset = \"-24h\"", "readings");
    let seconds: u64 = readings
        .split(' ')
        .next()
        .and_then(|s| s.parse().ok())
        .expect("a time");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time");
    let ago = now.saturating_sub(Duration::from_secs(seconds));
    let day = Duration::from_secs(24 * 3600);
    assert!(
        ago >= day && ago < day + Duration::from_secs(600),
        "{ago:?}"
    );
}

#[test]
fn coarse_clocks_of_0_3_are_rounded_down() {
    let readings = printed(
        "[clocks]\nmode = \"coarse\"\nresolution = \"1s\"",
        "readings",
    );
    let words: Vec<&str> = readings.split_whitespace().collect();
    assert_eq!(words[1], "000000000", "{readings}");
    assert!(words[2].trim_matches(['[', ',']).ends_with("000000000") || words[2] == "[0,");
    assert_eq!(words[4..], ["1000000000", "1000000000"], "{readings}");
    let waits = printed("[clocks]\nmode = \"coarse\"\nresolution = \"1ms\"", "waits");
    assert_eq!(waits, "the short wait ended first\n");
}

#[test]
fn environment_of_0_3_is_what_the_policy_says() {
    let policy = "[environment]\ninherit = [\"NA*\"]\nset = { A = \"b\" }\n[arguments]\ninherit = true\ncwd = \"/data\"";
    assert_eq!(
        printed(policy, "environment"),
        "variables [(\"A\", \"b\"), (\"NAME\", \"value\")]\narguments [\"environment\"]\ncwd Some(\"/data\")\n"
    );
    let policy = "[arguments]\nset = [\"p\", \"environment\", \"set\"]\n[environment]";
    assert_eq!(
        printed(policy, "nothing of this"),
        "variables []\narguments [\"environment\", \"set\"]\ncwd None\n"
    );
}

const READ_ONLY: &str = "[[filesystem.mounts]]\npath = \"/shown\"\nsource = \"host\"\nhost = \"/data\"\naccess = \"read-only\"";

#[test]
fn a_read_only_directory_of_0_3_is_read_and_not_changed() {
    let seen = printed(READ_ONLY, "files");
    for line in [
        "preopen /shown [\"a.txt\", \"b.txt\"] Ok(())",
        "  a.txt: Ok(\"the first\\n\")",
        "written Err(\"ErrorCode::NotPermitted\")",
        "absent Err(ErrorCode::NoEntry)",
    ] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    let writable = READ_ONLY.replace("\naccess = \"read-only\"", "");
    let seen = printed(&writable, "files");
    assert!(seen.contains("read back Ok(\"by 0.3\\n\")"), "{seen}");
    let beside = format!("[filesystem]\ninherit = true\n{READ_ONLY}");
    let seen = printed(&beside, "files");
    for line in ["preopen /shown [", "preopen /data ["] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    assert_eq!(printed("[filesystem]", "files"), "");
}

/// A caller that waits in the old way, for which the function is not asynchronous in its own code, waits through a filter.
#[test]
fn callers_that_block_wait_through_a_filter() {
    for version in ["0.3.0", "0.3.1", "0.3.2", "0.3.0-rc-2026-03-15"] {
        let component = wait_for(version);
        let application = Application::parse(&component).expect("an application");
        for mode in [
            "mode = \"frozen\"",
            "mode = \"coarse\"\nresolution = \"1ms\"",
            "mode = \"offset\"\noffset = \"1h\"",
        ] {
            let text = format!("version = 1\ndefault = \"inherit\"\n[clocks]\n{mode}\n");
            let composition = COMPOSER.compose(&application, &policy(&text));
            let composition = composition.unwrap_or_else(|error| panic!("{version}: {error}"));
            let grant = Grant::of(&composition.plan, &Offer::default());
            let ran = run_component(&composition.component, grant);
            assert_eq!(ran.end, "exit 0", "{version} under {mode}");
        }
    }
}

/// The command configures filters of 0.3 while they are instantiated, and says what they refused.
#[test]
fn refused_calls_of_0_3_are_told() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("app.wasm");
    std::fs::write(&path, guest("p3_command").component()).expect("the component");
    for (table, mode, about, function) in [
        ("random", "mode = \"deny\"", "random", "get-random-bytes"),
        ("clocks", "mode = \"deny\"", "clocks", "now"),
        ("exit", "mode = \"trap\"", "exit", "exit-with-code"),
    ] {
        let file = directory.path().join("policy.toml");
        let text = format!("version = 1\ndefault = \"inherit\"\n[{table}]\n{mode}\n");
        std::fs::write(&file, text).expect("the policy");
        let mut command = interpose();
        command
            .arg("run")
            .arg("-p")
            .arg(&file)
            .arg(&path)
            .arg(about);
        let ran = finish(&mut command);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert!(ran.stderr.contains(function), "{table}: {}", ran.stderr);
        let remedy = format!("[{table}] with mode = \"inherit\"");
        assert!(ran.stderr.contains(&remedy), "{table}: {}", ran.stderr);
    }
}

/// A filter and the application ask the host for the same interface, whose resources both use, under one name.
#[test]
fn an_application_of_the_release_candidate_keeps_its_names() {
    let released = wasmprinter::print_bytes(guest("p3_every_function").component());
    let candidate = released
        .expect("a text")
        .replace("@0.3.0\"", "@0.3.0-rc-2026-03-15\"");
    let component = wat::parse_str(candidate).expect("a component");
    let application = Application::parse(&component).expect("an application");
    let own = imports(application.component());
    let text = "version = 1\ndefault = \"inherit\"\n[clocks]\nmode = \"coarse\"\nresolution = \"1ms\"\n\
        [http]\nallow = [\"https://a.example/*\"]\n\
        [network]\nconnect = [\"udp://127.0.0.1:*\"]\nlisten = [\"udp://127.0.0.1:0\"]\n\
        [[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\n";
    let composition = COMPOSER.compose(&application, &policy(text));
    let composition = composition.expect("a composition");
    let left = imports(&composition.component);
    assert!(left.is_subset(&own), "{left:?}");
    for function in [
        "wasi:clocks/monotonic-clock wait-for",
        "wasi:sockets/types udp-socket.bind",
    ] {
        let mut grant = Grant::of(&composition.plan, &Offer::default());
        grant.arguments = vec!["program".into(), function.into()];
        let ran = run_component(&composition.component, grant);
        assert_eq!(
            (&ran.end[..], &ran.stderr[..]),
            ("exit 0", "ok\n"),
            "{function}"
        );
    }
}
