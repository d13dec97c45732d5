//! Paths of a policy that its application could exchange, and directories that give access to more than files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use interpose_host::paths::{Paths, Purpose};
use interpose_host::{Directory, Grant, Offer};

use crate::host_filesystem::compose;
use crate::support::guests::repository;
use crate::support::tools::{GuestFile, finish, interpose, policy, run_component, text};

/// A directory with the paths that the tests mount: `srv` is writable, `outside` is in no mount.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().canonicalize().expect("its path");
    for path in [
        "srv/pub/deep",
        "srv/conf",
        "srv-too",
        "outside",
        "beside/in",
    ] {
        fs::create_dir_all(root.join(path)).expect("a directory");
    }
    for (path, contents) in [
        ("srv/pub/f", "public"),
        ("srv/input", "input"),
        ("outside/f", "SECRET"),
        ("beside/f", "beside"),
    ] {
        fs::write(root.join(path), contents).expect("a file");
    }
    for (target, link) in [
        ("../beside", "srv/leads-out"),
        (".", "srv/itself"),
        ("srv/pub", "leads-in"),
        ("srv", "alias"),
        ("beside", "to-beside"),
    ] {
        symlink(target, root.join(link)).expect("a link");
    }
    (directory, root)
}

/// A mount of the host's directory `host`.
fn mount(path: &str, host: &Path, keys: &str) -> String {
    format!(
        "[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"host\"\nhost = \"{}\"\n{keys}\n",
        text(host)
    )
}

/// The purpose of the first path that the application could exchange.
fn exchangeable(tables: &str) -> Option<Purpose> {
    let policy = policy(&format!("version = 1\n{tables}"));
    let mut paths = Paths::of_this_machine();
    paths.add(None, &policy, &Offer::default());
    paths.check().err().map(|found| found.purpose)
}

#[test]
fn what_lies_in_a_writable_mount_is_refused() {
    let (_directory, root) = place();
    let at = |path: &str| root.join(path);
    let whole = mount("/", &at("srv"), "");
    let inner = |host: &str, keys: &str| mount("/inner", &at(host), keys);
    let refused = Some(Purpose::Mount("/inner".into()));
    for (host, keys) in [
        ("srv/pub", ""),
        ("srv/pub", "access = \"read-only\""),
        // Renaming a parent moves the path too.
        ("srv/pub/deep", ""),
        // Links in the middle of a path lead into the writable directory and out of it.
        ("leads-in", ""),
        ("leads-in/deep", ""),
        ("alias/pub", ""),
        ("srv/leads-out", ""),
        ("srv/leads-out/in", ""),
        // The system looks up a name even if `..` follows it.
        ("srv/pub/../../beside", ""),
        ("beside/../srv/pub", ""),
        // The application can create a path that does not exist yet.
        ("srv/none", ""),
        ("srv/none/such", ""),
    ] {
        let tables = format!("{whole}{}", inner(host, keys));
        assert_eq!(exchangeable(&tables), refused, "{host} {keys}");
        let overlay = tables.replace(
            &inner(host, keys),
            &inner(host, keys).replace("\"host\"", "\"overlay\""),
        );
        assert_eq!(exchangeable(&overlay), refused, "overlay of {host} {keys}");
    }
    // The reader of policies refuses parts of one preopen. These are two preopens, and a part of the second lies in the
    // first.
    let part = mount("/inner", &root, "subtree = \"srv/pub\"");
    assert_eq!(exchangeable(&format!("{whole}{part}")), refused);
    // A link inside the directory leads to the directory itself.
    let own = mount("/", &at("srv/itself"), "");
    assert_eq!(exchangeable(&own), Some(Purpose::Mount("/".into())));
    // Files and directories that the tool reads.
    let memory = |from: &str| {
        format!(
            "[[filesystem.mounts]]\npath = \"/memory\"\nsource = \"memory\"\nfrom = \"{}\"\n",
            text(&at(from))
        )
    };
    for from in ["srv/pub", "srv/leads-out", "leads-in"] {
        let found = exchangeable(&format!("{whole}{}", memory(from)));
        assert_eq!(found, Some(Purpose::Baked("/memory".into())), "{from}");
    }
    let stdin = format!(
        "[stdio]\nstdin = {{ file = \"{}\" }}\n",
        text(&at("srv/input"))
    );
    assert_eq!(
        exchangeable(&format!("{whole}{stdin}")),
        Some(Purpose::Stdin)
    );
}

