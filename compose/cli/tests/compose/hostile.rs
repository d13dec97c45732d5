//! Programs written to escape, to bring the adapters down, or to fill the machine: `p2_hostile`, and hand-written
//! components that break the rules of the component model. No program gets denied access, no adapter traps, and memory
//! stays within the policy's limits.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::LazyLock;

use wasi_interpose::application::Application;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Cache, CacheConfig, Config, Engine, ResourceLimiter, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::support::guests::{Target, binary, repository};
use crate::support::linking::wires;
use crate::support::tools::{COMPOSER, policy};

const PROGRAM: &str = "p2_hostile";

/// The most bytes of memory for a run: the program's, the adapters', and their copies.
pub(crate) const MEMORY: usize = 192 << 20;

/// The most bytes for attacks on the limits of the filesystem, which are 4 MiB and 2000 entries, and for attacks with
/// output that becomes longer on its way.
const MEMORY_OF_QUOTAS: usize = 32 << 20;

const SECRET: &str = "SECRET of nineteen.";

pub(crate) const MEMORY_FILES: &str = r#"
[filesystem]
max-bytes = "4MiB"
max-entries = 2000
[[filesystem.mounts]]
path = "/"
source = "memory"
devices = true
"#;

const OVERLAY_FILES: &str = r#"
[filesystem]
max-bytes = "4MiB"
max-entries = 2000
[[filesystem.mounts]]
path = "/"
source = "overlay"
host = "/data"
subtree = "in"
"#;

/// Two mounts of one tree: a part that the program may write, and directories in it. `alias` is a link to one of them;
/// the program cannot exchange the directories that `keep` hides.
const MOUNTS_IN_A_MOUNT: &str = r#"
[[filesystem.mounts]]
path = "/"
source = "host"
host = "/data"
subtree = "in"
hide = ["keep"]
[[filesystem.mounts]]
path = "/part"
source = "host"
host = "/data"
subtree = "alias"
access = "read-only"
[[filesystem.mounts]]
path = "/deep"
source = "host"
host = "/data"
subtree = "alias/deep"
access = "read-only"
[[filesystem.mounts]]
path = "/keep"
source = "host"
host = "/data"
subtree = "in/keep"
access = "read-only"
"#;

pub(crate) const HOST_FILES: &str = r#"
[[filesystem.mounts]]
path = "/"
source = "host"
host = "/data"
subtree = "in"
"#;

/// The state of a run on the host of these tests. It counts the memory that the component asks for.
struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    memory: usize,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: Default::default(),
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.memory += desired.saturating_sub(current);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut cache = CacheConfig::new();
    cache.with_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile"));
    let mut config = Config::new();
    config.concurrency_support(false);
    config.cache(Some(Cache::new(cache).expect("a cache")));
    Engine::new(&config).expect("an engine")
});

/// The end of an attack.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` after a normal end, otherwise the runtime's error.
    pub(crate) trap: Option<String>,
    pub(crate) stdout: String,
    /// Bytes of linear memory of the program and all adapters together.
    pub(crate) memory: usize,
    /// Whether the part of the directory that the program may see is unchanged.
    untouched: bool,
}

/// The directory that a component gets as `/data`, with a secret beside the part that it may see.
fn house() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    let path = |name: &str| root.path().join(name);
    fs::create_dir(path("in")).expect("a directory");
    fs::write(path("secret"), SECRET).expect("a file");
    let sparse = fs::File::create(path("in/sparse")).expect("a file");
    sparse.set_len(4 << 30).expect("a hole");
    for name in ["in/keep", "in/part/deep"] {
        fs::create_dir_all(path(name)).expect("a directory");
    }
    symlink("in/part", path("alias")).expect("a link");
    for (target, link) in [
        ("../secret".to_owned(), "planted"),
        (path("secret").display().to_string(), "planted-absolute"),
        ("..".to_owned(), "planted-directory"),
        ("/".to_owned(), "planted-root"),
    ] {
        symlink(target, path("in").join(link)).expect("a link");
    }
    root
}

/// Composes a component under a policy that denies everything except what these tables grant.
pub(crate) fn compose(component: &[u8], tables: &str) -> Component {
    let application = Application::parse(component).expect("an application");
    let text = format!(
        "version = 1\ndefault = \"deny\"\n[arguments]\ninherit = true\n\
         [exit]\nmode = \"inherit\"\n{tables}"
    );
    let composition = COMPOSER.compose(&application, &policy(&text));
    let composition = composition.unwrap_or_else(|error| panic!("{error}"));
    Component::new(&ENGINE, &composition.component).expect("the component compiles")
}

