//! What `run` and `serve` say of calls that the policy refuses, and that what they advise allows them.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;
use wasi_interpose::compose::Form;

use crate::network::KERNEL;
use crate::peers::tcp_echo;
use crate::support::guests::repository;
use crate::support::tools::{
    COMPOSER, GuestFile, Printed, finish, guest, imports, interpose, policy, text,
};

/// A program under a policy in a file.
struct Case {
    guest: GuestFile,
    directory: TempDir,
    arguments: Vec<String>,
}

impl Case {
    /// The program under a policy that inherits what the tables do not say.
    fn new(program: &str, tables: &str, arguments: &[&str]) -> Self {
        let case = Self {
            guest: GuestFile::new(program),
            directory: tempfile::tempdir().expect("a temporary directory"),
            arguments: arguments.iter().map(|word| word.to_string()).collect(),
        };
        let policy = format!("version = 1\ndefault = \"inherit\"\n\n{tables}");
        fs::write(case.policy(), policy).expect("the policy is written");
        fs::create_dir(case.directory.path().join("shown")).expect("a directory");
        case
    }

    fn policy(&self) -> PathBuf {
        self.directory.path().join("policy.toml")
    }

    fn run(&self, options: &[&str]) -> Printed {
        let mut command = interpose();
        command
            .arg("run")
            .args(options)
            .arg("-p")
            .arg(self.policy());
        command.arg(self.guest.path()).args(&self.arguments);
        command.env("SECRET", "1");
        finish(&mut command)
    }

    /// The refusals in the record, and how many more there were.
    fn denials(&self) -> (Vec<Value>, u64) {
        of_record(&self.run(&["--json"]))
    }

    /// Changes the policy as a refusal advises.
    fn follow(&self, denial: &Value) {
        let mut policy = fs::read_to_string(self.policy()).expect("the policy");
        let lines = denial["lines"].as_array().expect("a list");
        assert!(!lines.is_empty(), "{denial}");
        for line in lines {
            let line = line.as_str().expect("a text");
            policy = with_line(&policy, &start_of_table(&policy, denial), line);
        }
        fs::write(self.policy(), policy).expect("the policy is written");
    }
}

fn of_record(printed: &Printed) -> (Vec<Value>, u64) {
    let last = printed.stderr.lines().last().expect("a record");
    let record: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{printed:?}"));
    let denials = record["denials"].as_array().expect("a list").clone();
    let more = record["moreDenials"].as_u64().expect("a number");
    (denials, more)
}

/// The header of the table of a refusal, with the path of its mount.
fn start_of_table(policy: &str, denial: &Value) -> String {
    let start = match denial["mount"].as_str() {
        Some(mount) => format!("[[filesystem.mounts]]\npath = \"{mount}\"\n"),
        None => format!("[{}]\n", denial["table"].as_str().expect("a table")),
    };
    assert!(policy.contains(&start), "{policy} for {denial}");
    start
}

/// The policy with a line in a table, instead of that of the same key.
fn with_line(policy: &str, start: &str, line: &str) -> String {
    let at = policy.find(start).expect("the table") + start.len();
    let (before, rest) = policy.split_at(at);
    let end = rest.find("\n[").map_or(rest.len(), |end| end + 1);
    let (table, after) = rest.split_at(end);
    let (key, _) = line.split_once(" = ").expect("a key");
    let key = format!("{key} = ");
    let others = table.lines().filter(|line| !line.starts_with(&key));
    let others: String = others.map(|line| format!("{line}\n")).collect();
    format!("{before}{line}\n{others}{after}")
}

/// Runs a program, finds the expected refusals, and follows the advice about the first of them until there are none.
/// The advice about a refusal ends this refusal.
#[track_caller]
fn expect(program: &str, tables: &str, arguments: &[&str], expected: &[(&str, &str, &str)]) {
    let case = Case::new(program, tables, arguments);
    let (mut denials, _) = case.denials();
    let found: Vec<(&str, &str, &str)> = denials
        .iter()
        .map(|denial| {
            let member = |name: &str| denial[name].as_str().expect("a text");
            (member("capability"), member("function"), member("subject"))
        })
        .collect();
    assert_eq!(found, expected, "{program} under {tables}");
    for _ in 0..8 {
        let Some(first) = denials.first().cloned() else {
            return;
        };
        case.follow(&first);
        denials = case.denials().0;
        let is_same = |denial: &&Value| {
            ["capability", "function", "subject"].map(|name| &denial[name])
                == ["capability", "function", "subject"].map(|name| &first[name])
        };
        let policy = fs::read_to_string(case.policy()).expect("the policy");
        assert_eq!(denials.iter().find(is_same), None, "{policy}");
    }
    panic!("{denials:?} after {tables} was changed several times");
}

