//! Programs of WASI 0.3, run by Wasmtime alone, and interposed under policies that leave what they use of 0.3 to the host.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use interpose_host::{
    Buffer, Directory, Exceeded, Grant, Host, HostError, Input, Limit, Limits, Offer, Outcome,
    Output, Save,
};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::surface::Surface;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::p3::bindings::Command;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::serve::Served;
use crate::support::tools::{
    COMPOSER, GuestFile, HOST, builtin, finish, guest, interpose, policy, run_component,
};

/// What a run came to: its status (134 for a trap), its output, and the files that it left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    files: BTreeMap<String, String>,
}

const INPUT: &[u8] = b"from the host\n";
const VARIABLES: [(&str, &str); 2] = [("NAME", "value"), ("OTHER", "ä")];

/// A directory with files, and what is in it.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in [("a.txt", "the first\n"), ("b.txt", "")] {
        std::fs::write(directory.path().join(name), text).expect("a file");
    }
    directory
}

fn files(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).expect("the directory");
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let contents = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // A directory, or a link to nothing.
            Err(error) => error.kind().to_string(),
        };
        (name, contents)
    };
    entries.map(file).collect()
}

struct Alone {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Alone {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Runs a component on Wasmtime, with nothing of this project.
pub(crate) fn alone(component: &[u8], arguments: &[&str]) -> Seen {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::new(&engine, component).expect("the component compiles");
    let mut linker = Linker::<Alone>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI 0.2");
    wasmtime_wasi::p3::add_to_linker(&mut linker).expect("WASI 0.3");
    let directory = directory();
    let outputs = [
        MemoryOutputPipe::new(1 << 20),
        MemoryOutputPipe::new(1 << 20),
    ];
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(arguments).envs(&VARIABLES);
    wasi.stdin(MemoryInputPipe::new(INPUT));
    wasi.stdout(outputs[0].clone()).stderr(outputs[1].clone());
    wasi.preopened_dir(directory.path(), "/data", FsPerms::ReadWrite)
        .expect("the directory opens");
    let state = Alone {
        wasi: wasi.build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&engine, state);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = runtime.expect("a runtime").block_on(async {
        let command = Command::instantiate_async(&mut store, &component, &linker).await?;
        let run = async |store: &_| command.wasi_cli_run().call_run(store).await;
        store.run_concurrent(run).await?
    });
    let status = match ended {
        Ok(result) => i32::from(result.is_err()),
        Err(error) => error.downcast_ref::<I32Exit>().map_or(134, |exit| exit.0),
    };
    let [stdout, stderr] =
        outputs.map(|output| String::from_utf8_lossy(&output.contents()).into_owned());
    Seen {
        status,
        stdout,
        stderr,
        files: files(directory.path()),
    }
}

/// Composes a program under a policy, and runs it.
pub(crate) fn interposed(application: &Application, text: &str, arguments: &[&str]) -> Seen {
    let policy = match text.contains('\n') {
        true => policy(text),
        false => builtin(text),
    };
    let composition = COMPOSER.compose(application, &policy);
    let composition = composition.unwrap_or_else(|error| panic!("under {text}: {error}"));
    let directory = directory();
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let offer = Offer {
        stdin: Input::Bytes(INPUT.to_vec()),
        stdout: Output::Buffer(stdout.clone()),
        stderr: Output::Buffer(stderr.clone()),
        arguments: arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect(),
        variables: VARIABLES
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        directories: vec![Directory {
            path: directory.path().to_owned(),
            name: "/data".to_owned(),
            read_only: false,
        }],
        config: Vec::new(),
    };
    let grant = Grant::of(&composition.plan, &offer);
    let program = HOST
        .compile(&composition.component)
        .expect("the composition compiles");
    let finished = HOST
        .run(&program, &grant, &[])
        .expect("the composition starts");
    let text = |buffer: &Buffer| String::from_utf8_lossy(&buffer.contents()).into_owned();
    Seen {
        status: match finished.outcome {
            Outcome::Exited(status) => status,
            Outcome::Trapped(_) => 134,
            Outcome::Exceeded(exceeded) => panic!("{exceeded}"),
        },
        stdout: text(&stdout),
        stderr: text(&stderr),
        files: files(directory.path()),
    }
}

#[test]
fn a_command_does_the_same_on_the_host_and_interposed() {
    let application = guest("p3_command");
    for arguments in [
        &["program"] as &[_],
        &["program", "environment", "more", "ö"],
        &["program", "stdin"],
        &["program", "random"],
        &["program", "clocks"],
        &["program", "files"],
        &["program", "mixed"],
        &["program", "unawaited"],
        &["program", "waits"],
        &["program", "exit"],
        &["program", "trap"],
        &["program", "nonsense"],
    ] {
        let expected = alone(application.component(), arguments);
        for policy in [
            "inherit",
            "offline",
            // Adapters for what this program uses of 0.2 alone, or not at all.
            "version = 1\ndefault = \"inherit\"\n[http]\n[network]\n[config]\nset = { a = \"b\" }\n",
            // Filters that allow everything.
            "version = 1\ndefault = \"inherit\"\n[random]\nmode = \"seeded\"\nseed = 1\n\
             [environment]\ninherit = [\"*\"]\n[arguments]\ninherit = true\n\
             [clocks]\nmode = \"coarse\"\nresolution = \"1us\"\n",
        ] {
            let seen = interposed(&application, policy, arguments);
            assert_eq!(seen, expected, "{arguments:?} under {policy}");
        }
    }
    // What the program itself expects.
    let all = alone(application.component(), &["program"]);
    assert_eq!(all.status, 0, "{all:?}");
    for line in [
        "variables [(\"NAME\", \"value\"), (\"OTHER\", \"ä\")]",
        "stdin \"from the host\\n\" Ok(())",
        "random 64 bytes, true true",
        "slept at least 2 ms: true, after 2020: true",
        "preopen /data [\"a.txt\", \"b.txt\"] Ok(())",
        "  a.txt: Ok(\"the first\\n\")",
        "read back Ok(\"by 0.3\\n\")",
    ] {
        assert!(all.stdout.contains(line), "{line} in {}", all.stdout);
    }
    assert_eq!(all.files["written.txt"], "by 0.3\n");
    let mixed = alone(application.component(), &["program", "mixed"]);
    assert_eq!(
        mixed.stdout,
        "0.3 reads Ok(\"by 0.2\"), 0.2 reads Ok(\"by 0.3\")\nand this is printed by 0.2\n"
    );
    assert_eq!(
        alone(application.component(), &["program", "exit"]).status,
        7
    );
}

/// The command line does the same, and says what it cannot do.
#[test]
fn the_command_line_runs_a_command_and_says_what_is_missing() {
    let guest = GuestFile::new("p3_command");
    let path = guest.path();
    let run = |options: &[&str], arguments: &[&str]| {
        let mut command = interpose();
        command.arg("run").args(options).arg(&path).args(arguments);
        finish(&mut command)
    };
    let printed = run(&["-p", "inherit"], &["exit"]);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (7, "before the end\n"),
        "{printed:?}"
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("policy.toml");
    let text = "version = 1\ndefault = \"inherit\"\n[network]\nlisten = [\"tcp://127.0.0.1:0\"]\n\
        deny = [\"tcp://10.0.0.0/8:*\"]\n";
    std::fs::write(&file, text).expect("the policy");
    let other = GuestFile::new("p3_every_function");
    let mut command = interpose();
    let printed = finish(command.arg("run").arg("-p").arg(&file).arg(other.path()));
    assert_ne!(printed.status, 0);
    let message = "belongs to WASI 0.3, for which no adapter of this tool can do yet what the policy says about `network`";
    assert!(printed.stderr.contains(message), "{}", printed.stderr);
    let hint = "leave it to the host: `default = \"inherit\"` without `[network]`; or build the component for WASI 0.2";
    assert!(printed.stderr.contains(hint), "{}", printed.stderr);
    let traced = run(&["-p", "inherit", "--trace"], &["clocks"]);
    let message =
        "the calls of this application cannot be observed: its import `wasi:cli/stdin@0.3.0";
    assert!(traced.stderr.contains(message), "{traced:?}");
    let mut inspect = interpose();
    let inspected = finish(inspect.args(["inspect", &path]));
    assert_eq!(inspected.status, 0, "{inspected:?}");
    for (name, capability) in [
        ("wasi:clocks/system-clock@0.3.0", "clocks"),
        ("wasi:cli/types@0.3.0", "stdio"),
        ("wasi:filesystem/preopens@0.3.0", "filesystem"),
    ] {
        let mut lines = inspected.stdout.lines();
        let line = lines.find(|line| line.contains(name));
        assert!(
            line.is_some_and(|line| line.ends_with(capability)),
            "{name} in {}",
            inspected.stdout
        );
    }
    let mut learn = interpose();
    let learnt = finish(learn.args(["learn", &path, "-o", &format!("{path}.toml")]));
    let message = "a policy cannot be learnt from calls of WASI 0.3 yet";
    assert!(learnt.stderr.contains(message), "{learnt:?}");
}

/// A host that gives less holds for functions of 0.3, of which some are asynchronous.
#[test]
fn the_host_holds_a_grant_for_0_3_without_adapters() {
    let application = guest("p3_command");
    for (interface, argument, function) in [
        ("wasi:clocks/monotonic-clock", "clocks", "now"),
        ("wasi:random/random", "random", "get-random-bytes"),
        ("wasi:cli/exit", "exit", "exit-with-code"),
    ] {
        let grant = Grant {
            arguments: vec!["program".into(), argument.into()],
            trapping: [interface.to_owned()].into(),
            ..Grant::default()
        };
        let ran = run_component(application.component(), grant);
        assert!(
            ran.end.contains(&format!(
                "`{function}` of `{interface}@0.3.0` is not granted"
            )),
            "{ran:?}"
        );
    }
    let grant = Grant {
        arguments: vec!["program".into(), "files".into()],
        ..Grant::default()
    };
    let ran = run_component(application.component(), grant);
    assert_eq!((ran.end.as_str(), ran.stdout.as_str()), ("exit 0", ""));
}

/// A function that is asynchronous in its type traps too where it is not granted.
#[test]
fn an_asynchronous_function_that_is_not_granted_traps() {
    let waits = wait_for("0.3.2");
    let grant = Grant {
        trapping: ["wasi:clocks/monotonic-clock".to_owned()].into(),
        ..Grant::default()
    };
    let ran = run_component(&waits, grant);
    assert!(
        ran.end
            .contains("`wait-for` of `wasi:clocks/monotonic-clock@0.3.2` is not granted"),
        "{ran:?}"
    );
    assert_eq!(run_component(&waits, Grant::default()).end, "exit 0");
}

/// A command of WASI 0.3 in this version that waits for a nanosecond, beside a `run` of 0.2 that traps.
pub(crate) fn wait_for(version: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (import "wasi:clocks/monotonic-clock@{version}" (instance $clock
                (export "wait-for" (func async (param "how-long" u64)))))
            (core func $wait (canon lower (func $clock "wait-for")))
            (core module $m
                (import "" "wait" (func $wait (param i64)))
                (func (export "run") (result i32) (call $wait (i64.const 1)) i32.const 0)
                (func (export "stub") (result i32) unreachable))
            (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait))))))
            (type $run (func async (result (result))))
            (func $run (type $run) (canon lift (core func $i "run")))
            (func $stub (result (result)) (canon lift (core func $i "stub")))
            (instance $new (export "run" (func $run)))
            (instance $old (export "run" (func $stub)))
            (export "wasi:cli/run@0.2.0" (instance $old))
            (export "wasi:cli/run@{version}" (instance $new)))"#
    );
    wat::parse_str(text).expect("a component")
}