#[test]
fn what_nobody_can_exchange_is_not_refused() {
    let (_directory, root) = place();
    let at = |path: &str| root.join(path);
    let whole = |keys: &str| mount("/", &at("srv"), keys);
    let inner = |host: &str, keys: &str| mount("/inner", &at(host), keys);
    for tables in [
        // The application can write nowhere.
        format!(
            "{}{}",
            whole("access = \"read-only\""),
            inner("srv/pub", "access = \"read-only\"")
        ),
        format!(
            "{}{}",
            whole("").replace("\"host\"", "\"overlay\""),
            inner("srv/pub", "")
        ),
        // The inner directory is writable, and the path of the outer one does not lead through it.
        format!(
            "{}{}",
            whole("access = \"read-only\""),
            inner("srv/pub", "")
        ),
        // Two mounts show the same directory under different names.
        format!("{}{}", whole(""), inner("srv", "access = \"read-only\"")),
        format!("{}{}", whole(""), inner("alias", "")),
        format!(
            "{}{}",
            whole(""),
            inner("srv/pub/..", "").replace("pub/..", ".")
        ),
        // The names only begin alike.
        format!("{}{}", whole(""), inner("srv-too", "")),
        format!("{}{}", whole(""), inner("to-beside", "")),
        // The application can neither rename nor create a hidden name, nor an ancestor of one.
        format!("{}{}", whole("hide = [\"pub\"]"), inner("srv/pub", "")),
        format!("{}{}", whole("hide = [\"p*\"]"), inner("srv/pub/deep", "")),
        format!(
            "{}{}",
            whole("hide = [\"leads-out\"]"),
            inner("srv/leads-out", "")
        ),
    ] {
        assert_eq!(exchangeable(&tables), None, "{tables}");
    }
    // Only files below the directory are hidden, so the application can rename the directory itself.
    for hide in ["pub/deep", "pub/**", "**/deep"] {
        let tables = format!(
            "{}{}",
            whole(&format!("hide = [\"{hide}\"]")),
            inner("srv/pub/deep", "")
        );
        assert!(exchangeable(&tables).is_some(), "{hide}");
    }
}

#[test]
fn preopens_are_the_directories_that_are_offered() {
    let (_directory, root) = place();
    let nested = policy(&format!(
        "version = 1\n{}{}",
        mount("/", Path::new("/a"), ""),
        mount("/inner", Path::new("/a/b"), "")
    ));
    let directory = |name: &str, path: &str, read_only| Directory {
        path: root.join(path),
        name: name.into(),
        read_only,
    };
    let check = |directories: &[Directory]| {
        let mut paths = Paths::of_this_machine();
        let offer = Offer {
            directories: directories.to_vec(),
            ..Offer::default()
        };
        paths.add(None, &nested, &offer);
        paths.check().is_ok()
    };
    assert!(!check(&[]));
    assert!(check(&[
        directory("/a", "srv", false),
        directory("/a/b", "beside", false)
    ]));
    assert!(!check(&[
        directory("/a", "srv", false),
        directory("/a/b", "srv/pub", false)
    ]));
    assert!(check(&[
        directory("/a", "srv", true),
        directory("/a/b", "srv/pub", false)
    ]));
}

/// Runs the command in a directory and returns its status, output and messages.
fn command(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let printed = finish(interpose().current_dir(root).args(arguments));
    (printed.status, printed.stdout, printed.stderr)
}

fn write_policy(file: &Path, tables: &str) {
    let text = format!("version = 1\nextends = \"inherit\"\n{tables}");
    fs::write(file, text).expect("the policy is written");
}

