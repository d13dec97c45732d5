//! `--save`: the files of the program's filesystem appear in a directory of this machine, and nothing else changes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};

use interpose_host::{Grant, Host, Offer, Output, Save};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Form;
use wasi_interpose::policy::Policy;

use crate::support::tools::{
    COMPOSER, GuestFile, Printed, bad, cache_directory, finish, guest, interpose, run, text,
};
use crate::support::transcript::tree;

fn save(program: &str, from: &str, to: &Path, more: &[&str]) -> Printed {
    let app = GuestFile::new(program);
    let path = app.path();
    let save = format!("{from}={}", text(to));
    let mut arguments = vec!["run", "-p", "memory-filesystem", "--save", &save];
    arguments.extend(more);
    arguments.push(&path);
    run(&arguments)
}

fn names(directory: &Path) -> Vec<String> {
    let lines = tree(directory).expect("the saved files");
    lines
        .into_iter()
        .map(|line| match line.split_once(' ') {
            Some((name, rest)) if !rest.starts_with("->") => name.to_owned(),
            _ => line,
        })
        .collect()
}

#[test]
fn files_directories_and_links_are_saved() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let to = work.path().join("new/out");
    let printed = save("fs_read_dir", "/", &to, &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert_eq!(
        names(&to),
        [
            "d/",
            "d/A",
            "d/a",
            "d/b",
            "d/c.txt",
            "d/dangling -> nowhere",
            "d/link -> a",
            "d/sub/",
            "d/Ä",
            "dev/",
            "empty/",
            "tmp/"
        ]
    );
    assert_eq!(
        fs::read_to_string(to.join("d/c.txt")).expect("a file"),
        "c.txt"
    );

    // Saves a part of the files, over existing files.
    let part = work.path().join("part");
    fs::create_dir_all(part.join("b/was/a/directory")).expect("directories");
    fs::write(part.join("kept"), "").expect("a file");
    let printed = save("fs_read_dir", "/d", &part, &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let expected = [
        "A",
        "a",
        "b",
        "c.txt",
        "dangling -> nowhere",
        "kept",
        "link -> a",
        "sub/",
        "Ä",
    ];
    assert_eq!(names(&part), expected);
}

#[test]
fn large_files_are_baked_and_saved() {
    // The runtime once refused to pass a snapshot of more than 64 MiB in one call.
    const SIZE: usize = 70 << 20;
    let work = tempfile::tempdir().expect("a temporary directory");
    let (from, to) = (work.path().join("from"), work.path().join("to"));
    fs::create_dir(&from).expect("a directory");
    // A file of zeroes would not be stored.
    fs::write(from.join("large"), vec![b'x'; SIZE]).expect("a file");
    let policy = work.path().join("policy.toml");
    let table = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"from\"\n";
    fs::write(
        &policy,
        format!("version = 1\nextends = \"sandbox\"\n{table}"),
    )
    .expect("a policy");
    let app = GuestFile::new("fs_read_dir");
    let save = format!("/={}", text(&to));
    let (app, policy) = (app.path(), text(&policy));
    let printed = run(&["run", "-p", &policy, "--save", &save, &app]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let saved = fs::read(to.join("large")).expect("the saved file");
    assert!(saved.len() == SIZE && saved.iter().all(|byte| *byte == b'x'));
}

#[test]
fn a_host_tells_how_far_saving_has_come() {
    const SIZE: usize = 3 << 20;
    let work = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| work.path().join(name);
    fs::create_dir_all(at("from/d")).expect("directories");
    for (name, size) in [("from/large", SIZE), ("from/d/small", 5)] {
        fs::write(at(name), vec![b'x'; size]).expect("a file");
    }
    let mounts = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"from\"\n";
    let policy = format!("version = 1\nextends = \"deterministic\"\n{mounts}");
    fs::write(at("policy.toml"), policy).expect("a policy");
    let policy = Policy::load(&text(&at("policy.toml"))).expect("a policy");
    let form = Form {
        exposed: true,
        ..Form::default()
    };
    let composition = COMPOSER
        .compose_as(&guest("fs_exists"), &policy, form)
        .expect("a composition");

    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let cache = CompilationCache::in_directory(cache_directory());
    let host = Host::new(&cache).expect("a host").watched(move |saving| {
        let (request, bytes) = (saving.request.clone(), saving.bytes);
        let mut told = telling.lock().expect("nobody panics");
        told.push((request, saving.entries, bytes, saving.leaves_line_open));
    });
    let save = |from: &str, to: &str| Save {
        from: from.into(),
        to: at(to),
    };
    let saves = [save("/", "all"), save("/d", "part")];
    let grant = Grant {
        stdout: Output::Discard,
        ..Grant::of(&composition.plan, &Offer::default())
    };
    let program = host.compile(&composition.component).expect("a program");
    let finished = host.run(&program, &grant, &saves).expect("a run");
    assert_eq!(finished.saved.len(), 2);

    let told = told.lock().expect("nobody panics");
    assert!(
        told.is_sorted_by_key(|(request, ..)| request != &saves[0]),
        "{told:?}"
    );
    for (save, saved) in saves.iter().zip(&finished.saved) {
        let of_this = told.iter().filter(|(request, ..)| request == save);
        let counts: Vec<(u64, u64)> = of_this.map(|told| (told.1, told.2)).collect();
        assert_eq!(counts.first(), Some(&(0, 0)), "{told:?}");
        assert!(counts.is_sorted(), "{told:?}");
        let last = counts.last().map(|(_, bytes)| *bytes);
        assert_eq!(last, Some(saved.bytes), "{told:?}");
    }
    // A large file is told of in pieces.
    let pieces = told.iter().map(|told| told.2);
    let within = pieces.filter(|bytes| (1..SIZE as u64).contains(bytes));
    assert!(within.count() >= 2, "{told:?}");
    assert!(told.iter().all(|told| !told.3), "{told:?}");
}

/// What is shown while files are saved begins a line of its own, and says when it ended.
#[test]
fn saving_is_shown() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let printed = save("fs_read_dir", "/", &work.path().join("out"), &["--verbose"]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let shown = printed
        .stderr
        .lines()
        .position(|line| line.starts_with("saving: ") && line.ends_with(" ms"));
    let saved = printed
        .stderr
        .lines()
        .position(|line| line.starts_with("saved "));
    assert!(shown.is_some() && shown < saved, "{printed:?}");
    for quiet in ["--quiet", "--json"] {
        let printed = save("fs_read_dir", "/", &work.path().join(quiet), &[quiet]);
        assert!(!printed.stderr.contains("saving"), "{printed:?}");
    }
}

#[test]
fn files_are_saved_after_a_failure() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let printed = save("fs_write_then_exit", "/", work.path(), &[]);
    assert_eq!(printed.status, 1, "{printed:?}");
    assert_eq!(
        fs::read_to_string(work.path().join("log")).expect("a file"),
        "why it failed\n"
    );
}

#[test]
fn links_that_lead_outside_are_left_out() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let to = work.path().join("out");
    let printed = save("fs_symlink_escape", "/", &to, &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    for link in ["/far", "/up", "/around", "/d/up"] {
        assert!(
            printed.stderr.contains(&format!("not saved: {link} -> ")),
            "{printed:?}"
        );
    }
    for line in names(&to) {
        if let Some((_, target)) = line.split_once(" -> ") {
            assert_eq!(target, "..", "{line}");
        }
    }
    assert_eq!(names(work.path())[0], "out/");
}

#[test]
fn links_in_the_target_are_not_followed() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (outside, to) = (work.path().join("outside"), work.path().join("out"));
    fs::create_dir(&outside).expect("a directory");
    fs::create_dir(&to).expect("a directory");
    fs::write(outside.join("secret"), "untouched").expect("a file");
    symlink("../outside/secret", to.join("a.txt")).expect("a link");
    symlink("../outside/made", to.join("empty")).expect("a link");
    let printed = save("fs_create_read", "/", &to, &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert_eq!(
        fs::read_to_string(outside.join("secret")).expect("a file"),
        "untouched"
    );
    assert_eq!(names(&outside), ["secret"]);
    assert_eq!(
        fs::read_to_string(to.join("a.txt")).expect("a file"),
        "second"
    );
    assert!(
        fs::symlink_metadata(to.join("empty"))
            .expect("a file")
            .is_file()
    );

    // A link in the place of one of the program's directories is not followed either.
    let to = work.path().join("more");
    fs::create_dir(&to).expect("a directory");
    symlink("../outside", to.join("d")).expect("a link");
    let printed = save("fs_read_dir", "/", &to, &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert_eq!(names(&outside), ["secret"]);
    assert!(
        fs::symlink_metadata(to.join("d"))
            .expect("a directory")
            .is_dir()
    );
}

#[test]
fn what_cannot_be_saved_is_said() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let to = work.path().join("out");
    // The program writes files and then asks for a random number, which traps.
    let policy = work.path().join("policy.toml");
    let text_of_policy =
        "version = 1\nextends = \"memory-filesystem\"\n[random]\nmode = \"deny\"\n";
    fs::write(&policy, text_of_policy).expect("a file");
    let (app, request) = (GuestFile::new("demo"), format!("/={}", text(&to)));
    let printed = run(&["run", "-p", &text(&policy), "--save", &request, &app.path()]);
    assert_eq!(printed.status, 134, "{printed:?}");
    assert!(printed.stderr.contains("nothing was saved"), "{printed:?}");
    assert!(!to.exists());

    let printed = save("fs_create_read", "/no/such/directory", &to, &[]);
    assert_eq!(printed.status, 125, "{printed:?}");
    assert!(printed.stderr.contains("/no/such/directory"), "{printed:?}");
    assert!(!to.exists());

    let app = GuestFile::new("cli_hello");
    let request = format!("/={}", text(&to));
    let printed = run(&["run", "-p", "inherit", "--save", &request, &app.path()]);
    assert_eq!(printed.status, 127, "{printed:?}");
    assert!(printed.stderr.contains("nothing to save"), "{printed:?}");
    assert_eq!(printed.stdout, "", "the program did not run");
}

/// Creates a file of 8 TiB that consists of one hole.
const ENDLESS: &str = r#"
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $set_size (param i32 i64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "endless")
  (func (export "_start")
    ;; Create it, with the rights to write and to set its size.
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 1)
          (i64.const 4194368) (i64.const 0) (i32.const 0) (i32.const 16))
      (then unreachable))
    (if (call $set_size (i32.load (i32.const 16)) (i64.const 0x80000000000))
      (then unreachable))))
