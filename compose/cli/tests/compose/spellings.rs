//! Names: however an import is spelled, the table that decides about the interface for which some host could take it
//! decides about the import.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use wasi_interpose::application::Application;
use wasi_interpose::compose::ComposeError;
use wasi_interpose::graph::{Graph, GraphError};
use wasi_interpose::plan::{Granted, Plan, PlanError};
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::support::tools::{COMPOSER, builtin, builtin_names, imports, policy};

/// Interfaces of the packages that have tables, some of which WASI does not have (yet), with the tables that decide.
const INTERFACES: &[(&str, &[&str])] = &[
    ("cli/environment", &["environment"]),
    ("cli/exit", &["exit"]),
    ("cli/stdin", &["stdio"]),
    ("cli/terminal-stdout", &["stdio"]),
    ("cli/unheard-of", &["environment", "exit", "stdio"]),
    ("clocks/wall-clock", &["clocks"]),
    ("clocks/timezone", &["clocks"]),
    ("filesystem/preopens", &["filesystem"]),
    ("filesystem/types", &["filesystem"]),
    ("http/outgoing-handler", &["http"]),
    ("http/client", &["http"]),
    ("random/random", &["random"]),
    ("random/insecure", &["random"]),
    ("sockets/tcp-create-socket", &["network"]),
    ("sockets/instance-network", &["network"]),
    ("config/store", &["config"]),
];

/// For each capability, a table that denies it to the application.
const TABLES: &[(&str, &str)] = &[
    ("environment", "[environment]\n[arguments]\n"),
    ("exit", "[exit]\nmode = \"trap\"\n"),
    (
        "stdio",
        "[stdio]\nstdin = \"closed\"\nstdout = \"discard\"\nstderr = \"discard\"\n",
    ),
    ("clocks", "[clocks]\nmode = \"frozen\"\n"),
    ("filesystem", "[filesystem]\nmounts = []\n"),
    ("http", "[http]\n"),
    ("random", "[random]\nmode = \"deny\"\n"),
    ("network", "[network]\n"),
    ("config", "[config]\n"),
];

/// The items of an import, all of which can be called.
const KINDS: &[&str] = &[
    "(instance (export \"f\" (func)))",
    "(instance (export \"nested\" (instance (export \"f\" (func)))))",
    "(func)",
    "(component (export \"f\" (func)))",
    "(core module (export \"f\" (func)))",
];

fn version() -> impl Strategy<Value = String> {
    let number = || prop_oneof![Just(0u64), Just(1), Just(2), Just(3), any::<u64>()];
    let rest = select(vec![
        "",
        "-rc",
        "-rc-2023-11-10",
        "-draft.2",
        "+build.7",
        "-a+b",
    ]);
    prop_oneof![
        Just(String::new()),
        (number(), number(), number(), rest)
            .prop_map(|(major, minor, patch, rest)| format!("@{major}.{minor}.{patch}{rest}")),
    ]
}

/// An import in the text form, and the tables that decide about it.
fn import() -> impl Strategy<Value = (String, &'static [&'static str])> {
    (select(INTERFACES), version(), select(KINDS), 0..8u8).prop_map(
        |((path, tables), version, kind, form)| {
            let name = format!("wasi:{path}{version}");
            let instance = KINDS[0];
            let text = match form {
                0 => format!("(import \"primary\" (implements \"{name}\") {instance})"),
                1 => format!("(import \"log\" (external-id \"{name}\") {kind})"),
                2 => format!("(import \"wasi:{path}@0.2\" (versionsuffix \".3\") {instance})"),
                3 => format!("(import \"locked-dep=<{name}>\" {kind})"),
                4 => format!("(import \"unlocked-dep=<wasi:{path}@{{>=0.2.0}}>\" {kind})"),
                5 => format!(
                    "(import \"wasi:{}{version}\" {kind})",
                    path.to_uppercase().replacen(
                        &path.split('/').next().unwrap_or_default().to_uppercase(),
                        path.split('/').next().unwrap_or_default(),
                        1,
                    )
                ),
                _ => format!("(import \"{name}\" {kind})"),
            };
            (text, tables)
        },
    )
}

fn surface(import: &str) -> Surface {
    let application = Application::parse(format!("(component {import})").as_bytes());
    let application = application.unwrap_or_else(|error| panic!("{import}: {error}"));
    Surface::of(application.component()).unwrap_or_else(|error| panic!("{import}: {error}"))
}

/// Whether a plan leaves something callable to the host.
fn leaves_something(plan: &Plan) -> bool {
    plan.granted
        .values()
        .any(|granted| *granted == Granted::All)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever the spelling, an import that a policy denies is not left to the host, and one that it leaves to the
    /// host is.
    #[test]
    fn no_spelling_gets_past_its_table(
        (import, tables) in import(),
        taken in proptest::collection::btree_set(select(TABLES), 0..4),
        allow in select(vec!["", "[interfaces]\nallow = []\n", "[interfaces]\nallow = [\"wasi:*\"]\n"]),
    ) {
        let surface = surface(&import);
        let taken_tables: String = taken.iter().map(|(_, text)| *text).collect();
        let names: BTreeSet<&str> = taken.iter().map(|(name, _)| *name).collect();
        let inherits = policy(&format!("version = 1\ndefault = \"inherit\"\n{allow}{taken_tables}"));
        // An import whose name says where an implementation is could belong to any table.
        let is_anything = import.contains("dep=<");
        let is_taken = names.iter().any(|name| is_anything || tables.contains(name));
        if let Ok(plan) = Plan::new(&inherits, &surface) {
            prop_assert!(!is_taken || !leaves_something(&plan), "{import}: {:?}", plan.granted);
        } else {
            prop_assert!(is_taken, "{import} is refused, and {names:?} are not about it");
        }
        let denies = policy(&format!("version = 1\ndefault = \"deny\"\n{allow}"));
        if let Ok(plan) = Plan::new(&denies, &surface) {
            prop_assert!(!leaves_something(&plan), "{import}: {:?}", plan.granted);
        }
    }
}