const SHOWN: &str =
    "[[filesystem.mounts]]\npath = \"/data\"\nsource = \"host\"\nhost = \"shown\"\n";

#[test]
fn files() {
    let memory = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n";
    let read_only = "access = \"read-only\"\n";
    expect(
        "p2_fs_commands",
        &format!("{memory}{read_only}"),
        &["write f", "read f", "mkdir d", "rename f g", "stat ../x"],
        &[
            ("filesystem", "open-at", "/f"),
            ("filesystem", "create-directory-at", "/d"),
            ("filesystem", "rename-at", "/g"),
        ],
    );
    expect(
        "p2_fs_commands",
        &format!("{SHOWN}{read_only}"),
        &["write /data:f", "mkdir /data:d", "read /data:none"],
        &[
            ("filesystem", "open-at", "/data/f"),
            ("filesystem", "create-directory-at", "/data/d"),
        ],
    );
    expect(
        "p2_fs_commands",
        &format!("{SHOWN}hide = [\"secret\", \"**/*.key\"]\n"),
        &[
            "read /data:secret/x",
            "stat /data:a.key",
            "write /data:b.key",
        ],
        &[
            ("filesystem", "open-at", "/data/secret/x"),
            ("filesystem", "stat-at", "/data/a.key"),
            ("filesystem", "open-at", "/data/b.key"),
        ],
    );
    expect(
        "p2_fs_commands",
        &format!("{SHOWN}hide = [\"d/key\"]\n"),
        &["mkdir /data:d", "rename /data:d /data:e"],
        &[("filesystem", "rename-at", "/data/d")],
    );
    expect(
        "p2_fs_commands",
        &format!("[filesystem]\nmax-bytes = \"4B\"\n{memory}"),
        &["write f", "write g"],
        &[("filesystem", "write", "/…/")],
    );
    expect(
        "p2_fs_commands",
        &format!("[filesystem]\nmax-entries = 2\n{memory}"),
        &["write f", "mkdir d", "mkdir d"],
        &[("filesystem", "create-directory-at", "/d")],
    );
    expect(
        "p2_fs_commands",
        "[filesystem]\n",
        &["read f"],
        &[("filesystem", "get-directories", "")],
    );
}

#[test]
fn sockets() {
    let (peer, _) = tcp_echo();
    let (tcp, port) = (format!("tcp {peer} hello"), peer.port());
    let connected = format!("tcp://{peer}");
    let denied = [("network", "create-tcp-socket", "tcp")];
    let create = [
        denied[0],
        ("network", "resolve-addresses", "localhost"),
        ("network", "create-udp-socket", "udp"),
    ];
    let commands = [tcp.as_str(), "resolve localhost", "bind udp 127.0.0.1:0"];
    expect("p2_network_client", "[network]\n", &commands, &create);
    expect(
        "p2_network_client",
        &format!("[network]\n{KERNEL}"),
        &commands,
        &create,
    );
    for beside in ["", KERNEL] {
        expect(
            "p2_network_client",
            &format!(
                "[network]\nconnect = [\"tcp://127.0.0.9:{port}\", \"tcp://*.example.com:443\"]\n{beside}"
            ),
            &[&tcp, &tcp, "resolve localhost", "resolve 127.0.0.1"],
            &[
                ("network", "start-connect", &connected),
                ("network", "resolve-addresses", "localhost"),
                ("network", "resolve-addresses", "127.0.0.1"),
            ],
        );
    }
    expect(
        "p2_network_client",
        "[network]\nconnect = [\"tcp://any:*\"]\ndeny = [\"10.0.0.0/8\", \"loopback\"]\n",
        &[&tcp],
        &[("network", "start-connect", &connected)],
    );
    expect(
        "p2_network_client",
        "[network]\nlisten = [\"tcp://127.0.0.9:0\"]\ndeny = [\"127.0.0.1\"]\n",
        &["bind tcp 127.0.0.1:0"],
        &[("network", "start-bind", "tcp://127.0.0.1:0")],
    );
    expect(
        "p2_network_client",
        "[network]\nlisten = [\"udp://127.0.0.1:0\"]\nconnect = [\"udp://[::1]:9\"]\n",
        &["batch 127.0.0.1:0 127.0.0.1:9 127.0.0.1:9"],
        &[("network", "send", "udp://127.0.0.1:9")],
    );
    expect(
        "p2_network_client",
        "[network]\nresolve = [\"*\"]\ndeny = [\"localhost\", \"example.com\"]\n",
        &["resolve localhost"],
        &[("network", "resolve-addresses", "localhost")],
    );
}

