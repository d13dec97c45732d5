//! Widens a policy by what was learnt, and leaves all else in its file as it is: comments, order, other keys.

use std::path::Path;

use interpose_policy::model::{
    Access, ArgumentList, Clocks, Exit, Fallback, Host, Mount, Random, SocketRule, Source, Stdin,
    Stdout,
};
use interpose_policy::{EffectiveError, InterfacePattern, Policy, PolicyErrors};
use interpose_rules::{HostPattern, NetworkMatcher, Ports};
use miette::Diagnostic;
use thiserror::Error;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::judge::{inherits_files, missing, sees_value, sees_variable};
use crate::narrow::NOBODYS_ADDRESS;
use crate::write::Learnt;

/// Why a policy could not be widened.
#[derive(Debug, Error, Diagnostic)]
pub enum MergeError {
    /// A path cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Path(#[from] EffectiveError),
    /// A table of the policy is written as something else than a table.
    #[error("`{key}` cannot be widened where it is written like this")]
    #[diagnostic(
        code("learn::merge-form"),
        help("write it as a table of its own: `[{key}]`")
    )]
    Form {
        /// The table.
        key: String,
    },
    /// The widened policy is no valid policy.
    #[error("the widened policy would contradict itself")]
    #[diagnostic(
        code("learn::merge-contradiction"),
        help("change what the policy denies or sets, or learn a policy of its own")
    )]
    Contradiction(#[related] Vec<interpose_policy::PolicyError>),
    /// The policy refuses something on purpose.
    #[error("the widened policy would still refuse {}", what.join(", "))]
    #[diagnostic(
        code("learn::merge-refused"),
        help(
            "the policy denies it by a rule, or gives something else in its place: change that by hand"
        )
    )]
    Refused {
        /// What it refuses, each as part of a sentence.
        what: Vec<String>,
    },
}

/// Widens the policy that `source` is, and that comes to `existing`, so that it allows what was learnt. Messages call it
/// `name`.
///
/// # Errors
/// [`MergeError`].
pub fn widen(
    name: &str,
    source: &str,
    existing: &Policy,
    learnt: &Learnt<'_>,
) -> Result<String, MergeError> {
    // `existing` was read from it, so it is TOML.
    let document: DocumentMut = source.parse().unwrap_or_default();
    let mut merge = Merge {
        document,
        existing,
        effective: existing.to_toml()?.parse().unwrap_or_default(),
        policy: learnt.policy,
        learnt: learnt.document()?,
    };
    merge.widen()?;
    let widened = merge.document.to_string();
    let directory = learnt.directory.or(Path::new(name).parent());
    let policy = Policy::parse(name, &widened, directory)
        .map_err(|PolicyErrors { problems }| MergeError::Contradiction(problems))?;
    match missing(&policy, learnt.uses) {
        what if what.is_empty() => Ok(widened),
        what => Err(MergeError::Refused { what }),
    }
}

struct Merge<'a> {
    /// The file that is changed.
    document: DocumentMut,
    /// What it comes to.
    existing: &'a Policy,
    /// The same as a file.
    effective: DocumentMut,
    /// What was learnt.
    policy: &'a Policy,
    /// The same as a file with comments.
    learnt: DocumentMut,
}

