//! Nothing is left to chance: equal inputs give equal bytes, and a deterministic run gives equal output each time.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use interpose_host::Grant;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;

use crate::support::tools::{
    COMPOSER, GuestFile, finish, guest, interpose, policy, run_component, text,
};

/// The times of files in memory are those of the policy's clock, even in a program that imports no clock.
#[test]
fn files_have_the_times_of_the_clock() {
    let modified = |clocks: &str| {
        let policy = policy(&format!(
            "version = 1\ndefault = \"inherit\"\n[clocks]\n{clocks}\n\
             [[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\""
        ));
        let composition = COMPOSER.compose(&guest("p2_fs_commands"), &policy);
        let arguments = ["program", "write file", "modified file"];
        let grant = Grant {
            arguments: arguments.map(str::to_owned).into(),
            ..Grant::default()
        };
        let ran = run_component(&composition.expect("a composition").component, grant);
        let time = ran
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("modified file: "));
        let (seconds, nanoseconds) = time
            .and_then(|time| time.split_once('.'))
            .unwrap_or_else(|| panic!("{ran:?}"));
        let number = |text: &str| text.parse::<u64>().expect("a number");
        (number(seconds), number(nanoseconds))
    };
    let now = || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.expect("a time after 1970").as_secs()
    };
    let before = now();
    let (seconds, nanoseconds) = modified("mode = \"coarse\"\nresolution = \"1h\"");
    assert_eq!((seconds % 3600, nanoseconds), (0, 0));
    assert!((before - 3600..=now()).contains(&seconds), "{seconds}");
    let hours = 3600 * 1000;
    let before = now();
    let (seconds, _) = modified("mode = \"offset\"\noffset = \"+1000h\"");
    assert!(
        (before + hours..=now() + hours).contains(&seconds),
        "{seconds}"
    );
}

/// Invariant 3: the library gives the same bytes with and without a cache, and in another process, in whatever order
/// the files of a mount were created.
#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (
        directory_with(&["b", "a", "c"]),
        directory_with(&["c", "b", "a"]),
    );
    let app = GuestFile::new("fs_read_only");
    let application = guest("fs_read_only");
    let with = |directory: &Path| {
        let text = format!(
            "version = 1\nextends = \"sandbox\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = {:?}\n",
            text(directory)
        );
        policy(&text)
    };
    let expected = COMPOSER
        .compose(&application, &with(first.path()))
        .expect("a composition")
        .component;
    let again = COMPOSER
        .compose(&application, &with(second.path()))
        .expect("a composition")
        .component;
    assert!(
        expected == again,
        "the order in which files are made changes the result"
    );
    let cold = tempfile::tempdir().expect("a temporary directory");
    for cache in [
        CompilationCache::disabled(),
        CompilationCache::in_directory(cold.path().to_owned()),
        CompilationCache::in_directory(cold.path().to_owned()),
    ] {
        let composer = Composer::new(&cache).expect("a composer");
        let found = composer
            .compose(&application, &with(second.path()))
            .expect("a composition")
            .component;
        assert!(expected == found, "the cache changes the result: {cache:?}");
    }
    let out = text(&cold.path().join("out.wasm"));
    let mount = format!("/={}", text(second.path()));
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let printed = finish(interpose().current_dir(cold.path()).args([
            "compose",
            &app.path(),
            "-p",
            "sandbox",
            "--mount",
            &mount,
            "-o",
            &out,
        ]));
        assert_eq!(printed.status, 0, "{printed:?}");
        outputs.push(fs::read(&out).expect("the result"));
    }
    assert!(outputs[0] == outputs[1], "two processes disagree");
}

fn directory_with(names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in names {
        let below = directory.path().join(name);
        fs::create_dir(&below).expect("a directory");
        for name in names {
            fs::write(below.join(name), "contents").expect("a file");
        }
    }
    directory
}

/// Runs the same program several times, each in a process of its own and at another time.
#[test]
fn deterministic_runs_are_the_same() {
    for program in [
        "demo",
        "random_hash_map",
        "random_print",
        "p2_time_clocks",
        "p2_random_seeded",
    ] {
        let app = GuestFile::new(program);
        let run = |clutter: &str| {
            let mut command = interpose();
            command.env("CLUTTER", clutter);
            let printed = finish(command.args(["run", "-p", "deterministic", &app.path()]));
            assert_eq!(printed.status, 0, "{program}: {printed:?}");
            (printed.stdout, printed.stderr)
        };
        let first = run("");
        assert!(!first.0.is_empty(), "{program} prints nothing");
        assert_eq!(first, run("more of it"), "{program}");
    }
}
