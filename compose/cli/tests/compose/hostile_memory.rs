//! Programs written to fill the memory of adapters with arguments: `p2_hostile_memory`. An adapter's memory is bounded
//! by its own limits and by the program's memory, however often a list names the same text.
//!
//! `cargo test -p wasi-interpose --test compose hostile_memory -- --nocapture` prints a table of the memory for each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use wasi_interpose::wasi::Revision;
use wit_component::StringEncoding;
use wit_parser::{Resolve, Type, TypeDefKind};

use crate::functions::each_function;
use crate::hostile::{HOST_FILES as SUBTREE, MEMORY_FILES, by_hand_with, compose, run};
use crate::support::guests::{Target, binary};

const PROGRAM: &str = "p2_hostile_memory";

/// The most bytes for all adapters together, not counting the program's own memory, which each of the two adapters that
/// an argument passes through may hold once more. It covers the adapters themselves and what they keep within their
/// limits: 32 MiB of messages, 4 MiB of files, and the cost of one call.
const MEMORY: usize = 48 << 20;

/// Tables that most policies below share.
const COMMON: &str = "[random]\nmode = \"seeded\"\nseed = 1\n[config]\nset = { a = \"b\" }\n";

const FILES: &str = "[filesystem]\nmax-bytes = \"4MiB\"\nmax-entries = 2000\n\
    [[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n\
    [stdio]\nstdin = { text = \"text\" }\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

const VIRTUAL: &str = "[clocks]\nmode = \"virtual\"\n";

const HOST_FILES: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/data\"\nsubtree = \"in\"\n\
    [stdio]\nstdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

const NETWORK: &str = "[clocks]\nmode = \"inherit\"\n[network]\nconnect = [\"udp://127.0.0.1:*\"]\nlisten = [\"udp://127.0.0.1:0\"]\nresolve = [\"*\"]\n\
    [http]\nallow = [\"http://127.0.0.1:*/*\"]\n";

const RESPONSES: &str = "[[http.responses]]\nurl = \"http://127.0.0.1:*/*\"\nbody = \"text\"\n";

/// A policy: its name in the printed table, its tables, and whether the adapters implement HTTP's types themselves.
struct Setting {
    name: &'static str,
    tables: &'static [&'static str],
    attacked: fn(&str) -> bool,
}

/// Whether an attack uses `wasi:http/types`.
fn is_http(attack: &str) -> bool {
    attack.starts_with("fields-")
        || [
            "values-of-one-field",
            "name-and-value-are-one",
            "names-of-fields",
            "texts-of-requests",
            "requests-kept",
            "bodies-kept",
            "small-bodies-kept",
            "headers-of-answers-kept",
            "answers-kept",
            "numbers-of-messages",
        ]
        .contains(&attack)
}

/// Whether an attack copies several GiB: such attacks run only once.
fn is_slow(attack: &str) -> bool {
    attack.ends_with("-gib")
}

/// Whether an attack makes the host keep memory if the host implements HTTP's types.
fn is_kept(attack: &str) -> bool {
    attack.ends_with("-kept") || attack == "texts-of-requests"
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "kernel",
        tables: &[FILES, VIRTUAL],
        attacked: |_| true,
    },
    Setting {
        name: "kernel over filters",
        tables: &[FILES, NETWORK],
        attacked: |attack| !is_kept(attack) && !is_slow(attack),
    },
    Setting {
        name: "kernel that answers",
        tables: &[FILES, VIRTUAL, RESPONSES],
        attacked: is_http,
    },
    Setting {
        name: "kernel that answers and forwards",
        tables: &[FILES, NETWORK, RESPONSES],
        attacked: is_http,
    },
    // The host implements HTTP's types here.
    Setting {
        name: "filters",
        tables: &[HOST_FILES, NETWORK],
        attacked: |attack| !is_http(attack),
    },
];