impl Merge<'_> {
    fn widen(&mut self) -> Result<(), MergeError> {
        let inherits = self.existing.default == Fallback::Inherit;
        self.arguments(inherits)?;
        self.names("environment", inherits, |policy, name| {
            sees_variable(policy, name)
        })?;
        self.names("config", inherits, sees_value)?;
        self.stdio(inherits)?;
        self.files(inherits)?;
        self.network(inherits)?;
        self.http(inherits)?;
        self.modes(inherits)?;
        self.interfaces(inherits)
    }

    /// The table of this name in the file, which is made if it is missing. `None` if the whole table that was learnt has
    /// been put there, because the policy has none.
    fn table(
        &mut self,
        key: &str,
        is_there: bool,
    ) -> Result<Option<&mut dyn TableLike>, MergeError> {
        if !is_there && !self.document.contains_key(key) {
            if let Some(learnt) = self.learnt.get(key) {
                self.append(key, learnt.clone());
            }
            return Ok(None);
        }
        if !self.document.contains_key(key) {
            self.append(key, Item::Table(Table::new()));
        }
        let table = self.document.get_mut(key).and_then(Item::as_table_like_mut);
        table
            .map(Some)
            .ok_or_else(|| MergeError::Form { key: key.into() })
    }

    /// Puts a table behind all others.
    fn append(&mut self, key: &str, mut item: Item) {
        let last = positions(self.document.as_table()).max().unwrap_or(0);
        if let Item::Table(table) = &mut item {
            place(table, last + 1);
        }
        self.document.insert(key, item);
    }

    fn arguments(&mut self, inherits: bool) -> Result<(), MergeError> {
        let Some(learnt) = &self.policy.arguments else {
            return Ok(());
        };
        let given = self.existing.arguments.as_ref();
        let has = match given {
            Some(arguments) => arguments.list != ArgumentList::None,
            None => inherits,
        };
        if has || learnt.list == ArgumentList::None {
            return Ok(());
        }
        let list = self.learnt["arguments"].clone();
        if let Some(table) = self.table("arguments", given.is_some())? {
            table.remove("inherit");
            table.remove("set");
            for key in ["inherit", "set"] {
                if let Some(value) = list.get(key) {
                    table.insert(key, value.clone());
                }
            }
        }
        Ok(())
    }

    /// `[environment]` and `[config]`: adds names to `inherit`, and to `set` what was set.
    fn names(
        &mut self,
        key: &str,
        inherits: bool,
        sees: fn(&Policy, &str) -> bool,
    ) -> Result<(), MergeError> {
        let has_table = self.effective.contains_key(key);
        let Some(learnt) = self.learnt.get(key).cloned() else {
            return Ok(());
        };
        if inherits && !has_table {
            return Ok(());
        }
        let existing = self.existing;
        let is_new = |value: &Value| value.as_str().is_some_and(|name| !sees(existing, name));
        self.add(key, "inherit", has_table, is_new)?;
        let set = learnt.get("set").and_then(Item::as_table_like);
        let set = set.into_iter().flat_map(TableLike::iter);
        let set: Vec<(String, Item)> = set
            .filter(|(name, _)| !sees(existing, name))
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        if !set.is_empty()
            && has_table
            && let Some(table) = self.table(key, true)?
        {
            let item = table.entry("set").or_insert(Item::Table(Table::new()));
            let form = || MergeError::Form {
                key: format!("{key}.set"),
            };
            let values = item.as_table_like_mut().ok_or_else(form)?;
            for (name, value) in set {
                values.insert(&name, value);
            }
        }
        Ok(())
    }

    /// Adds to a list those learnt elements for which `is_new`.
    fn add(
        &mut self,
        key: &str,
        list: &str,
        has_table: bool,
        is_new: impl Fn(&Value) -> bool,
    ) -> Result<(), MergeError> {
        let learnt = self.learnt.get(key).and_then(|table| table.get(list));
        let learnt = learnt.and_then(Item::as_array).cloned().unwrap_or_default();
        let new: Vec<Value> = learnt
            .iter()
            .filter(|value| is_new(value))
            .cloned()
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let given = self.effective.get(key).and_then(|table| table.get(list));
        let given = given.and_then(Item::as_array).cloned().unwrap_or_default();
        if let Some(table) = self.table(key, has_table)? {
            // A list of this file replaces the one of the policy that it extends.
            let item = table
                .entry(list)
                .or_insert(Item::Value(Value::Array(given)));
            let form = || MergeError::Form {
                key: format!("{key}.{list}"),
            };
            push(item.as_array_mut().ok_or_else(form)?, new);
        }
        Ok(())
    }

    fn stdio(&mut self, inherits: bool) -> Result<(), MergeError> {
        let (given, wanted) = (&self.existing.stdio, &self.policy.stdio);
        let reads = match &given.stdin {
            Some(stdin) => !matches!(stdin, Stdin::Closed | Stdin::Deny),
            None => inherits,
        };
        let writes = |stdout: &Option<Stdout>| match stdout {
            Some(stdout) => !matches!(stdout, Stdout::Discard | Stdout::Deny),
            None => inherits,
        };
        let keys = [
            ("stdin", wanted.stdin.is_some() && !reads),
            ("stdout", wanted.stdout.is_some() && !writes(&given.stdout)),
            ("stderr", wanted.stderr.is_some() && !writes(&given.stderr)),
        ];
        let has_table = self.effective.contains_key("stdio");
        for (key, is_new) in keys {
            let learnt = self.learnt.get("stdio").and_then(|table| table.get(key));
            let Some(value) = learnt.filter(|_| is_new).cloned() else {
                continue;
            };
            if let Some(table) = self.table("stdio", has_table)? {
                put(table, key, value);
            }
        }
        Ok(())
    }

    fn files(&mut self, inherits: bool) -> Result<(), MergeError> {
        let Some(learnt) = &self.policy.filesystem else {
            return Ok(());
        };
        let given = self.existing.filesystem.as_ref();
        // A table would take away what is inherited.
        if given.is_none() && inherits {
            return Ok(());
        }
        let mounts = given
            .map(|table| table.mounts.as_slice())
            .unwrap_or_default();
        for mount in &learnt.mounts {
            match mounts.iter().find(|own| own.path == mount.path) {
                None => self.add_mount(&mount.path)?,
                Some(own) => self.widen_mount(own, mount)?,
            }
        }
        if learnt.inherit && !inherits_files(self.existing) {
            let has_table = given.is_some();
            if let Some(table) = self.table("filesystem", has_table)? {
                table.insert("inherit", toml_edit::value(true));
            }
        }
        Ok(())
    }

    /// A learnt mount as it is written.
    fn learnt_mount(&self, path: &str) -> Option<Table> {
        mount_of(&self.learnt, path).cloned()
    }

    fn add_mount(&mut self, path: &str) -> Result<(), MergeError> {
        let Some(mount) = self.learnt_mount(path) else {
            return Ok(());
        };
        self.put_mount(mount)
    }

    /// Puts a mount behind the others.
    fn put_mount(&mut self, mut mount: Table) -> Result<(), MergeError> {
        let last = positions(self.document.as_table()).max().unwrap_or(0);
        if !self.document.contains_key("filesystem") {
            let mut table = Table::new();
            table.set_implicit(true);
            self.document.insert("filesystem", Item::Table(table));
        }
        let form = || MergeError::Form {
            key: "filesystem.mounts".into(),
        };
        let table = self
            .document
            .get_mut("filesystem")
            .and_then(Item::as_table_like_mut);
        let table = table.ok_or_else(form)?;
        let mounts = table
            .entry("mounts")
            .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        match mounts {
            Item::ArrayOfTables(mounts) => {
                // Behind the last of them, where a reader looks for it, or behind everything.
                let behind = mounts.iter().filter_map(Table::position).max();
                place(&mut mount, behind.unwrap_or(last + 1));
                mounts.push(mount);
                Ok(())
            }
            Item::Value(Value::Array(mounts)) => {
                let mut written: InlineTable = mount.into_inline_table();
                written.fmt();
                mounts.push(written);
                Ok(())
            }
            _ => Err(form()),
        }
    }

    fn widen_mount(&mut self, own: &Mount, learnt: &Mount) -> Result<(), MergeError> {
        let (path, key) = (&own.path, "access");
        if learnt.access == Access::ReadWrite && own.access == Access::ReadOnly {
            self.change_mount(path, |mount| {
                put(mount, key, toml_edit::value("read-write"));
                Ok(())
            })?;
        }
        let Source::Memory(memory) = &own.source else {
            return Ok(());
        };
        if memory.from.is_none() || memory.include.is_empty() {
            return Ok(());
        }
        match &learnt.source {
            Source::Memory(wanted) => {
                let names = wanted.include.iter().map(|glob| glob.as_str());
                let names =
                    names.filter(|name| !memory.include.iter().any(|glob| glob.matches(name)));
                let names: Vec<Value> = names.map(Value::from).collect();
                if names.is_empty() {
                    return Ok(());
                }
                self.change_mount(path, |mount| {
                    let include = mount.get_mut("include").and_then(Item::as_array_mut);
                    let form = || MergeError::Form {
                        key: "filesystem.mounts".into(),
                    };
                    push(include.ok_or_else(form)?, names);
                    Ok(())
                })
            }
            // Too many files for naming each, or a listing.
            Source::Host(_) | Source::Overlay(..) => self.change_mount(path, |mount| {
                mount.remove("include");
                Ok(())
            }),
        }
    }

    /// Changes a mount where the file writes it. A mount that the policy extends is written anew, with the change.
    fn change_mount(
        &mut self,
        path: &str,
        change: impl FnOnce(&mut dyn TableLike) -> Result<(), MergeError>,
    ) -> Result<(), MergeError> {
        let mounts = self
            .document
            .get_mut("filesystem")
            .and_then(|table| table.get_mut("mounts"));
        let is_named =
            |mount: &dyn TableLike| mount.get("path").and_then(Item::as_str) == Some(path);
        match mounts {
            Some(Item::ArrayOfTables(mounts)) => {
                if let Some(mount) = mounts.iter_mut().find(|mount| is_named(*mount)) {
                    return change(mount);
                }
            }
            Some(Item::Value(Value::Array(mounts))) => {
                let mut tables = mounts.iter_mut().filter_map(Value::as_inline_table_mut);
                if let Some(mount) = tables.find(|mount| is_named(*mount)) {
                    return change(mount);
                }
            }
            _ => {}
        }
        let inherited = mount_of(&self.effective, path).cloned();
        let Some(mut mount) = inherited else {
            return Ok(());
        };
        change(&mut mount)?;
        self.put_mount(mount)
    }

    fn network(&mut self, inherits: bool) -> Result<(), MergeError> {
        let Some(learnt) = &self.policy.network else {
            return Ok(());
        };
        let Some(given) = &self.existing.network else {
            return match inherits {
                true => Ok(()),
                false => self.table("network", false).map(|_| ()),
            };
        };
        let mut rules = given.all_rules();
        let has_table = true;
        let matcher = NetworkMatcher::new(&rules);
        self.add("network", "connect", has_table, |value| {
            let rule = value
                .as_str()
                .and_then(|text| SocketRule::parse_connect(text).ok());
            rule.is_none_or(|rule| !connects(&matcher, &rule))
        })?;
        self.add("network", "listen", has_table, |value| {
            let rule = value
                .as_str()
                .and_then(|text| SocketRule::parse_listen(text).ok());
            let address = rule
                .as_ref()
                .and_then(SocketRule::address)
                .zip(rule.as_ref());
            address.is_none_or(|(address, rule)| {
                !matcher
                    .listen(rule.protocol, address.ip(), address.port())
                    .is_allowed()
            })
        })?;
        rules.connect.extend(learnt.rules.connect.iter().cloned());
        let matcher = NetworkMatcher::new(&rules);
        self.add("network", "resolve", has_table, |value| {
            let pattern = value
                .as_str()
                .and_then(|text| HostPattern::parse(text).ok());
            pattern.is_none_or(|pattern| match pattern {
                HostPattern::Name(name) => !matcher.resolve(&name).is_allowed(),
                _ => true,
            })
        })
    }

    fn http(&mut self, inherits: bool) -> Result<(), MergeError> {
        let Some(learnt) = &self.policy.http else {
            return Ok(());
        };
        let given = self.existing.http.as_ref();
        if given.is_none() && inherits {
            return Ok(());
        }
        let allowed = given
            .map(|http| http.rules.allow.clone())
            .unwrap_or_default();
        let rules = learnt.rules.allow.clone();
        // The elements of the list are the rules, in their order.
        let texts = self.learnt.get("http").and_then(|http| http.get("allow"));
        let texts = texts
            .and_then(Item::as_array)
            .map(|list| list.iter().map(text).collect());
        let texts: Vec<String> = texts.unwrap_or_default();
        self.add("http", "allow", given.is_some(), |value| {
            let position = texts.iter().position(|own| *own == text(value));
            let rule = position.and_then(|position| rules.get(position));
            rule.is_none_or(|rule| !allowed.iter().any(|own| own.covers(rule)))
        })
    }

    fn modes(&mut self, inherits: bool) -> Result<(), MergeError> {
        let (given, wanted) = (self.existing, self.policy);
        let clocks = given
            .clocks
            .map_or(inherits, |clocks| clocks != Clocks::Deny);
        let random = given
            .random
            .map_or(inherits, |random| random != Random::Deny);
        let exit = given.exit.map_or(inherits, |exit| exit != Exit::Trap);
        for (key, is_new, has_table) in [
            (
                "clocks",
                wanted.clocks.is_some() && !clocks,
                given.clocks.is_some(),
            ),
            (
                "random",
                wanted.random.is_some() && !random,
                given.random.is_some(),
            ),
            ("exit", wanted.exit.is_some() && !exit, given.exit.is_some()),
        ] {
            if !is_new {
                continue;
            }
            let learnt = self.learnt[key].clone();
            if let Some(table) = self.table(key, has_table)? {
                let keys = learnt.as_table_like().into_iter().flat_map(TableLike::iter);
                for (key, value) in keys {
                    put(table, key, value.clone());
                }
            }
        }
        Ok(())
    }

    fn interfaces(&mut self, inherits: bool) -> Result<(), MergeError> {
        let given = self.existing.interfaces.as_ref();
        if self.policy.interfaces.is_none() || given.is_none() && inherits {
            return Ok(());
        }
        let allowed = given.map(|table| table.allow.clone()).unwrap_or_default();
        self.add("interfaces", "allow", given.is_some(), |value| {
            let pattern = value
                .as_str()
                .and_then(|text| InterfacePattern::parse(text).ok());
            let Some(InterfacePattern::Interface {
                namespace,
                package,
                interface,
                version,
            }) = pattern
            else {
                return true;
            };
            let mut allowed = allowed.iter();
            !allowed.any(|own| own.matches(&namespace, &package, &interface, version.as_ref()))
        })
    }
}

