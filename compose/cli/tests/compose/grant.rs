//! Defence in depth: the host enforces a policy on applications that run without the adapters. Each test also checks,
//! with the same application, that the host gives access under a policy that grants it.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use interpose_host::{
    Buffer, Directory, Event, Grant, GrantError, Http, Input, Network, Offer, Outcome, Output,
    Server, Stop,
};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::graph::{Assembled, Graph};
use wasi_interpose::plan::Plan;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::network::BESIDE;
use crate::peers::{LIMIT, http_server, tcp_echo};
use crate::support::tools::{COMPOSER, HOST, Ran, cache_directory, dummy, guest, policy};

/// A policy that gives an application its arguments, which are its commands, and its output, which shows the outcomes.
fn with(tables: &str) -> Policy {
    policy(&format!(
        "version = 1\n[arguments]\ninherit = true\n[stdio]\nstdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n{tables}"
    ))
}

/// An offer of streams, and of a program's name with these arguments.
fn offer(arguments: &[&str]) -> Offer {
    let arguments = arguments.iter().map(|argument| argument.to_string());
    Offer {
        stdin: Input::Bytes(b"from the host\n".to_vec()),
        arguments: std::iter::once("program".to_owned())
            .chain(arguments)
            .collect(),
        ..Offer::default()
    }
}

/// Runs a component with the grant that a policy gives to the application.
fn run(component: &[u8], application: &Application, policy: &Policy, offer: Offer) -> Ran {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let offer = Offer {
        stdout: Output::Buffer(stdout.clone()),
        stderr: Output::Buffer(stderr.clone()),
        ..offer
    };
    let surface = Surface::of(application.component()).expect("a surface");
    let plan = Plan::new(policy, &surface).expect("a plan");
    let grant = Grant::of(&plan, &offer);
    let program = HOST.compile(component).expect("the component compiles");
    let finished = HOST.run(&program, &grant, &[]).expect("a run");
    let text = |buffer: &Buffer| String::from_utf8_lossy(&buffer.contents()).into_owned();
    Ran {
        end: match finished.outcome {
            Outcome::Exited(status) => format!("exit {status}"),
            Outcome::Trapped(trap) => format!("trap: {}", trap.message),
            Outcome::Exceeded(exceeded) => format!("ended: {exceeded}"),
        },
        stdout: text(&stdout),
        stderr: text(&stderr),
    }
}

/// Runs an application without adapters, with the grant that a policy gives.
fn bare(program: &str, policy: &Policy, offer: Offer) -> Ran {
    let application = guest(program);
    run(application.component(), &application, policy, offer)
}

/// Runs an application with its adapters, with the same grant.
fn composed(program: &str, policy: &Policy, offer: Offer) -> Ran {
    let application = guest(program);
    let composition = COMPOSER
        .compose(&application, policy)
        .expect("a composition");
    run(&composition.component, &application, policy, offer)
}

/// Compares the outcomes of all commands of the bare application.
fn expect(program: &str, tables: &str, offered: &Offer, expected: &[&str]) {
    let ran = bare(program, &with(tables), offered.clone());
    assert_eq!(ran.end, "exit 0", "{tables}: {ran:?}");
    assert_eq!(outcomes(&ran), expected, "under {tables}");
}

/// The outcome of each command.
fn outcomes(ran: &Ran) -> Vec<&str> {
    let lines = ran.stdout.lines();
    lines
        .filter_map(|line| Some(line.split_once(": ")?.1))
        .collect()
}