"#;

#[test]
fn files_that_are_longer_than_memory_are_left_out() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let app = work.path().join("endless.wat");
    fs::write(&app, ENDLESS).expect("the application");
    let to = work.path().join("out");
    let save = format!("/={}", text(&to));
    let printed = run(&[
        "run",
        "-p",
        "memory-filesystem",
        "--save",
        &save,
        &text(&app),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(
        printed.stderr.contains("not saved: /endless"),
        "{printed:?}"
    );
    assert_eq!(names(&to), ["dev/", "tmp/"]);
}

#[test]
fn of_an_overlay_the_merged_tree_is_saved_and_the_host_keeps_its_own() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (lower, to) = (work.path().join("lower"), work.path().join("out"));
    fs::create_dir_all(lower.join("kept")).expect("a directory");
    fs::create_dir_all(work.path().join("baked/kept")).expect("a directory");
    fs::write(lower.join("a.txt"), "old and longer than what is written").expect("a file");
    fs::write(lower.join("kept/x"), "x of the host").expect("a file");
    fs::write(lower.join("kept/y"), "y of the host").expect("a file");
    fs::write(work.path().join("baked/kept/y"), "y of the policy").expect("a file");
    symlink("kept/x", lower.join("link")).expect("a link");
    let before = tree(&lower).expect("the host's files");
    let policy = work.path().join("policy.toml");
    let mount = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\n";
    let host = text(&lower);
    let mount = format!("{mount}host = \"{host}\"\nfrom = \"baked\"\ndirectories = [\"tmp\"]\n");
    let source = format!("version = 1\nextends = \"sandbox\"\n\n{mount}");
    fs::write(&policy, source).expect("a policy");
    let app = GuestFile::new("fs_create_read");
    let printed = run(&[
        "run",
        "-p",
        &text(&policy),
        "--save",
        &format!("/={}", text(&to)),
        &app.path(),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains("read: \"second\"\n"), "{printed:?}");
    let read = |path: &str| fs::read_to_string(to.join(path)).expect("a saved file");
    assert_eq!(read("a.txt"), "second");
    assert_eq!(read("kept/x"), "x of the host");
    assert_eq!(read("kept/y"), "y of the policy");
    assert_eq!(
        fs::read_link(to.join("link")).expect("a saved link"),
        Path::new("kept/x")
    );
    assert!(to.join("tmp").is_dir());
    assert_eq!(tree(&lower).expect("the host's files"), before);
    let kept = fs::read_to_string(lower.join("a.txt")).expect("the host's file");
    assert_eq!(kept, "old and longer than what is written");
}

/// Writes a policy with these mounts to a file.
fn policy_with(directory: &Path, mounts: &str) -> String {
    let file = directory.join("policy.toml");
    let text_of_policy = format!("version = 1\nextends = \"sandbox\"\n\n{mounts}");
    fs::write(&file, text_of_policy).expect("the policy is written");
    text(&file)
}

#[test]
fn nothing_is_saved_to_where_the_files_come_from() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let shown = work.path().join("shown");
    fs::create_dir(&shown).expect("a directory");
    fs::create_dir(work.path().join("beside")).expect("a directory");
    fs::write(shown.join("a"), "one").expect("a file");
    symlink("shown", work.path().join("link")).expect("a link");
    // An earlier run could have left this link; its target lies beside the shown directory.
    symlink("../beside", shown.join("leads-out")).expect("a link");
    let (app, server) = (
        GuestFile::new("fs_create_read"),
        GuestFile::new("p2_http_server"),
    );
    let before = tree(work.path()).expect("the files").len();
    for source in ["overlay", "host"] {
        let memory = "[[filesystem.mounts]]\npath = \"/memory\"\nsource = \"memory\"\n";
        let mount =
            format!("{memory}\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"{source}\"\n");
        let policy = policy_with(
            work.path(),
            &format!("{mount}host = \"{}\"\n", text(&shown)),
        );
        for to in [
            "shown",
            "shown/out/new",
            ".",
            "link/out",
            "new/../shown/out",
            "beside/../shown",
            "shown/leads-out",
            "shown/leads-out/new",
            "link/leads-out/../beside",
        ] {
            let save = format!("/={to}");
            for arguments in [
                vec!["run", "-p", &policy, "--save", &save, &app.path()],
                vec![
                    "serve",
                    &server.path(),
                    "-p",
                    &policy,
                    "--save",
                    &save,
                    "--addr",
                    "127.0.0.1:0",
                ],
            ] {
                let printed = finish(interpose().current_dir(work.path()).args(&arguments));
                assert_eq!(
                    printed.status,
                    bad(arguments[0]),
                    "{arguments:?}: {printed:?}"
                );
                // If the target contains the mount itself, saved files could exchange the mount.
                let reasons = [
                    "cannot receive saved files",
                    "can be exchanged by what is saved",
                ];
                assert!(
                    reasons.iter().any(|reason| printed.stderr.contains(reason)),
                    "{printed:?}"
                );
                assert!(printed.stderr.contains("hint: "), "{printed:?}");
                assert_eq!(printed.stdout, "", "nothing ran");
            }
        }
        // The policy's file is the only additional one.
        assert_eq!(tree(work.path()).expect("the files").len(), before + 1);
        let save = format!("/={}", text(&work.path().join("shown-beside")));
        let printed = run(&["run", "-p", &policy, "--save", &save, &app.path()]);
        assert_eq!(printed.status, 0, "{printed:?}");
        fs::remove_dir_all(work.path().join("shown-beside")).expect("the saved files");
        for made in ["a.txt", "empty"] {
            let _ = fs::remove_file(shown.join(made));
        }
    }
}

