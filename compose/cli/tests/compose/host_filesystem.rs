//! The filter for directories of the host on real directories: programs try to read hidden files, and to leave the part
//! that they are shown.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use interpose_host::{Directory, Grant};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::compose::Composition;
use wasi_interpose::plan::Provider;
use wasi_interpose::surface::Surface;

use crate::support::tools::{COMPOSER, guest, policy, run_component};

pub(crate) fn compose(tables: &str) -> Composition {
    let policy = policy(&format!("version = 1\ndefault = \"inherit\"\n{tables}"));
    let composition = COMPOSER.compose(&guest("p2_fs_commands"), &policy);
    composition.unwrap_or_else(|error| panic!("{error}"))
}

/// A mount of the host's preopen `/tree` with further keys.
fn mount(path: &str, keys: &str) -> String {
    format!(
        "[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"host\"\nhost = \"/tree\"\n{keys}\n"
    )
}

/// A table that makes a kernel necessary, below which the filter then is.
const KERNEL: &str = "[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

/// The outcomes of the commands, with `tree` as the host's preopen `/tree`.
pub(crate) fn outcomes(composition: &Composition, tree: &Path, commands: &[&str]) -> String {
    let commands = commands.iter().map(|command| command.to_string());
    let grant = Grant {
        arguments: std::iter::once("program".to_owned())
            .chain(commands)
            .collect(),
        directories: vec![Directory {
            path: tree.to_owned(),
            name: "/tree".into(),
            read_only: false,
        }],
        ..Grant::default()
    };
    let ran = run_component(&composition.component, grant);
    assert_eq!(ran.end, "exit 0", "{}", ran.stderr);
    ran.stdout
}

/// Runs each command in a run of its own and compares its outcome.
pub(crate) fn expect(tables: &str, tree: &Path, expected: &[(&str, &str)]) {
    let composition = compose(tables);
    let commands: Vec<&str> = expected.iter().map(|(command, _)| *command).collect();
    let lines: String = expected
        .iter()
        .map(|(command, outcome)| format!("{command}: {outcome}\n"))
        .collect();
    similar_asserts(&outcomes(&composition, tree, &commands), &lines, tables);
}

fn similar_asserts(found: &str, expected: &str, under: &str) {
    assert!(
        found == expected,
        "under {under}:\n{}",
        crate::support::transcript::differences(expected, found)
    );
}

/// A tree with a part to show, secrets beside and in it, and links of all kinds.
pub(crate) fn tree() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path();
    for path in ["shown/a/b", "shown/keys", "outside"] {
        fs::create_dir_all(root.join(path)).expect("a directory");
    }
    for (path, text) in [
        ("outside/secret", "outside"),
        ("shown/.env", "hidden"),
        ("shown/a/.env", "hidden"),
        ("shown/keys/one", "hidden"),
        ("shown/f", "shown"),
        ("shown/a/b/g", "shown"),
    ] {
        fs::write(root.join(path), text).expect("a file");
    }
    for (target, path) in [
        ("../outside/secret", "shown/out"),
        ("../outside", "shown/out-directory"),
        ("../../../outside/secret", "shown/a/b/out"),
        ("/etc/passwd", "shown/absolute"),
        (".env", "shown/to-env"),
        ("a/../to-env", "shown/to-to-env"),
        ("../a/.env", "shown/a/to-env"),
        ("keys", "shown/to-keys"),
        ("a/b", "shown/to-b"),
        ("../f", "shown/a/to-f"),
        ("..", "shown/up"),
        ("keys/new", "shown/to-new"),
        ("shown", "alias"),
    ] {
        symlink(target, root.join(path)).expect("a link");
    }
    directory
}

pub(crate) const HIDE: &str = "hide = [\"**/.env\", \"keys\"]";

