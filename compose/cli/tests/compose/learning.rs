//! `interpose learn`: what programs need is learnt, and under what was learnt they do the same again. Each learnt policy is
//! in `tests/cases/learn`; with `BLESS` set, the suite writes it there.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use wasi_interpose::policy::Policy;
use wasi_interpose::policy::model::{Access, Source};

use crate::peers::http_server;
use crate::support::cases::blesses;
use crate::support::guests::{Target, binary, repository};
use crate::support::tools::{Printed, finish, interpose, text};
use crate::support::transcript::differences;

/// The files of most cases.
const FILES: &[(&str, &str)] = &[("a.txt", "one"), ("d/b.txt", "two"), ("d/e/c.txt", "three")];

/// A program that is learnt from.
struct Case {
    /// The name of the learnt policy.
    name: &'static str,
    program: &'static str,
    target: Target,
    arguments: Vec<String>,
    /// The files that there are at the beginning.
    files: &'static [(&'static str, &'static str)],
    /// The options that `learn` and the first run have beside `--dir files::/`.
    options: &'static [&'static str],
    /// What stands in the learnt policy in place of what differs from run to run.
    shown: Vec<(String, &'static str)>,
}

impl Case {
    fn new(name: &'static str, program: &'static str, arguments: &[&str]) -> Self {
        Self {
            name,
            program,
            target: Target::Wasip2,
            arguments: arguments
                .iter()
                .map(|&argument| argument.to_owned())
                .collect(),
            files: FILES,
            options: &[],
            shown: Vec::new(),
        }
    }

    /// Learns, runs under what was learnt and without a policy, learns once more under what was learnt, and compares.
    fn check(&self) -> Policy {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let directory = directory.path();
        let wasm = binary(self.program, self.target);
        fs::write(directory.join("app.wasm"), wasm).expect("the program is written");
        let base = [&["--dir", "files::/"], self.options].concat();
        let before = self.run(
            directory,
            &[&["run", "-p", "inherit"], &*base].concat(),
            false,
        );
        let learn = [&["learn", "app.wasm", "-o", "policy.toml"], &*base].concat();
        let learnt = self.run(directory, &learn, true);
        assert_eq!(learnt.status, 0, "{}: {}", self.name, learnt.stderr);
        assert_eq!(learnt.stdout, before.stdout, "{}", self.name);
        let policy = fs::read_to_string(directory.join("policy.toml")).expect("a policy");
        self.compare(&policy);

        let after = self.run(directory, &["run", "-p", "policy.toml"], false);
        assert_eq!(
            after.status, before.status,
            "{}: {}\n{policy}",
            self.name, after.stderr
        );
        let differences = differences(&before.stdout, &after.stdout);
        assert!(
            differences.is_empty(),
            "{}:\n{differences}\n{policy}",
            self.name
        );

        // Under what was learnt, the same is learnt: nothing was refused, and nothing is left that was not used.
        let again = ["learn", "app.wasm", "-p", "policy.toml", "-o", "again.toml"];
        let printed = self.run(directory, &again, true);
        assert_eq!(printed.status, 0, "{}: {}", self.name, printed.stderr);
        let again = fs::read_to_string(directory.join("again.toml")).expect("a policy");
        let parse = |text: &str| {
            Policy::parse("policy.toml", text, Some(directory)).expect("a valid policy")
        };
        let (learnt, again) = (parse(&policy), parse(&again));
        assert_eq!(
            learnt.differences(&again).expect("policies"),
            [],
            "{}",
            self.name
        );
        learnt
    }

    /// Runs a command in the directory, with the files as they are at the beginning.
    fn run(&self, directory: &Path, command: &[&str], separated: bool) -> Printed {
        let files = directory.join("files");
        let _ = fs::remove_dir_all(&files);
        fs::create_dir(&files).expect("a directory");
        for (name, contents) in self.files {
            let file = files.join(name);
            fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
            fs::write(file, contents).expect("a file");
        }
        let mut line = interpose();
        let kept: Vec<_> = ["XDG_CACHE_HOME", "HOME"]
            .into_iter()
            .map(|name| {
                let value = line.get_envs().find(|(own, _)| *own == name);
                (
                    name,
                    value
                        .and_then(|(_, value)| value)
                        .expect("a value")
                        .to_owned(),
                )
            })
            .collect();
        line.env_clear().envs(kept).env("LANG", "C");
        line.current_dir(directory).args(command);
        match separated {
            true => line.arg("--"),
            false => line.arg("app.wasm"),
        };
        let input = directory.join("input.txt");
        fs::write(&input, "typed\n").expect("the input");
        let input = fs::File::open(input).expect("the input");
        finish(line.args(&self.arguments).stdin(Stdio::from(input)))
    }

