//! Narrows a policy to what an application used.

mod files;
mod peers;

use std::collections::BTreeMap;

use interpose_policy::InterfacePattern;
use interpose_policy::model::{
    ArgumentList, Arguments, Clocks, Config, Environment, Exit, Fallback, Interfaces, NamePattern,
    Policy, Random, Source, Stdin, Stdio, Stdout,
};

use crate::disk::Disk;
use crate::uses::{Count, Uses};
pub(crate) use peers::{NOBODYS_ADDRESS, NOBODYS_PORT};

/// The smallest policy that lets an application do again what it did under `base`: each table of `base` is left out, or
/// narrowed to what was used. What was used and inherited is inherited by name.
///
/// `interfaces` are those that no table decides about and that the application needs.
pub fn narrow(
    base: &Policy,
    uses: &Uses,
    interfaces: &[InterfacePattern],
    disk: &dyn Disk,
) -> Policy {
    let filesystem = files::filesystem(base, uses, disk);
    // The times of files in memory are those of the policy's clock.
    let needs_times = filesystem
        .iter()
        .flat_map(|table| &table.mounts)
        .any(|mount| {
            let files = uses.preopens.get(&mount.path);
            let shows_times = files.is_some_and(|files| files.times > 0 && files.changed() > 0);
            shows_times && !matches!(mount.source, Source::Host(_))
        });
    let inherits = base.default == Fallback::Inherit;
    Policy {
        default: Fallback::Deny,
        arguments: arguments(base, uses),
        environment: environment(base, uses),
        stdio: stdio(base, uses),
        network: peers::network(base, uses),
        http: peers::http(base, uses),
        clocks: match uses.clocks > 0 || needs_times {
            true => base.clocks.or(inherits.then_some(Clocks::Host)),
            false => None,
        },
        random: match uses.random > 0 || reads_random_device(filesystem.as_ref(), uses) {
            true => base.random.or(inherits.then_some(Random::Host)),
            false => None,
        },
        exit: match uses.exit > 0 {
            true => base.exit.or(inherits.then_some(Exit::Host)),
            false => None,
        },
        config: config(base, uses),
        interfaces: (!interfaces.is_empty()).then(|| Interfaces {
            allow: interfaces.to_vec(),
        }),
        limits: base.limits.clone(),
        filesystem,
        ..Policy::default()
    }
}

/// Whether the application opened the device for random numbers of a mount in memory.
fn reads_random_device(
    filesystem: Option<&interpose_policy::model::Filesystem>,
    uses: &Uses,
) -> bool {
    let mounts = filesystem.into_iter().flat_map(|table| &table.mounts);
    let mut with_devices = mounts.filter(|mount| {
        let memory = mount.source.memory();
        memory.is_some_and(|memory| memory.devices)
    });
    with_devices.any(|mount| {
        let files = uses.preopens.get(&mount.path);
        let is_device = |path: &&String| path.rsplit('/').next() == Some("urandom");
        files.is_some_and(|files| {
            files
                .reads
                .keys()
                .chain(files.changes.keys())
                .any(|path| is_device(&path))
        })
    })
}

fn arguments(base: &Policy, uses: &Uses) -> Option<Arguments> {
    let given = match (&base.arguments, base.default) {
        (Some(arguments), _) => arguments.clone(),
        (None, Fallback::Inherit) => Arguments {
            list: ArgumentList::Inherit,
            cwd: None,
        },
        (None, _) => return None,
    };
    let arguments = Arguments {
        list: match uses.arguments > 0 {
            true => given.list,
            false => ArgumentList::None,
        },
        cwd: uses.cwd.clone(),
    };
    (arguments != Arguments::default()).then_some(arguments)
}

/// The patterns that are these names.
fn patterns<'a>(names: impl Iterator<Item = &'a String>) -> Vec<NamePattern> {
    // A name with `=` cannot be a variable of the host.
    names
        .filter_map(|name| NamePattern::parse(name).ok())
        .collect()
}

/// Which of the names are set, and which are inherited.
fn split(
    set: &[(String, String)],
    used: &BTreeMap<String, Count>,
) -> (Vec<(String, String)>, Vec<NamePattern>) {
    let kept = set.iter().filter(|(name, _)| used.contains_key(name));
    let is_set = |name: &&String| set.iter().any(|(own, _)| own == *name);
    let inherited = used.keys().filter(|name| !is_set(name));
    (kept.cloned().collect(), patterns(inherited))
}

fn environment(base: &Policy, uses: &Uses) -> Option<Environment> {
    let set = base.environment.as_ref().map(|table| &*table.set);
    if uses.variables.is_empty() || set.is_none() && base.default != Fallback::Inherit {
        return None;
    }
    let (set, inherit) = split(set.unwrap_or_default(), &uses.variables);
    Some(Environment {
        inherit,
        set,
        ..Environment::default()
    })
}

fn config(base: &Policy, uses: &Uses) -> Option<Config> {
    let set = base.config.as_ref().map(|table| &*table.set);
    if uses.config.is_empty() || set.is_none() && base.default != Fallback::Inherit {
        return None;
    }
    let (set, inherit) = split(set.unwrap_or_default(), &uses.config);
    Some(Config {
        set,
        inherit,
        ..Config::default()
    })
}

fn stdio(base: &Policy, uses: &Uses) -> Stdio {
    let inherits = base.default == Fallback::Inherit;
    let output = |count: Count, given: &Option<Stdout>| match count > 0 {
        true => given.clone().or(inherits.then_some(Stdout::Inherit)),
        false => None,
    };
    let stdin = base.stdio.stdin.clone();
    let stdin = stdin.or(inherits.then_some(Stdin::Inherit));
    let streams = Stdio {
        stdin: stdin.filter(|_| uses.stdin > 0),
        stdout: output(uses.stdout, &base.stdio.stdout),
        stderr: output(uses.stderr, &base.stdio.stderr),
        terminals: None,
    };
    let is_used = streams != Stdio::default();
    Stdio {
        terminals: base.stdio.terminals.filter(|_| is_used),
        ..streams
    }
}
