//! A configured adapter keeps its configuration.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use interpose_host::{Grant, Outcome, Save};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Form;
use wasi_interpose::configure::{Configurator, ConfigureError};
use wasi_interpose::plan::Plan;
use wasi_interpose::surface::Surface;
use wasmparser::{Parser, Payload};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::support::tools::{
    COMPOSER, HOST, builtin, cache_directory, dummy, guest, imports, policy,
};

/// An adapter refuses bytes that are not a configuration, with a message and without a trap.
#[test]
fn damaged_configurations_are_refused() {
    let configurator = Configurator::new(&CompilationCache::in_directory(
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
    ))
    .expect("a configurator");
    let app = dummy(
        "package test:app;
         world app {
             import wasi:filesystem/preopens@0.2.12;
             import wasi:clocks/monotonic-clock@0.2.12;
             import wasi:clocks/wall-clock@0.2.12;
             import wasi:cli/environment@0.2.12;
             import wasi:random/random@0.2.12;
             import wasi:cli/stdout@0.2.12;
             import wasi:cli/exit@0.2.12;
         }",
    );
    let surface = Surface::of(&app).expect("a surface");
    let mut seen = BTreeSet::new();
    for text in [
        "version = 1\nextends = \"deterministic\"",
        "version = 1\ndefault = \"inherit\"\n[clocks]\nmode = \"offset\"\noffset = \"1h\"",
    ] {
        let plan = Plan::new(&policy(text), &surface).expect("a plan");
        for layer in &plan.layers {
            seen.insert(layer.adapter);
            let whole = layer.configuration.encode();
            let refused =
                |bytes: &[u8], must: bool| match configurator.configure(layer.adapter, bytes) {
                    Err(ConfigureError::Refused { reason, .. }) => assert!(!reason.is_empty()),
                    Err(error) => panic!("{} traps on {bytes:?}: {error}", layer.adapter),
                    Ok(_) => assert!(!must, "{} accepts {bytes:?}", layer.adapter),
                };
            refused(&whole, false);
            (0..whole.len()).for_each(|length| refused(&whole[..length], true));
            refused(&[whole.as_slice(), b"more"].concat(), true);
            refused(&[0xff; 64], true);
            for position in 0..whole.len() {
                for byte in [0x00, 0x7f, 0xff] {
                    let mut changed = whole.clone();
                    changed[position] = byte;
                    refused(&changed, false);
                }
            }
        }
    }
    assert!(
        seen.contains(&Adapter::Kernel) && seen.len() >= 4,
        "{seen:?}"
    );
}

