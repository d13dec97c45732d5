//! WASI 0.3: a policy leaves a capability to the host as it is, an adapter answers, or the application is refused. No import
//! of 0.3 reaches the host past a policy that restricts its capability.

use std::collections::BTreeMap;

use wasi_interpose::application::Application;
use wasi_interpose::plan::{Plan, PlanError, Provider};
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
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/\"\nhide = [\"a\"]",
        &[],
    ),
    (
        Capability::Filesystem,
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/\"\nsubtree = \"a\"",
        &[],
    ),
    (
        Capability::Filesystem,
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = \"/\"",
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
    (
        Capability::Network,
        "[network]\nlisten = [\"tcp://127.0.0.1:0\"]\ndeny = [\"tcp://10.0.0.0/8:*\"]",
        &[],
    ),
    (Capability::Http, "[http]", &[]),
    (
        Capability::Http,
        "[http]\nallow = [\"https://a.example/*\"]\nremove-headers = [\"cookie\"]",
        &[],
    ),
    (
        Capability::Http,
        "[http]\n[[http.responses]]\nurl = \"http://a.example/*\"",
        &[],
    ),
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

/// The surface of an application that calls a function of this interface. An application with an interface that uses types
/// of another one has these too.
fn caller(name: &str) -> Surface {
    let using = [
        ("wasi:filesystem/preopens@", "wasi:filesystem/types"),
        ("wasi:sockets/ip-name-lookup@", "wasi:sockets/types"),
        ("wasi:http/client@", "wasi:http/types"),
        ("wasi:http/handler@", "wasi:http/types"),
    ];
    let types = using.iter().find_map(|(user, types)| {
        let version = name.strip_prefix(user)?;
        Some(format!(
            r#"(import "{types}@{version}" (instance (export "used" (type (sub resource)))))"#
        ))
    });
    let types = types.unwrap_or_default();
    let text = format!(r#"(component (import "{name}" (instance (export "f" (func)))) {types})"#);
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

/// What becomes of the only import of an application.
#[derive(Debug, PartialEq)]
enum Becomes {
    /// The application is refused.
    Refused(RefusalReason),
    /// An adapter answers it.
    Answered,
    /// The application is refused because no adapter can do what the policy says for it.
    Unavailable,
    /// It is left to the host.
    Left,
}

fn planned(policy: &Policy, surface: &Surface, what: &str) -> Becomes {
    match Plan::new(policy, surface) {
        Err(PlanError::Refused(Refused(refusals))) => match refusals.as_slice() {
            [only] => Becomes::Refused(only.reason.clone()),
            several => panic!("{what}: {several:?}"),
        },
        Err(PlanError::Unavailable { .. }) => Becomes::Unavailable,
        Err(other) => panic!("{what}: {other}"),
        Ok(plan) => match &plan.application[0].provider {
            Provider::Host => {
                assert!(
                    plan.granted.contains_key(&surface.imports[0].name),
                    "{what}"
                );
                Becomes::Left
            }
            Provider::Layer { .. } => Becomes::Answered,
            other => panic!("{what}: {other:?}"),
        },
    }
}

/// Whether an adapter can do what a text says about an interface of a capability that it restricts.
fn is_answered(path: &str, text: &str) -> bool {
    match path {
        "wasi:cli/types" => false,
        "wasi:http/client" | "wasi:http/handler" => {
            !text.contains("headers") && !text.contains("responses")
        }
        "wasi:sockets/ip-name-lookup" | "wasi:sockets/types" => !text.contains("deny"),
        _ => path != "wasi:http/types" && path != "wasi:clocks/types",
    }
}

/// Whether an adapter could do what a text says only if the application imported the interface of WASI 0.2 too.
fn needs_p2(path: &str, text: &str) -> bool {
    match path {
        "wasi:cli/stdin" => text.contains("whole"),
        "wasi:cli/stdout" => text.contains("prefix"),
        "wasi:filesystem/preopens" | "wasi:filesystem/types" => {
            let of_host = ["overlay", "hide", "subtree", "inherit"];
            of_host.iter().any(|word| text.contains(word))
        }
        _ => false,
    }
}

#[test]
fn every_restriction_is_kept_for_every_interface_of_its_capability_and_for_no_other() {
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
            // Requests do nothing until they are sent.
            let is_harmless = path == "wasi:http/types";
            let is_restricted = is_any_of_cli
                || (takes_two && !is_harmless)
                || (capability(&surface) == *restricted
                    && !left.contains(&interface)
                    && !is_harmless);
            let becomes = planned(&restricts, &surface, &what);
            match (is_restricted, is_answered(path, text)) {
                (true, true) if needs_p2(path, text) => {
                    assert_eq!(becomes, Becomes::Unavailable, "{what}");
                }
                (true, true) => assert_eq!(becomes, Becomes::Answered, "{what}"),
                (true, false) => {
                    let is_refused = matches!(becomes, Becomes::Refused(RefusalReason::NotIn03(_)));
                    assert!(is_refused, "{what}: {becomes:?}");
                }
                (false, _) => assert_eq!(becomes, Becomes::Left, "{what}"),
            }
            if is_restricted {
                *seen.entry(*restricted).or_default() += 1;
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

/// A policy that says nothing of a capability denies it: by an adapter, or by refusing the application.
#[test]
fn what_no_table_leaves_is_denied() {
    let denies = policy("version = 1\ndefault = \"deny\"");
    let asks = policy("version = 1\ndefault = \"error\"");
    for (path, name) in all_names() {
        let surface = caller(&name);
        match planned(&denies, &surface, &name) {
            Becomes::Answered => assert!(is_answered(path, ""), "{name}"),
            Becomes::Refused(RefusalReason::NotIn03(_)) => {
                assert!(!is_answered(path, ""), "{name}");
            }
            Becomes::Left => assert_eq!(path, "wasi:http/types"),
            other => panic!("{name}: {other:?}"),
        }
        let expected = RefusalReason::Undecided(capability(&surface));
        let expected = Becomes::Refused(expected);
        assert_eq!(planned(&asks, &surface, &name), expected, "{path}");
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

/// Under each built-in policy, nothing but what it leaves to the host as it is reaches the host.
#[test]
fn built_in_policies_keep_what_they_promise() {
    for name in builtin_names() {
        let policy = builtin(&name);
        let decisions = Decisions::of_any(&policy);
        for (path, import) in all_names() {
            let surface = caller(&import);
            let capability = capability(&surface);
            match planned(&policy, &surface, &format!("{import} under {name}")) {
                Becomes::Left => {
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
                    let harmless = path == "wasi:http/types";
                    assert!(whole || stream || harmless, "{import} under {name}");
                }
                Becomes::Answered | Becomes::Unavailable | Becomes::Refused(_) => {
                    assert!(!decisions.leaves(capability), "{import} under {name}");
                }
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
    let denied = caller("wasi:clocks/system-clock@0.3.0");
    assert_eq!(planned(&gives, &denied, "denied"), Becomes::Answered);
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
    let seeded = COMPOSER.compose(&application, &seeded);
    let seeded = seeded.expect("a composition");
    let mut left = own;
    left.retain(|name| !name.starts_with("wasi:random/"));
    assert_eq!(imports(&seeded.component), left);
    let layers = seeded.plan.layers.iter();
    let names: Vec<&str> = layers.map(|layer| layer.adapter.name()).collect();
    assert_eq!(names, ["random", "random-p3"]);
}

/// What a filter needs of the host it imports under the name that the application uses.
#[test]
fn filters_ask_the_host_under_the_applications_names() {
    let offset =
        policy("version = 1\ndefault = \"inherit\"\n[clocks]\nmode = \"offset\"\noffset = \"+1h\"");
    for version in VERSIONS {
        let name = format!("wasi:clocks/monotonic-clock@{version}");
        let text = format!(
            r#"(component (import "{name}" (instance (export "now" (func (result u64))))))"#
        );
        let application = Application::parse(text.as_bytes()).expect("an application");
        let composition = COMPOSER.compose(&application, &offset);
        let composition = composition.unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!(imports(&composition.component), [name].into());
    }
}

/// The times of files in memory come through the filter also where the application imports only the type of a time.
#[test]
fn a_kernel_reads_the_clock_that_the_policy_gives() {
    let text = r#"(component
        (import "wasi:clocks/system-clock@0.3.0" (instance
            (type $t (record (field "seconds" s64) (field "nanoseconds" u32)))
            (export "instant" (type (eq $t)))))
        (import "wasi:filesystem/types@0.3.0" (instance (export "f" (func)))))"#;
    let application = Application::parse(text.as_bytes()).expect("an application");
    let surface = Surface::of(application.component()).expect("a surface");
    for mode in [
        "mode = \"offset\"\noffset = \"+1h\"",
        "mode = \"coarse\"\nresolution = \"1s\"",
    ] {
        let memory = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"";
        let text = format!("version = 1\ndefault = \"inherit\"\n[clocks]\n{mode}\n{memory}\n");
        let plan = Plan::new(&policy(&text), &surface).expect("a plan");
        let (kernel, _) = plan.kernel().expect("a kernel");
        let mut wires = plan.layers[kernel].imports.iter();
        let clock = wires.find(|wire| wire.import.starts_with("wasi:clocks/system-clock@"));
        let provider = &clock.expect("the kernel imports the clock").provider;
        assert!(
            matches!(provider, Provider::Layer { .. }),
            "{mode}: {provider:?}"
        );
    }
}