/// The attack against which the check of paths exists, in two runs. If one writable directory contains the other, the
/// application does not start. If the inner directory is hidden, it starts and reaches nothing, in this run and the
/// next.
#[test]
fn a_directory_in_a_mount_is_what_it_was_in_the_next_run() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let pub_read_only = mount("/pub", &root.join("srv/pub"), "access = \"read-only\"");
    let file = root.join("policy.toml");
    let attack = [
        "rename pub away",
        "symlink ../outside pub",
        "rename pub/f f",
        "link /pub:f mine",
        "rename /pub:f mine",
        "mkdir pub",
        "read /pub:f",
    ];
    let run = || {
        let app = app.path();
        let mut arguments = vec!["run", "-p", "policy.toml", app.as_str(), "--"];
        arguments.extend(attack);
        command(&root, &arguments)
    };
    write_policy(
        &file,
        &format!("{}{pub_read_only}", mount("/", &root.join("srv"), "")),
    );
    let (status, stdout, stderr) = run();
    assert_eq!((status, stdout.as_str()), (127, ""), "{stderr}");
    for part in [
        "the directory of the mount `/pub`",
        "the mount `/`",
        "hide = [\"pub\"]",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    let hidden = mount("/", &root.join("srv"), "hide = [\"pub\"]");
    write_policy(&file, &format!("{hidden}{pub_read_only}"));
    for _ in 0..2 {
        let (status, stdout, stderr) = run();
        assert_eq!(status, 0, "{stderr}");
        assert_eq!(
            stdout,
            "rename pub away: error: no-entry\n\
             symlink ../outside pub: error: not-permitted\n\
             rename pub/f f: error: no-entry\n\
             link /pub:f mine: error: not-permitted\n\
             rename /pub:f mine: error: not-permitted\n\
             mkdir pub: error: not-permitted\n\
             read /pub:f: public\n"
        );
    }
}

/// A policy is one of the paths that the next run reads.
#[test]
fn an_application_cannot_write_its_policy() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let app = app.path();
    let run = |policy: &str, of_the_application: &[&str]| {
        let mut arguments = vec!["run", "-p", policy, app.as_str()];
        arguments.extend(of_the_application);
        command(&root, &arguments)
    };
    write_policy(
        &root.join("outside/policy.toml"),
        &mount("/", &root.join("srv"), ""),
    );
    assert_eq!(run("outside/policy.toml", &[]).0, 0);
    let own = mount("/", &root.join("srv"), "");
    write_policy(&root.join("srv/conf/policy.toml"), &own);
    fs::write(
        root.join("outside/extends.toml"),
        "version = 1\nextends = \"../srv/conf/policy.toml\"\n",
    )
    .expect("a policy");
    for policy in ["srv/conf/policy.toml", "outside/extends.toml"] {
        let (status, stdout, stderr) = run(policy, &["list ."]);
        assert_eq!((status, stdout.as_str()), (127, ""), "{stderr}");
        assert!(stderr.contains("the policy, "), "{stderr}");
        assert!(stderr.contains("hide = [\"conf\"]"), "{stderr}");
    }
    // `compose` only warns, because the host of the composition may mount something else.
    let out = text(&root.join("srv/out.wasm"));
    let (status, _, stderr) = command(
        &root,
        &["compose", &app, "-p", "srv/conf/policy.toml", "-o", &out],
    );
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("warning: the policy, "), "{stderr}");
    assert!(stderr.contains("warning: the result, "), "{stderr}");
    let hidden = mount("/", &root.join("srv"), "hide = [\"conf\"]");
    write_policy(&root.join("srv/conf/policy.toml"), &hidden);
    let (status, stdout, stderr) = run(
        "srv/conf/policy.toml",
        &[
            "--",
            "rename conf x",
            "write conf/policy.toml",
            "symlink x conf",
        ],
    );
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(stdout.matches(": error: ").count(), 3, "{stdout}");
}