/// Whether rules allow all that a rule about one host and one port means.
fn connects(matcher: &NetworkMatcher, rule: &SocketRule) -> bool {
    let port = rule.ports.first();
    let verdict = match &rule.host {
        Host::Pattern(HostPattern::Name(name)) => {
            matcher.connect_named(name, rule.protocol, NOBODYS_ADDRESS, port)
        }
        Host::Network(network) => matcher.connect(rule.protocol, network.addr(), port),
        Host::Pattern(_) | Host::Class(_) => return false,
    };
    verdict.is_allowed() && rule.ports == Ports::one(port)
}

/// A value without what stands around it.
fn text(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

/// Replaces a value and keeps what stands around it.
fn put(table: &mut dyn TableLike, key: &str, value: Item) {
    match (table.get_mut(key), value) {
        (Some(Item::Value(old)), Item::Value(mut new)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (_, value) => {
            table.insert(key, value);
        }
    }
}

/// Adds elements to a list, in lines of their own with their comments if they have any or the list has such lines.
fn push(list: &mut Array, new: Vec<Value>) {
    let lines = |value: &Value| {
        let prefix = value.decor().prefix().and_then(|prefix| prefix.as_str());
        prefix.is_some_and(|prefix| prefix.contains('\n'))
    };
    let has_lines = list.iter().any(lines) || new.iter().any(lines);
    if !has_lines {
        for value in new {
            list.push(value);
        }
        return;
    }
    // A comment behind the last element belongs to what follows it.
    let trailing = list
        .trailing()
        .as_str()
        .unwrap_or_default()
        .trim_end()
        .to_owned();
    if !list.iter().any(lines) {
        for value in list.iter_mut() {
            value.decor_mut().set_prefix("\n    ");
        }
    }
    for (position, mut value) in new.into_iter().enumerate() {
        let own = value.decor().prefix().and_then(|prefix| prefix.as_str());
        let own = own
            .filter(|own| own.contains('\n'))
            .unwrap_or("\n    ")
            .to_owned();
        let before = if position == 0 { trailing.as_str() } else { "" };
        value.decor_mut().set_prefix(format!("{before}{own}"));
        value.decor_mut().set_suffix("");
        list.push_formatted(value);
    }
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

/// The mount of this path.
fn mount_of<'a>(document: &'a DocumentMut, path: &str) -> Option<&'a Table> {
    let mounts = document
        .get("filesystem")?
        .get("mounts")?
        .as_array_of_tables()?;
    mounts
        .iter()
        .find(|mount| mount.get("path").and_then(Item::as_str) == Some(path))
}

/// The positions of a table and of those in it, by which they are ordered in the file.
fn positions(table: &Table) -> Box<dyn Iterator<Item = isize> + '_> {
    let below = table
        .iter()
        .flat_map(|(_, item)| -> Box<dyn Iterator<Item = isize> + '_> {
            match item {
                Item::Table(table) => positions(table),
                Item::ArrayOfTables(tables) => Box::new(tables.iter().flat_map(positions)),
                _ => Box::new(std::iter::empty()),
            }
        });
    Box::new(table.position().into_iter().chain(below))
}

/// Gives a table and those in it a position.
fn place(table: &mut Table, position: isize) {
    table.set_position(Some(position));
    for (_, item) in table.iter_mut() {
        if let Item::Table(table) = item {
            place(table, position);
        }
    }
}