#[test]
fn directories_are_those_that_the_policy_mounts() {
    let (shown, other) = (tempfile::tempdir(), tempfile::tempdir());
    let (shown, other) = (shown.expect("a directory"), other.expect("a directory"));
    fs::write(shown.path().join("file"), "shown").expect("a file");
    fs::write(other.path().join("file"), "other").expect("a file");
    let directory = |name: &str, path: &Path, read_only| Directory {
        path: path.to_owned(),
        name: name.into(),
        read_only,
    };
    let commands = ["read /shown:file", "read /other:file", "write /shown:new"];
    let offered = |read_only| Offer {
        directories: vec![
            directory("/shown", shown.path(), read_only),
            directory("/other", other.path(), false),
        ],
        ..offer(&commands)
    };
    let expect = |tables: &str, offered: &Offer, expected: [&str; 3]| {
        self::expect("p2_fs_commands", tables, offered, &expected);
        let new = shown.path().join("new");
        let is_written = fs::remove_file(new).is_ok();
        assert_eq!(is_written, expected[2] == "7 bytes", "under {tables}");
    };
    let mount = |keys: &str| format!("[[filesystem.mounts]]\npath = \"/\"\n{keys}");
    let (missing, refused) = ("error: no-device", "error: not-permitted");

    let everything = ["shown", "other", "7 bytes"];
    let inherit = policy("version = 1\ndefault = \"inherit\"");
    let ran = bare("p2_fs_commands", &inherit, offered(false));
    assert_eq!(outcomes(&ran), everything, "{ran:?}");
    fs::remove_file(shown.path().join("new")).expect("it was written");

    let host = mount("source = \"host\"\nhost = \"/shown\"");
    expect(&host, &offered(false), ["shown", missing, "7 bytes"]);
    let read_only = format!("{host}\naccess = \"read-only\"");
    expect(&read_only, &offered(false), ["shown", missing, refused]);
    let overlay = mount("source = \"overlay\"\nhost = \"/shown\"");
    expect(&overlay, &offered(false), ["shown", missing, refused]);
    // A directory that is offered read-only is given read-only.
    expect(&host, &offered(true), ["shown", missing, refused]);
    for nothing in ["", "[filesystem]", &mount("source = \"memory\"")] {
        expect(nothing, &offered(false), [missing; 3]);
    }
}

/// Two mounts show parts of one directory, and one of them is writable: the host opens the directory once.
#[test]
fn a_directory_is_given_once_as_far_as_any_mount_needs() {
    let mount = |path: &str, access: &str| {
        format!(
            "[[filesystem.mounts]]\npath = \"{path}\"\nsource = \"host\"\nhost = \"/data\"\naccess = \"{access}\"\n"
        )
    };
    let surface = Surface::of(guest("p2_fs_commands").component()).expect("a surface");
    for (one, other, read_only) in [
        ("read-only", "read-write", false),
        ("read-write", "read-only", false),
        ("read-only", "read-only", true),
    ] {
        let policy = with(&(mount("/a", one) + &mount("/b", other)));
        let plan = Plan::new(&policy, &surface).expect("a plan");
        let grant = Grant::of(&plan, &Offer::default());
        // If no directory of that name is offered, the name is that of a directory of this machine.
        let expected = Directory {
            path: "/data".into(),
            name: "/data".into(),
            read_only,
        };
        assert_eq!(grant.directories, [expected], "{one} {other}");
    }
}

#[test]
fn variables_and_arguments_are_those_that_the_policy_passes_on() {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let offered = || Offer {
        variables: vec![variable("EMPTY", ""), variable("SECRET", "s")],
        ..offer(&["one"])
    };
    let variables = |tables: &str| bare("env_variables", &with(tables), offered()).stdout;
    let all = variables("[environment]\ninherit = [\"*\"]");
    assert!(all.contains("EMPTY Ok") && all.contains("SECRET"), "{all}");
    // Only the adapter provides a variable that the policy sets.
    let some = variables("[environment]\ninherit = [\"EMP*\"]\nset = { MISSING = \"set\" }");
    assert!(some.contains("EMPTY Ok"), "{some}");
    assert!(
        !some.contains("SECRET") && some.contains("MISSING Err"),
        "{some}"
    );
    let but = variables("[environment]\ninherit = [\"*\"]\nexcept = [\"SEC*\"]");
    assert!(but.contains("EMPTY Ok") && !but.contains("SECRET"), "{but}");
    for none in [
        "",
        "[environment]",
        "[environment]\nset = { EMPTY = \"set\" }",
    ] {
        let none = variables(none);
        assert!(
            none.contains("EMPTY Err") && !none.contains("SECRET"),
            "{none}"
        );
    }

    let arguments = |table: &str| {
        let policy = policy(&format!(
            "version = 1\n[stdio]\nstdout = \"inherit\"\nstderr = \"inherit\"\n[environment]\ninherit = [\"*\"]\n{table}"
        ));
        bare("env_arguments", &policy, offered()).stdout
    };
    assert_eq!(
        arguments("[arguments]\ninherit = true"),
        "0: \"program\"\n1: \"one\"\n"
    );
    assert_eq!(arguments("[arguments]\nset = [\"another\"]"), "");
    assert_eq!(arguments(""), "");
}

