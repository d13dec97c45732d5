//! Each folder of `tests/cases/compose` is an application, `app.wat` or `app.wit`, and a `policy.toml`. Its outcome is
//! `surface.txt`, the application's imports with their providers and the imports of the composition; or `error.txt`,
//! the status of the command and its message.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wasi_interpose::application::Application;
use wasi_interpose::plan::Provider;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::{Item, Surface};

use crate::support::tools::{COMPOSER, dummy, finish, imports, interpose, text};

/// An interface with more functions is described by their number only.
const NAMED_FUNCTIONS: usize = 3;

/// Composes a case with the command and describes the result, or the refusal.
pub fn outcome(case: &Path) -> Result<String, String> {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (app, out) = (work.path().join("app.wasm"), work.path().join("out.wasm"));
    let application = match fs::read_to_string(case.join("app.wit")) {
        Ok(wit) => dummy(&wit),
        Err(_) => fs::read(case.join("app.wat")).expect("a case has an `app.wit` or an `app.wat`"),
    };
    fs::write(&app, &application).expect("the application is written");
    let printed = finish(interpose().current_dir(case).args([
        "compose",
        &text(&app),
        "--policy",
        "policy.toml",
        "--output",
        &text(&out),
    ]));
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
    Ok(describe(case, &application, &fs::read(&out).expect("the result")) + &messages)
}

fn describe(case: &Path, application: &[u8], result: &[u8]) -> String {
    let application = Application::parse(application).expect("the command took it");
    let policy = Policy::load(&text(&case.join("policy.toml"))).expect("the command took it");
    let composition = COMPOSER
        .compose(&application, &policy)
        .expect("the command did");
    assert!(
        composition.component == result,
        "{}: the command and the library differ",
        case.display()
    );
    let (before, after) = (imports(application.component()), imports(result));
    let added: BTreeSet<_> = after.difference(&before).collect();
    assert!(
        added.is_empty(),
        "{}: the surface grew by {added:?}",
        case.display()
    );

    let surface = Surface::of(application.component()).expect("a surface");
    let mut text = "imports of the application, and who answers them\n".to_owned();
    for (item, wire) in surface.imports.iter().zip(&composition.plan.application) {
        let answer = match &wire.provider {
            Provider::Host => "the host",
            Provider::Peer => "another component",
            Provider::Type => "whoever answers the interface that it is of",
            Provider::Stub => "a stub",
            Provider::Request => "the request",
            Provider::Layer { layer, .. } => composition.plan.layers[*layer].adapter.name(),
        };
        let _ = writeln!(text, "  {}: {answer}", line(item));
    }
    text += "imports of the result\n";
    for item in &composition.surface.imports {
        let _ = writeln!(text, "  {}", line(item));
    }
    text += "exports\n";
    for item in &composition.surface.exports {
        let _ = writeln!(text, "  {}", item.name);
    }
    text
}

fn line(item: &Item) -> String {
    let functions = match item.functions.len() {
        0 => "no functions".into(),
        1..=NAMED_FUNCTIONS => item.functions.join(", "),
        n => format!("{n} functions"),
    };
    format!("{} ({functions})", item.name)
}
