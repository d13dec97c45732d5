//! Several components under several policies: the access of each to the host, and `run --graph`.

use std::collections::BTreeSet;
use std::fs;

use interpose_host::Grant;
use wasi_interpose::application::Application;
use wasi_interpose::audit::{AuditError, Finding, audit};
use wasi_interpose::graph::{Assembled, Graph};
use wasi_interpose::plan::Granted;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::support::tools::{
    COMPOSER, bad, builtin, builtin_names, dummy, finish, guest, imports, interpose, policy,
    run_component,
};

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

fn pair(app: &Application, app_policy: Policy, text: &Application, text_policy: Policy) -> Graph {
    let mut graph = Graph::new("app");
    graph.add("text", text.clone(), text_policy);
    graph.add("app", app.clone(), app_policy);
    graph
}

fn reaches(assembled: &Assembled, component: &str) -> BTreeSet<String> {
    let imports = assembled.surface.imports.iter();
    imports
        .filter(|item| assembled.reachable_by(item).contains(&component))
        .filter_map(|item| Some(item.interface()?.path()))
        .collect()
}

/// Changing the policy of one component leaves the other's part equal byte for byte, and its access too.
#[test]
fn a_policy_does_not_change_what_another_component_may_reach() {
    let app = Application::parse(&dummy(APPLICATION)).expect("a component");
    let text = Application::parse(&dummy(DEPENDENCY)).expect("a component");
    for fixed in builtin_names() {
        let mut parts = None;
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

/// A composition that imports more than its components were granted together does not pass the audit.
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

/// An application that only runs a program, which is another component.
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
    let mut graph = Graph::new("launcher");
    graph.add("launcher", launcher, launcher_policy);
    graph.add("program", guest(program), program_policy);
    let run = Surface::of(guest(program).component()).expect("a surface");
    assert!(
        run.exports
            .iter()
            .any(|item| item.name.starts_with("wasi:cli/run@0.2."))
    );
    graph.connect("launcher", "wasi:cli/run", "program");
    COMPOSER.assemble(&graph).expect("a composition")
}

/// Real programs as dependencies: under a policy that gives them only their output they get nothing, whatever access
/// the application has; under a policy of their own they get what that policy grants.
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

/// `run --graph` as a person uses it. The options override the application's policy.
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
        &[
            "compose",
            "program.wasm",
            "--graph",
            "denied.toml",
            "-o",
            "out.wasm",
        ],
        &["compose", "--graph", "missing.toml", "-o", "out.wasm"],
    ] {
        let printed = run(wrong);
        assert_eq!(printed.status, bad(wrong[0]), "{printed:?}");
    }
    assert!(!work.path().join("out.wasm").exists());
}