#[test]
fn streams_are_closed_and_discarded_as_the_policy_says() {
    let stdio = |stdin: &str, stdout: &str, stderr: &str| {
        policy(&format!(
            "version = 1\n[stdio]\nstdin = {stdin}\nstdout = {stdout}\nstderr = {stderr}"
        ))
    };
    let inherit = "\"inherit\"";
    let echo = |stdin: &str, stdout: &str| {
        let ran = bare("cli_echo", &stdio(stdin, stdout, inherit), offer(&[]));
        assert_eq!(ran.end, "exit 0", "{ran:?}");
        ran.stdout
    };
    assert_eq!(echo(inherit, inherit), "from the host\n\n14 bytes\n");
    assert_eq!(echo("\"closed\"", inherit), "\n0 bytes\n");
    // Only the adapter provides a text.
    assert_eq!(echo("{ text = \"other\" }", inherit), "\n0 bytes\n");
    assert_eq!(echo(inherit, "\"discard\""), "");

    let both = |stdout: &str, stderr: &str| {
        let ran = bare(
            "cli_interleaved",
            &stdio("\"closed\"", stdout, stderr),
            offer(&[]),
        );
        assert_eq!(ran.end, "exit 0", "{ran:?}");
        (ran.stdout.lines().count(), ran.stderr.lines().count())
    };
    assert_eq!(both(inherit, inherit), (20, 20));
    assert_eq!(both(inherit, "\"discard\""), (20, 0));
    assert_eq!(both("\"discard\"", inherit), (0, 20));
}