#[test]
fn every_name_of_0_3_runs_and_its_run_comes_first() {
    for version in ["0.3.0", "0.3.1", "0.3.2", "0.3.0-rc-2026-03-15"] {
        let component = wait_for(version);
        let application = Application::parse(&component).expect("an application");
        for name in ["inherit", "read-only"] {
            let composition = COMPOSER.compose(&application, &builtin(name));
            let composition = composition.unwrap_or_else(|error| panic!("{version}: {error}"));
            let names: Vec<&str> = composition
                .surface
                .imports
                .iter()
                .map(|item| item.name.as_str())
                .collect();
            assert_eq!(names, [format!("wasi:clocks/monotonic-clock@{version}")]);
            let grant = Grant::of(&composition.plan, &Offer::default());
            assert_eq!(
                run_component(&composition.component, grant).end,
                "exit 0",
                "{version}"
            );
        }
    }
}

/// Limits end a program of 0.3 that computes, and one that waits.
#[test]
fn limits_hold_for_asynchronous_components() {
    let waits = wait_for("0.3.0");
    let long = wasmprinter::print_bytes(&waits).expect("a text");
    for (text, why) in [
        (
            long.replace("i64.const 1\n", "i64.const 1000000000000000\n"),
            "waits",
        ),
        (
            long.replace("i64.const 1\n", "loop br 0 end i64.const 1\n"),
            "computes",
        ),
    ] {
        assert_ne!(text, long, "{why}");
        let component = wat::parse_str(&text).expect("a component");
        let limits = Limits {
            timeout: Some(Limit {
                value: Duration::from_millis(200),
                place: "this test".into(),
            }),
            ..Limits::default()
        };
        let grant = Grant {
            limits,
            ..Grant::default()
        };
        let host = Host::for_grant(&CompilationCache::disabled(), &grant).expect("a host");
        let program = host.compile(&component).expect("the component compiles");
        let finished = host
            .run(&program, &grant, &[])
            .expect("the component starts");
        assert!(
            matches!(finished.outcome, Outcome::Exceeded(Exceeded::Timeout(_))),
            "{why}: {:?}",
            finished.outcome
        );
    }
}