#[test]
fn hostile_arguments_cost_no_more_than_the_program_itself() {
    let mut table: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    let mut failures = Vec::new();
    for setting in SETTINGS {
        let component = compose(
            &binary(PROGRAM, Target::Wasip2),
            &format!("{COMMON}{}", setting.tables.concat()),
        );
        let listed = run(&component, &["list"]);
        assert!(listed.stdout.lines().count() > 10, "{listed:?}");
        for attack in listed
            .stdout
            .lines()
            .filter(|name| (setting.attacked)(name))
        {
            let ended = run(&component, &[attack]);
            let own = ended.stdout.trim_end().strip_suffix(" held");
            let own = own.and_then(|own| own.parse::<usize>().ok());
            let row = table.entry(attack.to_owned()).or_default();
            let shown = match own {
                Some(own) => format!("{} + {}", own >> 20, ended.memory.saturating_sub(own) >> 20),
                None => format!("failed at {}", ended.memory >> 20),
            };
            row.insert(setting.name, shown);
            let held = own.is_some_and(|own| ended.memory <= own + 2 * own + MEMORY);
            if ended.trap.is_some() || !held {
                let said = ended.stdout.get(..200).unwrap_or(&ended.stdout);
                let trap = ended.trap.as_deref().unwrap_or_default();
                let trap = trap.get(trap.len().saturating_sub(400)..).unwrap_or(trap);
                failures.push(format!(
                    "{attack} ({}): {said:?} {trap} {} bytes",
                    setting.name, ended.memory
                ));
            }
        }
    }
    println!("{}", printed(&table));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The memory of the program and of all adapters, in MiB.
fn printed(table: &BTreeMap<String, BTreeMap<&str, String>>) -> String {
    let mut text = String::from("MiB of the program + of all adapters\n| attack |");
    SETTINGS
        .iter()
        .for_each(|setting| write!(text, " {} |", setting.name).expect("a text"));
    for (attack, row) in table {
        write!(text, "\n| `{attack}` |").expect("a text");
        for setting in SETTINGS {
            let cell = row.get(setting.name).map_or("", String::as_str);
            write!(text, " {cell} |").expect("a text");
        }
    }
    text
}

/// Functions that only a server can call. Their arguments contain at most one text, which is passed on.
const SERVERS_ONLY: &[&str] = &["wasi:http/types response-outparam.set"];

#[test]
fn whatever_takes_a_text_a_list_or_a_number_is_attacked() {
    let component = compose(
        &binary(PROGRAM, Target::Wasip2),
        &format!("{COMMON}{FILES}{VIRTUAL}"),
    );
    let listed = run(&component, &["functions"]);
    let attacked: BTreeSet<&str> = listed.stdout.lines().collect();
    let mut missing = Vec::new();
    each_function(Revision::P2, |resolve, interface, name, function| {
        let name = format!("{interface} {name}");
        let takes = function
            .params
            .iter()
            .any(|param| texts(resolve, &param.ty) > 0 || is_number(resolve, &param.ty));
        if takes && !attacked.contains(&name[..]) && !SERVERS_ONLY.contains(&&name[..]) {
            missing.push(name);
        }
    });
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Functions whose arguments together can be too large, and that therefore call `interpose_adapter::arguments::fit`.
/// Another function with such arguments must call it too.
const MANY_TEXTS: &[&str] = &[
    "wasi:filesystem/types descriptor.link-at",
    "wasi:filesystem/types descriptor.rename-at",
    "wasi:filesystem/types descriptor.symlink-at",
    "wasi:http/types fields.append",
    "wasi:http/types fields.from-list",
    "wasi:http/types fields.set",
    "wasi:sockets/udp outgoing-datagram-stream.send",
];

/// The same of WASI 0.3.
const MANY_TEXTS_OF_P3: &[&str] = &[
    "wasi:filesystem/types descriptor.link-at",
    "wasi:filesystem/types descriptor.rename-at",
    "wasi:filesystem/types descriptor.symlink-at",
];

#[test]
fn functions_with_several_texts_are_known() {
    for (revision, known) in [(Revision::P2, MANY_TEXTS), (Revision::P3, MANY_TEXTS_OF_P3)] {
        let known: BTreeSet<String> = known.iter().map(|&name| name.into()).collect();
        assert_eq!(with_several_texts(revision), known);
    }
}

fn with_several_texts(revision: Revision) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_function(revision, |resolve, interface, name, function| {
        let params = function.params.iter();
        if params.map(|param| texts(resolve, &param.ty)).sum::<usize>() > 1 {
            found.insert(format!("{interface} {name}"));
        }
    });
    found
}

/// The number of `name-too-long` among the error codes of `wasi:filesystem` in the canonical ABI.
const NAME_TOO_LONG: u32 = 18;

/// A text in another encoding grows while it is copied, and its size after copying counts.
#[test]
fn texts_in_another_encoding_are_counted_too() {
    // Two million code units at 1 MiB, each three bytes in UTF-8, are both paths of a link, then the path of a query. A
    // short path follows.
    let body = format!(
        "(drop (memory.grow (i32.const 128)))
         (local.set $a (call $root))
         (memory.fill (i32.const 1048576) (i32.const 97) (i32.const 4194304))
         (call $link-at (local.get $a) (i32.const 0) (i32.const 1048576) (i32.const 2097152)
           (local.get $a) (i32.const 1048576) (i32.const 2097152) (i32.const 2048))
         (if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then unreachable))
         (if (i32.ne (i32.load8_u (i32.const 2049)) (i32.const {NAME_TOO_LONG})) (then unreachable))
         (call $stat-at (local.get $a) (i32.const 0) (i32.const 1048576) (i32.const 2097152) (i32.const 2048))
         (if (i32.ne (i32.load8_u (i32.const 2048)) (i32.const 1)) (then unreachable))
         (if (i32.ne (i32.load8_u (i32.const 2056)) (i32.const {NAME_TOO_LONG})) (then unreachable))
         (call $mkdir (local.get $a) (i32.const 1048576) (i32.const 2) (i32.const 2048))
         (if (i32.load8_u (i32.const 2048)) (then unreachable))"
    );
    for encoding in [StringEncoding::UTF16, StringEncoding::CompactUTF16] {
        // A bit in the length of compact UTF-16 distinguishes its two forms. It is not set here: one byte for each
        // character.
        let component = by_hand_with(&body, encoding);
        for files in [MEMORY_FILES, SUBTREE] {
            let tables = format!("{files}[clocks]\nmode = \"inherit\"\n");
            let ended = run(&compose(&component, &tables), &[]);
            assert!(ended.trap.is_none(), "{encoding:?}: {ended:?}");
            assert!(ended.memory < 64 << 20, "{} bytes", ended.memory);
        }
    }
}

