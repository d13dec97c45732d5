//! Each folder of `tests/cases/compose` is an application, `app.wat` or `app.wit`, and a `policy.toml`. Its outcome is
//! `surface.txt`, the application's imports with their providers and the imports of the composition; or `error.txt`,
//! the status of the command and its message. Every other `NAME.wit` is a component `NAME.wasm` beside the policy, which
//! can name it as an interposer.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use wasi_interpose::application::Application;
use wasi_interpose::compose::{Composer, Composition};
use wasi_interpose::emit::{EmitOptions, emit};
use wasi_interpose::importers::Answered;
use wasi_interpose::plan::{APPLICATION, Provider};
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Item;

use crate::composers::{FUSING, WIRING};
use crate::graph::copy;
use crate::support::tools::{dummy, finish, imports, interpose, text};
use crate::support::wac::{compose_script, unversioned};

/// An interface with more functions is described by their number only.
const NAMED_FUNCTIONS: usize = 3;

/// Composes a case with the command, all wired, and describes the result, or the refusal. Fused, as the command composes
/// unless it is told otherwise, the result may import less.
pub fn outcome(case: &Path) -> Result<String, String> {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (app, out) = (work.path().join("app.wasm"), work.path().join("out.wasm"));
    let application = application(case);
    fs::write(&app, &application).expect("the application is written");
    let case = &home(case, work.path());
    let composed = |link: &[&str]| {
        let mut command = interpose();
        command.args(["compose", &text(&app), "--policy", "policy.toml"]);
        command.args(["--output", &text(&out)]).args(link);
        finish(command.current_dir(case))
    };
    let printed = composed(&["--link", "wired"]);
    assert_eq!(
        printed.stdout, "",
        "composing prints nothing to standard output"
    );
    let messages = printed.stderr.replace(&text(work.path()), "WORK");
    assert!(
        !messages.contains("panicked"),
        "{}: {messages}",
        case.display()
    );
    if printed.status != 0 {
        assert!(
            !out.exists(),
            "{}: a refusal leaves no file",
            case.display()
        );
        return Err(format!("status {}\n{messages}", printed.status));
    }
    let wired = fs::read(&out).expect("the result");
    let described = describe(case, &application, &wired);
    assert_eq!(composed(&[]).status, 0, "{}", case.display());
    let fused = fs::read(&out).expect("the result");
    assert!(
        fused == library(&FUSING, case, &application).component,
        "{}: the command and the library differ",
        case.display()
    );
    assert!(
        imports(&fused).is_subset(&imports(&wired)),
        "{}: fusing made imports",
        case.display()
    );
    Ok(described + &messages)
}

/// What the library composes.
fn library(composer: &Composer, case: &Path, application: &[u8]) -> Composition {
    let application = Application::parse(application).expect("the command took it");
    let policy = Policy::load(&text(&case.join("policy.toml"))).expect("the command took it");
    let composition = composer.compose(&application, &policy);
    composition.expect("the command did")
}

/// The application of a case.
pub fn application(case: &Path) -> Vec<u8> {
    match fs::read_to_string(case.join("app.wit")) {
        Ok(wit) => dummy(&wit),
        Err(_) => fs::read(case.join("app.wat")).expect("a case has an `app.wit` or an `app.wat`"),
    }
}

/// The folder in which a case is composed: its own, or a copy in `work` where a component is to be made for a world.
pub fn home(case: &Path, work: &Path) -> PathBuf {
    let files = fs::read_dir(case).expect("a case");
    let names = files.map(|entry| entry.expect("a file").file_name());
    let is_world = |name: &OsString| name != "app.wit" && text(name.as_ref()).ends_with(".wit");
    if !names.into_iter().any(|name| is_world(&name)) {
        return case.to_owned();
    }
    let home = work.join("case");
    fs::create_dir(&home).expect("a folder");
    copy(case, &home);
    home
}

fn describe(case: &Path, application: &[u8], result: &[u8]) -> String {
    let composition = library(&WIRING, case, application);
    let application = Application::parse(application).expect("the command took it");
    assert!(
        composition.component == result,
        "{}: the command and the library differ",
        case.display()
    );
    let links = composition.chain.iter().flat_map(|chain| &chain.links);
    let before: BTreeSet<String> = links
        .flat_map(|link| imports(&link.component))
        .chain(imports(application.component()))
        .collect();
    let after = imports(result);
    let added: BTreeSet<_> = after.difference(&before).collect();
    assert!(
        added.is_empty(),
        "{}: the surface grew by {added:?}",
        case.display()
    );

    let mut text = String::new();
    for importer in composition.importers() {
        text += &match importer.is_interposer() {
            false => "imports of the application, and who answers them\n".to_owned(),
            true => format!("imports of the interposer `{}`\n", importer.name),
        };
        for (item, answered) in importer.imports {
            let answer = match answered {
                Answered::Link(APPLICATION) => "the application".to_owned(),
                Answered::Link(name) => format!("the interposer `{name}`"),
                Answered::Plan(provider) => match provider {
                    Provider::Host => "the host",
                    Provider::Peer => "another component",
                    Provider::Type => "whoever answers the interface that it is of",
                    Provider::Stub => "a stub",
                    Provider::Request => "the request",
                    Provider::Layer { layer, .. } => composition.plan.layers[*layer].adapter.name(),
                }
                .to_owned(),
            };
            let _ = writeln!(text, "  {}: {answer}", line(item));
        }
    }
    text += "imports of the result\n";
    for item in &composition.surface.imports {
        let _ = writeln!(text, "  {}", line(item));
    }
    text += "exports\n";
    for item in &composition.surface.exports {
        let _ = writeln!(text, "  {}", item.name);
    }
    check_script(&composition, result);
    text
}

/// The script of a composition with interposers, each of which is a component of its own there, makes the same imports.
fn check_script(composition: &Composition, result: &[u8]) {
    let Some(chain) = &composition.chain else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary directory");
    let name = "chain".to_owned();
    for (file, contents) in emit(composition, &EmitOptions { name }) {
        let path = work.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, contents).expect("a file");
    }
    let by_script = compose_script(work.path(), "chain.wac");
    assert_eq!(
        unversioned(&imports(&by_script)),
        unversioned(&imports(result))
    );
    let script = fs::read_to_string(work.path().join("chain.wac")).expect("the script");
    for interposer in chain.interposers() {
        let line = format!("let %interposer-{} = new", interposer.name);
        assert!(script.contains(&line), "{script}");
    }
}

fn line(item: &Item) -> String {
    let functions = match item.functions.len() {
        0 => "no functions".into(),
        1..=NAMED_FUNCTIONS => item.functions.join(", "),
        n => format!("{n} functions"),
    };
    format!("{} ({functions})", item.name)
}