#[test]
fn files_of_an_asynchronous_component_are_not_saved() {
    let program = HOST
        .compile(&wait_for("0.3.0"))
        .expect("the component compiles");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let save = Save {
        from: "/".into(),
        to: directory.path().join("saved"),
    };
    let refused = HOST.run(&program, &Grant::default(), &[save]).map(|_| ());
    assert!(
        matches!(refused, Err(HostError::Asynchronous { .. })),
        "{refused:?}"
    );
}

/// Under a policy without adapters, and under one that gives the standard library's 0.2 a kernel.
const SERVED: [&str; 2] = [
    "default = \"inherit\"",
    "default = \"inherit\"\n[stdio]\nstdin = \"closed\"\n[environment]\nset = { A = \"b\" }",
];

#[test]
fn a_server_of_0_3_is_served() {
    let surface = Surface::of(guest("p3_http_server").component()).expect("a surface");
    let names: Vec<&str> = surface
        .imports
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("wasi:cli/environment@0.2.")),
        "{names:?}"
    );
    for policy in SERVED {
        let served = Served::of("p3_http_server", policy, &[]);
        assert_eq!(
            served.get("/about?x=1"),
            "200 Method::Get Some(Scheme::Http) Some(\"test\") Some(\"/about?x=1\") []\n",
            "{policy}"
        );
        let body = vec![b'x'; 300_000];
        assert_eq!(served.request("POST /echo", &body), (200, body), "{policy}");
        assert_eq!(
            served.get("/time"),
            "200 time has passed: true\n",
            "{policy}"
        );
        assert_eq!(served.get("/late"), "200 early\nlate\n", "{policy}");
        assert_eq!(served.get("/nothing"), "404 there is nothing here\n");
        assert!(served.get("/error").starts_with("500 "), "{policy}");
        assert!(served.get("/trap").starts_with("500 "), "{policy}");
        // A client must not take what there is for the whole answer.
        assert_eq!(
            served.get("/late-trap"),
            "200 early\n[breaks off]",
            "{policy}"
        );
        let other = Served::start(policy, &[]);
        let authority = other.authority();
        assert_eq!(
            served.get(&format!("/fetch?{authority}/about")),
            format!("200 200 Method::Get Some(Scheme::Http) Some(\"{authority}\") /about []\n"),
            "{policy}"
        );
        served.wait_for_message("ConfigurationError");
        served.wait_for_message("trap");
    }
}

