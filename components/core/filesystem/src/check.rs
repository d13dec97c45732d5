//! The invariants of a filesystem.

use alloc::{collections::BTreeMap, format, string::String};

use crate::{
    FileSystem, MAX_NAME_LENGTH, Usage,
    model::{ids::NodeId, node::Kind},
};

impl FileSystem {
    /// Returns the first violated invariant as an error. It looks at all nodes, so it is for tests and fuzzing.
    pub fn check(&self) -> Result<(), String> {
        let mut names: BTreeMap<NodeId, u64> =
            self.trees.iter().map(|tree| (tree.node, 1)).collect();
        let mut bytes = 0;
        let mut entries = 0;
        for (id, node) in self.nodes.iter() {
            match &node.kind {
                Kind::File(contents) => {
                    contents
                        .check()
                        .map_err(|problem| format!("{problem}: {contents:?}"))?;
                    bytes += contents.stored();
                }
                Kind::Symlink(_) if self.names_below(id) > 0 => {}
                Kind::Symlink(target) => bytes += target.len() as u64,
                Kind::Device(_) => {}
                Kind::Directory(directory) => {
                    let mut subdirectories = 0;
                    for (name, entry) in directory.iter() {
                        if name.is_empty()
                            || matches!(name, "." | "..")
                            || name.len() > MAX_NAME_LENGTH
                            || name.contains(['/', '\0'])
                        {
                            return Err(format!("a directory has an entry {name:?}"));
                        }
                        *names.entry(entry).or_default() += 1;
                        if let Kind::Directory(child) = &self.nodes[entry].kind {
                            subdirectories += 1;
                            if child.parent() != id {
                                return Err(format!(
                                    "{name:?} has another parent than the directory it is in"
                                ));
                            }
                        }
                    }
                    if subdirectories != directory.subdirectories() {
                        return Err(format!(
                            "a directory counts {} subdirectories",
                            directory.subdirectories()
                        ));
                    }
                    if node.names == 0 && (!directory.is_empty() || directory.parent() != id) {
                        return Err("a removed directory has entries or a parent".into());
                    }
                }
            }
            if node.names == 0 && node.descriptors == 0 {
                return Err(format!("nothing refers to {node:?}"));
            }
            entries += match self.names_below(id) {
                0 => node.names.max(1),
                below => node.names.saturating_sub(below),
            };
        }
        for (id, node) in self.nodes.iter() {
            let unseen = self.lower.get().map_or(0, |lower| lower.unseen(id));
            let found = names.get(&id).copied().unwrap_or(0) + unseen;
            if found != node.names {
                return Err(format!(
                    "a node has {found} names, but counts {}",
                    node.names
                ));
            }
            if node.is_directory() && found > 1 {
                return Err("a directory has several names".into());
            }
        }
        let limits = self.quota.limits();
        let usage = self.quota.usage();
        if usage != (Usage { bytes, entries }) {
            return Err(format!(
                "{bytes} bytes and {entries} entries are used, but counted are {usage:?}"
            ));
        }
        if usage.bytes > limits.max_bytes || usage.entries > limits.max_entries {
            return Err(format!("{usage:?} is beyond {limits:?}"));
        }
        Ok(())
    }
}
