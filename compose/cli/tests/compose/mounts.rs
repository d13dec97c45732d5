//! The initial entries of mounts that a policy names one by one, and the host's preopens beside mounts.

use std::fs;
use std::path::Path;

use interpose_host::paths::{Paths, Purpose};
use interpose_host::{Directory, Grant, Offer};
use wasi_interpose::adapters::Adapter;

use crate::host_filesystem::compose;
use crate::support::tools::{policy, run_component, text};

/// An offer of the directory as a preopen of this name.
fn offered(name: &str, path: &Path) -> Directory {
    Directory {
        path: path.to_owned(),
        name: name.into(),
        read_only: false,
    }
}

/// Runs each command of `p2_fs_commands` under these tables and compares its outcome.
fn expect(tables: &str, directories: &[Directory], expected: &[(&str, &str)]) {
    let composition = compose(tables);
    let commands = expected.iter().map(|(command, _)| command.to_string());
    let offer = Offer {
        arguments: std::iter::once("program".to_owned())
            .chain(commands)
            .collect(),
        directories: directories.to_vec(),
        ..Offer::default()
    };
    let ran = run_component(&composition.component, Grant::of(&composition.plan, &offer));
    assert_eq!(ran.end, "exit 0", "under {tables}: {ran:?}");
    let lines = expected
        .iter()
        .map(|(command, outcome)| format!("{command}: {outcome}\n"));
    assert_eq!(ran.stdout, lines.collect::<String>(), "under {tables}");
}

#[test]
fn files_and_links_of_the_policy_are_there() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    fs::create_dir_all(root.join("from/sub")).expect("a directory");
    fs::create_dir(root.join("host")).expect("a directory");
    for (path, contents) in [
        ("from/replaced", "of this machine"),
        ("from/sub/kept", "kept"),
        ("prod.toml", "prod"),
        ("host/lower", "lower"),
        ("host/motd", "of the host"),
    ] {
        fs::write(root.join(path), contents).expect("a file");
    }
    let entries = format!(
        "from = \"{from}\"\ndirectories = [\"empty\"]\n\
         files = {{ motd = \"hello\", \"app/prod.toml\" = {{ file = \"{prod}\" }}, replaced = {{ text = \"\" }} }}\n\
         links = {{ \"app/current\" = \"prod.toml\", away = \"/etc/passwd\" }}\n",
        from = text(&root.join("from")),
        prod = text(&root.join("prod.toml")),
    );
    let common = [
        ("list app", "current prod.toml"),
        ("read motd", "hello"),
        ("read app/current", "prod"),
        ("readlink app/current", "prod.toml"),
        ("read replaced", ""),
        ("read sub/kept", "kept"),
        ("list empty", ""),
        ("read away", "error: not-permitted"),
        ("modified motd", "315532800.000000000"),
        ("modified app/prod.toml", "315532800.000000000"),
        ("write motd", "7 bytes"),
        ("read motd", "written"),
    ];
    let memory = format!("[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n{entries}");
    let mut expected = vec![("list .", "app away empty motd replaced sub")];
    expected.extend(common);
    expect(&memory, &[], &expected);

    let overlay = memory.replace("\"memory\"", "\"overlay\"\nhost = \"/host\"");
    let mut expected = vec![
        ("list .", "app away empty lower motd replaced sub"),
        ("read lower", "lower"),
    ];
    expected.extend(common);
    let host = offered("/host", &root.join("host"));
    expect(&overlay, &[host], &expected);
    let kept = fs::read_to_string(root.join("host/motd")).expect("a file");
    assert_eq!(kept, "of the host");

    // A single file has its time on disk if the policy asks for it; a text has the fixed time.
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::open(root.join("prod.toml")).expect("a file");
    file.set_modified(time).expect("a time");
    expect(
        &format!("{memory}times = \"disk\"\n"),
        &[],
        &[
            ("modified app/prod.toml", "1000000000.000000000"),
            ("modified motd", "315532800.000000000"),
        ],
    );
}

/// The application could exchange the file that the next run bakes in.
#[test]
fn a_single_file_is_not_taken_from_where_the_application_writes() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("f"), "x").expect("a file");
    let root = text(directory.path());
    let tables = format!(
        "version = 1\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"{root}\"\n\
         [[filesystem.mounts]]\npath = \"/memory\"\nsource = \"memory\"\nfiles = {{ f = {{ file = \"{root}/f\" }} }}\n"
    );
    let found = |tables: &str| {
        let mut paths = Paths::of_this_machine();
        paths.add(None, &policy(tables), &Offer::default());
        paths.check().err().map(|found| found.purpose)
    };
    assert_eq!(found(&tables), Some(Purpose::BakedFile("/memory".into())));
    let read_only = tables.replacen("\"host\"\n", "\"host\"\naccess = \"read-only\"\n", 1);
    assert_eq!(found(&read_only), None);
}

