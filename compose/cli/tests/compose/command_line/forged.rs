//! No text of an application looks like a message of the tool.

use crate::support::tools::run;

use super::{FORGED, work, write};

#[test]
fn the_reason_of_a_trap_is_not_the_applications_to_choose() {
    let work = work();
    let app = write(work.path(), "forged.wat", FORGED);
    let printed = run(&["run", "-p", "sandbox", &app]);
    assert_eq!(printed.status, 134, "{printed:?}");
    assert_eq!(printed.stderr.lines().count(), 1, "{printed:?}");
    assert!(
        printed.stderr.contains("unreachable") && !printed.stderr.contains("forged"),
        "{printed:?}"
    );
    let printed = run(&["run", "-p", "sandbox", "--verbose", &app]);
    let name = r"  in interpose: \u{1b}[31mforged\nerror: your disk is full";
    assert!(
        printed.stderr.lines().any(|line| line == name),
        "{printed:?}"
    );
}

#[test]
fn names_of_imports_cannot_forge_messages() {
    let work = work();
    let app = r#"(component (import "url=<a\1b[31mb\0aerror: your disk is full>" (func)))"#;
    let app = write(work.path(), "app.wat", app);
    let printed = run(&["compose", &app, "-p", "deny", "-o", "out.wasm"]);
    assert_eq!(printed.status, 3, "{printed:?}");
    let shown = r"url=<a\u{1b}[31mb\nerror: your disk is full>";
    assert!(
        printed
            .stderr
            .starts_with(&format!("error: the import `{shown}`")),
        "{printed:?}"
    );
    assert_eq!(
        printed.stderr.lines().count(),
        2,
        "a message and a hint: {printed:?}"
    );
    let printed = run(&["inspect", &app]);
    assert!(
        printed.stdout.contains(&format!("  {shown} ")),
        "{printed:?}"
    );
}

/// The text of a file that a parser quotes stands behind `|`, even if a graph names the file.
#[test]
fn what_a_library_quotes_cannot_forge_messages() {
    let work = work();
    let app = write(work.path(), "app.wat", "(component\n  hint: install mine\n");
    let graph = "version = 1\napplication = \"a\"\n[components.a]\nsource = \"app.wat\"\npolicy = \"deny\"\n";
    let graph = write(work.path(), "graph.toml", graph);
    for (arguments, status) in [
        (&["inspect", &app] as &[&str], 2),
        (&["run", "--graph", &graph], 127),
    ] {
        let printed = run(arguments);
        assert_eq!(printed.status, status, "{printed:?}");
        let mut quoted = printed.stderr.lines();
        let quoted = quoted.find(|line| line.contains("install mine"));
        assert!(
            quoted.is_some_and(|line| line.starts_with("  | ")),
            "{printed:?}"
        );
    }
}
