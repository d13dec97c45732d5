//! The configured adapters with other composers: `interpose adapter` with `wac plug`, and `--emit-wac` with `wac
//! compose`.

use std::collections::BTreeSet;
use std::fs;

use interpose_host::Grant;

use crate::support::guests::{Target, repository};
use crate::support::tools::{GuestFile, guest, imports, run, run_component, text};
use crate::support::wac::{compose_script, plug, unversioned};

/// The component that `interpose adapter` writes for a policy.
pub(crate) fn world(policy: &str) -> Vec<u8> {
    let work = tempfile::tempdir().expect("a temporary directory");
    let out = text(&work.path().join("world.wasm"));
    let printed = run(&["adapter", "--policy", policy, "-o", &out]);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (0, ""),
        "{printed:?}"
    );
    fs::read(&out).expect("the adapters")
}

#[test]
fn the_adapters_fit_wac_plug() {
    let policies = repository().join("policies");
    for (policy, programs) in [
        (
            "sandbox",
            &[
                "fs_create_read",
                "cli_echo",
                "env_variables",
                "p2_network_refused",
            ] as &[&str],
        ),
        (
            "memory-filesystem",
            &["fs_random_tree", "fs_timestamps", "env_arguments"],
        ),
        (
            "deterministic",
            &[
                "demo",
                "random_print",
                "p2_random_seeded",
                "time_sleep_long",
            ],
        ),
    ] {
        let file = text(&policies.join(format!("{policy}.toml")));
        let world = world(&file);
        for program in programs {
            let app = guest(program);
            let plugged = plug(app.component(), &world);
            let (before, after) = (imports(app.component()), imports(&plugged));
            assert!(
                !unversioned(&after)
                    .iter()
                    .any(|name| name.starts_with("wasi:filesystem/")),
                "{program} under {policy}: {after:?}"
            );
            // The adapters do not know their application, so they import everything that their policy may need.
            assert!(before.contains("wasi:cli/environment@0.2.0") || !before.is_empty());
            let grant = || Grant {
                arguments: vec!["program".into(), "argument".into()],
                variables: vec![("LANG".into(), "C".into())],
                ..Grant::default()
            };
            let composed = crate::support::tools::COMPOSER
                .compose(&app, &crate::support::tools::builtin(policy))
                .expect("a composition");
            let (one, other) = (
                run_component(&plugged, grant()),
                run_component(&composed.component, grant()),
            );
            assert_eq!(one, other, "{program} under {policy}");
            assert_eq!(one.end, "exit 0", "{program} under {policy}");
        }
    }
}

#[test]
fn adapters_ask_for_no_more_than_the_policy_leaves_to_the_host() {
    assert_eq!(
        unversioned(&imports(&world("deny"))),
        BTreeSet::new(),
        "a policy that denies everything needs nothing"
    );
    let asked = unversioned(&imports(&world("sandbox")));
    for never in [
        "wasi:filesystem/types",
        "wasi:filesystem/preopens",
        "wasi:sockets/tcp",
        "wasi:http/types",
    ] {
        assert!(!asked.contains(never), "{asked:?}");
    }
    assert!(asked.contains("wasi:cli/stdout"), "{asked:?}");
}

#[test]
fn a_policy_without_adapters_is_refused() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let out = work.path().join("world.wasm");
    let printed = run(&["adapter", "--policy", "inherit", "-o", &text(&out)]);
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(printed.stderr.contains("no adapter"), "{printed:?}");
    assert!(!out.exists());
}