#[test]
fn what_cannot_be_read_costs_nothing_else() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (from, to) = (work.path().join("from"), work.path().join("out"));
    let deep = from.join(["d"; 205].join("/"));
    fs::create_dir_all(&deep).expect("directories");
    fs::write(deep.join("bottom"), "").expect("a file");
    symlink("/usr/bin/python3", from.join("python")).expect("a link");
    fs::write(from.join("z.txt"), "z").expect("a file");
    for (source, directory) in [("memory", "from"), ("overlay", "host")] {
        let mount = "[[filesystem.mounts]]\npath = \"/\"\n";
        let mount = format!(
            "{mount}source = \"{source}\"\n{directory} = \"{}\"\n",
            text(&from)
        );
        let policy = policy_with(work.path(), &mount);
        let app = GuestFile::new("fs_create_read");
        let save = format!("/={}", text(&to));
        let printed = run(&["run", "-p", &policy, "--save", &save, &app.path()]);
        assert_eq!(printed.status, 0, "{source}: {printed:?}");
        let warnings: Vec<&str> = printed.stderr.lines().collect();
        assert_eq!(warnings.len(), 2, "{source}: {printed:?}");
        assert!(warnings[0].contains("200 directories deep"), "{printed:?}");
        let link = "warning: not saved: /python (a link that leads outside)";
        assert_eq!(warnings[1], link, "{source}");
        assert_eq!(
            fs::read_to_string(to.join("z.txt")).expect("the last file"),
            "z"
        );
        assert!(to.join(["d"; 200].join("/")).is_dir());
        fs::remove_dir_all(&to).expect("the saved files");
    }
}