/// Names of JavaScript runtimes' modules belong to no package of WASI, but jco makes imports of such names, and Node.js
/// has the modules. They are left to the host if the policy leaves everything to it or names them.
#[test]
fn modules_of_javascript_runtimes_are_no_interfaces() {
    let by_name =
        r#"(import "node:fs/promises" (instance (export "mkdir" (func (param "path" string)))))"#;
    let plain = r#"(import "fs" (instance (export "mkdir-sync" (func (param "path" string)))))"#;
    for import in [by_name, plain] {
        let surface = surface(import);
        for name in builtin_names() {
            let plan = Plan::new(&builtin(&name), &surface);
            assert_eq!(plan.is_ok(), name == "inherit", "{import} under {name}");
        }
    }
    let named = policy("version = 1\n[interfaces]\nallow = [\"node:fs/promises\"]");
    assert!(Plan::new(&named, &surface(by_name)).is_ok());
}

/// Types need no permission under any policy: neither those of WASI nor others, nor resources without functions.
#[test]
fn types_need_no_permission() {
    let types = r#"(component
        (import "t:shop/types@1.0.0" (instance $types
            (type $r (record (field "id" u32))) (export "item" (type (eq $r)))
            (export "basket" (type (sub resource)))))
        (import "wasi:sockets/network" (instance (export "network" (type (sub resource)))))
        (import "wasi:clocks/types@0.3.0" (instance (type $d u64) (export "duration" (type (eq $d)))))
        (alias export $types "item" (type $item))
        (import "item" (type (eq $item))))"#;
    let application = Application::parse(types.as_bytes()).expect("an application");
    let mut policies: Vec<Policy> = builtin_names().iter().map(|name| builtin(name)).collect();
    policies.push(policy("version = 1\ndefault = \"error\""));
    policies.push(policy("version = 1\n[interfaces]\nallow = []"));
    for policy in policies {
        let composition = COMPOSER.compose(&application, &policy);
        let composition = composition.unwrap_or_else(|error| panic!("{error}"));
        assert!(
            !leaves_something(&composition.plan),
            "{:?}",
            composition.plan.granted
        );
        let left = imports(&composition.component);
        assert!(
            left.is_subset(&imports(application.component())),
            "{left:?}"
        );
    }
}

/// The composition imports an interface in the version that the policy allows, not in a version of which the
/// application has only the types and needed no permission.
#[test]
fn types_of_another_version_do_not_change_the_version_that_is_allowed() {
    let two = r#"(component
        (import "acme:db/store@1.2.0" (instance (export "find" (func))))
        (import "acme:db/store@1.3.0" (instance (type $r u32) (export "row" (type (eq $r))))))"#;
    let application = Application::parse(two.as_bytes()).expect("an application");
    let allowed = policy("version = 1\n[interfaces]\nallow = [\"acme:db/store@1.2.0\"]");
    let composition = COMPOSER
        .compose(&application, &allowed)
        .expect("a composition");
    for import in &composition.surface.imports {
        assert!(
            import.name == "acme:db/store@1.2.0" || import.functions.is_empty(),
            "{import:?}"
        );
    }
    let other = policy("version = 1\n[interfaces]\nallow = [\"acme:db/store@1.3.0\"]");
    let refused = COMPOSER.compose(&application, &other).map(|_| ());
    assert!(matches!(
        refused,
        Err(ComposeError::Plan(PlanError::Refused(_)))
    ));
}

/// In a graph, each component's own policy decides, and an import that a host could take for an interface of WASI is
/// not connected to a component that happens to export it.
#[test]
fn spellings_are_decided_in_graphs_too() {
    for import in [
        r#"(import "wasi:sockets/tcp-create-socket" (instance (export "f" (func))))"#,
        r#"(import "wasi:sockets/tcp-create-socket@1.0.0" (instance (export "f" (func))))"#,
        r#"(import "wasi:sockets/tcp-create-socket@0.2.0" (func))"#,
    ] {
        let application = Application::parse(
            format!(r#"(component {import} (import "acme:b/c" (instance (export "g" (func)))))"#)
                .as_bytes(),
        );
        let dependency = r#"(component
            (core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $g (export "g" (func $f))) (export "acme:b/c" (instance $g))
            (instance $s (export "f" (func $f))) (export "wasi:sockets/tcp-create-socket" (instance $s)))"#;
        let dependency = Application::parse(dependency.as_bytes()).expect("a component");
        let mut graph = Graph::new("app");
        let offline = builtin("offline");
        graph.add("app", application.expect("a component"), offline);
        graph.add("dep", dependency, builtin("inherit"));
        let refused = COMPOSER.assemble(&graph).map(|_| ());
        assert!(
            matches!(refused, Err(GraphError::Component { .. })),
            "{import}: {refused:?}"
        );
    }
}
