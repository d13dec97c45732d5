//! Paths of this machine in policies and graphs: the directory that they are relative to, and the messages about paths
//! that do not exist.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::tools::{GuestFile, Printed, finish, interpose};

use super::{work, write};

/// A directory with a policy that names files beside itself, and a directory without such files to run the command in.
fn places() -> tempfile::TempDir {
    let work = work();
    for directory in ["conf/data", "conf/baked", "base/data", "elsewhere"] {
        fs::create_dir_all(work.path().join(directory)).expect("directories");
    }
    write(work.path(), "conf/data/f", "beside the policy");
    write(work.path(), "base/data/f", "beside the base");
    write(work.path(), "conf/baked/f", "baked");
    write(work.path(), "conf/input.txt", "input");
    work
}

fn run_in(directory: &Path, arguments: &[&str]) -> Printed {
    finish(interpose().current_dir(directory).args(arguments))
}

#[test]
fn paths_are_relative_to_the_file_in_which_they_stand() {
    let work = places();
    let app = GuestFile::new("p2_fs_commands");
    write(
        work.path(),
        "base/base.toml",
        "version = 1\nextends = \"inherit\"\n\
         [[filesystem.mounts]]\npath = \"/base\"\nsource = \"host\"\nhost = \"data\"\n",
    );
    write(
        work.path(),
        "conf/policy.toml",
        "version = 1\nextends = \"../base/base.toml\"\n[stdio]\nstdin = { file = \"input.txt\" }\n\
         [[filesystem.mounts]]\npath = \"/host\"\nsource = \"host\"\nhost = \"./data\"\n\
         [[filesystem.mounts]]\npath = \"/baked\"\nsource = \"memory\"\nfrom = \"baked\"\n",
    );
    let policy = "../conf/policy.toml";
    let elsewhere = work.path().join("elsewhere");
    let ran = run_in(
        &elsewhere,
        &[
            "run",
            "-p",
            policy,
            &app.path(),
            "read /host:f",
            "read /base:f",
            "read /baked:f",
        ],
    );
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for contents in ["beside the policy", "beside the base", "baked"] {
        assert!(ran.stdout.contains(contents), "{contents}: {ran:?}");
    }
    let checked = run_in(&elsewhere, &["policy", "check", policy]);
    assert_eq!((checked.status, checked.stderr.as_str()), (0, ""));

    // The paths of options are relative to the current directory.
    let ran = run_in(
        &work.path().join("base"),
        &[
            "run",
            "-p",
            "../conf/policy.toml",
            "--dir",
            "data::/host",
            &app.path(),
            "read /host:f",
        ],
    );
    assert!(ran.stdout.contains("beside the base"), "{ran:?}");
}

#[test]
fn a_path_at_which_nothing_is_is_shown_where_it_stands() {
    let work = places();
    let app = GuestFile::new("p2_fs_commands");
    let elsewhere = work.path().join("elsewhere");
    let policy = "../conf/policy.toml";
    let compose = ["compose", &app.path(), "-p", policy, "-o", "out.wasm"].map(str::to_owned);
    let run = ["run", "-p", policy, &app.path()].map(str::to_owned);
    let check = ["policy", "check", policy].map(str::to_owned);
    let baked = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n";
    let host = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\n";
    let cases = [
        // Each case: the tables, the line and the column, the message, and the hint.
        (
            format!("{baked}from = \"bakde\"\n"),
            (6, 9),
            "policy::no-directory",
            "did you mean `baked`?",
        ),
        (
            format!("{baked}from = \"./baked/none\"\n"),
            (6, 9),
            "policy::no-directory",
            "the path is relative to the file in which it stands",
        ),
        (
            format!("{baked}from = \"input.txt\"\n"),
            (6, 9),
            "policy::unreadable",
            "name a directory that can be read",
        ),
        (
            "[stdio]\nstdin = { file = \"../cnof/input.txt\" }\n".to_owned(),
            (4, 19),
            "policy::no-file",
            "did you mean `../conf/input.txt`?",
        ),
        (
            format!("{host}host = \"dtaa\"\n"),
            (6, 9),
            "policy::no-directory",
            "did you mean `data`?",
        ),
    ];
    for (tables, (line, column), code, hint) in cases {
        let text = format!("version = 1\nextends = \"inherit\"\n{tables}");
        write(work.path(), "conf/policy.toml", text);
        let is_host = tables.contains("\"host\"");
        for arguments in [&check[..], &run[..], &compose[..]] {
            let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            arguments.insert(0, "--json");
            let printed = run_in(&elsewhere, &arguments);
            // The directory may exist on another machine.
            let only_warned = is_host && arguments[1] == "policy";
            let not_looked_at = is_host && arguments[1] == "compose";
            if not_looked_at {
                assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
                continue;
            }
            let message: Value =
                serde_json::from_str(printed.stderr.lines().next().unwrap_or_default())
                    .expect("a message");
            let level = if only_warned { "warning" } else { "error" };
            assert_eq!(message["level"], level, "{printed:?}");
            assert_eq!(printed.status == 0, only_warned, "{printed:?}");
            assert_eq!(message["code"], code, "{printed:?}");
            let place = &message["places"][0];
            assert_eq!(place["file"], policy, "{printed:?}");
            assert_eq!(place["line"], line, "{printed:?}");
            assert_eq!(place["column"], column, "{printed:?}");
            assert_eq!(message["hint"].as_str().unwrap_or_default(), hint);
        }
    }
    let printed = run_in(&elsewhere, &["policy", "check", policy]);
    assert!(
        printed.stderr.contains("⚠ there is no directory"),
        "{printed:?}"
    );
}

#[test]
fn a_component_of_a_graph_that_is_not_there_is_shown_where_it_stands() {
    let work = places();
    write(work.path(), "conf/app.wat", "(component)");
    write(
        work.path(),
        "conf/graph.toml",
        "version = 1\napplication = \"app\"\n[components.app]\nsource = \"ap.wat\"\npolicy = \"deny\"\n",
    );
    let graph = "../conf/graph.toml";
    let printed = run_in(
        &work.path().join("elsewhere"),
        &["policy", "check", graph, "--json"],
    );
    assert_eq!(printed.status, 2, "{printed:?}");
    let message: Value =
        serde_json::from_str(printed.stderr.lines().next().unwrap_or_default()).expect("a message");
    assert_eq!(message["code"], "policy::no-file");
    assert_eq!(message["hint"], "did you mean `app.wat`?");
    assert_eq!(message["places"][0]["line"], 4);
    assert_eq!(message["places"][0]["file"], graph);
}
