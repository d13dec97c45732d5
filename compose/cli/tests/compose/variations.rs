//! Variations of a policy: an application is compiled once for all policies that need the same adapters, because the
//! adapters are configured when they are instantiated. It behaves as with sealed adapters.

use std::path::Path;

use interpose_host::{Grant, HostError, Offer, Outcome};
use wasi_interpose::application::Application;
use wasi_interpose::audit::{AuditError, Finding, audit};
use wasi_interpose::cache::Stored;
use wasi_interpose::compose::{Composition, Form};
use wasi_interpose::graph::Graph;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::support::tools::{
    COMPOSER, GuestFile, HOST, Printed, builtin, component, dummy, finish, guest, imports,
    interpose, policy, run, run_component, text,
};

const OPEN: Form = Form {
    testing: false,
    open: true,
    reports: false,
    exposed: false,
    probe: None,
};

fn open(application: &Application, policy: &Policy) -> Composition {
    COMPOSER
        .compose_as(application, policy, OPEN)
        .expect("a composition")
}

/// The grant for an open composition.
fn grant(composition: &Composition) -> Grant {
    Grant {
        configurations: composition.configurations.clone(),
        ..Grant::of(&composition.plan, &Offer::default())
    }
}

#[test]
fn a_variation_compiles_nothing() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new("demo");
    let cache = work.path().join("cache");
    let run = |options: &[&str]| -> Printed {
        let mut command = interpose();
        command
            .env("XDG_CACHE_HOME", &cache)
            .args(["run", "--policy", "deterministic"])
            .args(options)
            .arg(program.path());
        let printed = finish(&mut command);
        assert_eq!(printed.status, 0, "{options:?}: {printed:?}");
        printed
    };
    let compiled = || {
        let directory = cache.join("wasi-interpose/compiled");
        Stored::in_directory(&directory)
            .expect("the cache")
            .entries()
    };
    let files = work.path().join("files");
    std::fs::create_dir(&files).expect("a directory");
    for name in ["one", "two"] {
        std::fs::write(files.join(name), name).expect("a file");
    }
    let [one, two] = ["one", "two"].map(|name| text(&files.join(name)));
    let mount = format!("/files={}", text(&files));
    let first = run(&["--seed", "1"]);
    assert_eq!(compiled(), 1);
    let second = run(&["--seed", "2"]);
    assert_ne!(first.stdout, second.stdout);
    assert_eq!(run(&["--seed", "1"]).stdout, first.stdout);
    run(&["--env", "NAME=value", "--env", "OTHER=value"]);
    run(&["--mount", &mount]);
    assert_eq!(compiled(), 1);
    // With a file as standard input, the composition imports none from the host, so it is another component.
    run(&["--stdin", &one]);
    assert_eq!(compiled(), 2);
    run(&["--stdin", &two]);
    assert_eq!(compiled(), 2);
    // A policy with other adapters gives another component: here the kernel has overlays.
    let policy = work.path().join("overlay.toml");
    let overlay = format!(
        "version = 1\nextends = \"deterministic\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = {:?}\n",
        text(&files)
    );
    std::fs::write(&policy, overlay).expect("a policy");
    let mut other = interpose();
    other
        .env("XDG_CACHE_HOME", &cache)
        .args(["run", "--policy", &text(&policy), &program.path()]);
    let other = finish(&mut other);
    assert_eq!(other.status, 0, "{other:?}");
    assert_eq!(compiled(), 3);
}