/// A program that writes compiled code decides what the next run executes.
#[test]
fn the_cache_of_compiled_code_is_not_mounted_to_be_written() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let cache = root.join("beside");
    let run = |directory: &str, more: &[&str]| {
        let mut command = interpose();
        command
            .env("XDG_CACHE_HOME", &cache)
            .current_dir(&root)
            .args(["run", "-p", "inherit", "--dir", directory])
            .args(more)
            .arg(app.path());
        let printed = finish(&mut command);
        (printed.status, printed.stderr)
    };
    for directory in [
        ".::/",
        "beside::/",
        "to-beside::/",
        "beside/wasi-interpose/compiled::/",
    ] {
        let (status, stderr) = run(directory, &[]);
        assert_eq!(status, 127, "{directory}: {stderr}");
        assert!(stderr.contains("the cache of compiled code, "), "{stderr}");
        // A run without the cache could still write in it, for the next run.
        assert_eq!(run(directory, &["--no-cache"]), (127, stderr));
    }
    assert_eq!(run("srv::/", &[]).0, 0);
    assert_eq!(run("beside::/:ro", &[]).0, 0);
}

/// The application chooses the names and contents of saved files, so the next run must not read them.
#[test]
fn what_is_saved_is_not_read_by_the_next_run() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let app = app.path();
    let memory =
        |keys: &str| format!("[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n{keys}\n");
    let run = |policy: &str, tables: &str, save: &str, argument: &str| {
        write_policy(&root.join(policy), tables);
        let save = format!("/={save}");
        let arguments = ["run", "-p", policy, "--save", save.as_str(), &app, argument];
        let (status, _, stderr) = command(&root, &arguments);
        (status, stderr)
    };
    fs::create_dir(root.join("saved")).expect("a directory");
    fs::create_dir(root.join("saved/tpl")).expect("a directory");
    symlink("saved", root.join("to-saved")).expect("a link");
    fs::write(root.join("saved/input"), "input").expect("a file");
    let from = |directory: &str| memory(&format!("from = \"{directory}\""));
    let stdin = format!(
        "{}[stdio]\nstdin = {{ file = \"saved/input\" }}\n",
        memory("")
    );
    for (what, policy, tables, save) in [
        ("the policy, ", "policy.toml", memory(""), "."),
        ("the policy, ", "saved/policy.toml", memory(""), "to-saved"),
        ("begins with, ", "policy.toml", from("saved/tpl"), "saved"),
        ("standard input, ", "policy.toml", stdin, "saved"),
    ] {
        let (status, stderr) = run(policy, &tables, save, "write policy.toml");
        assert_eq!(status, 127, "{what}: {stderr}");
        for part in [
            what,
            "what is saved of the application's `/`",
            "a directory of its own",
        ] {
            assert!(stderr.contains(part), "{part}: {stderr}");
        }
    }
    // The next run may begin with the files that an earlier run left, because no one can exchange the directory itself.
    let (status, stderr) = run("policy.toml", &from("saved"), "saved", "write f");
    assert_eq!(status, 0, "{stderr}");
    assert!(root.join("saved/f").exists());
    // The next run reads the cache, whether this one uses it or not.
    for more in [&[] as &[&str], &["--no-cache"]] {
        let mut command = interpose();
        command
            .env("XDG_CACHE_HOME", root.join("beside"))
            .current_dir(&root)
            .args(["run", "-p", "policy.toml", "--save", "/=beside"])
            .args(more)
            .arg(&app);
        let printed = finish(&mut command);
        assert_eq!(printed.status, 127, "{printed:?}");
        assert!(
            printed.stderr.contains("the cache of compiled code, "),
            "{printed:?}"
        );
    }
}

