//! Overlays over a part of a directory of the host: files that the filter below does not show do not exist, and all
//! changes stay in memory. The host opens the directory for writing, so only the composition protects it.

use std::path::Path;

use crate::host_filesystem::{HIDE, compose, expect, outcomes, tree};
use crate::support::transcript;

/// An overlay over the host's preopen `/tree` with further keys.
fn overlay(keys: &str) -> String {
    format!("[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = \"/tree\"\n{keys}\n")
}

/// Runs commands as [`expect`] does, over a tree that must not change.
fn expect_over_a_tree(tables: &str, expected: &[(&str, &str)]) {
    let lower = tree();
    let before = contents(lower.path());
    expect(tables, lower.path(), expected);
    assert_eq!(contents(lower.path()), before, "under {tables}");
}

fn contents(directory: &Path) -> Vec<String> {
    transcript::tree(directory).expect("the host's files")
}

#[test]
fn nothing_leads_out_of_a_subtree() {
    for subtree in ["shown", "alias"] {
        expect_over_a_tree(
            &overlay(&format!("subtree = \"{subtree}\"")),
            &[
                ("read f", "shown"),
                ("read a/to-f", "shown"),
                ("read to-b/../../f", "shown"),
                ("read a/b!g", "shown"),
                ("read ../outside/secret", "error: not-permitted"),
                ("read out", "error: not-permitted"),
                ("read out-directory/secret", "error: not-permitted"),
                ("read a/b/out", "error: not-permitted"),
                ("read a!../f", "error: not-permitted"),
                ("read absolute", "error: not-permitted"),
                ("list up", "error: not-permitted"),
                ("write ../new", "error: not-permitted"),
                ("write out", "error: not-permitted"),
                ("mkdir out-directory/new", "error: not-permitted"),
                ("rename f ../moved", "error: not-permitted"),
                ("rename out-directory/secret mine", "error: not-permitted"),
                ("link out-directory/secret mine", "error: not-permitted"),
                ("unlink out-directory/secret", "error: not-permitted"),
                // Links that are created in memory lead to nothing hidden either.
                ("symlink ../outside/secret mine", "done"),
                ("read mine", "error: not-permitted"),
                ("mkdir outside", "done"),
                ("write outside/secret", "7 bytes"),
                ("list outside", "secret"),
                ("rename a/b b", "done"),
                ("read b/out", "error: not-permitted"),
                ("read b/g", "shown"),
            ],
        );
    }
}

#[test]
fn what_is_hidden_does_not_exist_and_its_name_is_free() {
    expect_over_a_tree(
        &overlay(&format!("subtree = \"shown\"\n{HIDE}")),
        &[
            (
                "list .",
                "a absolute f out out-directory to-b to-env to-keys to-new to-to-env up",
            ),
            ("list a", "b to-env to-f"),
            ("read .env", "error: no-entry"),
            ("read a/../.env", "error: no-entry"),
            ("read a!.env", "error: no-entry"),
            ("read to-to-env", "error: no-entry"),
            ("readlink to-env", ".env"),
            ("list to-keys", "error: no-entry"),
            ("read keys/one", "error: no-entry"),
            ("rename .env mine", "error: no-entry"),
            ("link keys/one mine", "error: no-entry"),
            ("unlink .env", "error: no-entry"),
            ("rmdir keys", "error: no-entry"),
            ("touch .env", "error: no-entry"),
            // A renamed directory does not bring hidden files along.
            ("rename a moved", "done"),
            ("list moved", "b to-env to-f"),
            ("read moved/.env", "error: no-entry"),
            // A new file in the place of a hidden one is the overlay's own.
            ("write .env", "7 bytes"),
            ("read to-env", "written"),
            ("mkdir keys", "done"),
            ("list to-keys", ""),
            ("read keys/one", "error: no-entry"),
            ("write to-new", "7 bytes"),
            ("list keys", "new"),
            ("unlink .env", "done"),
            ("read .env", "error: no-entry"),
        ],
    );
}

#[test]
fn every_function_takes_what_is_hidden_for_missing() {
    let tables = overlay(&format!("subtree = \"shown\"\n{HIDE}"));
    let composition = compose(&tables);
    for path in [".env", "a/.env", "keys", "a/../keys", "none/../.env"] {
        let lower = tree();
        let before = contents(lower.path());
        let hidden = outcomes(&composition, lower.path(), &[&format!("every {path} f")]);
        let missing = path.replace(".env", "absent").replace("keys", "absent");
        let missing = outcomes(&composition, lower.path(), &[&format!("every {missing} f")]);
        let functions = |found: &str| found.lines().skip(1).map(String::from).collect::<Vec<_>>();
        assert_eq!(functions(&hidden), functions(&missing), "{path}");
        assert_eq!(functions(&hidden).len(), 20, "{hidden}");
        assert_eq!(contents(lower.path()), before, "{path}");
    }
}