#[test]
fn the_cache_is_shown_and_cleared() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new("cli_hello");
    let run = |arguments: &[&str]| {
        let mut command = interpose();
        command.env("XDG_CACHE_HOME", work.path()).args(arguments);
        finish(&mut command)
    };
    let directory = text(&work.path().join("wasi-interpose/compiled"));
    let empty = run(&["cache"]);
    assert!(empty.stdout.contains("components  0\n"), "{empty:?}");
    assert_eq!(
        run(&["run", "--policy", "sandbox", &program.path()]).status,
        0
    );
    let shown = run(&["cache"]);
    assert!(shown.stdout.contains(&directory), "{shown:?}");
    assert!(shown.stdout.contains("components  1\n"), "{shown:?}");
    assert!(
        shown.stdout.contains(" of at most 512.0 MiB\n"),
        "{shown:?}"
    );
    let json = run(&["cache", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("an object");
    assert_eq!(
        (&json["entries"], &json["limit"]),
        (&1.into(), &(512 << 20).into())
    );
    assert!(
        json["bytes"].as_u64().is_some_and(|bytes| bytes > 1000),
        "{json}"
    );
    let cleared = run(&["cache", "clear"]);
    assert!(cleared.stdout.contains("(1 components)"), "{cleared:?}");
    assert!(run(&["cache"]).stdout.contains("components  0\n"));
}

#[test]
fn an_open_composition_depends_on_the_adapters_alone() {
    let seeded = |seed: u64| {
        policy(&format!(
            "version = 1\nextends = \"deterministic\"\n[random]\nmode = \"seeded\"\nseed = {seed}"
        ))
    };
    let program = guest("random_print");
    let [one, two] = [1, 2].map(|seed| open(&program, &seeded(seed)));
    assert_eq!(one.component, two.component);
    let [mine, others] =
        [&one, &two].map(|composition| run_component(&composition.component, grant(composition)));
    assert_ne!(mine, others);
    for (seed, shown) in [(1, mine), (2, others)] {
        let sealed = COMPOSER
            .compose(&program, &seeded(seed))
            .expect("a composition");
        assert_ne!(sealed.component, one.component);
        assert!(sealed.configurations.is_empty());
        let grant = Grant::of(&sealed.plan, &Offer::default());
        assert_eq!(
            run_component(&sealed.component, grant),
            shown,
            "seed {seed}"
        );
    }
    // The audit of a sealed composition does not permit imports of configurations.
    let surface = Surface::of(program.component()).expect("a surface");
    let Err(AuditError::Differs(findings)) = audit(&one.component, &one.plan.granted, &surface)
    else {
        panic!("an open composition passes as a sealed one");
    };
    for configuration in &one.configurations {
        let import = configuration.import.clone();
        assert!(
            findings.contains(&Finding::NotGranted { import }),
            "{findings:?}"
        );
    }
    // Without its configurations the composition cannot be instantiated.
    let compiled = HOST.compile(&one.component).expect("a program");
    let without = Grant::of(&one.plan, &Offer::default());
    assert!(matches!(
        HOST.run(&compiled, &without, &[]),
        Err(HostError::Instantiate(_))
    ));
}

#[test]
fn a_configuration_for_one_instance_is_given_once() {
    let composition = open(&guest("cli_hello"), &builtin("sandbox"));
    let mut grant = grant(&composition);
    let configurations = std::mem::take(&mut grant.configurations);
    grant.configurations = configurations.into_iter().map(|own| own.once()).collect();
    let program = HOST.compile(&composition.component).expect("a program");
    let first = HOST.run(&program, &grant, &[]).expect("a run");
    assert!(matches!(first.outcome, Outcome::Exited(0)), "{first:?}");
    let second = HOST.run(&program, &grant, &[]).expect_err("a second run");
    assert!(
        second.to_string().contains("was for one instance"),
        "{second}"
    );
}

/// The adapters are configured when a start function of the application runs.
#[test]
fn the_configuration_is_there_before_the_application_starts() {
    let application = component(
        "package test:app; world app { import wasi:random/random@0.2.12; export wasi:cli/run@0.2.12; }",
        r#"(module
            (import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))
            (func $start (drop (call $random)))
            (start $start)
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "wasi:cli/run@0.2.12#run") (result i32) (i32.const 0)))"#,
    );
    let application = Application::parse(&application).expect("an application");
    let composition = open(&application, &builtin("deterministic"));
    assert_eq!(composition.configurations.len(), 1);
    assert_eq!(
        run_component(&composition.component, grant(&composition)).end,
        "exit 0"
    );
}