/// The directories that one component may write must not contain another component, its mounts or its baked files.
#[test]
fn components_cannot_exchange_each_others_paths() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let other = root.join("srv/other.wat");
    fs::copy(repository().join("examples/dice.wat"), &other).expect("a component");
    let policies = root.join("policies");
    fs::create_dir(&policies).expect("a directory");
    let whole = mount("/", &root.join("srv"), "");
    let inner = mount("/", &root.join("srv/pub"), "access = \"read-only\"");
    write_policy(&policies.join("writes.toml"), &whole);
    write_policy(&policies.join("reads.toml"), &inner);
    write_policy(&policies.join("nothing.toml"), "[filesystem]\n");
    let check = |other: &Path, policy: &str| {
        let graph = format!(
            "version = 1\napplication = \"app\"\n\
             [components.app]\nsource = \"{}\"\npolicy = \"policies/writes.toml\"\n\
             [components.other]\nsource = \"{}\"\npolicy = \"policies/{policy}.toml\"\n",
            app.path(),
            text(other),
        );
        fs::write(root.join("graph.toml"), graph).expect("the graph is written");
        let (status, _, stderr) = command(&root, &["run", "--graph", "graph.toml"]);
        assert_eq!(status, 127, "{stderr}");
        stderr
    };
    let outside = repository().join("examples/dice.wat");
    let stderr = check(&outside, "reads");
    assert!(
        stderr.contains("the directory of the mount `/`, "),
        "{stderr}"
    );
    assert!(
        stderr.contains("the mount `/` of the component `app`"),
        "{stderr}"
    );
    let stderr = check(&other, "nothing");
    assert!(stderr.contains("the component `other`, "), "{stderr}");
}

/// A second line of defence, for other hosts and for paths that the tool does not know: the filter opens all
/// directories before the application can change one, and does not open them again.
#[test]
fn mounts_are_opened_once() {
    let (_directory, root) = place();
    for path in ["srv/pub/private", "srv/pub/x"] {
        fs::create_dir(root.join(path)).expect("a directory");
    }
    fs::write(root.join("srv/pub/private/f"), "SECRET").expect("a file");
    fs::write(root.join("srv/pub/x/f"), "public").expect("a file");
    // The filter cannot see that the second preopen lies in the first.
    let filter = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/srv\"\nhide = [\"pub/private\"]\n\
         [[filesystem.mounts]]\npath = \"/x\"\nsource = \"host\"\nhost = \"/pub\"\nsubtree = \"x\"\n";
    let kernel = "[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n";
    for tables in [filter.to_owned(), format!("{filter}{kernel}")] {
        let composition = compose(&tables);
        let directory = |name: &str, path: &str| Directory {
            path: root.join(path),
            name: name.into(),
            read_only: false,
        };
        let commands = [
            "program",
            "read /x:f",
            "rename pub/x pub/y",
            "symlink private pub/x",
            "read /x:f",
            "write /x:g",
            "lstat pub/x",
            "unlink pub/x",
            "rename pub/y pub/x",
        ];
        let grant = Grant {
            arguments: commands.map(str::to_owned).into(),
            directories: vec![directory("/srv", "srv"), directory("/pub", "srv/pub")],
            ..Grant::default()
        };
        let ran = run_component(&composition.component, grant);
        assert_eq!(
            ran.stdout,
            "read /x:f: public\n\
             rename pub/x pub/y: done\n\
             symlink private pub/x: done\n\
             read /x:f: public\n\
             write /x:g: 7 bytes\n\
             lstat pub/x: DescriptorType::SymbolicLink\n\
             unlink pub/x: done\n\
             rename pub/y pub/x: done\n",
            "{tables}"
        );
        assert!(!root.join("srv/pub/private/g").exists());
    }
}

/// No filter follows a link that leads through a directory which a mount lets the application write.
#[test]
fn a_part_that_is_found_through_a_writable_one_is_left_out() {
    let (_directory, root) = place();
    let tables = |access: &str| {
        format!(
            "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/tree\"\nsubtree = \"srv\"\n{access}\n\
             [[filesystem.mounts]]\npath = \"/pub\"\nsource = \"host\"\nhost = \"/tree\"\nsubtree = \"leads-in\"\n"
        )
    };
    for (access, outcome) in [
        ("", "error: no-device"),
        ("access = \"read-only\"", "public"),
        ("hide = [\"pub\"]", "public"),
    ] {
        let commands = ["read /pub:f"];
        let found = crate::host_filesystem::outcomes(&compose(&tables(access)), &root, &commands);
        assert_eq!(found, format!("read /pub:f: {outcome}\n"), "{access}");
    }
}