#[test]
fn sockets_are_judged_by_the_host_too() {
    let ((open, _kept), (closed, none)) = (tcp_echo(), tcp_echo());
    let commands = [
        format!("tcp {open} hello"),
        format!("tcp {closed} hello"),
        "bind tcp 127.0.0.1:0".into(),
        "bind udp 127.0.0.1:0".into(),
        "resolve 127.0.0.1".into(),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let denied = "access-denied";
    let connect = format!("[network]\nconnect = [\"tcp://127.0.0.1:{}\"]", open.port());
    let listen = "[network]\nlisten = [\"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\"]";
    let resolve = "[network]\nresolve = [\"localhost\"]";
    let found = "[127.0.0.1]";
    // Wasmtime's error for lookups where none is allowed.
    let failed = "permanent-resolver-failure";
    for (tables, expected, on_the_host) in [
        (
            connect.as_str(),
            ["hello", denied, denied, denied, found],
            found,
        ),
        (listen, [denied, denied, "bound", "bound", found], found),
        // The host does not see which name is looked up.
        (resolve, [denied; 5], found),
        ("[network]", [denied; 5], failed),
        ("", [denied; 5], failed),
    ] {
        let [first, second, third, fourth, _] = expected;
        let by_the_host = [first, second, third, fourth, on_the_host];
        expect("p2_network_client", tables, &offer(&commands), &by_the_host);
        // The host gives enough to the application with its adapters.
        let ran = composed("p2_network_client", &with(tables), offer(&commands));
        assert_eq!(outcomes(&ran), expected, "composed under {tables}");
    }
    assert_eq!(
        none.try_iter().count(),
        0,
        "a denied connection reached its server"
    );
    let inherit = policy("version = 1\ndefault = \"inherit\"");
    let ran = bare("p2_network_client", &inherit, offer(&commands));
    let expected = ["hello", "hello", "bound", "bound", "[127.0.0.1]"];
    assert_eq!(outcomes(&ran), expected);
}

/// A program that only creates a socket needs neither `wasi:sockets/instance-network` nor a function of
/// `wasi:sockets/tcp`.
#[test]
fn sockets_that_are_only_made_are_judged_too() {
    let (made, denied) = ("made", "access-denied");
    let tcp = "[network]\nconnect = [\"tcp://*:*\"]";
    for (tables, expected) in [(tcp, [made, denied]), ("[network]", [denied; 2])] {
        expect("p2_network_create", tables, &offer(&[]), &expected);
        for beside in BESIDE {
            let policy = policy(&format!(
                "version = 1\ndefault = \"inherit\"\n{beside}{tables}"
            ));
            let ran = composed("p2_network_create", &policy, offer(&[]));
            assert_eq!(outcomes(&ran), expected, "under {beside}{tables}");
        }
    }
    let inherit = policy("version = 1\ndefault = \"inherit\"");
    let ran = bare("p2_network_create", &inherit, offer(&[]));
    assert_eq!(outcomes(&ran), [made; 2]);
}

#[test]
fn requests_are_judged_by_the_host_too() {
    let ((server, requests), (closed, none)) = (http_server(), http_server());
    let commands = [
        format!("GET http {server} /open/x?q=1"),
        format!("POST http {server} /read"),
        format!("GET http {server} /read"),
        format!("GET http {server} /open/not/x"),
        format!("GET http {server} /open/../closed"),
        format!("GET http localhost:{} /open/x", server.port()),
        format!("GET https {server} /open/x"),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let rules = format!(
        "[http]\nallow = [\"http://{server}/open/*\", {{ methods = [\"GET\"], url = \"http://{server}/read\" }}]\n\
         deny = [\"http://{server}/open/not/*\"]"
    );
    let allowed = [
        "200 GET /open/x?q=1",
        "denied",
        "200 GET /read",
        "denied",
        "denied",
        "denied",
        "denied",
    ];
    // Sockets and HTTP are independent: rules about one do not open the other.
    let elsewhere = format!("[http]\nallow = [\"http://{closed}/*\"]");
    let sockets = format!("[network]\nconnect = [\"tcp://{server}\"]");
    for (tables, expected) in [
        (rules.as_str(), allowed),
        (&elsewhere, ["denied"; 7]),
        (&sockets, ["denied"; 7]),
        ("[http]", ["denied"; 7]),
        ("", ["denied"; 7]),
    ] {
        expect("p2_http_client", tables, &offer(&commands), &expected);
        let ran = composed("p2_http_client", &with(tables), offer(&commands));
        assert_eq!(outcomes(&ran), expected, "composed under {tables}");
    }
    let seen: Vec<String> = requests.try_iter().collect();
    let twice = ["GET /open/x?q=1", "GET /read"].repeat(2);
    assert_eq!(seen, twice, "the server got other requests");
    assert_eq!(none.try_iter().count(), 0, "a server that nobody named");

    let inherit = policy("version = 1\ndefault = \"inherit\"");
    let ran = bare("p2_http_client", &inherit, offer(&commands[..2]));
    let expected = ["200 GET /open/x?q=1", "200 POST /read"];
    assert_eq!(outcomes(&ran), expected);
}

/// The host changes no headers. It refuses a request whose headers are not as the policy requires.
#[test]
fn headers_that_the_policy_wants_changed_are_missed_by_the_host() {
    let (server, requests) = http_server();
    let command = format!("GET http {server} /x");
    let allow = format!("[http]\nallow = [\"http://{server}/*\"]\n");
    let set = format!("{allow}set-headers = {{ \"x-key\" = \"1\" }}");
    expect("p2_http_client", &set, &offer(&[&command]), &["denied"]);
    assert_eq!(requests.try_iter().count(), 0);
    // The adapter sets the header.
    let ran = composed("p2_http_client", &with(&set), offer(&[&command]));
    assert_eq!(outcomes(&ran), ["200 GET /x"]);
    expect(
        "p2_http_client",
        &allow,
        &offer(&[&command]),
        &["200 GET /x"],
    );
    assert_eq!(requests.try_iter().count(), 2);
}

#[test]
fn configuration_values_are_those_that_the_policy_passes_on() {
    let value = |key: &str| (key.to_owned(), "of-the-host".to_owned());
    let values = |tables: &str| {
        let offered = Offer {
            config: vec![value("greeting"), value("secret")],
            ..offer(&["wasi:config/store get-all"])
        };
        let ran = bare("p2_every_function", &with(tables), offered);
        assert_eq!(ran.end, "exit 0", "{ran:?}");
        let has = |key: &str| ran.stderr.contains(key);
        assert!(ran.stderr.contains('['), "no list: {ran:?}");
        (has("greeting"), has("secret"))
    };
    assert_eq!(values("[config]\ninherit = [\"*\"]"), (true, true));
    assert_eq!(values("[config]\ninherit = [\"greet*\"]"), (true, false));
    let but = "[config]\ninherit = [\"*\"]\nexcept = [\"greet*\"]";
    assert_eq!(values(but), (false, true));
    assert_eq!(
        values("[config]\nset = { greeting = \"set\" }"),
        (false, false)
    );
    assert_eq!(values(""), (false, false));
}

/// Functions of clocks, random numbers and `exit` have no error. The host gives its own or none, so an application
/// without adapters traps if the policy asks for others.
#[test]
fn what_has_no_error_traps() {
    let ends = |program: &str, tables: &str| bare(program, &with(tables), offer(&[])).end;
    for (program, traps, runs) in [
        (
            "random_print",
            &[
                "[random]\nmode = \"seeded\"\nseed = 1",
                "[random]\nmode = \"deny\"",
                "",
            ] as &[_],
            "[random]\nmode = \"inherit\"",
        ),
        (
            "time_system",
            &[
                "[clocks]\nmode = \"virtual\"",
                "[clocks]\nmode = \"deny\"",
                "",
            ],
            "[clocks]\nmode = \"inherit\"",
        ),
        (
            "p2_time_clocks",
            &[
                "[clocks]\nmode = \"virtual\"",
                "[clocks]\nmode = \"deny\"",
                "",
            ],
            "[clocks]\nmode = \"inherit\"",
        ),
    ] {
        assert_eq!(ends(program, runs), "exit 0", "{program} under {runs}");
        for tables in traps {
            let end = ends(program, tables);
            let is_refused = end.starts_with("trap: ") && end.ends_with("is not granted");
            assert!(is_refused, "{program} under {tables}: {end}");
        }
    }
    assert_eq!(
        ends("cli_exit_code", "[exit]\nmode = \"inherit\""),
        "exit 1"
    );
    for tables in ["[exit]\nmode = \"trap\"", ""] {
        let end = ends("cli_exit_code", tables);
        assert!(
            end.starts_with("trap: `exit` of `wasi:cli/exit@0.2.")
                && end.ends_with("is not granted"),
            "under {tables}: {end}"
        );
    }
}

/// A server's raw answer to a request.
fn get(server: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(server).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
    let head = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The host also restrains each instance that answers a request.
#[test]
fn served_applications_are_judged_by_the_host_too() {
    let ((open, _asked), (closed, none)) = (http_server(), http_server());
    let application = guest("p2_http_server");
    let policy = with(&format!(
        "[environment]\ninherit = [\"EMPTY\"]\n[http]\nallow = [\"http://{open}/open/*\"]"
    ));
    let surface = Surface::of(application.component()).expect("a surface");
    let plan = Plan::new(&policy, &surface).expect("a plan");
    let variable = |name: &str| (name.to_owned(), "value".to_owned());
    let offer = Offer {
        variables: vec![variable("EMPTY"), variable("SECRET")],
        ..Offer::default()
    };
    let grant = Grant::of(&plan, &offer);
    let server = Server::new(&CompilationCache::in_directory(cache_directory()));
    let server = server.expect("a server");
    let program = server.compile(application.component()).expect("a program");
    let service = server.prepare(&program, &grant, &[]).expect("a service");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    let (sender, failures) = mpsc::channel();
    let stop = Stop::new();
    let until = stop.clone();
    let serving = thread::spawn(move || {
        service.serve(listener, &until, move |event| {
            if let Event::Failed { failure, .. } = event {
                let _ = sender.send(failure.to_string());
            }
        })
    });
    let answers = |path: &str, expected: &str| {
        let answer = get(address, path);
        assert!(answer.contains(expected), "{path}: {answer}");
    };
    answers(&format!("/fetch?{open}/open/x"), "GET /open/x");
    answers(&format!("/fetch?{open}/closed"), "HttpRequestDenied");
    answers(&format!("/fetch?{closed}/open/x"), "HttpRequestDenied");
    answers("/variable?EMPTY", "Ok(\"value\")");
    answers("/variable?SECRET", "Err(NotPresent)");
    answers("/exit", " 500 ");
    let failure = failures.recv_timeout(LIMIT).expect("a failure");
    assert!(failure.ends_with("is not granted"), "{failure}");
    stop.request();
    let end = serving.join().expect("the server's thread");
    end.expect("the server ends well");
    assert_eq!(none.try_iter().count(), 0, "a denied server was asked");
}

const DEPENDENCY: &str = "package test:app;
    package acme:text@1.0.0 { interface render { page: func(text: string) -> string; } }
    world app {
        import wasi:clocks/wall-clock@0.2.12;
        import wasi:cli/environment@0.2.12;
        import wasi:cli/stdin@0.2.12;
        import wasi:cli/stdout@0.2.12;
        import wasi:filesystem/preopens@0.2.12;
        import wasi:http/outgoing-handler@0.2.12;
        import wasi:random/random@0.2.12;
        import wasi:sockets/instance-network@0.2.12;
        import wasi:sockets/tcp-create-socket@0.2.12;
        export acme:text/render@1.0.0;
    }";

fn pair(app: &str, text: &str) -> Assembled {
    let application = DEPENDENCY.replace("export acme:text", "import acme:text");
    let application = application.replace(
        "render@1.0.0;\n    }",
        "render@1.0.0;\n    export go: func();\n    }",
    );
    let parse = |wit: &str| Application::parse(&dummy(wit)).expect("a component");
    let policy = |tables: &str| policy(&format!("version = 1\n{tables}"));
    let mut graph = Graph::new("app");
    graph.add("text", parse(DEPENDENCY), policy(text));
    graph.add("app", parse(&application), policy(app));
    COMPOSER.assemble(&graph).expect("a composition")
}

/// Components of a graph together get no more than the union of their grants.
#[test]
fn components_together_get_what_one_of_them_gets() {
    let grant = |app: &str, text: &str| {
        let assembled = pair(app, text);
        let variable = |name: &str| (name.to_owned(), String::new());
        let offer = Offer {
            stdin: Input::Bytes(Vec::new()),
            stdout: Output::Buffer(Buffer::default()),
            variables: vec![variable("A"), variable("B"), variable("C")],
            ..Offer::default()
        };
        Grant::of_graph(&assembled, &offer)
    };
    let nothing = grant("", "").expect("a grant");
    assert!(matches!(nothing.stdin, Input::Closed));
    assert!(matches!(nothing.stdout, Output::Discard));
    assert!(matches!(nothing.network, Network::Denied));
    assert!(matches!(nothing.http, Http::Denied));
    assert!(nothing.variables.is_empty() && nothing.directories.is_empty());
    assert!(nothing.trapping.contains("wasi:random/random"));

    let tables = |name: &str, port: u16| {
        format!(
            "[environment]\ninherit = [\"{name}\"]\n[network]\nconnect = [\"tcp://127.0.0.1:{port}\"]\n\
             [http]\nallow = [\"http://127.0.0.1:{port}/*\"]\n\
             [[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/{name}\"\n"
        )
    };
    let app = tables("A", 1) + "[random]\nmode = \"inherit\"\n[stdio]\nstdout = \"inherit\"";
    let both = grant(&app, &tables("B", 2)).expect("a grant");
    let names: Vec<&str> = both
        .variables
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["B", "A"]);
    let names: Vec<&str> = both.directories.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["/B", "/A"]);
    assert!(matches!(&both.network, Network::Rules(rules) if rules.len() == 2));
    assert!(matches!(&both.http, Http::Rules(tables) if tables.len() == 2));
    assert!(matches!(both.stdout, Output::Buffer(_)) && matches!(both.stdin, Input::Closed));
    assert!(!both.trapping.contains("wasi:random/random"));
    assert!(both.trapping.contains("wasi:clocks/wall-clock"));

    let named = |directory: &str| {
        format!(
            "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"{directory}\"\npreopen = \"data\"\n"
        )
    };
    assert!(grant(&named("/a"), &named("/a")).is_ok());
    let error = grant(&named("/a"), &named("/b")).expect_err("one name for two directories");
    assert!(
        matches!(&error, GrantError::SameName { name, .. } if name == "data"),
        "{error}"
    );

    let inherit = "default = \"inherit\"";
    let all = grant(&app, inherit).expect_err("the directories of another");
    let component = "text".to_owned();
    assert_eq!(all, GrantError::WholeFilesystem { component });
    let all = grant(inherit, "").expect("a grant");
    assert!(matches!(all.network, Network::Inherit) && matches!(all.http, Http::Inherit));
    assert!(all.trapping.contains("wasi:cli/exit") && all.trapping.len() < nothing.trapping.len());
}

/// The host can deny every interface whose functions have no error: a grant of nothing makes all of them trap.
#[test]
fn everything_without_an_error_traps_where_nothing_is_granted() {
    let deny = policy("version = 1");
    let plan = Plan::new(
        &deny,
        &Surface::of(guest("cli_hello").component()).expect("a surface"),
    );
    let grant = Grant::of(&plan.expect("a plan"), &Offer::inherit());
    let exports = Adapter::ALL.iter().flat_map(|adapter| {
        let surface = Surface::of(adapter.component()).expect("an adapter's surface");
        surface.exports
    });
    let mut found = 0;
    for path in exports.filter_map(|item| Some(item.interface()?.path())) {
        let ambient = ["wasi:clocks/", "wasi:random/", "wasi:cli/exit"];
        if ambient.iter().any(|start| path.starts_with(start)) {
            assert!(grant.trapping.contains(&path), "{path}");
            found += 1;
        }
    }
    assert!(found >= grant.trapping.len(), "{found}");
}
