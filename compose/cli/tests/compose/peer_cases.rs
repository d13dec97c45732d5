//! The cases of WASI-Virt's tests as policies: the name of a case, its policy, and the output of a program on a host
//! that has more.

use std::fs;

use interpose_host::{Directory, Grant, Offer};

use crate::support::tools::{COMPOSER, Ran, guest, imports, policy, run_component, text};

/// Streams and arguments, so that programs get commands and can show outcomes.
const BESIDE: &str = "version = 1\n[arguments]\ninherit = true\n[stdio]\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

fn run(case: &str, program: &str, tables: &str, offer: Offer) -> Ran {
    let composition = COMPOSER.compose(&guest(program), &policy(&format!("{BESIDE}{tables}")));
    let composition = composition.unwrap_or_else(|error| panic!("{case}: {error}"));
    let ran = run_component(&composition.component, Grant::of(&composition.plan, &offer));
    assert_eq!(ran.end, "exit 0", "{case}: {ran:?}");
    ran
}

fn arguments(arguments: &[&str]) -> Vec<String> {
    let arguments = arguments.iter().map(|argument| argument.to_string());
    std::iter::once("program".to_owned())
        .chain(arguments)
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// `env-*` and `config-*` differ only in the table: the host's pairs, the table, and the pairs that the application
/// sees.
#[test]
fn variables_and_values() {
    let host = [("private", "p"), ("public", "val")];
    let custom = [("private", "p"), ("custom", "val")];
    for (case, keys, expected) in [
        (
            "allow",
            "inherit = [\"public\"]\nset = { custom = \"val\" }",
            vec![("custom", "val"), ("public", "val")],
        ),
        (
            "deny",
            "inherit = [\"*\"]\nexcept = [\"private\"]\nset = { custom = \"val\" }",
            vec![("custom", "val"), ("public", "val")],
        ),
        (
            "none-overrides",
            "set = { custom = \"val\" }",
            vec![custom[1]],
        ),
        ("none", "", vec![]),
        ("passthrough", "inherit = [\"*\"]", host.to_vec()),
    ] {
        let shown = |program: &str, table: &str| {
            let offer = Offer {
                arguments: arguments(&[]),
                variables: pairs(&host),
                config: pairs(&host),
                ..Offer::default()
            };
            run(case, program, &format!("[{table}]\n{keys}"), offer).stdout
        };
        for printed in [
            shown("p2_env_environment", "environment"),
            shown("p2_config_values", "config"),
        ] {
            for (name, value) in host.iter().chain(&custom) {
                let is_there = printed.contains(&format!("(\"{name}\", \"{value}\")"));
                assert_eq!(
                    is_there,
                    expected.contains(&(name, value)),
                    "{case}, {name}: {printed}"
                );
            }
        }
    }
}

#[test]
fn files() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    fs::create_dir_all(root.join("cases/sub")).expect("a directory");
    for path in ["LICENSE", "cases/case", "cases/sub/nested"] {
        fs::write(root.join(path), path).expect("a file");
    }
    let read = |case: &str, tables: &str, command: &str| {
        let offer = Offer {
            arguments: arguments(&[command]),
            directories: vec![Directory {
                path: root.to_owned(),
                name: "/".into(),
                read_only: true,
            }],
            ..Offer::default()
        };
        let ran = run(case, "p2_fs_commands", tables, offer);
        let line = ran.stdout.trim_end().to_owned();
        line.strip_prefix(&format!("{command}: "))
            .map(str::to_owned)
    };
    let at = |path: &str| text(&root.join(path));
    let memory = |path: &str, keys: &str| {
        format!("[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"memory\"\n{keys}\n")
    };
    let three = "files = { \"mydir/file1.txt\" = \"1\", \"mydir/file2.txt\" = \"2\", \"mydir/echo.txt\" = \"3\" }";
    let from = format!("from = \"{}\"", at("cases"));
    for (case, tables, command, expected) in [
        ("fs-file-read", memory("/", "files = { \"file.txt\" = \"contents\" }"), "read file.txt", "contents"),
        ("fs-inner-read", memory("/", "files = { \"mydir/file.txt\" = \"inner\" }"), "read mydir/file.txt", "inner"),
        ("fs-dir-read", memory("/", three), "list mydir", "echo.txt file1.txt file2.txt"),
        ("fs-preopen-read", memory("/mydir", &three.replace("mydir/", "")), "list /mydir:.", "echo.txt file1.txt file2.txt"),
        ("fs-virt-dir-read", memory("/", &from), "read case", "cases/case"),
        ("fs-passive-file-read", memory("/", &from), "read case", "cases/case"),
        ("fs-nested-dir-read", memory("/", &from), "read sub/nested", "cases/sub/nested"),
        (
            "fs-host-dir-read",
            "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nsubtree = \"cases\"".into(),
            "read case",
            "cases/case",
        ),
        // The application reads a file of the host under another name when it runs. The file's own name exists too.
        (
            "fs-host-read",
            "[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = \"/\"\nhide = [\"cases\"]\nlinks = { \"file.txt\" = \"LICENSE\" }".into(),
            "read file.txt",
            "LICENSE",
        ),
        (
            "encapsulate",
            memory("/", &format!("files = {{ LICENSE = {{ file = \"{}\" }} }}", at("LICENSE"))),
            "read LICENSE",
            "LICENSE",
        ),
        ("passthrough", "[filesystem]\ninherit = true".into(), "read LICENSE", "LICENSE"),
    ] {
        assert_eq!(read(case, &tables, command).as_deref(), Some(expected), "{case}");
    }
}

#[test]
fn encapsulation_and_streams() {
    let imported = |tables: &str| {
        let composition =
            COMPOSER.compose(&guest("demo"), &policy(&format!("version = 1\n{tables}")));
        imports(&composition.expect("a composition").component)
    };
    // `encapsulate-none`
    let nothing = imported("extends = \"deny\"");
    assert!(nothing.is_empty(), "{nothing:?}");
    // `encapsulate-component`: a composition imports nothing that the application does not import, whatever the policy
    // leaves to the host.
    let some = imported(
        "default = \"inherit\"\n[stdio]\nstdin = \"closed\"\nstdout = \"discard\"\nstderr = \"discard\"",
    );
    assert!(
        some.iter()
            .any(|name| name.starts_with("wasi:clocks/wall-clock")),
        "{some:?}"
    );
    assert!(
        !some.iter().any(|name| name.starts_with("wasi:http/")),
        "{some:?}"
    );
    // `stdio`, and the mode in which WASI-Virt panics.
    let stdout = |mode: &str| {
        let tables = format!(
            "version = 1\n[stdio]\nstdin = \"closed\"\nstdout = \"{mode}\"\nstderr = \"inherit\"\n"
        );
        let composition = COMPOSER.compose(&guest("cli_hello"), &policy(&tables));
        run_component(
            &composition.expect("a composition").component,
            Grant::default(),
        )
    };
    assert_eq!(stdout("inherit").end, "exit 0");
    assert!(!stdout("inherit").stdout.is_empty());
    assert_eq!(stdout("discard").stdout, "");
    let denied = stdout("deny");
    assert!(
        denied.stdout.is_empty() && denied.end != "exit 0",
        "{denied:?}"
    );
}
