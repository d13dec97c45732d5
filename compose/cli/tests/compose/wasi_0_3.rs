//! WASI 0.3: a policy leaves a capability to the host as it is, or the application is refused. No import of 0.3 reaches the
//! host past a policy that restricts its capability.

use std::collections::BTreeMap;

use wasi_interpose::application::Application;
use wasi_interpose::compose::ComposeError;
use wasi_interpose::plan::{Plan, PlanError};
use wasi_interpose::policy::Policy;
use wasi_interpose::resolved::{Decisions, RefusalReason, Refused};
use wasi_interpose::surface::Surface;
use wasi_interpose::wasi::{Capability, P3_INTERFACES};

use crate::support::tools::{COMPOSER, builtin, builtin_names, imports, policy};

const VERSIONS: [&str; 4] = ["0.3.0", "0.3.1", "0.3.2", "0.3.0-rc-2026-03-15"];

/// Texts that restrict a capability, each in a way of its own. Behind each stand the interfaces of the capability that it
/// leaves as they are.
const RESTRICTIONS: &[(Capability, &str, &[&str])] = &[
    (Capability::Environment, "[environment]", &[]),
    (Capability::Environment, "[arguments]", &[]),
    (
        Capability::Environment,
        "[environment]\nset = { A = \"b\" }",
        &[],
    ),
    (
        Capability::Environment,
        "[environment]\ninherit = [\"*\"]",
        &[],
    ),
    (
        Capability::Environment,
        "[arguments]\ninherit = true\ncwd = \"/\"",
        &[],
    ),
    (Capability::Exit, "[exit]\nmode = \"trap\"", &[]),
    (Capability::Stdio, "[stdio]\nstdin = \"closed\"", OUTPUTS),
    (Capability::Stdio, "[stdio]\nstdin = \"whole\"", OUTPUTS),
    (Capability::Stdio, "[stdio]\nstdin = \"deny\"", OUTPUTS),
    (
        Capability::Stdio,
        "[stdio]\nstdin = { text = \"a\" }",
        OUTPUTS,
    ),
    (
        Capability::Stdio,
        "[stdio]\nstdout = \"discard\"",
        BUT_STDOUT,
    ),
    (
        Capability::Stdio,
        "[stdio]\nstdout = { prefix = \"a \" }",
        BUT_STDOUT,
    ),
    (Capability::Stdio, "[stdio]\nstdout = \"deny\"", BUT_STDOUT),
    (
        Capability::Stdio,
        "[stdio]\nstderr = \"discard\"",
        BUT_STDERR,
    ),
    (Capability::Stdio, "[stdio]\nterminals = false", STREAMS),
    (Capability::Filesystem, "[filesystem]", &[]),
    (
        Capability::Filesystem,
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"",
        &[],
    ),
    (
        Capability::Filesystem,
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/\"\naccess = \"read-only\"",
        &[],
    ),
    (
        Capability::Filesystem,
        "[filesystem]\ninherit = true\n[[filesystem.mounts]]\npath = \"/x\"\nsource = \"memory\"",
        &[],
    ),
    (Capability::Network, "[network]", &[]),
    (
        Capability::Network,
        "[network]\nconnect = [\"tcp://*:*\"]",
        &[],
    ),
    (Capability::Http, "[http]", &[]),
    (
        Capability::Http,
        "[http]\nallow = [\"https://a.example/*\"]",
        &[],
    ),
    (Capability::Clocks, "[clocks]\nmode = \"frozen\"", &[]),
    (Capability::Clocks, "[clocks]\nmode = \"deny\"", &[]),
    (
        Capability::Clocks,
        "[clocks]\nmode = \"virtual\"\nstart = 2026-01-01T00:00:00Z\n[network]\n[http]",
        &[],
    ),
    (
        Capability::Clocks,
        "[clocks]\nmode = \"offset\"\noffset = \"+1h\"",
        &[],
    ),
    (
        Capability::Clocks,
        "[clocks]\nmode = \"coarse\"\nresolution = \"1ms\"",
        &[],
    ),
    (Capability::Random, "[random]\nmode = \"deny\"", &[]),
    (
        Capability::Random,
        "[random]\nmode = \"seeded\"\nseed = 1",
        &[],
    ),
];

const STREAMS: &[&str] = &["stdin", "stdout", "stderr"];
const OUTPUTS: &[&str] = &["stdout", "stderr", "terminal-stdout", "terminal-stderr"];
const BUT_STDOUT: &[&str] = &["stdin", "stderr", "terminal-stdin", "terminal-stderr"];
const BUT_STDERR: &[&str] = &["stdin", "stdout", "terminal-stdin", "terminal-stdout"];