#[test]
fn mounts_below_the_path_are_saved_at_their_place() {
    let work = tempfile::tempdir().expect("a temporary directory");
    for (directory, file) in [
        ("root/data", "hidden"),
        ("root/x", "x"),
        ("data", "shown"),
        ("deep", "deep"),
    ] {
        fs::create_dir_all(work.path().join(directory)).expect("directories");
        fs::write(work.path().join(directory).join(file), file).expect("a file");
    }
    let mount = |path: &str, from: &str| {
        let from = text(&work.path().join(from));
        format!(
            "[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"memory\"\nfrom = \"{from}\"\n\n"
        )
    };
    let mounts = mount("/", "root") + &mount("/data", "data") + &mount("/data/a/b", "deep");
    let app = GuestFile::new("fs_create_read");
    let saved = |mounts: &str, path: &str| {
        let to = work.path().join("out");
        let save = format!("{path}={}", text(&to));
        let policy = policy_with(work.path(), mounts);
        let printed = run(&["run", "-p", &policy, "--save", &save, &app.path()]);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""), "{path}");
        let names = names(&to);
        fs::remove_dir_all(&to).expect("the saved files");
        names
    };
    let below = ["a/", "a/b/", "a/b/deep", "shown"];
    assert_eq!(saved(&mounts, "/data"), below);
    let mut all = vec!["a.txt".to_owned(), "data/".to_owned()];
    all.extend(below.map(|name| format!("data/{name}")));
    all.extend(["empty", "x/", "x/x"].map(str::to_owned));
    assert_eq!(saved(&mounts, "/"), all);
    assert_eq!(saved(&mounts, "/data/a/b"), ["deep"]);
    // If no mount covers the path, the mounts below it are saved.
    let apart = mount("/p/data", "data") + &mount("/p/q/r", "deep");
    assert_eq!(
        saved(&apart, "/p"),
        ["data/", "data/shown", "q/", "q/r/", "q/r/deep"]
    );
}

