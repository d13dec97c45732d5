//! The kernel's files, standard streams and time for programs of WASI 0.3, against those of the host and of WASI 0.2.

use crate::running_0_3::{Seen, alone, interposed};
use crate::support::tools::{GuestFile, finish, guest, interpose};

const BASE: &str = "version = 1\ndefault = \"inherit\"\n";

/// The files that the program gets from the host, in memory.
const MEMORY: &str = "[[filesystem.mounts]]\npath = \"/data\"\nsource = \"memory\"\n\
    files = { \"a.txt\" = \"the first\\n\", \"b.txt\" = \"\" }\n";

const OVERLAY: &str =
    "[[filesystem.mounts]]\npath = \"/data\"\nsource = \"overlay\"\nhost = \"/data\"\n";

const PART: &str = "[[filesystem.mounts]]\npath = \"/data\"\nsource = \"host\"\nhost = \"/data\"\nhide = [\"**/.hidden\"]\n";

fn under(program: &str, tables: &str, arguments: &[&str]) -> Seen {
    interposed(&guest(program), &format!("{BASE}{tables}"), arguments)
}

/// What the program prints, in lines, under tables and on the host, where they differ.
fn differences(seen: &str, expected: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut seen, mut expected) = (seen.lines(), expected.lines());
    loop {
        match (seen.next(), expected.next()) {
            (None, None) => return found,
            (seen, expected) if seen == expected => {}
            (seen, expected) => {
                found.push(format!("- {}", expected.unwrap_or_default()));
                found.push(format!("+ {}", seen.unwrap_or_default()));
            }
        }
    }
}

#[test]
fn files_are_as_on_the_host() {
    let application = guest("p3_files");
    for argument in ["table", "streams", "large", "given-up", "many", "both"] {
        let arguments = ["program", argument];
        let expected = alone(application.component(), &arguments);
        assert_eq!(expected.status, 0, "{argument}: {expected:?}");
        for tables in [MEMORY, OVERLAY, PART] {
            let seen = under("p3_files", tables, &arguments);
            let found = differences(&seen.stdout, &expected.stdout);
            let found = found.join("\n");
            assert_eq!(
                (seen.status, &found[..]),
                (0, ""),
                "{argument} under {tables}: {}",
                seen.stderr
            );
        }
    }
}

#[test]
fn both_revisions_share_the_files() {
    for tables in [MEMORY, OVERLAY, PART] {
        let seen = under("p3_command", tables, &["program", "mixed"]);
        assert_eq!(
            seen.stdout,
            "0.3 reads Ok(\"by 0.2\"), 0.2 reads Ok(\"by 0.3\")\nand this is printed by 0.2\n",
            "{tables}: {}",
            seen.stderr
        );
    }
}

#[test]
fn standard_streams_are_what_the_policy_says() {
    let printed = |tables: &str, about: &str| under("p3_command", tables, &["program", about]);
    let seen = printed("[stdio]\nstdin = { text = \"from the policy\" }", "stdin");
    assert_eq!(
        seen.stdout, "stdin \"from the policy\" Ok(())\n",
        "{seen:?}"
    );
    let seen = printed("[stdio]\nstdin = \"closed\"", "stdin");
    assert_eq!(seen.stdout, "stdin \"\" Ok(())\n", "{seen:?}");
    let seen = printed("[stdio]\nstdin = \"deny\"", "stdin");
    assert_eq!(seen.stdout, "stdin \"\" Err(ErrorCode::Io)\n", "{seen:?}");
    let seen = printed("[stdio]\nstdin = \"whole\"", "stdin");
    assert_eq!(
        seen.stdout, "stdin \"from the host\\n\" Ok(())\n",
        "{seen:?}"
    );
    let seen = printed("[stdio]\nstdout = \"discard\"", "stdin");
    assert_eq!((seen.status, &seen.stdout[..]), (0, ""), "{seen:?}");
    let seen = printed("[stdio]\nstdout = { prefix = \"| \" }", "clocks");
    assert_eq!(
        seen.stdout, "| slept at least 2 ms: true, after 2020: true\n",
        "{seen:?}"
    );
    let seen = printed("[stdio]\nstderr = { prefix = \"! \" }", "nonsense");
    assert_eq!(seen.stderr, "! unknown: nonsense\n", "{seen:?}");
}

const VIRTUAL: &str = "[clocks]\nmode = \"virtual\"\nstart = 2030-06-01T08:00:00Z\ntick = \"1us\"\n[http]\n[network]\n";

#[test]
fn virtual_time_of_0_3_jumps_over_waits() {
    let readings = under("p3_command", VIRTUAL, &["program", "readings"]);
    assert_eq!(
        readings.stdout,
        "1906531200 000000000 [1000, 2000] 1000 1000\n"
    );
    let waits = under("p3_command", VIRTUAL, &["program", "waits"]);
    assert_eq!(waits.stdout, "the short wait ended first\n");
}

/// The command runs a program of 0.3 under the built-in policy for tests, twice with the same output.
#[test]
fn the_command_line_runs_0_3_deterministically() {
    let guest = GuestFile::new("p3_command");
    let path = guest.path();
    let run = |arguments: &[&str]| {
        let mut command = interpose();
        command
            .args(["run", "-p", "deterministic", &path])
            .args(arguments);
        finish(&mut command)
    };
    for argument in ["numbers", "readings", "waits", "files", "mixed"] {
        let (first, second) = (run(&[argument]), run(&[argument]));
        assert_eq!(first.status, 0, "{argument}: {first:?}");
        assert_eq!(
            (first.stdout, first.stderr),
            (second.stdout, second.stderr),
            "{argument}"
        );
    }
}
