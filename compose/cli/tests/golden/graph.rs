//! Each folder of `tests/cases/graph` is a `graph.toml` with its policies and components; `NAME.wit` is compiled to
//! `NAME.wasm`. Its outcome is `surface.txt`, the provider of each import of each component and the components that can
//! reach each import of the assembled component; or `error.txt`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wasi_interpose::graph::{Assembled, Graph};
use wasi_interpose::plan::Provider;

use crate::composers::{FUSING, WIRING};
use crate::support::tools::{dummy, finish, imports, interpose};
use crate::support::wac::{compose_script, unversioned};

/// Copies a case to a directory for composing, with a component for each of its worlds.
pub fn copy(case: &Path, work: &Path) {
    for entry in fs::read_dir(case).expect("a case") {
        let path = entry.expect("a file").path();
        let to = work.join(path.file_name().expect("a name"));
        if path.extension().is_some_and(|extension| extension == "wit") {
            let wit = fs::read_to_string(&path).expect("a text");
            fs::write(to.with_extension("wasm"), dummy(&wit)).expect("a component");
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

pub fn outcome(case: &Path) -> Result<String, String> {
    let work = tempfile::tempdir().expect("a temporary directory");
    copy(case, work.path());
    let compose = |link: &str| {
        let mut command = interpose();
        command.current_dir(work.path());
        finish(command.args([
            "compose",
            "--graph",
            "graph.toml",
            "--output",
            "out.wasm",
            "--emit-wac",
            "script",
            "--link",
            link,
        ]))
    };
    let printed = compose("wired");
    let name = case.display();
    assert_eq!(printed.stdout, "", "{name}");
    assert!(
        !printed.stderr.contains("panicked"),
        "{name}: {}",
        printed.stderr
    );
    let out = work.path().join("out.wasm");
    if printed.status != 0 {
        assert!(
            !out.exists() && !work.path().join("script").exists(),
            "{name}"
        );
        return Err(format!("status {}\n{}", printed.status, printed.stderr));
    }
    let component = fs::read(&out).expect("the result");
    let graph = Graph::load(&work.path().join("graph.toml")).expect("the command did");
    compose("auto");
    let fused = FUSING.assemble(&graph).expect("the command did");
    assert!(
        fused.component == fs::read(&out).expect("the result"),
        "{name}: the library disagrees when it fuses"
    );
    compose("wired");
    assert!(
        component == fs::read(&out).expect("the result"),
        "{name}: two results"
    );
    let assembled = WIRING.assemble(&graph).expect("the command did");
    assert!(
        assembled.component == component,
        "{name}: the library disagrees"
    );
    let script = work.path().join("script");
    let file = fs::read_dir(&script)
        .expect("the script")
        .map(|entry| entry.expect("an entry").file_name())
        .find(|file| Path::new(file).extension().is_some_and(|end| end == "wac"))
        .expect("a script");
    let by_script = compose_script(&script, &file.to_string_lossy());
    assert_eq!(
        unversioned(&imports(&by_script)),
        unversioned(&imports(&component)),
        "{name}: the script disagrees"
    );
    Ok(describe(&assembled) + &printed.stderr)
}

fn describe(assembled: &Assembled) -> String {
    let mut text = String::new();
    for member in &assembled.members {
        let _ = writeln!(text, "{}", member.name);
        let plan = &member.composition.plan;
        for (item, wire) in member.before.imports.iter().zip(&plan.application) {
            let answer = match &wire.provider {
                Provider::Host => "the host",
                Provider::Peer => &member.answered[&item.name],
                Provider::Type => "whoever answers the interface that it is of",
                Provider::Stub => "a stub",
                Provider::Request => "the request",
                Provider::Layer { layer, .. } => plan.layers[*layer].adapter.name(),
            };
            let _ = writeln!(text, "  {}: {answer}", item.name);
        }
    }
    text += "imports of the result, and who can reach them\n";
    for item in &assembled.surface.imports {
        let by = assembled.reachable_by(item).join(", ");
        let types = if item.functions.is_empty() {
            " (types)"
        } else {
            ""
        };
        let _ = writeln!(text, "  {}{types}: {by}", item.name);
    }
    text += "exports\n";
    for item in &assembled.surface.exports {
        let _ = writeln!(text, "  {}", item.name);
    }
    // The assembled component imports only interfaces that a component of the graph imports.
    let before: BTreeSet<&String> = assembled
        .members
        .iter()
        .flat_map(|member| member.before.imports.iter().map(|item| &item.name))
        .collect();
    for item in &assembled.surface.imports {
        assert!(before.contains(&item.name), "{}", item.name);
    }
    text
}