#[test]
fn requests() {
    let closed = "127.0.0.1:9";
    let get = format!("GET http {closed} /v1/x?key=secret");
    let subject = format!("GET http://{closed}/v1/x");
    let expected = [("http", "handle", subject.as_str())];
    for beside in ["", KERNEL] {
        for rules in [
            "".to_owned(),
            "allow = [\"https://example.com/*\"]\n".to_owned(),
            format!("allow = [{{ methods = [\"POST\"], url = \"http://{closed}/*\" }}]\n"),
            format!(
                "allow = [\"http://{closed}/*\"]\ndeny = [\"http://{closed}/v1/*\", \"http://a/\"]\n"
            ),
            format!("allow = [\"http://{closed}/v2\"]\ndeny = [\"http://{closed}/v1/*\"]\n"),
            "\n[[http.responses]]\nurl = \"http://a/*\"\n".into(),
        ] {
            let tables = format!("[http]\n{rules}{beside}");
            expect("p2_http_client", &tables, &[&get], &expected);
        }
    }
    expect(
        "p2_http_client",
        "[http]\nallow = [\"http://a/\"]\nset-headers = { x = \"y\" }\n",
        &[&format!("PURGE - {closed} /")],
        &[("http", "handle", &format!("PURGE //{closed}/"))],
    );
}

#[test]
fn values() {
    for (program, tables, arguments, expected) in [
        (
            "env_arguments",
            "[arguments]\n",
            vec!["one"],
            vec![("arguments", "get-arguments", "")],
        ),
        ("env_arguments", "[arguments]\n", vec![], vec![]),
        (
            "cli_exit_success",
            "[exit]\nmode = \"trap\"\n",
            vec![],
            vec![("exit", "exit", "")],
        ),
        (
            "time_monotonic",
            "[clocks]\nmode = \"deny\"\n",
            vec![],
            vec![("clocks", "now", "")],
        ),
        (
            "time_monotonic",
            "[clocks]\nmode = \"deny\"\n[stdio]\nstderr = \"discard\"\n",
            vec![],
            vec![("clocks", "now", "")],
        ),
        (
            "random_bytes",
            "[random]\nmode = \"deny\"\n",
            vec![],
            vec![("random", "get-random-u64", "")],
        ),
        (
            "p2_config_values",
            "[config]\ninherit = [\"other\"]\nset = { mine = \"1\" }\n",
            vec!["name", "mine", "other"],
            vec![("config", "get", "name")],
        ),
        (
            "p2_config_values",
            "[config]\ninherit = [\"*\"]\nexcept = [\"n*\", \"m*\"]\n",
            vec!["name"],
            vec![("config", "get", "name")],
        ),
        (
            "cli_stdin_lines",
            "[stdio]\nstdin = \"deny\"\n",
            vec![],
            vec![("stdio", "read", "")],
        ),
        (
            "cli_hello",
            "[stdio]\nstdout = \"deny\"\n",
            vec![],
            vec![("stdio", "write", "")],
        ),
    ] {
        expect(program, tables, &arguments, &expected);
    }
}

#[test]
fn variables_are_named_only_if_they_are_withheld() {
    let tables = "[environment]\ninherit = [\"*\"]\nexcept = [\"SECRET\"]\n";
    expect(
        "env_variables",
        tables,
        &[],
        &[("environment", "get-environment", "SECRET")],
    );
    expect(
        "env_variables",
        "[environment]\ninherit = [\"*\"]\n",
        &[],
        &[],
    );
    let set = "[environment]\ninherit = [\"*\"]\nset = { SECRET = \"2\" }\n";
    expect("env_variables", set, &[], &[]);
}

/// Most programs ask for all variables, so a program that succeeds has not missed those that are withheld.
#[test]
fn variables_are_named_in_lines_only_if_the_application_fails() {
    let tables = "[environment]\ninherit = [\"*\"]\nexcept = [\"SECRET\"]\n";
    let printed = Case::new("env_variables", tables, &[]).run(&[]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));

    let printed = Case::new("cli_panic", tables, &[]).run(&[]);
    assert_ne!(printed.status, 0);
    let refused = "refused: environment get-environment `SECRET`; allowed by [environment] with inherit = [\"*\"] and except = []";
    assert!(
        printed.stderr.lines().any(|line| line == refused),
        "{}",
        printed.stderr
    );
}