/// The host's preopens are inherited, one of them replaced by a mount in memory, beside mounts of the host.
#[test]
fn preopens_are_inherited_beside_mounts() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    for name in ["one", "two"] {
        fs::create_dir_all(root.join(name).join("sub")).expect("a directory");
        fs::write(root.join(name).join("f"), name).expect("a file");
        fs::write(root.join(name).join("sub/g"), name).expect("a file");
        fs::write(root.join(name).join("secret"), name).expect("a file");
    }
    let offered = [
        offered("/one", &root.join("one")),
        offered("/two", &root.join("two")),
    ];
    let inherit = "[filesystem]\ninherit = true\n";
    let mount =
        |path: &str, keys: &str| format!("[[filesystem.mounts]]\npath = \"{path}\"\n{keys}\n");
    let missing = "error: no-device";

    expect(
        inherit,
        &offered,
        &[("read /one:f", "one"), ("read /two:f", "two")],
    );
    let without = inherit.replace("true", "false");
    expect(
        &without,
        &offered,
        &[("read /one:f", missing), ("read /two:f", missing)],
    );

    let memory = mount("/two", "source = \"memory\"\nfiles = { f = \"memory\" }");
    let memory = inherit.to_owned() + &memory + &mount("/one/more", "source = \"memory\"");
    expect(
        &memory,
        &offered,
        &[
            ("read /one:f", "one"),
            ("read /two:f", "memory"),
            ("list /two:.", "f"),
            ("write /one/more:new", "7 bytes"),
            ("write /one:new", "7 bytes"),
        ],
    );
    assert!(root.join("one/new").exists() && !root.join("two/new").exists());

    let hiding = mount(
        "/two",
        "source = \"host\"\nhide = [\"secret\"]\naccess = \"read-only\"",
    );
    let overlay = mount("/over", "source = \"overlay\"\nhost = \"/two\"");
    for kernel in ["", &overlay] {
        let tables = format!("{inherit}{hiding}{kernel}");
        let layers = compose(&tables).plan.layers;
        let adapters: Vec<Adapter> = layers.iter().map(|layer| layer.adapter).collect();
        assert!(
            adapters.contains(&Adapter::HostFilesystemInherit),
            "{adapters:?}"
        );
        assert_eq!(
            adapters.contains(&Adapter::KernelOverlay),
            !kernel.is_empty()
        );
        expect(
            &tables,
            &offered,
            &[
                ("read /one:secret", "one"),
                ("write /one:more", "7 bytes"),
                ("read /two:f", "two"),
                ("read /two:secret", "error: no-entry"),
                ("write /two:new", "error: not-permitted"),
            ],
        );
    }
    expect(
        &format!("{inherit}{hiding}{overlay}"),
        &offered,
        &[
            ("read /over:secret", "two"),
            ("write /over:f", "7 bytes"),
            ("read /two:f", "two"),
        ],
    );

    // The mount shows a part of a preopen that another mount replaces.
    let part = mount(
        "/part",
        "source = \"host\"\nhost = \"/two\"\nsubtree = \"sub\"",
    );
    expect(
        &format!("{inherit}{hiding}{part}"),
        &offered,
        &[
            ("read /part:g", "two"),
            ("read /part:../f", "error: not-permitted"),
            ("read /one:f", "one"),
        ],
    );
}

/// An application can write in an inherited preopen, so no other path of the policy may lead through it.
#[test]
fn what_lies_in_an_inherited_preopen_can_be_exchanged() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("from")).expect("a directory");
    let offer = Offer {
        directories: vec![offered("/one", directory.path())],
        ..Offer::default()
    };
    let from = text(&directory.path().join("from"));
    let found = |path: &str| {
        let mut paths = Paths::of_this_machine();
        let tables = format!(
            "version = 1\n[filesystem]\ninherit = true\n\
             [[filesystem.mounts]]\npath = \"{path}\"\nsource = \"memory\"\nfrom = \"{from}\"\n"
        );
        paths.add(None, &policy(&tables), &offer);
        paths.check().err().map(|found| found.purpose)
    };
    assert_eq!(found("/memory"), Some(Purpose::Baked("/memory".into())));
    // A mount replaces the preopen, so the application cannot write through it.
    assert_eq!(found("/one"), None);
}