    /// Compares a learnt policy with the one that is kept.
    fn compare(&self, policy: &str) {
        let mut policy = policy.to_owned();
        for (found, shown) in &self.shown {
            policy = policy.replace(found, shown);
        }
        let path = repository()
            .join("tests/cases/learn")
            .join(format!("{}.toml", self.name));
        if blesses() {
            return fs::write(path, policy).expect("the case is written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let differences = differences(&expected, &policy);
        assert!(
            differences.is_empty(),
            "BLESS=1 accepts this:\n{differences}"
        );
    }
}

fn only_mount(policy: &Policy) -> (Access, &Source) {
    let mounts = &policy.filesystem.as_ref().expect("a filesystem").mounts;
    let [mount] = mounts.as_slice() else {
        panic!("{mounts:?}");
    };
    (mount.access, &mount.source)
}

#[test]
fn few_files_that_are_read_are_named() {
    let policy = Case::new(
        "few-files",
        "p2_fs_commands",
        &["read d/b.txt", "read d/b.txt", "read none", "read d/none"],
    )
    .check();
    let (access, source) = only_mount(&policy);
    assert_eq!(access, Access::ReadOnly);
    let include = &source.memory().expect("files in memory").include;
    assert_eq!(
        include.iter().map(|glob| glob.as_str()).collect::<Vec<_>>(),
        ["d/b.txt"]
    );
    assert!(policy.clocks.is_none() && policy.random.is_none() && policy.network.is_none());
}

#[test]
fn a_listed_directory_is_shown_as_a_whole() {
    let policy = Case::new("listing", "p2_fs_commands", &["list d", "read a.txt"]).check();
    // The program opens the directory so that it could change it, which a read-only mount refuses.
    let (access, source) = only_mount(&policy);
    assert_eq!(access, Access::ReadWrite);
    assert!(matches!(source, Source::Host(_)), "{source:?}");
}

#[test]
fn what_is_changed_is_read_write() {
    for (name, commands) in [
        ("write", &["write new", "read a.txt"][..]),
        ("rename", &["rename a.txt d/a.txt", "read d/a.txt"]),
        ("remove", &["unlink a.txt", "mkdir made", "rmdir made"]),
        ("times", &["touch a.txt"]),
        ("fails", &["mkdir d"]),
    ] {
        let policy = Case::new(name, "p2_fs_commands", commands).check();
        assert_eq!(only_mount(&policy).0, Access::ReadWrite, "{name}");
    }
}

#[test]
fn links_and_parents_need_the_directory_itself() {
    let policy = Case::new(
        "parents",
        "p2_fs_commands",
        &["read d/../a.txt", "stat d", "read /etc/passwd"],
    )
    .check();
    assert!(matches!(only_mount(&policy).1, Source::Host(_)));
}

#[test]
fn programs_that_use_files() {
    for (program, core) in [
        ("fs_copy", "fs_copy.core"),
        ("fs_dotdot", "fs_dotdot.core"),
        ("fs_read_dir", "fs_read_dir.core"),
        ("fs_rename_directory", "fs_rename_directory.core"),
        ("fs_small_writes", "fs_small_writes.core"),
        ("fs_exists", "fs_exists.core"),
    ] {
        for target in Target::ALL {
            let case = Case {
                files: &[],
                target,
                name: match target {
                    Target::Wasip1 => core,
                    Target::Wasip2 => program,
                },
                ..Case::new(program, program, &[])
            };
            assert_eq!(only_mount(&case.check()).0, Access::ReadWrite, "{program}");
        }
    }
}

#[test]
fn programs_that_use_no_files() {
    let policy = Case::new("arguments", "env_arguments", &["a", "-b", "--"]).check();
    assert!(policy.filesystem.is_none() && policy.arguments.is_some());
    let variables = Case {
        options: &["--env", "OWN=x"],
        ..Case::new("variables", "env_variables", &[])
    };
    let policy = variables.check();
    let environment = policy.environment.expect("variables");
    assert_eq!(environment.set, [("OWN".to_owned(), "x".to_owned())]);
    assert!(
        environment
            .inherit
            .iter()
            .any(|name| name.as_str() == "LANG")
    );
    let policy = Case::new("time", "time_system", &[]).check();
    assert!(policy.clocks.is_some());
    let seeded = Case {
        options: &["--seed", "7"],
        ..Case::new("random", "random_print", &[])
    };
    assert!(seeded.check().random.is_some());
    let policy = Case::new("exit", "cli_exit_code", &[]).check();
    assert!(policy.exit.is_some() && policy.stdio.stdin.is_none());
    let policy = Case::new("input", "cli_echo", &[]).check();
    assert!(policy.stdio.stdin.is_some() && policy.stdio.stdout.is_some());
}

#[test]
fn an_http_client_gets_its_urls_and_methods() {
    let (server, _requests) = http_server();
    let request = |method: &str, path: &str| format!("{method} http {server} {path}");
    let case = Case {
        arguments: vec![
            request("GET", "/v1/x?q=1"),
            request("GET", "/v1/x?q=2"),
            request("POST", "/v1/x"),
            request("GET", "/other/*"),
        ],
        shown: vec![(server.to_string(), "SERVER")],
        ..Case::new("http", "p2_http_client", &[])
    };
    let http = case.check().http.expect("requests");
    assert_eq!(http.rules.allow.len(), 2, "{:?}", http.rules);
}

#[test]
fn sockets_get_their_addresses() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let server = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            crate::peers::close(stream);
        }
    });
    let case = Case {
        arguments: vec![
            format!("tcp {server} hello"),
            "bind tcp 127.0.0.1:0".into(),
            "bind udp 127.0.0.1:0".into(),
            "resolve 127.0.0.1".into(),
            "resolve a.b<&>".into(),
        ],
        shown: vec![(server.to_string(), "SERVER")],
        ..Case::new("sockets", "p2_network_client", &[])
    };
    let network = case.check().network.expect("a network");
    assert_eq!(network.rules.connect.len(), 1, "{:?}", network.rules);
    assert_eq!(network.rules.listen.len(), 2, "{:?}", network.rules);
    // A name that this machine knows by itself.
    let named = Case::new(
        "lookup",
        "p2_network_client",
        &["resolve localhost", "resolve 192.0.2.7"],
    )
    .check();
    let network = named.network.expect("a network");
    assert_eq!(network.rules.resolve.len(), 1, "{:?}", network.rules);
}