/// A middleware of 0.3 in front of a server, each with a policy of its own.
#[test]
fn a_middleware_of_0_3_stands_in_front_of_a_server() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (file, program) in [
        ("front.wasm", "p3_http_middleware"),
        ("server.wasm", "p3_http_server"),
    ] {
        let bytes = guest(program).component().to_vec();
        std::fs::write(directory.path().join(file), bytes).expect("a component");
    }
    let graph = "version = 1\napplication = \"front\"\n\
        [components.front]\nsource = \"front.wasm\"\npolicy = \"inherit\"\n\
        imports = { \"wasi:http/handler\" = \"server\" }\n\
        [components.server]\nsource = \"server.wasm\"\npolicy = \"inherit\"\n";
    let file = directory.path().join("graph.toml");
    std::fs::write(&file, graph).expect("the graph");
    let mut command = interpose();
    command.arg("serve").arg("--graph").arg(&file);
    let served = Served::spawn(command, (None, directory));
    assert_eq!(
        served.get("/about"),
        "200 Method::Get Some(Scheme::Http) Some(\"test\") Some(\"/about\") [\"through the middleware\"]\n"
    );
    let body = vec![b'y'; 100_000];
    assert_eq!(served.request("POST /echo", &body), (200, body));
    assert!(served.get("/stopped").starts_with("500 "));
    served.wait_for_message("HttpRequestDenied");
}

