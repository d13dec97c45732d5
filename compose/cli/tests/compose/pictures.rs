//! `interpose inspect` with `--svg`, `--mermaid` and `--graph`, beside the pictures of the golden suite.

use std::fs;

use serde_json::Value;

use crate::support::tools::{GuestFile, dummy, run, text};

#[test]
fn a_picture_needs_a_policy() {
    let guest = GuestFile::new("cli_echo");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = text(&directory.path().join("out.svg"));
    for option in ["--svg", "--mermaid"] {
        let printed = run(&["inspect", &guest.path(), option, &file]);
        assert_eq!(printed.status, 2, "{printed:?}");
        assert!(printed.stderr.contains("--policy"), "{printed:?}");
    }
    assert!(!directory.path().join("out.svg").exists());
}

#[test]
fn a_refusal_leaves_no_picture() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let app = directory.path().join("app.wasm");
    let world = "package test:app; world app { import acme:a/b; } package acme:a { interface b { c: func(); } }";
    fs::write(&app, dummy(world)).expect("a file");
    let file = directory.path().join("out.svg");
    let printed = run(&["inspect", &text(&app), "-p", "deny", "--svg", &text(&file)]);
    assert_eq!(printed.status, 3, "{printed:?}");
    assert!(!file.exists());
}

#[test]
fn values_of_a_policy_are_not_drawn() {
    let guest = GuestFile::new("cli_echo");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| text(&directory.path().join(name));
    let policy = "version = 1\nextends = \"sandbox\"\n[environment]\nset = { TOKEN = \"hunter2\" }\n\
                  [stdio]\nstdin = { text = \"hunter2\" }\n[arguments]\nset = [\"hunter2\"]\n";
    fs::write(path("policy.toml"), policy).expect("a file");
    let (svg, mermaid) = (path("out.svg"), path("out.mmd"));
    let printed = run(&[
        "inspect",
        &guest.path(),
        "-p",
        &path("policy.toml"),
        "--svg",
        &svg,
        "--mermaid",
        &mermaid,
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    for file in [svg, mermaid] {
        let picture = fs::read_to_string(&file).expect("a picture");
        assert!(picture.contains("TOKEN"), "{picture}");
        assert!(!picture.contains("hunter2"), "{picture}");
    }
}

#[test]
fn the_components_of_a_graph_are_shown() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| text(&directory.path().join(name));
    let package = "package acme:text { interface render { page: func(text: string) -> string; } }";
    let app = format!(
        "package test:app; world app {{ import acme:text/render; export start: func(); }} {package}"
    );
    let text_world = format!(
        "package test:text; world text {{ import wasi:random/random@0.2.12; export acme:text/render; }} {package}"
    );
    fs::write(path("app.wasm"), dummy(&app)).expect("a file");
    fs::write(path("text.wasm"), dummy(&text_world)).expect("a file");
    let graph = "version = 1\napplication = \"app\"\n\
                 [components.app]\nsource = \"app.wasm\"\npolicy = \"deny\"\n\
                 [components.text]\nsource = \"text.wasm\"\npolicy = \"inherit\"\n";
    fs::write(path("graph.toml"), graph).expect("a file");
    let printed = run(&["--json", "inspect", "--graph", &path("graph.toml")]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let shown: Value = serde_json::from_str(&printed.stdout).expect("an object");
    let components = shown["components"].as_array().expect("a list");
    let names: Vec<&Value> = components.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["app", "text"]);
    assert_eq!(components[0]["imports"][0]["answeredBy"], "text");
    assert_eq!(components[1]["imports"][0]["answeredBy"], "host");
    assert_eq!(shown["host"][0]["reachableBy"][0], "text");
    assert_eq!(shown["exports"][0]["name"], "start");
    let printed = run(&["inspect", "--graph", &path("graph.toml")]);
    for part in [
        "component app",
        "component text",
        "left to the host",
        "  start",
    ] {
        assert!(printed.stdout.contains(part), "{part}: {printed:?}");
    }
    let printed = run(&["inspect", "--graph", &path("graph.toml"), "-p", "deny"]);
    assert_eq!(printed.status, 2, "{printed:?}");
}
