//! Says in short lines what a policy's decisions about a capability come to.
//!
//! Values that a policy sets are left out: they may be secret, and their names say enough.

use std::fmt::Display;

use interpose_policy::model::{
    Access, ArgumentList, Clocks, Exit, Filesystem, HostDirectory, Http, Mount, NetworkRules,
    Random, RequestRule, Source, Stdin, Stdout,
};
use interpose_policy::{duration_text, size_text, time_text};

use crate::resolved::{Decisions, Given};
use crate::wasi::Capability;

/// The lines about a capability.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// What the adapters answer by themselves.
    pub(super) inside: Vec<String>,
    /// What is let through to the host.
    pub(super) outside: Vec<String>,
}

impl Rules {
    /// The rules of a capability.
    pub(super) fn of(capability: Capability, decisions: &Decisions) -> Self {
        let mut rules = Self::default();
        match capability {
            Capability::Io | Capability::Interfaces => {}
            Capability::Environment => rules.environment(decisions),
            Capability::Exit => match decisions.exit {
                Exit::Host => rules.let_through("exit"),
                Exit::Trap => rules.keep("exit traps"),
            },
            Capability::Stdio => rules.stdio(decisions),
            Capability::Filesystem => rules.filesystem(&decisions.filesystem),
            Capability::Network => rules.network(&decisions.network),
            Capability::Http => rules.http(&decisions.http),
            Capability::Clocks => rules.clocks(&decisions.clocks),
            Capability::Random => match decisions.random {
                Random::Host => rules.let_through("random numbers"),
                Random::Seeded(seed) => rules.keep(format!("random numbers of the seed {seed}")),
                Random::Deny => rules.keep("random numbers trap"),
            },
            Capability::Config => match &decisions.config {
                Given::Host => rules.let_through("all configuration values"),
                Given::Only(config) => {
                    rules.names(
                        "configuration",
                        &config.inherit,
                        &config.except,
                        &config.set,
                    );
                }
            },
        }
        rules
    }

    fn keep(&mut self, line: impl Into<String>) {
        self.inside.push(line.into());
    }

    fn let_through(&mut self, line: impl Into<String>) {
        self.outside.push(line.into());
    }

    fn environment(&mut self, decisions: &Decisions) {
        match &decisions.arguments {
            Given::Host => self.let_through("all arguments"),
            Given::Only(arguments) => match &arguments.list {
                ArgumentList::None => self.keep("no arguments"),
                ArgumentList::Inherit => self.let_through("all arguments"),
                ArgumentList::Set(list) => self.keep(format!("{} arguments set", list.len())),
            },
        }
        match &decisions.environment {
            Given::Host => self.let_through("all variables"),
            Given::Only(variables) => {
                self.names(
                    "variables",
                    &variables.inherit,
                    &variables.except,
                    &variables.set,
                );
            }
        }
    }

    /// Names that are inherited, and names that are set.
    fn names<P: Display>(
        &mut self,
        what: &str,
        inherit: &[P],
        except: &[P],
        set: &[(String, String)],
    ) {
        if !inherit.is_empty() {
            let except = match except {
                [] => String::new(),
                except => format!(" except {}", listed(except)),
            };
            self.let_through(format!("{what} {}{except}", listed(inherit)));
        }
        if !set.is_empty() {
            let names: Vec<&String> = set.iter().map(|(name, _)| name).collect();
            self.keep(format!("{what} set: {}", listed(&names)));
        }
        if inherit.is_empty() && set.is_empty() {
            self.keep(format!("no {what}"));
        }
    }

    fn stdio(&mut self, decisions: &Decisions) {
        match &decisions.stdin {
            Given::Host | Given::Only(Stdin::Inherit) => self.let_through("stdin"),
            Given::Only(Stdin::Whole) => self.let_through("stdin, as a whole"),
            Given::Only(Stdin::Closed) => self.keep("stdin is empty"),
            Given::Only(Stdin::Deny) => self.keep("stdin is denied"),
            Given::Only(Stdin::Text(_)) => self.keep("stdin is a text of the policy"),
            Given::Only(Stdin::File(file)) => self.keep(format!("stdin is {}", file.display())),
        }
        for (name, output) in [("stdout", &decisions.stdout), ("stderr", &decisions.stderr)] {
            match output {
                Given::Host | Given::Only(Stdout::Inherit) => self.let_through(name),
                Given::Only(Stdout::Prefix(prefix)) => {
                    self.let_through(format!("{name}, each line behind \"{prefix}\""));
                }
                Given::Only(Stdout::Discard) => self.keep(format!("{name} is discarded")),
                Given::Only(Stdout::Deny) => self.keep(format!("{name} is denied")),
            }
        }
    }