/// Runs a component with access to a directory, the network and HTTP of this machine.
pub(crate) fn run(component: &Component, arguments: &[&str]) -> Ended {
    let house = house();
    // The part contains little but links, so any change shows there.
    let inside = || {
        let entries = fs::read_dir(house.path().join("in")).expect("the part that it may see");
        let entries = entries.map(|entry| entry.expect("an entry").path());
        let mut links: Vec<_> = entries
            .map(|path| (fs::read_link(&path).ok(), path))
            .collect();
        links.sort();
        links
    };
    let before = inside();
    let stdout = MemoryOutputPipe::new(1 << 30);
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("program")
        .args(arguments)
        .stdout(stdout.clone())
        .inherit_network()
        .allow_tcp(true)
        .allow_udp(true)
        .allow_ip_name_lookup(true)
        .allow_blocking_current_thread(true)
        .preopened_dir(house.path(), "/data", FsPerms::ReadWrite)
        .expect("the directory is opened");
    let mut store = Store::new(
        &ENGINE,
        State {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
            memory: 0,
        },
    );
    store.limiter(|state| state);
    let mut linker = Linker::new(&ENGINE);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("the host is linked");
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("HTTP is linked");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let result = runtime.block_on(async {
        let command = Command::instantiate_async(&mut store, component, &linker).await?;
        command.wasi_cli_run().call_run(&mut store).await
    });
    let secret = fs::read_to_string(house.path().join("secret"));
    assert_eq!(
        secret.ok().as_deref(),
        Some(SECRET),
        "{arguments:?} changed what is outside"
    );
    let beside = fs::read_dir(house.path()).expect("the directory").count();
    assert_eq!(beside, 3, "{arguments:?} made something outside");
    Ended {
        trap: match result {
            Ok(_) => None,
            Err(error) if error.downcast_ref::<I32Exit>().is_some() => None,
            Err(error) => Some(format!("{error:?}")),
        },
        stdout: String::from_utf8_lossy(&stdout.contents()).into_owned(),
        memory: store.data().memory,
        untouched: inside() == before,
    }
}

/// The names of the attacks, which the program lists.
fn attacks() -> Vec<String> {
    let stdout = "[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n[clocks]\nmode = \"inherit\"\n";
    let listed = run(
        &compose(&binary(PROGRAM, Target::Wasip2), stdout),
        &["list"],
    );
    let names: Vec<String> = listed.stdout.lines().map(str::to_owned).collect();
    assert!(names.len() > 20, "{listed:?}");
    names
}

