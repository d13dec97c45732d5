//! Writes a learnt policy, with comments that say how often each thing was used.

use std::collections::BTreeMap;
use std::path::Path;

use interpose_policy::{EffectiveError, Policy};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use crate::narrow::{NOBODYS_ADDRESS, NOBODYS_PORT};
use crate::uses::{Count, Files, LookedUp, Uses};

/// A policy that was learnt.
#[derive(Clone, Copy, Debug)]
pub struct Learnt<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What it lets the application do.
    pub uses: &'a Uses,
    /// The application's name.
    pub application: &'a str,
    /// The directory of the policy's file. Paths of this machine below it are written relative to it.
    pub directory: Option<&'a Path>,
}

impl Learnt<'_> {
    /// The policy as a file.
    ///
    /// # Errors
    /// [`EffectiveError`] when a path cannot be written.
    pub fn to_toml(&self) -> Result<String, EffectiveError> {
        Ok(self.document()?.to_string())
    }

    /// The policy as a document with comments.
    pub(crate) fn document(&self) -> Result<DocumentMut, EffectiveError> {
        let text = self.policy.to_toml()?;
        // What a policy writes is TOML.
        let mut document: DocumentMut = text.parse().unwrap_or_default();
        let application = self.application.replace(char::is_control, "\u{fffd}");
        if let Some(mut first) = document.key_mut("version") {
            let comment = format!(
                "# What one run of {application} needed, as `interpose learn` wrote it down.\n"
            );
            first.leaf_decor_mut().set_prefix(comment);
        }
        if let Some(directory) = self.directory {
            each_mount(&mut document, |mount| relate(mount, directory));
        }
        self.comment(&mut document);
        Ok(document)
    }

    fn comment(&self, document: &mut DocumentMut) {
        let uses = self.uses;
        comment_table(
            document,
            "arguments",
            &format!("Asked for {}.", times(uses.arguments)),
        );
        let given = uses.variables.values().max().copied().unwrap_or_default();
        let comment = format!(
            "Given {}. A program is given all variables at once, so which of them it looked at is not known.",
            times(given)
        );
        comment_table(document, "environment", &comment);
        for (key, count) in [
            ("stdin", uses.stdin),
            ("stdout", uses.stdout),
            ("stderr", uses.stderr),
        ] {
            let table = document.get_mut("stdio").and_then(Item::as_table_mut);
            if let Some(mut key) = table.and_then(|table| table.key_mut(key)) {
                key.leaf_decor_mut()
                    .set_prefix(format!("# Used {}.\n", times(count)));
            }
        }
        each_mount(document, |mount| {
            let path = mount.get("path").and_then(Item::as_str);
            let files = path.and_then(|path| uses.preopens.get(path));
            comment_mount(mount, files);
        });
        self.comment_peers(document);
        comment_table(document, "clocks", &format!("Used {}.", times(uses.clocks)));
        comment_table(document, "random", &format!("Used {}.", times(uses.random)));
        comment_table(document, "exit", &format!("Called {}.", times(uses.exit)));
        comment_list(document, "config", "inherit", |key| {
            uses.config.get(key.as_str()?).copied().map(used)
        });
        comment_list(document, "interfaces", "allow", |name| {
            let calls = uses.calls.get(name.as_str()?).copied();
            Some(calls.map_or_else(
                || "Never called.".into(),
                |count| format!("Called {}.", times(count)),
            ))
        });
    }

    fn comment_peers(&self, document: &mut DocumentMut) {
        let uses = self.uses;
        let connects: BTreeMap<String, Count> = uses
            .connects
            .iter()
            .map(|(peer, count)| {
                let host = match &peer.host {
                    LookedUp::Name(name) => name.clone(),
                    LookedUp::Address(address) if address.is_ipv6() => format!("[{address}]"),
                    LookedUp::Address(address) => address.to_string(),
                };
                (format!("{}://{host}:{}", peer.protocol, peer.port), *count)
            })
            .collect();
        let nobody = format!("{NOBODYS_ADDRESS}:{NOBODYS_PORT}");
        comment_list(document, "network", "connect", |rule| {
            let rule = rule.as_str()?;
            Some(match connects.get(rule) {
                Some(count) => used(*count),
                None if rule.ends_with(&nobody) => {
                    "A socket was made, and not connected. Nobody has this address.".into()
                }
                None => "Looked up, and not connected to.".into(),
            })
        });
        comment_list(document, "network", "listen", |rule| {
            let rule = rule.as_str()?;
            let mut binds = uses.binds.iter();
            let found =
                binds.find(|(local, _)| format!("{}://{}", local.protocol, local.address) == rule);
            found.map(|(_, count)| used(*count))
        });
        comment_list(document, "network", "resolve", |name| {
            let name = LookedUp::Name(name.as_str()?.to_owned());
            uses.lookups.get(&name).copied().map(used)
        });
        comment_list(document, "http", "allow", |rule| {
            let url = rule.as_inline_table()?.get("url")?.as_str()?;
            let is_meant = |own: &str| match url.strip_suffix('*') {
                Some(below) => own.starts_with(below),
                None => own == url,
            };
            let requests = uses
                .requests
                .iter()
                .filter(|(request, _)| is_meant(&request.url));
            Some(used(requests.map(|(_, count)| count).sum()))
        });
    }
}