#[test]
fn nothing_leads_out_of_a_subtree() {
    for subtree in ["shown", "alias"] {
        let shown = mount("/", &format!("subtree = \"{subtree}\""));
        for tables in [shown.clone(), format!("{shown}{KERNEL}")] {
            let tree = tree();
            expect(
                &tables,
                tree.path(),
                &[
                    ("read f", "shown"),
                    ("read a/to-f", "shown"),
                    ("read to-b/g", "shown"),
                    ("read to-b/../../f", "shown"),
                    ("read a/b!g", "shown"),
                    ("list a/b", "g out"),
                    ("read ../outside/secret", "error: not-permitted"),
                    ("read a/../../outside/secret", "error: not-permitted"),
                    ("read out", "error: not-permitted"),
                    ("read out-directory/secret", "error: not-permitted"),
                    ("read a/b/out", "error: not-permitted"),
                    ("read a/b!out", "error: not-permitted"),
                    ("read a!../f", "error: not-permitted"),
                    ("read a!to-f", "error: not-permitted"),
                    ("read absolute", "error: not-permitted"),
                    ("stat up", "error: not-permitted"),
                    ("list up", "error: not-permitted"),
                    ("list ..", "error: not-permitted"),
                    ("read /etc/passwd", "error: not-permitted"),
                    ("write ../new", "error: not-permitted"),
                    ("write out", "error: not-permitted"),
                    ("write out-directory/new", "error: not-permitted"),
                    ("mkdir ../new", "error: not-permitted"),
                    ("rename f ../moved", "error: not-permitted"),
                    ("rename out-directory/secret mine", "error: not-permitted"),
                    ("link out-directory/secret mine", "error: not-permitted"),
                    ("link f out-directory/mine", "error: not-permitted"),
                    ("unlink out-directory/secret", "error: not-permitted"),
                    ("touch out", "error: not-permitted"),
                    ("symlink ../outside/secret mine", "done"),
                    ("read mine", "error: not-permitted"),
                    // A hard link to the symbolic link leads no further.
                    ("link mine a/mine", "done"),
                    ("read a/mine", "error: no-entry"),
                    ("symlink /etc mine-absolute", "error: not-permitted"),
                ],
            );
            let secret = fs::read(tree.path().join("outside/secret")).expect("the secret");
            assert_eq!(secret, b"outside");
            let beside = fs::read_dir(tree.path().join("outside")).expect("the directory");
            assert_eq!(beside.count(), 1);
        }
    }
}

/// A subtree that is a link to the whole directory.
#[test]
fn a_subtree_may_be_the_directory_itself() {
    for target in [".", "shown/.."] {
        let tree = tree();
        symlink(target, tree.path().join("itself")).expect("a link");
        expect(
            &mount(
                "/",
                "access = \"read-only\"\nsubtree = \"itself\"\nhide = [\"outside\"]",
            ),
            tree.path(),
            &[
                ("read shown/f", "shown"),
                ("read outside/secret", "error: no-entry"),
                ("list ..", "error: not-permitted"),
            ],
        );
        // With a writable directory, the application could exchange the link that leads the next run to it.
        expect(
            &mount("/", "subtree = \"itself\"\nhide = [\"outside\"]"),
            tree.path(),
            &[("read shown/f", "error: no-device")],
        );
    }
}

/// Hiding files does not change the errors of other paths.
#[test]
fn a_slash_behind_a_name_asks_for_a_directory() {
    let long = "n".repeat(300);
    for keys in ["", HIDE] {
        let tree = tree();
        expect(
            &mount("/", keys),
            tree.path(),
            &[
                ("rename shown/f/ shown/g", "error: not-directory"),
                ("rename none/ other", "error: no-entry"),
                (&format!("rename {long}/ other"), "error: name-too-long"),
                ("rename shown/keys/ shown/moved/", "done"),
            ],
        );
    }
}