/// Runs `interpose learn` with the program `p2_fs_commands` in a directory with a file `a.txt`.
fn learn(directory: &Path, options: &[&str], commands: &[&str]) -> Printed {
    let wasm = binary("p2_fs_commands", Target::Wasip2);
    fs::write(directory.join("app.wasm"), wasm).expect("the program is written");
    let files = directory.join("files");
    fs::create_dir_all(&files).expect("a directory");
    fs::write(files.join("a.txt"), "one").expect("a file");
    let mut line = interpose();
    line.current_dir(directory).args([
        "learn",
        "app.wasm",
        "--dir",
        "files::/",
        "-o",
        "policy.toml",
    ]);
    finish(line.args(options).arg("--").args(commands))
}

#[test]
fn a_learnt_policy_is_verified() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path();
    let printed = learn(directory, &["--verify"], &["read a.txt", "write b.txt"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    // The output of the second run is not shown.
    assert_eq!(
        printed.stdout.matches("read a.txt").count(),
        1,
        "{}",
        printed.stdout
    );
}

#[test]
fn a_policy_is_widened_where_it_stands() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path();
    let before = "# Ours.\nversion = 1\n\n[random] # for keys\nmode = \"seeded\"\nseed = 7 # odd\n\n\
                  [[filesystem.mounts]]\npath = \"/\" # all of it\nsource = \"host\"\nhost = \"files\"\npreopen = \"/\"\naccess = \"read-only\" # for now\n\n\
                  [limits]\ntimeout = \"60s\"\n";
    fs::write(directory.join("base.toml"), before).expect("a policy");
    let printed = learn(
        directory,
        &["--merge", "base.toml", "--verify"],
        &["read a.txt", "write b.txt"],
    );
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let after = fs::read_to_string(directory.join("policy.toml")).expect("a policy");
    let kept = before.replace("\"read-only\"", "\"read-write\"");
    assert!(after.starts_with(&kept), "{after}");
    assert!(
        after.contains("[arguments]") && after.contains("[stdio]"),
        "{after}"
    );
    // Once more changes nothing.
    let printed = learn(
        directory,
        &["--merge", "policy.toml"],
        &["read a.txt", "write b.txt"],
    );
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    assert_eq!(
        fs::read_to_string(directory.join("policy.toml")).expect("a policy"),
        after
    );
}

#[test]
fn what_cannot_be_learnt_is_said() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path();
    let printed = learn(directory, &["--merge", "none.toml"], &[]);
    assert_eq!(printed.status, 2, "{}", printed.stderr);
    assert!(
        printed.stderr.contains("policy::not-found"),
        "{}",
        printed.stderr
    );
    let printed = learn(directory, &["--json"], &["read a.txt"]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    fs::write(
        directory.join("trap.wat"),
        "(module (func (export \"_start\") unreachable))",
    )
    .expect("a module");
    let mut line = interpose();
    line.current_dir(directory)
        .args(["learn", "trap.wat", "-o", "none.toml"]);
    let printed = finish(&mut line);
    assert_eq!(printed.status, 134, "{}", printed.stderr);
    assert!(
        printed.stderr.contains("nothing was learnt"),
        "{}",
        printed.stderr
    );
    assert!(!directory.join("none.toml").exists());
    // Another exit status under what was learnt.
    let mut line = interpose();
    let wasm = text(&directory.join("app.wasm"));
    fs::write(&wasm, binary("fs_copy", Target::Wasip2)).expect("the program is written");
    line.current_dir(directory).args([
        "learn",
        &wasm,
        "--dir",
        "files::/",
        "-o",
        "policy.toml",
        "--verify",
    ]);
    let printed = finish(&mut line);
    assert_eq!(printed.status, 3, "{} {}", printed.stdout, printed.stderr);
    assert!(
        printed.stderr.contains("exited with status"),
        "{}",
        printed.stderr
    );
}
