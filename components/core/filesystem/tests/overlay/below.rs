//! A lower layer that is itself a filesystem in memory.

use std::collections::BTreeMap;

use interpose_filesystem::{
    Access, Descriptor, Error, FileSystem, LowerEntry, Need, NodeType, OpenOptions, Root, Stat,
    Timestamp, What,
};

use crate::memory::Memory;
use crate::operation::{Operation, Outcome, Subject};

/// A lower layer.
pub struct Below {
    files: FileSystem,
    root: Descriptor,
    /// The number of bytes of files that were fetched.
    pub fetched: u64,
    /// The paths that cannot be opened, with the errors.
    pub closed: BTreeMap<String, Error>,
    /// The paths that were opened because the overlay opened them.
    pub opened: Vec<String>,
}

const READ: OpenOptions = OpenOptions {
    create: false,
    directory: false,
    exclusive: false,
    truncate: false,
    follow: false,
    synchronized: false,
    access: Access {
        read: true,
        write: false,
        mutate_directory: false,
    },
};

impl Below {
    pub fn new(files: FileSystem, root: Descriptor) -> Self {
        Self {
            files,
            root,
            fetched: 0,
            closed: BTreeMap::new(),
            opened: Vec::new(),
        }
    }

    pub fn root(&self) -> Stat {
        self.files.stat(&self.root)
    }

    fn open(&mut self, path: &str) -> Result<Descriptor, Error> {
        let path = if path.is_empty() { "." } else { path };
        self.files
            .open_at(&self.root, path, READ, Timestamp::default())
    }

    /// The filesystem itself, to be compared like any other.
    pub fn into_memory(self) -> Memory {
        Memory {
            files: self.files,
            descriptors: vec![self.root],
            now: 0,
        }
    }

    /// Answers what a filesystem needs to know, or returns the error of the lower layer.
    pub fn provide(&mut self, files: &mut FileSystem, need: &Need) -> Result<(), Error> {
        let closed = match need.what {
            What::Entry => None,
            _ => self.closed.get(&need.path),
        };
        if let Some(error) = closed {
            return Err(*error);
        }
        match need.what {
            What::Opening => {
                self.opened.push(need.path.clone());
                files.provide_opened(need);
            }
            What::Listing => {
                let mut names: Vec<(String, NodeType)> = Vec::new();
                if let Ok(directory) = self.open(&need.path) {
                    while let Ok(Some(entry)) = self
                        .files
                        .next_entry(&directory, names.last().map(|(name, _)| name.as_str()))
                    {
                        names.push((entry.name.into(), entry.node_type));
                    }
                    self.files.close(directory);
                }
                // The order of the names must not matter.
                names.reverse();
                files.provide_listing(need, names);
            }
            What::Entry => {
                let stat = self.files.stat_at(&self.root, &need.path, false);
                let entry = stat.ok().map(|stat| LowerEntry {
                    identity: self
                        .files
                        .metadata_hash_at(&self.root, &need.path, false)
                        .ok(),
                    stat,
                    target: self
                        .files
                        .readlink_at(&self.root, &need.path)
                        .ok()
                        .map(String::from),
                });
                files.provide_entry(need, entry);
            }
            What::Bytes {
                offset,
                least,
                most,
            } => {
                assert!(0 < least && least <= most);
                let file = self.open(&need.path).unwrap();
                let bytes = self.files.read(&file, offset, most).unwrap();
                self.files.close(file);
                assert!(
                    bytes.len() as u64 >= least,
                    "more was asked for than there is"
                );
                self.fetched += bytes.len() as u64;
                files.provide_bytes(need, bytes);
            }
        }
        Ok(())
    }
}

/// A filesystem over a lower layer.
pub struct Overlay {
    pub memory: Memory,
    pub below: Below,
}

impl Overlay {
    pub fn new(below: Below, max_bytes: u64, now: u64) -> Self {
        let (memory, root): (Memory, Root) = Memory::overlay(max_bytes, now);
        let mut overlay = Self { memory, below };
        overlay
            .memory
            .files
            .provide_root(root, &overlay.below.root());
        overlay
    }
}

impl Subject for Overlay {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        let now = self.memory.now;
        loop {
            self.memory.now = now;
            let before = self.memory.files.usage().entries;
            let outcome = self.memory.apply(operation);
            if outcome != Err(Error::Lower) {
                return outcome;
            }
            assert_eq!(self.memory.files.usage().entries, before);
            let need = self.memory.files.take_need().expect("what is needed");
            let provided = self.below.provide(&mut self.memory.files, &need);
            self.memory.files.check().unwrap();
            provided?;
        }
    }
}