#[test]
fn scripts_for_wac_compose_the_same() {
    for (program, target, policy) in [
        ("fs_create_read", Target::Wasip2, "sandbox"),
        ("demo", Target::Wasip2, "deterministic"),
        ("fs_create_read", Target::Wasip1, "memory-filesystem"),
        ("p2_cli_exit_error", Target::Wasip2, "sandbox"),
        ("cli_hello", Target::Wasip2, "inherit"),
    ] {
        let app = GuestFile::of(program, target);
        let work = tempfile::tempdir().expect("a temporary directory");
        let (out, scripts) = (work.path().join("out.wasm"), work.path().join("wac"));
        let printed = run(&[
            "compose",
            &app.path(),
            "-p",
            policy,
            "-o",
            &text(&out),
            "--emit-wac",
            &text(&scripts),
        ]);
        assert_eq!(
            (printed.status, printed.stdout.as_str()),
            (0, ""),
            "{printed:?}"
        );
        let name = format!("{}.wac", program.replace('_', "-"));
        let by_script = compose_script(&scripts, &name);
        let by_tool = fs::read(&out).expect("the result");
        assert_eq!(
            unversioned(&imports(&by_script)),
            unversioned(&imports(&by_tool)),
            "{program} under {policy}"
        );
        assert_eq!(
            run_component(&by_script, Grant::default()),
            run_component(&by_tool, Grant::default()),
            "{program} under {policy}"
        );
    }
}

#[test]
fn members_can_be_called_like_words_of_scripts() {
    let words = [
        "new",
        "let",
        "import",
        "export",
        "type",
        "string",
        "interface",
        "as",
    ];
    let work = tempfile::tempdir().expect("a temporary directory");
    let mut graph = format!("version = 1\napplication = \"{}\"\n", words[0]);
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1);
        let import = next.map_or(String::new(), |word| {
            format!("(import \"a:b/{word}\" (instance $i (export \"f\" (func))))")
        });
        let function = if next.is_some() {
            "(alias export $i \"f\" (func $f))"
        } else {
            "(core module $m (func (export \"f\"))) (core instance $c (instantiate $m)) (func $f (canon lift (core func $c \"f\")))"
        };
        let component = format!(
            "(component {import} {function} (instance $e (export \"f\" (func $f))) (export \"a:b/{word}\" (instance $e)))"
        );
        fs::write(work.path().join(format!("{word}.wat")), component).expect("a component");
        graph += &format!("[components.{word}]\nsource = \"{word}.wat\"\npolicy = \"inherit\"\n");
    }
    fs::write(work.path().join("graph.toml"), graph).expect("the graph");
    let (out, scripts) = (work.path().join("out.wasm"), work.path().join("scripts"));
    let path = text(&work.path().join("graph.toml"));
    let printed = run(&[
        "compose",
        "--graph",
        &path,
        "-o",
        &text(&out),
        "--emit-wac",
        &text(&scripts),
    ]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let by_script = compose_script(&scripts, "graph.wac");
    assert_eq!(
        imports(&by_script),
        imports(&fs::read(&out).expect("the result"))
    );
}

/// A handler that takes requests of other types than the host's is refused at the start of `serve`, not with a status
/// for each request.
#[test]
fn handlers_that_cannot_be_called_are_refused_when_serving_starts() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = text(&work.path().join("server.wat"));
    let own = r#"(component
        (core module $m (func (export "handle") (param i32))) (core instance $i (instantiate $m))
        (func $handle (param "request" u32) (canon lift (core func $i "handle")))
        (instance $h (export "handle" (func $handle))) (export "wasi:http/incoming-handler@0.2.0" (instance $h)))"#;
    fs::write(&file, own).expect("the component is written");
    let printed = run(&[
        "serve",
        &file,
        "--policy",
        "inherit",
        "--addr",
        "127.0.0.1:0",
    ]);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (2, ""),
        "{printed:?}"
    );
    assert!(
        printed
            .stderr
            .contains("its requests are of types of its own"),
        "{printed:?}"
    );
}

/// The adapters that `adapter` writes define the HTTP types of a server, so a server that is plugged with them takes
/// requests that no host has. The same server can be called if `compose` composes it, and the message names `compose`.
#[test]
fn plugged_servers_are_refused_when_serving_starts() {
    let policy = text(&repository().join("policies/deterministic.toml"));
    let plugged = plug(guest("p2_http_server").component(), &world(&policy));
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = text(&work.path().join("plugged.wasm"));
    fs::write(&file, plugged).expect("the component is written");
    let serve = [
        "serve",
        &file,
        "--policy",
        "inherit",
        "--addr",
        "127.0.0.1:0",
    ];
    let printed = run(&serve);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (2, ""),
        "{printed:?}"
    );
    for part in ["its requests are of types of its own", "interpose compose"] {
        assert!(printed.stderr.contains(part), "{part}: {printed:?}");
    }
}
