//! The commands about policies: messages about several policies, and policies merged with those that they extend.

use std::fs;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::tools::{interpose, run};

use super::{work, write};

#[test]
fn several_policies_and_graphs_are_checked() {
    let work = work();
    let good = write(
        work.path(),
        "good.toml",
        "version = 1\nextends = \"sandbox\"\n",
    );
    let wrong = write(
        work.path(),
        "wrong.toml",
        "version = 1\nextends = \"sandbx\"\n",
    );
    write(work.path(), "a.wat", "(component)");
    let graph = |policy: &str| {
        format!(
            "version = 1\napplication = \"a\"\n[components.a]\nsource = \"a.wat\"\npolicy = {policy}\n"
        )
    };
    let fine = write(work.path(), "graph.toml", graph("\"deny\""));
    let broken = write(
        work.path(),
        "broken.toml",
        graph("{ clocks = { mode = \"none\" } }"),
    );

    let printed = run(&["policy", "check", &good, "deterministic", &fine]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let expected = format!(
        "{good}: the policy is valid\ndeterministic: the policy is valid\n{fine}: the graph is valid\n"
    );
    assert_eq!(printed.stdout, expected);
    let warning = "`a`: the policy denies random";
    assert!(printed.stderr.contains(warning), "{printed:?}");

    // A mistake in one policy does not keep the others from being checked.
    let printed = run(&["policy", "check", &wrong, &good, &broken, "--json"]);
    assert_eq!(printed.status, 2, "{printed:?}");
    let valid: Value = serde_json::from_str(&printed.stdout).expect("an object");
    assert_eq!(valid, json!({ "policy": good, "valid": true }));
    let messages = printed.stderr.lines();
    let messages: Vec<Value> = messages
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let places: Vec<(&Value, &Value)> = messages
        .iter()
        .map(|message| (&message["places"][0]["file"], &message["places"][0]["line"]))
        .collect();
    assert_eq!(
        places,
        [(&json!(wrong), &json!(2)), (&json!(broken), &json!(5))],
        "{printed:?}"
    );
}

#[test]
fn what_a_policy_comes_to_is_a_policy_anywhere() {
    let work = work();
    fs::create_dir_all(work.path().join("conf/files")).expect("directories");
    fs::create_dir(work.path().join("elsewhere")).expect("a directory");
    write(
        &work.path().join("conf"),
        "policy.toml",
        "version = 1\nextends = \"sandbox\"\n[[filesystem.mounts]]\npath = \"/data\"\n\
         source = \"memory\"\nfrom = \"files\"\n",
    );
    let mut command = interpose();
    command.current_dir(work.path());
    command.args(["policy", "show", "--effective", "conf/policy.toml"]);
    let shown = crate::support::tools::finish(&mut command);
    assert_eq!((shown.status, shown.stderr.as_str()), (0, ""));
    assert!(
        shown.stdout.contains("directories = [\"tmp\"]"),
        "{shown:?}"
    );
    let file = write(
        &work.path().join("elsewhere"),
        "effective.toml",
        &shown.stdout,
    );
    let policy = work.path().join("conf/policy.toml");
    let policy = policy.to_str().expect("a path in Unicode");
    let compared = run(&["policy", "diff", policy, &file]);
    assert_eq!(
        (compared.status, compared.stdout.as_str()),
        (0, ""),
        "{compared:?}"
    );
    let checked = run(&["policy", "check", &file]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

#[test]
fn differences_have_the_statuses_of_diff() {
    let compared = run(&["policy", "diff", "deterministic", "no-ambient"]);
    assert_eq!((compared.status, compared.stderr.as_str()), (1, ""));
    for line in [
        "- environment.set.TZ = \"UTC\"\n",
        "- clocks.mode = \"virtual\"\n+ clocks.mode = \"frozen\"\n",
        "- random.seed = 42\n+ random.seed = 0\n",
    ] {
        assert!(compared.stdout.contains(line), "{}", compared.stdout);
    }
    let compared = run(&["policy", "diff", "deterministic", "no-ambient", "--json"]);
    let objects: Vec<Value> = compared
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let seed = json!({ "key": "random.seed", "old": "42", "new": "0" });
    assert!(objects.contains(&seed), "{objects:?}");

    assert_eq!(run(&["policy", "diff", "deny", "deny"]).status, 0);
    let compared = run(&["policy", "diff", "deny", "dny"]);
    assert_eq!((compared.status, compared.stdout.as_str()), (2, ""));
}

/// A script takes 1 for a difference, whatever the machine does.
#[test]
fn a_comparison_that_fails_is_no_difference() {
    let to = |stdout: Stdio, arguments: &[&str]| {
        let mut command = interpose();
        command.args(["policy", "diff"]).args(arguments);
        let child = command.stdout(stdout).stderr(Stdio::piped()).spawn();
        let ended = child
            .and_then(Child::wait_with_output)
            .expect("the command runs");
        (
            ended.status.code(),
            String::from_utf8_lossy(&ended.stderr).into_owned(),
        )
    };
    let full = || fs::File::create("/dev/full").expect("a device").into();
    for arguments in [
        &["deny", "sandbox"] as &[&str],
        &["deny", "sandbox", "--json"],
        &["--help"],
    ] {
        let (status, messages) = to(full(), arguments);
        assert_eq!(status, Some(125), "{arguments:?}: {messages}");
        assert!(
            messages.contains("standard output cannot be written"),
            "{messages}"
        );
    }
    // Whoever has read enough of a difference has still seen one.
    let (reader, unread) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(
        to(unread.into(), &["deny", "sandbox"]),
        (Some(1), String::new())
    );
    assert_eq!(to(Stdio::null(), &["deny"]).0, Some(2));

    let help = run(&["policy", "diff", "--help"]);
    for line in [
        "0    the policies come to the same",
        "1    they differ",
        "2    a bad command line",
        "125  this machine or this tool failed",
    ] {
        assert!(help.stdout.contains(line), "{}", help.stdout);
    }
}