#[test]
fn what_is_hidden_does_not_exist() {
    let shown = mount("/", &format!("subtree = \"shown\"\n{HIDE}"));
    for tables in [shown.clone(), format!("{shown}{KERNEL}")] {
        let tree = tree();
        expect(
            &tables,
            tree.path(),
            &[
                (
                    "list .",
                    "a absolute f out out-directory to-b to-env to-keys to-new to-to-env up",
                ),
                ("list a", "b to-env to-f"),
                ("read .env", "error: no-entry"),
                ("read a/../.env", "error: no-entry"),
                ("read ./a//.env", "error: no-entry"),
                ("read to-b/../.env", "error: no-entry"),
                ("read a!.env", "error: no-entry"),
                ("read to-env", "error: no-entry"),
                ("read to-to-env", "error: no-entry"),
                ("read a/to-env", "error: no-entry"),
                ("stat to-env", "error: no-entry"),
                ("lstat to-env", "DescriptorType::SymbolicLink"),
                ("readlink to-env", ".env"),
                ("list keys", "error: no-entry"),
                ("read keys/one", "error: no-entry"),
                ("read keys/../f", "error: no-entry"),
                ("list to-keys", "error: no-entry"),
                ("read to-keys/one", "error: no-entry"),
                ("read .ENV", "error: no-entry"),
                ("stat .env/", "error: no-entry"),
                ("write .env", "error: not-permitted"),
                ("write to-env", "error: not-permitted"),
                ("write to-new", "error: no-entry"),
                ("mkdir keys", "error: not-permitted"),
                ("mkdir keys/", "error: not-permitted"),
                ("mkdir keys/x", "error: no-entry"),
                ("rename f .env", "error: not-permitted"),
                ("rename .env mine", "error: no-entry"),
                ("rename keys mine", "error: no-entry"),
                ("rename keys/one mine", "error: no-entry"),
                ("link .env mine", "error: no-entry"),
                ("link f a/.env", "error: not-permitted"),
                ("symlink f .env", "error: not-permitted"),
                ("symlink .env mine", "done"),
                ("read mine", "error: no-entry"),
                ("unlink .env", "error: no-entry"),
                ("rmdir keys", "error: no-entry"),
                ("touch .env", "error: no-entry"),
                ("rename a moved", "done"),
                ("read moved/.env", "error: no-entry"),
                ("held moved moved a .env", "done, no-entry"),
                ("unlink f", "done"),
            ],
        );
        for path in [".env", "a/.env", "keys/one"] {
            let text = fs::read(tree.path().join("shown").join(path)).expect("what is hidden");
            assert_eq!(text, b"hidden", "{path}");
        }
    }
}

#[test]
fn every_function_takes_what_is_hidden_for_missing() {
    let tables = mount("/", &format!("subtree = \"shown\"\n{HIDE}"));
    for path in [
        ".env",
        "a/.env",
        "keys",
        "a/../keys",
        "a/b/.env",
        "none/../.env",
    ] {
        let tree = tree();
        let found = outcomes(
            &compose(&tables),
            tree.path(),
            &[&format!("every {path} f")],
        );
        let refusals = [
            ("open-at to create", "not-permitted"),
            ("open-at to create anew", "not-permitted"),
            ("create-directory-at", "not-permitted"),
            ("symlink-at", "not-permitted"),
            ("link-at to", "not-permitted"),
            ("rename-at to", "not-permitted"),
        ];
        for line in found.lines().skip(1) {
            let (function, outcome) = line.trim().split_once(": ").expect("an outcome");
            let refusal = refusals.iter().find(|(name, _)| *name == function);
            let expected = match refusal {
                Some((_, refusal)) if !path.starts_with("none") => refusal,
                _ => "no-entry",
            };
            assert_eq!(outcome, expected, "{path}: {function}");
        }
        assert_eq!(found.lines().count(), 21);
    }
}

#[test]
fn nothing_is_moved_to_where_less_is_hidden() {
    let tree = tree();
    let one = mount("/", "hide = [\"shown/a/.env\", \"outside/*\"]");
    let two = mount("/plain", "");
    expect(
        &format!("{one}{two}"),
        tree.path(),
        &[
            ("rename shown/a shown/moved", "error: cross-device"),
            ("rename shown moved", "error: cross-device"),
            ("rename shown/f outside", "error: cross-device"),
            ("rename shown/keys outside", "error: cross-device"),
            ("rename shown/keys shown/a", "error: cross-device"),
            ("rename shown/a /plain:a", "error: cross-device"),
            ("rename /plain:shown/keys shown/a", "error: cross-device"),
            (
                "held shown/a shown/a shown/z .env",
                "cross-device, no-entry",
            ),
            ("rename shown/keys shown/moved", "done"),
            ("rename shown/f /plain:shown/g", "done"),
            ("list outside", ""),
            ("rmdir outside", "error: not-empty"),
        ],
    );
    assert!(tree.path().join("shown/a/.env").exists());
}

