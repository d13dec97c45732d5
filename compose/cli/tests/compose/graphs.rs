//! Several components under several policies. Each folder of `tests/graphs/` is a `graph.toml` with its policies and
//! components, of which `NAME.wit` is compiled to `NAME.wasm`. What comes of it is `surface.txt`: who answers each import
//! of each component, and by whom each import of the whole can be reached; or `error.txt`. With the variable `BLESS` set
//! the files are written instead of compared.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use interpose_host::Grant;
use wasi_interpose::application::Application;
use wasi_interpose::assembly::{Assembled, Assembly};
use wasi_interpose::audit::{AuditError, Finding, audit};
use wasi_interpose::plan::{Granted, Source};
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::cases::check_all;
use crate::plug::{compose_script, unversioned};
use crate::tools::{
    COMPOSER, builtin, builtin_names, dummy, finish, guest, imports, interpose, policy,
    run_component,
};

#[test]
fn graphs_of_components() {
    check_all("tests/graphs", outcome);
}

/// Copies a case to a directory in which it can be composed, with a component for each of its worlds.
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

fn outcome(case: &Path) -> Result<String, String> {
    let work = tempfile::tempdir().expect("a temporary directory");
    copy(case, work.path());
    let compose = || {
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
        ]))
    };
    let printed = compose();
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
    compose();
    assert!(
        component == fs::read(&out).expect("the result"),
        "{name}: two results"
    );
    let assembly = Assembly::load(&work.path().join("graph.toml")).expect("the command did");
    let assembled = COMPOSER.assemble(&assembly).expect("the command did");
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
            let answer = match &wire.source {
                Source::Host => "the host",
                Source::Peer => &member.answered[&item.name],
                Source::Type => "whoever answers the interface that it is of",
                Source::Stub => "a stub",
                Source::Request => "the request",
                Source::Layer { layer, .. } => plan.layers[*layer].adapter.name(),
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
    // Nothing is imported that no component imported.
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

const APPLICATION: &str = "package test:app;
    package acme:text@1.0.0 { interface render { page: func(text: string) -> string; } }
    world app {
        import acme:text/render@1.0.0;
        import wasi:random/random@0.2.12;
        import wasi:clocks/monotonic-clock@0.2.12;
        import wasi:cli/environment@0.2.12;
        import wasi:cli/stdout@0.2.12;
        export start: func();
    }";

const DEPENDENCY: &str = "package test:app;
    package acme:text@1.0.0 { interface render { page: func(text: string) -> string; } }
    world app {
        import wasi:random/random@0.2.12;
        import wasi:cli/environment@0.2.12;
        import wasi:cli/stdout@0.2.12;
        import wasi:sockets/tcp@0.2.12;
        import wasi:filesystem/preopens@0.2.12;
        export acme:text/render@1.0.0;
    }";

fn pair(
    app: &Application,
    app_policy: Policy,
    text: &Application,
    text_policy: Policy,
) -> Assembly {
    let mut assembly = Assembly::new("app");
    assembly.add("text", text.clone(), text_policy);
    assembly.add("app", app.clone(), app_policy);
    assembly
}

fn reaches(assembled: &Assembled, component: &str) -> BTreeSet<String> {
    let imports = assembled.surface.imports.iter();
    imports
        .filter(|item| assembled.reachable_by(item).contains(&component))
        .filter_map(|item| Some(item.interface()?.path()))
        .collect()
}

/// Whatever the policy of one component is, the other's part stays the same byte for byte, and reaches the same.
#[test]
fn a_policy_does_not_change_what_another_component_may_reach() {
    let app = Application::parse(&dummy(APPLICATION)).expect("a component");
    let text = Application::parse(&dummy(DEPENDENCY)).expect("a component");
    for fixed in builtin_names() {
        let mut parts: Option<(Vec<u8>, BTreeSet<String>)> = None;
        for changing in builtin_names() {
            let assembled = COMPOSER
                .assemble(&pair(&app, builtin(&changing), &text, builtin(&fixed)))
                .expect("a composition");
            let part = assembled.parts.iter().find(|part| part.name == "text");
            let found = (
                part.expect("a part").component.clone(),
                reaches(&assembled, "text"),
            );
            let expected = parts.get_or_insert_with(|| found.clone());
            assert!(*expected == found, "{fixed} beside {changing}");
            if fixed == "deny" {
                assert_eq!(found.1, BTreeSet::new(), "beside {changing}");
            }
        }
    }
}

/// A result that imports more than all components together were granted does not pass the audit.
#[test]
fn the_whole_is_audited_against_what_its_components_were_granted() {
    let app = Application::parse(&dummy(APPLICATION)).expect("a component");
    let text = Application::parse(&dummy(DEPENDENCY)).expect("a component");
    let assembled = COMPOSER
        .assemble(&pair(&app, builtin("inherit"), &text, builtin("deny")))
        .expect("a composition");
    let surface = &assembled.surface;
    let mut granted: std::collections::BTreeMap<_, _> = surface
        .imports
        .iter()
        .map(|item| (item.name.clone(), Granted::All))
        .collect();
    audit(&assembled.component, &granted, surface).expect("the result itself");
    let import = "wasi:random/random@0.2.12".to_owned();
    granted.remove(&import);
    match audit(&assembled.component, &granted, surface) {
        Err(AuditError::Differs(findings)) => {
            assert!(
                findings.contains(&Finding::NotGranted { import }),
                "{findings:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// An application that does nothing but run a program that another component is.
const LAUNCHER: &str = r#"(component
    (import "wasi:cli/run@0.2.0" (instance $p (export "run" (func (result (result))))))
    (core module $m
        (import "p" "run" (func $run (result i32)))
        (func (export "run") (result i32) (call $run)))
    (core func $lowered (canon lower (func $p "run")))
    (core instance $i (instantiate $m (with "p" (instance (export "run" (func $lowered))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $e (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $e)))"#;

fn launch(program: &str, launcher_policy: Policy, program_policy: Policy) -> Assembled {
    let launcher = Application::parse(LAUNCHER.as_bytes()).expect("a component");
    let mut assembly = Assembly::new("launcher");
    assembly.add("launcher", launcher, launcher_policy);
    assembly.add("program", guest(program), program_policy);
    let run = Surface::of(guest(program).component()).expect("a surface");
    assert!(
        run.exports
            .iter()
            .any(|item| item.name.starts_with("wasi:cli/run@0.2."))
    );
    assembly.connect("launcher", "wasi:cli/run", "program");
    COMPOSER.assemble(&assembly).expect("a composition")
}

/// Real programs as dependencies: under a policy that gives them nothing but their output they get nothing, whatever
/// the application that uses them has; and under a policy of their own they get what that says.
#[test]
fn dependencies_get_what_their_own_policy_says() {
    let quiet = || policy("version = 1\ndefault = \"deny\"\n[stdio]\nstdout = \"inherit\"\n");
    let grant = || Grant {
        arguments: vec!["program".into(), "argument".into()],
        variables: vec![("EMPTY".into(), "".into())],
        ..Grant::default()
    };
    let run = |program: &str, program_policy: Policy| {
        let assembled = launch(program, builtin("inherit"), program_policy);
        let ran = run_component(&assembled.component, grant());
        (ran, imports(&assembled.component))
    };
    let (ran, left) = run("env_variables", quiet());
    assert_eq!(ran.end, "exit 0", "{ran:?}");
    assert_eq!(
        ran.stdout,
        "EMPTY Err(NotPresent)\nMISSING Err(NotPresent)\n"
    );
    assert!(
        !left.iter().any(|name| name.contains("environment")),
        "{left:?}"
    );
    let (ran, _) = run("env_variables", builtin("inherit"));
    assert!(ran.stdout.contains("EMPTY Ok"), "{ran:?}");
    let (ran, left) = run("p2_network_refused", quiet());
    assert!(ran.stdout.contains("look up: access-denied"), "{ran:?}");
    assert!(
        !left.iter().any(|name| name.contains("sockets")),
        "{left:?}"
    );
    let (ran, left) = run("fs_create_read", quiet());
    assert!(ran.stdout.contains("write: error: "), "{ran:?}");
    assert!(
        !left.iter().any(|name| name.contains("filesystem")),
        "{left:?}"
    );
    let (ran, _) = run("fs_create_read", builtin("sandbox"));
    assert!(!ran.stdout.contains("write: error: "), "{ran:?}");
    let (ran, left) = run("random_print", quiet());
    assert!(ran.end.starts_with("trap: "), "{ran:?}");
    assert!(!left.iter().any(|name| name.contains("random")), "{left:?}");
    let (one, _) = run("demo", builtin("deterministic"));
    assert_eq!(one.end, "exit 0", "{one:?}");
    assert!(
        one.stdout.starts_with("It is 2026-01-01T00:00:00"),
        "{one:?}"
    );
}

/// `run --graph` as a person uses it; what the command line overrides is the application's.
#[test]
fn graphs_are_run() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, contents: &[u8]| {
        fs::write(work.path().join(name), contents).expect("a file is written");
    };
    write("launcher.wat", LAUNCHER.as_bytes());
    write("program.wasm", guest("env_variables").component());
    let graph = |application: &str, program: &str| {
        format!(
            "version = 1\napplication = \"launcher\"\n[components.launcher]\nsource = \"launcher.wat\"\npolicy = \"{application}\"\nimports = {{ \"wasi:cli/run\" = \"program\" }}\n[components.program]\nsource = \"program.wasm\"\npolicy = \"{program}\"\n"
        )
    };
    write(
        "denied.toml",
        graph("inherit", "program.policy.toml").as_bytes(),
    );
    write("inherited.toml", graph("deny", "inherit").as_bytes());
    write(
        "program.policy.toml",
        b"version = 1\ndefault = \"deny\"\n[stdio]\nstdout = \"inherit\"\n",
    );
    let run = |arguments: &[&str]| {
        let mut command = interpose();
        command.current_dir(work.path()).env("EMPTY", "");
        finish(command.args(arguments))
    };
    let printed = run(&["run", "--graph", "denied.toml"]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains("EMPTY Err"), "{printed:?}");
    let printed = run(&["run", "--graph", "denied.toml", "--env", "EMPTY=set"]);
    assert!(printed.stdout.contains("EMPTY Err"), "{printed:?}");
    let printed = run(&["run", "--graph", "inherited.toml"]);
    assert!(printed.stdout.contains("EMPTY Ok"), "{printed:?}");
    for wrong in [
        &["run", "--graph", "denied.toml", "--policy", "deny"] as &[&str],
        &["run"],
        &["run", "program.wasm"],
        &["run", "program.wasm", "--graph", "denied.toml"],
        &["compose", "--graph", "missing.toml", "-o", "out.wasm"],
    ] {
        let printed = run(wrong);
        assert_eq!(printed.status, 2, "{printed:?}");
    }
    assert!(!work.path().join("out.wasm").exists());
}