#[test]
fn read_only_over_a_subtree_nothing_changes_in_memory_either() {
    for keys in [
        "subtree = \"shown\"",
        "subtree = \"shown\"\nhide = [\"keys\"]",
    ] {
        expect_over_a_tree(
            &overlay(&format!("access = \"read-only\"\n{keys}")),
            &[
                ("read f", "shown"),
                ("read to-b/g", "shown"),
                ("list a/b", "g out"),
                ("same f a/to-f", "same true, hash true"),
                ("read out", "error: not-permitted"),
                ("write f", "error: not-permitted"),
                ("write new", "error: not-permitted"),
                ("write a!new", "error: not-permitted"),
                ("mkdir new", "error: not-permitted"),
                ("rmdir a/b", "error: not-permitted"),
                ("unlink f", "error: not-permitted"),
                ("rename f g", "error: not-permitted"),
                ("link f g", "error: not-permitted"),
                ("symlink f g", "error: not-permitted"),
                ("touch f", "error: not-permitted"),
                ("read f", "shown"),
                ("stat new", "error: no-entry"),
            ],
        );
    }
}

/// Another program removes files on the host after the overlay has seen them.
#[test]
fn what_has_gone_is_absent_or_reads_as_zeroes() {
    let lower = tree();
    let host = "[[filesystem.mounts]]\npath = \"/host\"\nsource = \"host\"\nhost = \"/tree\"\n";
    let zeroes = |text: &str| r"\x00".repeat(text.len());
    expect(
        &[&overlay(""), host].concat(),
        lower.path(),
        &[
            ("open read shown/f", "done"),
            ("stat outside/secret", "DescriptorType::RegularFile"),
            ("stat shown/keys/one", "DescriptorType::RegularFile"),
            ("list shown/a", ".env b to-env to-f"),
            ("unlink /host:shown/f", "done"),
            ("unlink /host:shown/a/.env", "done"),
            // A directory and a link replace two other files.
            ("unlink /host:outside/secret", "done"),
            ("mkdir /host:outside/secret", "done"),
            ("unlink /host:shown/keys/one", "done"),
            ("symlink ../.env /host:shown/keys/one", "done"),
            // The overlay has this file open and keeps it.
            ("read shown/f", "shown"),
            ("read outside/secret", &zeroes("outside")),
            // The overlay has never opened these files, and opening asks the host.
            ("read shown/keys/one", "error: no-entry"),
            ("read shown/a/.env", "error: no-entry"),
            ("write shown/f", "7 bytes"),
            ("read shown/f", "written"),
        ],
    );
}

/// Two overlays over one directory of the host, and the directory itself, see nothing of each other's changes.
#[test]
fn overlays_of_one_directory_are_apart() {
    let lower = tree();
    let beside = |path: &str, source: &str| {
        format!(
            "[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"{source}\"\nhost = \"/tree\"\nsubtree = \"shown\"\n"
        )
    };
    let tables = [
        overlay("subtree = \"shown\"\nhide = [\"keys\"]"),
        beside("/other", "overlay"),
        beside("/host", "host"),
    ];
    expect(
        &tables.concat(),
        lower.path(),
        &[
            ("write f", "7 bytes"),
            ("read f", "written"),
            ("read /other:f", "shown"),
            ("unlink /other:a/b/g", "done"),
            ("read a/b/g", "shown"),
            ("read /host:a/b/g", "shown"),
            ("read /host:f", "shown"),
            ("read keys/one", "error: no-entry"),
            ("read /other:keys/one", "hidden"),
            ("rename /other:keys /other:moved", "done"),
            ("read /other:moved/one", "hidden"),
            ("read /host:keys/one", "hidden"),
            ("rename f /other:g", "error: cross-device"),
            ("link f /host:g", "error: cross-device"),
        ],
    );
}

/// The outcomes of the commands on a directory of the host and in an overlay over it. The overlay runs first, because
/// it leaves the directory unchanged.
fn on_the_host_and_over_it(lower: &Path, commands: &[&str]) -> [String; 2] {
    let host = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/tree\"\n";
    let [over, on] = [&overlay(""), host].map(|tables| outcomes(&compose(tables), lower, commands));
    [on, over]
}

/// Only opening shows whether a file can be opened. Linux has files that nobody, not even root, may read.
#[test]
fn what_the_host_does_not_open_an_overlay_does_not_open() {
    let commands = [
        "stat flush",
        "open read flush",
        "open directory flush",
        "read flush",
    ];
    let [host, overlay] = on_the_host_and_over_it(Path::new("/proc/sys/net/ipv4/route"), &commands);
    assert!(host.contains("open read flush: error: access"), "{host}");
    assert_eq!(overlay, host);
}

/// The same holds for files and directories that only root may read because of their mode.
#[test]
fn a_mode_that_forbids_reading_forbids_it_in_an_overlay() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    let lower = tree();
    let path = |name: &str| lower.path().join(name);
    for closed in ["shown/f", "outside"] {
        let permissions = Permissions::from_mode(0o000);
        fs::set_permissions(path(closed), permissions).expect("the mode");
    }
    let commands = [
        "stat shown/f",
        "open read shown/f",
        "open directory shown/f",
        "read shown/f",
        "stat outside",
        "open read outside",
        "open directory outside",
        "list outside",
        "read outside/secret",
        // These commands open for writing but write nothing.
        "open write shown/f",
        "open truncate shown/f",
    ];
    let [host, overlay] = on_the_host_and_over_it(lower.path(), &commands);
    let open = Permissions::from_mode(0o700);
    fs::set_permissions(path("outside"), open).expect("the mode");
    assert_eq!(overlay, host);
    let is_root = fs::metadata("/proc/self/fd").is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    });
    assert_eq!(
        host.contains("open read shown/f: error: access"),
        !is_root,
        "{host}"
    );
}