/// Reading a configuration is not the application's work, so a long one takes as much fuel as a short one.
#[test]
fn reading_a_configuration_takes_no_fuel() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wasm");
    let application = component(
        "package test:app; world app { import wasi:cli/environment@0.2.12; export wasi:cli/run@0.2.12; }",
        r#"(module
            (import "wasi:cli/environment@0.2.12" "get-environment" (func (param i32)))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "wasi:cli/run@0.2.12#run") (result i32) (i32.const 0)))"#,
    );
    std::fs::write(&file, application).expect("a file");
    let file = text(&file);
    let suffices = |fuel: u32, length: usize| {
        let (fuel, variable) = (fuel.to_string(), format!("NAME={}", "x".repeat(length)));
        let ended = run(&[
            "run",
            "--policy",
            "deterministic",
            "--env",
            &variable,
            "--fuel",
            &fuel,
            &file,
        ]);
        assert!([0, 134].contains(&ended.status), "{ended:?}");
        ended.status == 0
    };
    let (mut too_little, mut enough) = (1, 1 << 16);
    while enough - too_little > 1 {
        let half = too_little + (enough - too_little) / 2;
        match suffices(half, 1) {
            true => enough = half,
            false => too_little = half,
        }
    }
    assert!(suffices(enough, 100_000) && !suffices(too_little, 100_000));
}

#[test]
fn an_application_that_imports_a_configuration_gets_none() {
    let spy = dummy(
        "package test:app;
         world app {
             import wasi-interpose:configuration/adapter0;
             import wasi:random/random@0.2.12;
             export wasi:cli/run@0.2.12;
         }
         package wasi-interpose:configuration {
             interface adapter0 { get: func() -> list<u8>; }
         }",
    );
    let spy = Application::parse(&spy).expect("an application");
    let policy =
        policy("version = 1\ndefault = \"inherit\"\n[random]\nmode = \"seeded\"\nseed = 1");
    let composition = open(&spy, &policy);
    assert!(composition.configurations.is_empty());
    let own = "wasi-interpose:configuration/adapter0".to_owned();
    assert!(imports(&composition.component).contains(&own));
    let program = HOST.compile(&composition.component).expect("a program");
    let failed = HOST.run(&program, &grant(&composition), &[]);
    assert!(
        matches!(failed, Err(HostError::Instantiate(_))),
        "{failed:?}"
    );
    // An application also does not get the configuration of another component's adapters.
    let mut graph = Graph::new("launcher");
    let launcher = dummy(
        "package test:launcher; world launcher {
             import wasi:cli/run@0.2.12;
             import wasi:random/random@0.2.12;
             export wasi:cli/run@0.2.12;
         }",
    );
    let launcher = Application::parse(&launcher).expect("an application");
    graph.add("launcher", launcher, policy.clone());
    graph.add("spy", spy, policy);
    graph.connect("launcher", "wasi:cli/run", "spy");
    let assembled = COMPOSER.assemble_as(&graph, OPEN).expect("a graph");
    assert_eq!(assembled.configurations().count(), 0);
}

#[test]
fn a_configuration_that_is_refused_fails_as_before() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new("fs_read_dir");
    let files = work.path().join("files");
    std::fs::create_dir(&files).expect("a directory");
    std::fs::write(files.join("large"), vec![b'x'; 5000]).expect("a file");
    let policy = work.path().join("policy.toml");
    let source = "version = 1\n[filesystem]\nmax-bytes = \"1KiB\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"files\"\n";
    std::fs::write(&policy, source).expect("a policy");
    let out = text(&work.path().join("out.wasm"));
    let (program, policy) = (program.path(), text(&policy));
    let common = ["--policy", &policy, program.as_str()];
    let composed = run(&[&["compose"][..], &common, &["-o", &out]].concat());
    let ran = run(&[&["run"][..], &common].concat());
    assert!(
        ran.stderr
            .contains("the adapter `kernel` refuses its configuration"),
        "{ran:?}"
    );
    assert_eq!((ran.status, composed.status), (127, 2));
    assert_eq!(ran.stderr, composed.stderr);
    assert!(!Path::new(&out).exists());
}