    fn filesystem(&mut self, given: &Given<Filesystem>) {
        let Given::Only(filesystem) = given else {
            return self.let_through("all preopens");
        };
        for mount in &filesystem.mounts {
            self.mount(mount);
        }
        if filesystem.inherit {
            self.let_through("all other preopens");
        }
        if let Some(bytes) = filesystem.max_bytes {
            self.keep(format!("at most {} in memory", size_text(bytes)));
        }
        if let Some(entries) = filesystem.max_entries {
            self.keep(format!("at most {entries} entries in memory"));
        }
        if filesystem.mounts.is_empty() && !filesystem.inherit {
            self.keep("no files");
        }
    }

    fn mount(&mut self, mount: &Mount) {
        let access = match mount.access {
            Access::ReadWrite => "",
            Access::ReadOnly => ", read-only",
        };
        let path = &mount.path;
        match &mount.source {
            Source::Memory(memory) => {
                let from = match &memory.from {
                    Some(from) => format!(" with {}", from.display()),
                    None => String::new(),
                };
                self.keep(format!("{path} in memory{from}{access}"));
            }
            Source::Host(host) => {
                self.let_through(format!("{path} is {}{access}", directory(host)));
            }
            Source::Overlay(_, host) => {
                self.keep(format!("changes of {path} in memory"));
                self.let_through(format!("{path} is {}, read-only", directory(host)));
            }
        }
    }

    fn network(&mut self, given: &Given<NetworkRules>) {
        let Given::Only(rules) = given else {
            return self.let_through("all of the network");
        };
        let allowed = self.outside.len();
        self.let_through_each("connect", &rules.connect);
        self.let_through_each("listen", &rules.listen);
        self.let_through_each("look up", &rules.resolve);
        if self.outside.len() == allowed {
            return self.keep("no network");
        }
        self.let_through_each("deny", &rules.deny);
    }

    fn http(&mut self, given: &Given<Http>) {
        let Given::Only(http) = given else {
            return self.let_through("all requests");
        };
        for response in &http.responses {
            self.keep(format!("answer {}", requests(&response.requests)));
        }
        if http.rules.allow.is_empty() {
            return match http.responses.is_empty() {
                true => self.keep("no requests"),
                false => self.keep("no other requests"),
            };
        }
        for (word, rules) in [("allow", &http.rules.allow), ("deny", &http.rules.deny)] {
            for rule in rules {
                self.let_through(format!("{word} {}", requests(rule)));
            }
        }
        let set: Vec<&String> = http.set_headers.iter().map(|(name, _)| name).collect();
        if !set.is_empty() {
            self.keep(format!("headers set: {}", listed(&set)));
        }
        if !http.remove_headers.is_empty() {
            self.keep(format!("headers removed: {}", listed(&http.remove_headers)));
        }
    }

    fn clocks(&mut self, clocks: &Clocks) {
        match clocks {
            Clocks::Host => self.let_through("clocks"),
            Clocks::Virtual { start, .. } => {
                self.keep(format!("virtual time from {}", time_text(*start)))
            }
            Clocks::Frozen { start, .. } => {
                self.keep(format!("time stands at {}", time_text(*start)))
            }
            Clocks::Offset { nanoseconds } => {
                let sign = if *nanoseconds < 0 { "-" } else { "+" };
                let by = duration_text(nanoseconds.unsigned_abs());
                self.let_through(format!("clocks, shifted by {sign}{by}"));
            }
            Clocks::Coarse { resolution } => {
                let steps = duration_text(*resolution);
                self.let_through(format!("clocks, in steps of {steps}"));
            }
            Clocks::Deny => self.keep("clocks trap"),
        }
    }

    fn let_through_each<R: Display>(&mut self, word: &str, rules: &[R]) {
        for rule in rules {
            self.let_through(format!("{word} {rule}"));
        }
    }
}

/// The directory of the host that a mount shows.
fn directory(host: &HostDirectory) -> String {
    let mut text = host.directory.display().to_string();
    if let Some(subtree) = &host.subtree {
        text += &format!(", {subtree} in it");
    }
    if !host.hide.is_empty() {
        text += &format!(" without {}", listed(&host.hide));
    }
    text
}

/// The requests that a rule means.
fn requests(rule: &RequestRule) -> String {
    match &rule.methods {
        None => rule.url.to_string(),
        Some(methods) => format!("{} {}", listed(methods), rule.url),
    }
}

fn listed<T: Display>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}