/// A line for each refusal, which `--quiet` leaves out, behind what the application writes and before the error.
#[test]
fn lines() {
    let tables = format!("{SHOWN}access = \"read-only\"\n[exit]\nmode = \"trap\"\n");
    let case = Case::new(
        "p2_fs_commands",
        &tables,
        &[
            "write /data:f",
            "write /data:f",
            "mkdir /data:\u{1b}[31m\u{202e}d`",
        ],
    );
    let printed = case.run(&[]);
    assert_eq!(
        printed.stderr,
        "refused: filesystem open-at `/data/f` (2 times); allowed by the mount `/data` of [filesystem] with access = \"read-write\"\n\
         refused: filesystem create-directory-at `/data/\\u{1b}[31m\\u{202e}d``; allowed by the mount `/data` of [filesystem] with access = \"read-write\"\n",
        "{}",
        printed.stdout
    );
    let quiet = case.run(&["--quiet"]);
    assert_eq!((quiet.status, quiet.stderr.as_str()), (printed.status, ""));
    assert_eq!(quiet.stdout, printed.stdout);
    let (denials, _) = case.denials();
    assert_eq!(denials[0]["count"], 2);
    assert_eq!(denials[1]["subject"], "/data/\u{1b}[31m\u{202e}d`");

    let case = Case::new("cli_exit_failure", "[exit]\nmode = \"trap\"\n", &[]);
    let printed = case.run(&[]);
    assert_eq!(printed.status, 134);
    let lines: Vec<&str> = printed.stderr.lines().collect();
    let refused = lines
        .iter()
        .position(|line| *line == "refused: exit exit; allowed by [exit] with mode = \"inherit\"");
    let error = lines.iter().position(|line| line.starts_with("error: "));
    assert!(refused.is_some() && refused < error, "{lines:?}");
}

/// A program that is refused a hundred thousand different things fills neither memory nor the terminal.
#[test]
fn many_different_refusals_are_counted() {
    let count = 100_000;
    let commands: Vec<String> = (0..count)
        .map(|number| format!("\"mkdir {number}{}\"", "x".repeat(40)))
        .collect();
    let tables = format!(
        "[arguments]\nset = [\"program\", {}]\n[stdio]\nstdout = \"discard\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\naccess = \"read-only\"\n",
        commands.join(", ")
    );
    let case = Case::new("p2_fs_commands", &tables, &[]);
    let printed = case.run(&[]);
    let lines: Vec<&str> = printed.stderr.lines().collect();
    assert_eq!((printed.status, lines.len()), (0, 51), "{lines:?}");
    assert_eq!(lines[50], "refused: 99950 more calls");
    let (denials, more) = case.denials();
    assert_eq!((denials.len(), more), (1000, 99_000));
}

#[test]
fn a_graph_names_the_component() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let example = |name: &str| text(&repository().join("examples").join(name));
    let policy = "version = 1\nextends = \"deny\"\n[random]\nmode = \"deny\"\n";
    fs::write(directory.path().join("policy.toml"), policy).expect("a policy");
    let graph = format!(
        "version = 1\napplication = \"launcher\"\n\
         [components.launcher]\nsource = {:?}\npolicy = \"deny\"\nimports = {{ \"wasi:cli/run\" = \"dice\" }}\n\
         [components.dice]\nsource = {:?}\npolicy = \"./policy.toml\"\n",
        example("launcher.wat"),
        example("dice.wat"),
    );
    let file = directory.path().join("graph.toml");
    fs::write(&file, graph).expect("a graph");
    let run = |option: &[&str]| {
        let mut command = interpose();
        command.args(["run", "--graph"]).arg(&file).args(option);
        finish(&mut command)
    };
    let printed = run(&[]);
    let expected =
        "refused: `dice`: random get-random-bytes; allowed by [random] with mode = \"inherit\"";
    assert!(
        printed.stderr.lines().any(|line| line == expected),
        "{printed:?}"
    );
    let (denials, _) = of_record(&run(&["--json"]));
    assert_eq!(denials.len(), 1, "{denials:?}");
    assert_eq!(denials[0]["component"], "dice");
    assert_eq!(denials[0]["lines"][0], "mode = \"inherit\"");
}

/// Only compositions for the host of this project tell anybody: others import nothing for it.
#[test]
fn other_compositions_tell_nobody() {
    let application = guest("p2_network_client");
    let policy = policy("version = 1\ndefault = \"inherit\"\n[network]\n");
    let composition = COMPOSER
        .compose(&application, &policy)
        .expect("a composition");
    let own = |component: &[u8]| {
        let imports = imports(component).into_iter();
        imports
            .filter(|name| name.starts_with("wasi-interpose:"))
            .collect::<Vec<_>>()
    };
    assert_eq!(own(&composition.component), [] as [String; 0]);
    assert_eq!(composition.reports, []);
    let form = Form {
        reports: true,
        ..Form::default()
    };
    let composition = COMPOSER
        .compose_as(&application, &policy, form)
        .expect("a composition");
    let reports: Vec<&str> = (composition.reports.iter())
        .map(|report| report.import.as_str())
        .collect();
    assert_eq!(own(&composition.component), reports);
    assert_eq!(reports, ["wasi-interpose:denials/adapter0"]);
}