/// Runs the attacks for which `chosen` holds under a policy, and returns how each ended.
fn hold(tables: &str, chosen: impl Fn(&str) -> bool) -> Vec<(String, Ended)> {
    let component = compose(&binary(PROGRAM, Target::Wasip2), tables);
    let (mut ends, mut failures) = (Vec::new(), Vec::new());
    for attack in attacks().into_iter().filter(|name| chosen(name)) {
        let ended = run(&component, &[&attack]);
        let limit = match on_quotas(&attack) || attack.starts_with("lines-") {
            true => MEMORY_OF_QUOTAS,
            false => MEMORY,
        };
        println!("{attack}: {} KiB", ended.memory / 1024);
        let held = ended
            .stdout
            .lines()
            .next_back()
            .is_some_and(|line| line.ends_with("held"));
        if ended.trap.is_some() || !held || ended.memory > limit {
            let end = ended.stdout.len().saturating_sub(200);
            let said = ended.stdout.get(end..).unwrap_or_default();
            failures.push(format!(
                "{attack}: {said:?} {:?} {} bytes",
                ended.trap, ended.memory
            ));
        }
        ends.push((attack, ended));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    ends
}

/// Attacks that fill the filesystem: only files in memory have limits.
fn on_quotas(attack: &str) -> bool {
    ["bytes-", "entries-", "names-that-grow", "links-with-long"]
        .iter()
        .any(|start| attack.starts_with(start))
}

#[test]
fn hostile_programs_are_held_by_files_in_memory() {
    hold(
        &format!(
            "{MEMORY_FILES}[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n\
             [clocks]\nmode = \"virtual\"\n"
        ),
        |_| true,
    );
}

#[test]
fn hostile_programs_are_held_by_prefixed_output() {
    hold(
        &format!(
            "{MEMORY_FILES}[stdio]\nstdin = {{ text = \"x\" }}\nstdout = {{ prefix = \"app: \" }}\nstderr = \"discard\"\n\
             [clocks]\nmode = \"inherit\"\n"
        ),
        |name| !on_quotas(name),
    );
}

/// The prefixes are many times as long as the lines: neither the prefixed text nor the time that it takes may pile up.
#[test]
fn hostile_programs_are_held_by_long_prefixes() {
    let prefix = "long ".repeat(20);
    hold(
        &format!(
            "{MEMORY_FILES}[stdio]\nstdin = \"closed\"\nstdout = {{ prefix = \"{prefix}\" }}\nstderr = \"discard\"\n\
             [clocks]\nmode = \"inherit\"\n"
        ),
        |name| name.starts_with("lines-") || name == "output-without-end",
    );
}

/// The host gives the directory read-write, and the program must not change it.
#[test]
fn hostile_programs_are_held_by_overlays() {
    let tables = format!(
        "{OVERLAY_FILES}[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n\
         [clocks]\nmode = \"virtual\"\n"
    );
    for (attack, ended) in hold(&tables, |_| true) {
        assert!(ended.untouched, "{attack} changed the host's files");
    }
}

#[test]
fn hostile_programs_are_held_by_host_mounts() {
    hold(
        &format!(
            "{HOST_FILES}[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n\
             [clocks]\nmode = \"inherit\"\n"
        ),
        |name| !on_quotas(name),
    );
}

/// Without a kernel: the filter for directories of the host alone.
#[test]
fn hostile_programs_are_held_by_hidden_paths() {
    hold(
        &format!(
            "{HOST_FILES}hide = [\"planted-*\", \"**/secret\"]\n\
             [stdio]\nstdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n\
             [clocks]\nmode = \"inherit\"\n"
        ),
        |name| !on_quotas(name),
    );
}

/// A mount does not show files through a path that another mount lets the program exchange: with the filter alone, and
/// with a kernel above it.
#[test]
fn hostile_programs_are_held_by_mounts_in_a_mount() {
    for stdin in ["inherit", "closed"] {
        hold(
            &format!(
                "{MOUNTS_IN_A_MOUNT}[stdio]\nstdin = \"{stdin}\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n\
                 [clocks]\nmode = \"inherit\"\n"
            ),
            |name| ["mounts-exchanged", "links-that-lead-outside"].contains(&name),
        );
    }
}

/// The world of the hand-written components.
const WORLD: &str = "
package hostile:app;
world app {
  import wasi:io/poll@0.2.12;
  import wasi:io/streams@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:clocks/wall-clock@0.2.12;
  import wasi:filesystem/types@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  export wasi:cli/run@0.2.12;
}";

/// A component whose `run` executes `body` with the raw functions below. Address 1024 holds handle 1 in the form of a
/// list of preopens.
fn by_hand(body: &str) -> Vec<u8> {
    by_hand_with(body, StringEncoding::UTF8)
}

/// A component like that of [`by_hand`], with texts in another encoding.
pub(crate) fn by_hand_with(body: &str, encoding: StringEncoding) -> Vec<u8> {
    let module = format!(
        r#"(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $timer (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.ready" (func $ready (param i32) (result i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.create-directory-at" (func $mkdir (param i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.stat" (func $stat (param i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.stat-at" (func $stat-at (param i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.link-at" (func $link-at (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.advise" (func $advise (param i32 i64 i64 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.append-via-stream" (func $append (param i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[resource-drop]descriptor" (func $drop-descriptor (param i32)))
  (memory (export "memory") 4)
  (global $next (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))
  (func $root (result i32)
    (call $directories (i32.const 1024))
    (i32.load (i32.load (i32.const 1024))))
  (func (export "wasi:cli/run@0.2.12#run") (result i32) (local $a i32) (local $b i32)
    {body}
    (i32.const 0)))"#
    );
    let mut module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    resolve
        .push_dir(repository().join("wit/p2"))
        .expect("the WIT packages of the repository");
    let package = resolve.push_str("app.wit", WORLD).expect("the world");
    let world = resolve.select_world(&[package], None).expect("the world");
    embed_component_metadata(&mut module, &resolve, world, encoding)
        .expect("the world is embedded");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// The runtime's errors about a component that breaks the rules of the component model. The program causes each of
/// these itself, before an adapter is called.
const RUNTIME: &[&str] = &[
    "handle index",
    "unknown handle",
    "wrong type",
    "out of bounds",
    "out-of-bounds",
    "pointer not aligned",
    "utf-8",
    "utf8",
    "discriminant",
    "cannot remove owned resource",
    "invalid enum",
];

#[test]
fn handles_that_are_stale_or_forged_are_the_programs_own_trap() {
    let stale = "(local.set $a (call $timer (i64.const 0))) (call $drop-pollable (local.get $a))";
    let attacks = [
        ("used after it was dropped", format!("{stale} (call $block (local.get $a))")),
        ("dropped twice", format!("{stale} (call $drop-pollable (local.get $a))")),
        ("never given", "(call $block (i32.const 12345))".into()),
        ("zero", "(call $block (i32.const 0))".into()),
        ("the largest", "(call $block (i32.const -1))".into()),
        ("of another type", "(call $block (call $root))".into()),
        ("a pollable as a directory", "(call $stat (call $timer (i64.const 0)) (i32.const 2048))".into()),
        ("a directory after it was dropped", "(local.set $a (call $root)) (call $drop-descriptor (local.get $a)) (call $stat (local.get $a) (i32.const 2048))".into()),
        (
            "in a list, after it was dropped",
            format!("{stale} (i32.store (i32.const 512) (local.get $a)) (call $poll (i32.const 512) (i32.const 1) (i32.const 2048))"),
        ),
        ("a list beyond memory", "(call $poll (i32.const 262140) (i32.const 2) (i32.const 2048))".into()),
        ("a list of 2^32-1", "(call $poll (i32.const 0) (i32.const -1) (i32.const 2048))".into()),
        ("a path beyond memory", "(call $mkdir (call $root) (i32.const -8) (i32.const 16) (i32.const 2048))".into()),
        ("a path of 2^32-1 bytes", "(call $mkdir (call $root) (i32.const 1) (i32.const -1) (i32.const 2048))".into()),
        (
            "a path that is not UTF-8",
            "(i32.store (i32.const 512) (i32.const 0xfffefdfc)) (call $mkdir (call $root) (i32.const 512) (i32.const 4) (i32.const 2048))".into(),
        ),
        (
            "a path with half a surrogate",
            "(i32.store (i32.const 512) (i32.const 0x0080a0ed)) (call $mkdir (call $root) (i32.const 512) (i32.const 3) (i32.const 2048))".into(),
        ),
        ("advice that does not exist", "(call $advise (call $root) (i64.const 0) (i64.const 0) (i32.const 200) (i32.const 2048))".into()),
        ("a stream that is a directory", "(call $write (call $root) (i32.const 0) (i32.const 1) (i32.const 2048))".into()),
    ];
    let mut failures = Vec::new();
    for (attack, body) in attacks {
        let component = by_hand(&body);
        for tables in [MEMORY_FILES, HOST_FILES] {
            let tables = format!("{tables}[clocks]\nmode = \"inherit\"\n");
            let ended = run(&compose(&component, &tables), &[]);
            let own = ended.trap.as_ref().is_some_and(|trap| {
                // Generated functions trap where the runtime would, and say nothing more.
                let is_generated = !wires() && trap.contains("unreachable");
                let is_runtime = RUNTIME.iter().any(|part| trap.contains(part));
                (is_runtime || is_generated) && !trap.contains("interpose:")
            });
            if !own {
                failures.push(format!("{attack}: {:?}", ended.trap));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The runtime drops undefined bits of flags, so they are no reason to trap.
#[test]
fn flags_that_do_not_exist_change_nothing() {
    let body = "(i32.store8 (i32.const 512) (i32.const 46))
        (call $stat-at (call $root) (i32.const -1) (i32.const 512) (i32.const 1) (i32.const 2048))";
    for tables in [MEMORY_FILES, HOST_FILES] {
        let tables = format!("{tables}[clocks]\nmode = \"inherit\"\n");
        let ended = run(&compose(&by_hand(body), &tables), &[]);
        assert!(ended.trap.is_none(), "{ended:?}");
    }
}