/// A server receives requests under every policy, and sends those that the policy allows.
#[test]
fn a_server_of_0_3_sends_what_the_policy_allows() {
    let other = Served::start("default = \"inherit\"", &[]);
    let authority = other.authority();
    let fetch = format!("/fetch?{authority}/about");
    let denying = "default = \"inherit\"\n[http]";
    let served = Served::of("p3_http_server", denying, &[]);
    assert_eq!(
        served.get("/about?x=1"),
        "200 Method::Get Some(Scheme::Http) Some(\"test\") Some(\"/about?x=1\") []\n"
    );
    let refused = served.get(&fetch);
    assert!(refused.contains("HttpRequestDenied"), "{refused}");
    let allowing = format!("{denying}\nallow = [\"http://{authority}/about\"]");
    let served = Served::of("p3_http_server", &allowing, &[]);
    assert_eq!(
        served.get(&fetch),
        format!("200 200 Method::Get Some(Scheme::Http) Some(\"{authority}\") /about []\n")
    );
    let refused = served.get(&format!("/fetch?{authority}/echo"));
    assert!(refused.contains("HttpRequestDenied"), "{refused}");
    let body = vec![b'x'; 300_000];
    assert_eq!(served.request("POST /echo", &body), (200, body));
}

/// The handler behind a middleware is reached through the filter too.
#[test]
fn a_middleware_of_0_3_passes_on_what_the_policy_allows() {
    let application = guest("p3_http_middleware");
    for (text, left) in [
        ("[http]\nallow = [\"http://test/*\"]", true),
        ("[http]", false),
    ] {
        let text = format!("version = 1\ndefault = \"inherit\"\n{text}\n");
        let composition = COMPOSER.compose(&application, &policy(&text));
        let composition = composition.unwrap_or_else(|error| panic!("{text}: {error}"));
        let handler = composition.surface.imports.iter();
        let handler = handler.filter(|item| item.name.starts_with("wasi:http/handler@"));
        assert_eq!(handler.count(), usize::from(left), "{text}");
        let layers = composition.plan.layers.iter();
        let adapters: Vec<&str> = layers.map(|layer| layer.adapter.name()).collect();
        assert_eq!(adapters, ["http-p3"], "{text}");
    }
}
