//! Every policy can be written as one file that has the same meaning.

use std::fs;
use std::path::Path;

use interpose_policy::model::{Limit, Limits};
use interpose_policy::{Difference, Policy};

/// The built-in policies and the valid cases of the test suite, each with its name.
fn policies() -> Vec<(String, Policy)> {
    let builtins = Policy::builtins().iter().map(|builtin| {
        let policy = Policy::load(builtin.name).unwrap();
        (builtin.name.to_owned(), policy)
    });
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy");
    let cases = fs::read_dir(directory).unwrap().filter_map(|entry| {
        let case = entry.unwrap().path();
        let source = fs::read_to_string(case.join("policy.toml")).unwrap();
        let policy = Policy::parse("policy.toml", &source, Some(&case)).ok()?;
        Some((case.file_name()?.to_string_lossy().into_owned(), policy))
    });
    builtins.chain(cases).collect()
}

fn parse(source: &str) -> Policy {
    Policy::parse("policy.toml", source, None)
        .unwrap_or_else(|errors| panic!("{:#?}\n{source}", errors.problems))
}

/// Gives limits the places of other limits.
fn take_places(limits: Option<&mut Limits>, others: Option<&Limits>) {
    fn take<T>(limit: &mut Option<Limit<T>>, other: &Option<Limit<T>>) {
        if let (Some(limit), Some(other)) = (limit, other) {
            limit.place.clone_from(&other.place);
        }
    }
    if let (Some(limits), Some(others)) = (limits, others) {
        take(&mut limits.timeout, &others.timeout);
        take(&mut limits.max_memory, &others.max_memory);
        take(&mut limits.fuel, &others.fuel);
    }
}

#[test]
fn what_a_policy_comes_to_is_a_policy_that_means_the_same() {
    let policies = policies();
    assert!(policies.len() > 15, "{} policies", policies.len());
    for (name, policy) in policies {
        let written = policy.to_toml().unwrap();
        let mut read = parse(&written);
        // `policy` comes from a file and `read` from a text; `read` names only the paths that are in use.
        read.files.clone_from(&policy.files);
        read.paths.clone_from(&policy.paths);
        // Messages name the place where a limit was set.
        take_places(read.limits.as_mut(), policy.limits.as_ref());
        assert_eq!(read, policy, "{name}:\n{written}");
        assert_eq!(read.to_toml().unwrap(), written, "{name}");
        assert_eq!(policy.differences(&read).unwrap(), [], "{name}");
    }
}

#[test]
fn a_policy_that_extends_another_is_written_whole() {
    let policy = parse(
        "version = 1\nextends = \"deterministic\"\ndescription = \"With data.\"\n\
         [environment]\nset = { APP = \"a \\\"b\\\"\\n\", TZ = \"CET\" }\n\
         [random]\nseed = 18_446_744_073_709_551_615\n\
         [[filesystem.mounts]]\npath = \"/data\"\nsource = \"host\"\nhost = \"/srv\"\nhide = [\"*.key\"]\n",
    );
    let expected = r#"version = 1
description = "With data."
default = "deny"

[arguments]
inherit = true
cwd = "/"

[environment]
inherit = []

[environment.set]
LANG = "C.UTF-8"
TZ = "CET"
APP = "a \"b\"\n"

[stdio]
stdin = "whole"
stdout = "inherit"
stderr = "inherit"
terminals = false

[[filesystem.mounts]]
path = "/"
source = "memory"
access = "read-write"
directories = ["tmp"]
devices = true

[[filesystem.mounts]]
path = "/data"
source = "host"
access = "read-write"
host = "/srv"
hide = ["*.key"]

[clocks]
mode = "virtual"
start = 2026-01-01T00:00:00Z
tick = "1us"

[random]
mode = "seeded"
seed = 18446744073709551615

[exit]
mode = "inherit"
"#;
    assert_eq!(policy.to_toml().unwrap(), expected);
}

#[test]
fn differences_are_named_key_by_key() {
    let old = parse(
        "version = 1\ndescription = \"Old.\"\n[clocks]\nmode = \"frozen\"\n\
         [[filesystem.mounts]]\npath = \"/a b\"\nsource = \"memory\"\n",
    );
    let new = parse(
        "version = 1\ndefault = \"error\"\n[clocks]\nmode = \"virtual\"\ntick = 0\n[network]\n\
         [[filesystem.mounts]]\npath = \"/a b\"\nsource = \"memory\"\naccess = \"read-only\"\n",
    );
    let difference = |key: &str, old: Option<&str>, new: Option<&str>| Difference {
        key: key.into(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let expected = [
        difference("default", Some("\"deny\""), Some("\"error\"")),
        difference(
            "filesystem.mounts.\"/a b\".access",
            Some("\"read-write\""),
            Some("\"read-only\""),
        ),
        difference("clocks.mode", Some("\"frozen\""), Some("\"virtual\"")),
        difference("network.connect", None, Some("[]")),
    ];
    assert_eq!(old.differences(&new).unwrap(), expected);
    let same = parse(
        "version = 1\n[clocks]\nmode = \"frozen\"\nstart = 1970-01-01T01:00:00+01:00\n\
         [[filesystem.mounts]]\nsource = \"memory\"\npath = \"/a b\"\n",
    );
    assert_eq!(old.differences(&same).unwrap(), []);
}