/// The surface of an application that calls a function of this interface.
fn caller(name: &str) -> Surface {
    let text = format!(r#"(component (import "{name}" (instance (export "f" (func)))))"#);
    let application = Application::parse(text.as_bytes()).expect("an application");
    Surface::of(application.component()).expect("a surface")
}

/// The capability of an interface for a policy. The interfaces that have only types are in question only if they had
/// functions; that of `wasi:cli/types` could then be any of its package.
fn capability(surface: &Surface) -> Capability {
    Capability::of_item(&surface.imports[0])
}

fn all_names() -> impl Iterator<Item = (&'static str, String)> {
    P3_INTERFACES.iter().flat_map(|interface| {
        let named = move |version| (interface.path, format!("{}@{version}", interface.path));
        VERSIONS.into_iter().map(named)
    })
}

fn refusal(result: Result<Plan, PlanError>, what: &str) -> RefusalReason {
    match result {
        Err(PlanError::Refused(Refused(refusals))) => match refusals.as_slice() {
            [only] => only.reason.clone(),
            several => panic!("{what}: {several:?}"),
        },
        Ok(plan) => panic!("{what}: {:?} is left to the host", plan.granted),
        Err(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn every_restriction_refuses_every_interface_of_its_capability_and_no_other() {
    let mut seen: BTreeMap<Capability, usize> = BTreeMap::new();
    for (restricted, text, left) in RESTRICTIONS {
        let restricts = policy(&format!("version = 1\ndefault = \"inherit\"\n{text}"));
        for (path, name) in all_names() {
            let surface = caller(&name);
            let what = format!("{name} under {text}");
            let interface = path.split('/').nth(1).expect("an interface");
            // If it had functions, nobody knows which of these capabilities they would belong to.
            let is_any_of_cli = path == "wasi:cli/types"
                && matches!(
                    restricted,
                    Capability::Environment | Capability::Exit | Capability::Stdio
                );
            let takes_two = text.contains("virtual")
                && matches!(capability(&surface), Capability::Network | Capability::Http);
            let is_restricted = is_any_of_cli
                || takes_two
                || (capability(&surface) == *restricted && !left.contains(&interface));
            match is_restricted {
                true => {
                    let reason = refusal(Plan::new(&restricts, &surface), &what);
                    assert!(
                        matches!(reason, RefusalReason::NotIn03(_)),
                        "{what}: {reason}"
                    );
                    *seen.entry(*restricted).or_default() += 1;
                }
                false => {
                    let plan = Plan::new(&restricts, &surface);
                    let plan = plan.unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert!(plan.granted.contains_key(&name), "{what}");
                    assert!(plan.layers.is_empty(), "{what}");
                }
            }
        }
    }
    let capabilities: Vec<Capability> = seen.into_keys().collect();
    let mut expected: Vec<Capability> = all_names()
        .map(|(_, name)| capability(&caller(&name)))
        .collect();
    expected.sort();
    expected.dedup();
    assert_eq!(capabilities, expected);
}

/// Without an adapter, a policy that says nothing of a capability denies it by refusing the application.
#[test]
fn what_no_table_leaves_is_refused() {
    let denies = policy("version = 1\ndefault = \"deny\"");
    let asks = policy("version = 1\ndefault = \"error\"");
    for (path, name) in all_names() {
        let surface = caller(&name);
        let reason = refusal(Plan::new(&denies, &surface), &name);
        assert!(
            matches!(reason, RefusalReason::NotIn03(_)),
            "{name}: {reason}"
        );
        let reason = refusal(Plan::new(&asks, &surface), &name);
        let expected = RefusalReason::Undecided(capability(&surface));
        assert_eq!(reason, expected, "{path}");
    }
}

/// What a policy gives by name it gives in 0.3 too.
#[test]
fn a_capability_can_be_left_by_its_table() {
    for (text, interfaces) in [
        (
            "[random]\nmode = \"inherit\"",
            &["random/random", "random/insecure-seed"] as &[_],
        ),
        (
            "[clocks]\nmode = \"inherit\"",
            &["clocks/monotonic-clock", "clocks/system-clock"],
        ),
        ("[exit]\nmode = \"inherit\"", &["cli/exit"]),
        (
            "[filesystem]\ninherit = true",
            &["filesystem/types", "filesystem/preopens"],
        ),
        (
            "[stdio]\nstdin = \"inherit\"",
            &["cli/stdin", "cli/terminal-stdin"],
        ),
        (
            "[stdio]\nstdout = \"inherit\"",
            &["cli/stdout", "cli/terminal-stdout"],
        ),
        (
            "[stdio]\nstderr = \"inherit\"",
            &["cli/stderr", "cli/terminal-stderr"],
        ),
    ] {
        for default in ["deny", "error"] {
            let leaves = policy(&format!("version = 1\ndefault = \"{default}\"\n{text}"));
            let left = |path: &str| {
                interfaces
                    .iter()
                    .any(|interface| path == format!("wasi:{interface}"))
            };
            for (path, name) in all_names().filter(|(path, _)| left(path)) {
                let plan = Plan::new(&leaves, &caller(&name));
                let plan = plan.unwrap_or_else(|error| panic!("{path} under {text}: {error}"));
                assert!(plan.granted.contains_key(&name), "{path} under {text}");
            }
        }
    }
}

/// Under each built-in policy, exactly what it leaves to the host as it is composes, and the result imports nothing else.
#[test]
fn built_in_policies_keep_what_they_promise() {
    for name in builtin_names() {
        let policy = builtin(&name);
        let decisions = Decisions::of_any(&policy);
        for (path, import) in all_names() {
            let surface = caller(&import);
            let capability = capability(&surface);
            match Plan::new(&policy, &surface) {
                Ok(plan) => {
                    let whole = decisions.leaves(capability);
                    let stream = match path {
                        "wasi:cli/stdin" | "wasi:cli/terminal-stdin" => decisions.inherits_stdin(),
                        "wasi:cli/stdout" | "wasi:cli/terminal-stdout" => {
                            decisions.stdout.is_inherited()
                        }
                        "wasi:cli/stderr" | "wasi:cli/terminal-stderr" => {
                            decisions.stderr.is_inherited()
                        }
                        _ => false,
                    };
                    assert!(whole || stream, "{import} under {name}: {:?}", plan.granted);
                }
                Err(PlanError::Refused(_)) => {
                    assert_ne!(name, "inherit", "{import}");
                }
                Err(other) => panic!("{import} under {name}: {other}"),
            }
        }
    }
}

/// No entry of `[interfaces]` gives an interface of 0.3 that a table is about.
#[test]
fn interfaces_cannot_give_what_tables_decide() {
    for (path, name) in all_names() {
        let text = format!("version = 1\n[interfaces]\nallow = [\"{name}\"]");
        let parsed = Policy::parse("policy.toml", &text, None);
        let problems = parsed.map(|_| ()).expect_err(path).to_string();
        assert!(problems.contains("is decided by"), "{name}: {problems}");
    }
    // An interface that no table is about can be given, as in 0.2, and then the same table does not give the others.
    let name = "wasi:clocks/timezone@0.3.0";
    let gives = policy(&format!("version = 1\n[interfaces]\nallow = [\"{name}\"]"));
    assert!(Plan::new(&gives, &caller(name)).is_ok());
    let denied = Plan::new(&gives, &caller("wasi:clocks/system-clock@0.3.0"));
    assert!(denied.is_err());
}

/// One application of both revisions. What the policy restricts for 0.2 has an adapter, what it leaves is the host's in both.
#[test]
fn both_revisions_in_one_application_keep_their_names() {
    let both = r#"(component
        (import "wasi:random/random@0.2.6" (instance (export "get-random-u64" (func (result u64)))))
        (import "wasi:clocks/wall-clock@0.2.3" (instance
            (type $t (record (field "seconds" u64) (field "nanoseconds" u32)))
            (export "datetime" (type $d (eq $t)))
            (export "now" (func (result $d)))))
        (import "wasi:random/random@0.3.0" (instance (export "get-random-u64" (func (result u64)))))
        (import "wasi:random/insecure@0.3.0-rc-2026-03-15"
            (instance (export "get-insecure-random-u64" (func (result u64))))))"#;
    let application = Application::parse(both.as_bytes()).expect("an application");
    let own = imports(application.component());
    let inherit = COMPOSER.compose(&application, &builtin("inherit"));
    let inherit = inherit.expect("a composition");
    assert_eq!(imports(&inherit.component), own);
    let frozen = policy("version = 1\ndefault = \"inherit\"\n[clocks]\nmode = \"frozen\"");
    let frozen = COMPOSER
        .compose(&application, &frozen)
        .expect("a composition");
    let mut left = own.clone();
    left.retain(|name| !name.starts_with("wasi:clocks/"));
    assert_eq!(imports(&frozen.component), left);
    let seeded =
        policy("version = 1\ndefault = \"inherit\"\n[random]\nmode = \"seeded\"\nseed = 1");
    match COMPOSER.compose(&application, &seeded).map(|_| ()) {
        Err(ComposeError::Plan(PlanError::Refused(Refused(refusals)))) => {
            let names: Vec<&str> = refusals
                .iter()
                .map(|refusal| refusal.import.as_str())
                .collect();
            assert_eq!(
                names,
                [
                    "wasi:random/random@0.3.0",
                    "wasi:random/insecure@0.3.0-rc-2026-03-15"
                ]
            );
        }
        other => panic!("{other:?}"),
    }
}