#[test]
fn a_read_only_mount_changes_nothing() {
    for keys in ["", "hide = [\"**/.env\"]", "subtree = \"shown\""] {
        let shown = mount("/", &format!("access = \"read-only\"\n{keys}"));
        for tables in [shown.clone(), format!("{shown}{KERNEL}")] {
            let tree = tree();
            let found = outcomes(&compose(&tables), tree.path(), &["every new x", "write f"]);
            let changes = found.matches("not-permitted").count();
            assert_eq!(changes, 14, "{found} under {tables}");
            assert!(!found.contains("done"), "{found}");
            assert!(!tree.path().join("new").exists());
        }
    }
}

#[test]
fn mounts_of_one_directory_are_apart() {
    let tree = tree();
    let read_only = mount("/", "subtree = \"shown\"\naccess = \"read-only\"");
    let writable = mount("/outside", "subtree = \"outside\"");
    let none = mount("/none", "subtree = \"nowhere\"");
    expect(
        &format!("{read_only}{writable}{none}"),
        tree.path(),
        &[
            ("read /outside:secret", "outside"),
            ("write /outside:new", "7 bytes"),
            ("write new", "error: not-permitted"),
            ("rename /outside:new new", "error: not-permitted"),
            ("link f /outside:f", "error: not-permitted"),
            ("list /none:.", "error: no-device"),
            ("same f a/to-f", "same true, hash true"),
            ("same f /outside:secret", "same false, hash false"),
        ],
    );
}

/// While the program reads a path, another program exchanges its directories for links to hidden files and to files
/// outside. No read returns their contents.
#[test]
fn links_that_are_exchanged_meanwhile_lead_nowhere() {
    let tables = mount("/", &format!("subtree = \"shown\"\n{HIDE}"));
    let tree = tree();
    let shown = tree.path().join("shown");
    fs::create_dir(shown.join("swap")).expect("a directory");
    fs::write(shown.join("swap/one"), "shown").expect("a file");
    fs::write(shown.join("file"), "shown").expect("a file");
    let stop = AtomicBool::new(false);
    let composition = compose(&tables);
    let found = std::thread::scope(|scope| {
        scope.spawn(|| {
            let exchange = |target: &str, name: &str| {
                let link = shown.join("exchanged");
                let _ = fs::remove_file(&link);
                symlink(target, &link).expect("a link");
                // A link cannot replace a directory, so the directory is moved away first.
                let _ = fs::rename(shown.join(name), shown.join("away"));
                let _ = fs::rename(&link, shown.join(name));
                let _ = fs::remove_file(shown.join(name));
                let _ = fs::rename(shown.join("away"), shown.join(name));
            };
            while !stop.load(Ordering::Relaxed) {
                exchange("keys", "swap");
                exchange("../outside", "swap");
                exchange(".env", "file");
                exchange("../outside/secret", "file");
            }
        });
        let commands = [
            "race 1500 swap/one",
            "race 1500 file",
            "race 1500 a/../swap/../.env",
        ];
        let found = outcomes(&composition, tree.path(), &commands);
        stop.store(true, Ordering::Relaxed);
        found
    });
    for secret in ["hidden", "outside"] {
        assert!(!found.contains(secret), "{found}");
    }
    assert!(found.contains("shown"), "{found}");
}

#[test]
fn streams_are_the_hosts_own() {
    let composition = compose(&mount("/", "access = \"read-only\""));
    let [layer] = &composition.plan.layers[..] else {
        panic!("{:?}", composition.plan.layers);
    };
    assert_eq!(layer.adapter, Adapter::HostFilesystem);
    let own = Surface::of(Adapter::HostFilesystem.component()).expect("a surface");
    assert!(
        own.exports
            .iter()
            .all(|export| !export.name.starts_with("wasi:io/"))
    );
    let io = layer
        .imports
        .iter()
        .filter(|wire| wire.import.starts_with("wasi:io/"));
    assert!(io.clone().count() > 0);
    for wire in io {
        assert_eq!(wire.provider, Provider::Host, "{}", wire.import);
    }
}