/// How often, in words.
fn times(count: Count) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        2 => "twice".into(),
        count => format!("{count} times"),
    }
}

fn used(count: Count) -> String {
    let times = times(count);
    let mut letters = times.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    format!(
        "{}{}.",
        first.map(String::from).unwrap_or_default(),
        letters.as_str()
    )
}

fn comment_table(document: &mut DocumentMut, name: &str, comment: &str) {
    if let Some(table) = document.get_mut(name).and_then(Item::as_table_mut) {
        put_comment(table, comment);
    }
}

fn put_comment(table: &mut Table, comment: &str) {
    table.decor_mut().set_prefix(format!("\n# {comment}\n"));
}

/// Writes each element of a list in a line of its own, with a comment above it.
fn comment_list(
    document: &mut DocumentMut,
    table: &str,
    key: &str,
    comment: impl Fn(&Value) -> Option<String>,
) {
    let table = document.get_mut(table).and_then(Item::as_table_mut);
    let list = table
        .and_then(|table| table.get_mut(key))
        .and_then(Item::as_array_mut);
    if let Some(list) = list {
        comment_elements(list, comment);
    }
}

fn comment_elements(list: &mut Array, comment: impl Fn(&Value) -> Option<String>) {
    if list.is_empty() {
        return;
    }
    for element in list.iter_mut() {
        let comment = comment(element);
        let comment = comment.map(|comment| format!("\n    # {comment}"));
        element
            .decor_mut()
            .set_prefix(format!("{}\n    ", comment.unwrap_or_default()));
        element.decor_mut().set_suffix("");
    }
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

/// Calls `change` with each mount of a policy.
pub(crate) fn each_mount(document: &mut DocumentMut, mut change: impl FnMut(&mut Table)) {
    let filesystem = document
        .get_mut("filesystem")
        .and_then(Item::as_table_like_mut);
    let mounts = filesystem.and_then(|table| table.get_mut("mounts"));
    if let Some(mounts) = mounts.and_then(Item::as_array_of_tables_mut) {
        mounts.iter_mut().for_each(&mut change);
    }
}

fn comment_mount(mount: &mut Table, files: Option<&Files>) {
    let Some(files) = files else {
        return put_comment(mount, "A listing showed it.");
    };
    let (looked, changed) = (files.looked(), files.changed());
    let listed: Count = files.listings.values().sum();
    let mut parts = vec![format!("Looked into {}", times(looked))];
    if listed > 0 {
        parts.push(format!("listed {}", times(listed)));
    }
    if changed > 0 {
        parts.push(format!("changed {}", times(changed)));
    }
    put_comment(mount, &format!("{}.", parts.join(", ")));
    if let Some(include) = mount.get_mut("include").and_then(Item::as_array_mut) {
        comment_elements(include, |name| {
            let read = files.reads.get(name.as_str()?)?;
            Some(used(read.count))
        });
    }
}

/// Writes the paths of a mount relative to the policy's directory, if they are in it.
fn relate(mount: &mut Table, directory: &Path) {
    // Without its own name, the host's preopen is called like the path.
    let has_name = mount.contains_key("preopen");
    for key in ["host", "from"] {
        if key == "host" && !has_name {
            continue;
        }
        let path = mount.get(key).and_then(Item::as_str);
        let below = path.and_then(|path| Path::new(path).strip_prefix(directory).ok());
        let text = match below.and_then(Path::to_str) {
            Some("") => ".".to_owned(),
            Some(below) => below.to_owned(),
            None => continue,
        };
        mount[key] = toml_edit::value(text);
    }
}