fn warnings(tables: &str) -> Vec<String> {
    let policy = policy(&format!("version = 1\n{tables}"));
    let mut paths = Paths::of_this_machine();
    paths.add(None, &policy, &Offer::default());
    let warnings = paths.warnings();
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn directories_of_the_system_are_warned_of() {
    let (_directory, root) = place();
    symlink("/proc/self", root.join("to-proc")).expect("a link");
    let warned = |host: &str, keys: &str| {
        let found = warnings(&mount("/", Path::new(host), keys));
        assert!(found.len() <= 1, "{found:?}");
        found.into_iter().next().unwrap_or_default()
    };
    let whole = warned("/", "");
    for part in [
        "the mount `/`",
        "`/proc`, `/sys`, `/dev`",
        "hide = [\"proc\", \"sys\", \"dev\"",
    ] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    assert!(warned("/", "access = \"read-only\"\nhide = [\"proc\", \"d*\"]").contains("`/sys`"));
    assert!(warned("/", "hide = [\"proc/self\", \"sys\", \"dev\"]").contains("`/proc`"));
    for host in ["/proc", "/proc/self", "/proc/../proc/self/", "/sys/kernel"] {
        assert!(warned(host, "").contains("mount something else"), "{host}");
    }
    let link = root.join("to-proc");
    assert!(warned(&text(&link), "").contains("`/proc`"));
    assert!(warned("/", "subtree = \"proc/self\"").contains("`/proc`"));
    assert!(!warned("/", "hide = [\"proc\", \"sys\", \"dev\"]").contains("`/proc`"));
    assert_eq!(warned(&text(&root.join("srv")), ""), "");
    assert_eq!(warned("/process", ""), "");
}

/// The command warns, of directories from `--dir` too.
#[test]
fn the_command_warns_of_directories_of_the_system() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    fs::write(
        root.join("policy.toml"),
        format!(
            "version = 1\nextends = \"inherit\"\n{}",
            mount("/", Path::new("/"), "access = \"read-only\"")
        ),
    )
    .expect("a policy");
    let out = text(&root.join("out.wasm"));
    for arguments in [
        vec!["policy", "check", "policy.toml"],
        vec!["compose", &app.path(), "-p", "policy.toml", "-o", &out],
        vec!["inspect", &app.path(), "-p", "policy.toml"],
        vec!["run", "-p", "policy.toml", &app.path()],
        vec!["run", "-p", "inherit", "--dir", "/proc::/:ro", &app.path()],
    ] {
        let (status, _, stderr) = command(&root, &arguments);
        assert_eq!(status, 0, "{stderr}");
        assert!(
            stderr.contains("warning: the mount `/` shows"),
            "{arguments:?}: {stderr}"
        );
    }
}

/// The application gets variables, the time and random numbers from the policy, not from `/proc`.
#[test]
fn read_only_does_not_show_the_system() {
    let (_directory, root) = place();
    let app = GuestFile::new("p2_fs_commands");
    let visible = format!(
        "read {}",
        text(&root.join("beside/f")).trim_start_matches('/')
    );
    let up = "/..".repeat(root.components().count() - 1);
    let link = format!(
        "read {}{up}/proc/uptime",
        text(&root).trim_start_matches('/')
    );
    let (status, stdout, stderr) = command(
        &root,
        &[
            "run",
            "-p",
            "read-only",
            &app.path(),
            "--",
            "read proc/self/environ",
            "read proc/sys/kernel/random/uuid",
            "list sys",
            "stat dev/urandom",
            "read PROC/uptime",
            &link,
            &visible,
        ],
    );
    assert_eq!(status, 0, "{stderr}");
    assert!(!stderr.contains("`/proc`"), "{stderr}");
    assert_eq!(stdout.matches(": error: no-entry\n").count(), 6, "{stdout}");
    assert!(stdout.ends_with(": beside\n"), "{stdout}");
}
