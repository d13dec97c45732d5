//! What a filesystem shows, node by node.

use std::collections::BTreeMap;

use interpose_filesystem::{Descriptor, Error, FileSystem, NodeType, OpenOptions, Timestamp};

/// What tells a node from all others, before and after a crash.
pub type Identity = (u64, u64);

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Directory(BTreeMap<String, Identity>),
    File(Vec<u8>),
    Other,
}

/// All nodes that have a name, and the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub root: Identity,
    pub nodes: BTreeMap<Identity, Node>,
}

/// Does an operation again and again until everything is known of the lower layer.
pub fn retry<F, R>(
    files: &mut F,
    satisfy: &mut dyn FnMut(&mut F),
    mut operation: impl FnMut(&mut F) -> Result<R, Error>,
) -> Result<R, Error> {
    loop {
        match operation(files) {
            Err(Error::Lower) => satisfy(files),
            result => return result,
        }
    }
}

impl Snapshot {
    /// What the tree of a descriptor of its root shows, if it lies over no other.
    pub fn of(files: &mut FileSystem, root: &Descriptor) -> Self {
        Self::over(files, root, &mut |_| panic!("there is no lower layer"))
    }

    /// What the tree of a descriptor of its root shows.
    pub fn over(
        files: &mut FileSystem,
        root: &Descriptor,
        satisfy: &mut dyn FnMut(&mut FileSystem),
    ) -> Self {
        let now = Timestamp::default();
        let mut nodes = BTreeMap::new();
        let mut left = vec![(files.metadata_hash(root), files.duplicate(root))];
        let root = files.metadata_hash(root);
        while let Some((identity, directory)) = left.pop() {
            let mut entries = BTreeMap::new();
            let mut last: Option<String> = None;
            loop {
                let next = retry(files, satisfy, |files| {
                    let next = files.next_entry(&directory, last.as_deref())?;
                    Ok(next.map(|entry| (entry.name.to_owned(), entry.node_type)))
                });
                let Some((name, node_type)) = next.unwrap() else {
                    break;
                };
                let identity = retry(files, satisfy, |files| {
                    files.metadata_hash_at(&directory, &name, false)
                });
                let identity = identity.unwrap();
                let mut open = || {
                    let opened = retry(files, satisfy, |files| {
                        files.open_at(&directory, &name, OpenOptions::default(), now)
                    });
                    opened.unwrap()
                };
                match node_type {
                    NodeType::Directory => left.push((identity, open())),
                    NodeType::RegularFile => {
                        let opened = open();
                        let contents =
                            retry(files, satisfy, |files| files.read(&opened, 0, u64::MAX));
                        files.close(opened);
                        nodes.insert(identity, Node::File(contents.unwrap()));
                    }
                    _ => {
                        nodes.insert(identity, Node::Other);
                    }
                }
                entries.insert(name.clone(), identity);
                last = Some(name);
            }
            files.close(directory);
            nodes.insert(identity, Node::Directory(entries));
        }
        Self { root, nodes }
    }

    /// The entries of a directory.
    pub fn entries(&self, directory: Identity) -> Option<&BTreeMap<String, Identity>> {
        match self.nodes.get(&directory) {
            Some(Node::Directory(entries)) => Some(entries),
            _ => None,
        }
    }

    /// All directories with their entries.
    pub fn directories(&self) -> impl Iterator<Item = (Identity, &BTreeMap<String, Identity>)> {
        self.nodes.iter().filter_map(|(identity, node)| match node {
            Node::Directory(entries) => Some((*identity, entries)),
            _ => None,
        })
    }

    /// The number of names of a node.
    pub fn names(&self, node: Identity) -> usize {
        let entries = self.directories().flat_map(|(_, entries)| entries.values());
        entries.filter(|identity| **identity == node).count()
    }

    /// The contents of a file.
    pub fn file(&self, file: Identity) -> Option<&[u8]> {
        match self.nodes.get(&file) {
            Some(Node::File(contents)) => Some(contents),
            _ => None,
        }
    }

    /// The node that a path leads to.
    pub fn find(&self, path: &str) -> Option<Identity> {
        let mut names = path.split('/').filter(|name| *name != ".");
        names.try_fold(self.root, |at, name| self.entries(at)?.get(name).copied())
    }

    /// The contents of the file that a path leads to.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        self.file(self.find(path)?)
    }
}