/// Creates a link that leads outside, whose name contains a line break and a red line.
const LOUD: &str = r#"
(module
  (import "wasi_snapshot_preview1" "path_symlink"
    (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "../x")
  (data (i32.const 8) "e\1b[31mRED\nerror: fake")
  (func (export "_start")
    (if (call $symlink (i32.const 0) (i32.const 4) (i32.const 3) (i32.const 8) (i32.const 21))
      (then unreachable))))
"#;

#[test]
fn names_cannot_forge_messages() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let app = work.path().join("loud.wat");
    fs::write(&app, LOUD).expect("the application");
    let save = format!("/={}", text(&work.path().join("out")));
    let printed = run(&[
        "run",
        "-p",
        "memory-filesystem",
        "--save",
        &save,
        &text(&app),
    ]);
    let expected =
        r"warning: not saved: /e\u{1b}[31mRED\nerror: fake -> ../x (a link that leads outside)";
    assert_eq!((printed.status, printed.stderr.trim_end()), (0, expected));
    let printed = run(&[
        "run",
        "-p",
        "memory-filesystem",
        "--save",
        &save,
        "--quiet",
        &text(&app),
    ]);
    assert_eq!(
        (printed.status, printed.stderr.as_str()),
        (0, ""),
        "a warning is no error"
    );
}