/// The number of function bodies in all modules of a component that only trap.
fn traps_alone(component: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(component);
    let bodies = payloads.filter_map(|payload| match payload.expect("a section") {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies
        .filter(|body| body.as_bytes() == [0x00, 0x00, 0x0b])
        .count()
}

#[test]
fn configured_adapters_cannot_be_configured_again() {
    let application = dummy(
        "package test:app;
         world app {
             import wasi:filesystem/preopens@0.2.12;
             import wasi:clocks/wall-clock@0.2.12;
             import wasi:cli/environment@0.2.12;
             import wasi:random/random@0.2.12;
             import wasi:sockets/tcp-create-socket@0.2.12;
             import wasi:http/outgoing-handler@0.2.12;
         }",
    );
    let text = r#"
version = 1
default = "inherit"
[environment]
inherit = ["LANG"]
[[filesystem.mounts]]
path = "/"
source = "memory"
[random]
mode = "seeded"
seed = 1
[network]
connect = ["tcp://localhost:80"]
[http]
allow = ["http://localhost/*"]
"#;
    let surface = Surface::of(&application).expect("a surface");
    let plan = Plan::new(&policy(text), &surface).expect("a plan");
    let configurator = Configurator::new(&CompilationCache::in_directory(cache_directory()));
    let configurator = configurator.expect("a configurator");
    let engine = Engine::default();
    for layer in &plan.layers {
        let (adapter, whole) = (layer.adapter, layer.configuration.encode());
        let configured = configurator.configure(adapter, &whole);
        let configured = configured.unwrap_or_else(|error| panic!("{error}"));
        let removed = traps_alone(&configured) - traps_alone(adapter.component());
        assert!(removed > 0, "{adapter}");

        let component = Component::new(&engine, &configured).expect("it compiles");
        let mut linker = Linker::new(&engine);
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("imports that trap");
        let mut store = Store::new(&engine, ());
        let instance = linker
            .instantiate(&mut store, &component)
            .expect("an instance");
        let configure = instance
            .get_typed_func::<(&[u8],), (Result<(), String>,)>(&mut store, "configure")
            .expect("the function is still exported");
        let error = configure
            .call(&mut store, (&whole,))
            .expect_err("it was configured before");
        let trap = error.downcast_ref::<wasmtime::Trap>();
        assert_eq!(
            trap,
            Some(&wasmtime::Trap::UnreachableCodeReached),
            "{adapter}: {error:?}"
        );
    }
    let adapters: BTreeSet<Adapter> = plan.layers.iter().map(|layer| layer.adapter).collect();
    assert!(adapters.len() >= 5, "{adapters:?}");
}

/// An adapter refuses the configuration of another version of the tool, or of another adapter.
#[test]
fn configurations_are_for_one_adapter_and_version() {
    let surface = Surface::of(&dummy(
        "package test:app; world app { import wasi:random/random@0.2.12; }",
    ))
    .expect("a surface");
    let plan = Plan::new(&builtin("deterministic"), &surface).expect("a plan");
    let whole = plan.layers[0].configuration.encode();
    let configurator = Configurator::new(&CompilationCache::disabled()).expect("a configurator");
    let mut newer = whole.clone();
    newer[0] = newer[0].wrapping_add(1);
    assert!(matches!(
        configurator.configure(plan.layers[0].adapter, &newer),
        Err(ConfigureError::Refused { .. })
    ));
}

/// Invariant 5: a configured adapter needs nothing from its host to know its policy.
#[test]
fn a_sealed_composition_runs_on_an_empty_host() {
    let sealed = policy(
        "version = 1
         default = \"deny\"
         [environment]
         set = { GREETING = \"hello\" }
         [stdio]
         stdin = { text = \"in\" }
         stdout = \"discard\"
         [[filesystem.mounts]]
         path = \"/\"
         source = \"memory\"
         [clocks]
         mode = \"virtual\"
         start = 2026-01-01T00:00:00Z
         tick = \"1us\"
         [random]
         mode = \"seeded\"
         seed = 1",
    );
    for program in [
        "fs_create_read",
        "demo",
        "env_variables",
        "cli_echo",
        "random_bytes",
    ] {
        let composition = COMPOSER
            .compose_as(
                &guest(program),
                &sealed,
                Form {
                    exposed: true,
                    ..Form::default()
                },
            )
            .expect("a composition");
        assert_eq!(
            imports(&composition.component),
            BTreeSet::new(),
            "{program}"
        );
        let is_configure = |name: &str| name.contains("configure");
        assert!(
            !composition
                .surface
                .exports
                .iter()
                .any(|item| is_configure(&item.name))
        );
        let compiled = HOST
            .compile(&composition.component)
            .expect("the component compiles");
        let saved = tempfile::tempdir().expect("a temporary directory");
        let request = Save {
            from: "/".into(),
            to: saved.path().to_owned(),
        };
        let finished = HOST
            .run(&compiled, &Grant::default(), &[request])
            .expect("it starts");
        assert!(
            matches!(finished.outcome, Outcome::Exited(0)),
            "{program}: {:?}",
            finished.outcome
        );
        if program == "fs_create_read" {
            assert_eq!(
                fs::read(saved.path().join("a.txt")).expect("a file"),
                b"second"
            );
        }
    }
}