/// The number of texts and lists that a value can contain. A list of values that contain any counts as many.
fn texts(resolve: &Resolve, ty: &Type) -> usize {
    let of = |ty: &Type| texts(resolve, ty);
    let id = match ty {
        Type::String => return 1,
        Type::Id(id) => *id,
        _ => return 0,
    };
    match &resolve.types[id].kind {
        TypeDefKind::List(entry) if of(entry) > 0 => 1000,
        TypeDefKind::List(_) => 1,
        TypeDefKind::Type(ty) | TypeDefKind::Option(ty) => of(ty),
        TypeDefKind::Record(record) => record.fields.iter().map(|field| of(&field.ty)).sum(),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().map(of).sum(),
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().filter_map(|case| case.ty.as_ref());
            cases.map(of).max().unwrap_or(0)
        }
        TypeDefKind::Result(result) => {
            let cases = [&result.ok, &result.err];
            cases.into_iter().flatten().map(of).max().unwrap_or(0)
        }
        TypeDefKind::Handle(_)
        | TypeDefKind::Resource
        | TypeDefKind::Enum(_)
        | TypeDefKind::Flags(_)
        // What goes through a stream is not an argument.
        | TypeDefKind::Stream(_)
        | TypeDefKind::Future(_) => 0,
        other => panic!("a type that WASI does not have: {}", other.as_str()),
    }
}

/// Whether a value is a number that could be a size or a count.
fn is_number(resolve: &Resolve, ty: &Type) -> bool {
    match ty {
        Type::U32 | Type::U64 | Type::S32 | Type::S64 => true,
        Type::Id(id) => match &resolve.types[*id].kind {
            TypeDefKind::Type(ty) | TypeDefKind::Option(ty) => is_number(resolve, ty),
            _ => false,
        },
        _ => false,
    }
}
