//! A filesystem with one writable tree, for tests.

use alloc::{string::String, vec::Vec};

use crate::{Access, Descriptor, Error, FileSystem, Limits, OpenOptions, Root, Stat, Timestamp};

pub(crate) const READ: Access = Access {
    read: true,
    write: false,
    mutate_directory: false,
};
pub(crate) const WRITE: Access = Access {
    read: false,
    write: true,
    mutate_directory: false,
};
pub(crate) const READ_WRITE: Access = Access {
    read: true,
    write: true,
    mutate_directory: false,
};
pub(crate) const NO_LIMITS: Limits = Limits {
    max_bytes: u64::MAX,
    max_entries: u64::MAX,
};

/// Options that make a file that can be read and written.
pub(crate) const CREATE: OpenOptions = OpenOptions {
    create: true,
    directory: false,
    exclusive: false,
    truncate: false,
    follow: true,
    synchronized: false,
    access: READ_WRITE,
};

/// Options that open an existing node.
pub(crate) const OPEN: OpenOptions = OpenOptions {
    create: false,
    access: READ,
    ..CREATE
};

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds: 0,
    }
}

pub(crate) struct Fixture {
    pub(crate) files: FileSystem,
    pub(crate) root: Root,
    /// A descriptor of the root.
    pub(crate) dir: Descriptor,
    /// The time of the next operation.
    pub(crate) now: Timestamp,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with_limits(NO_LIMITS)
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let mut files = FileSystem::new(limits);
        let root = files.add_root(false, at(1)).unwrap();
        let dir = files.open_root(root);
        Self {
            files,
            root,
            dir,
            now: at(2),
        }
    }

    pub(crate) fn open(&mut self, path: &str, options: OpenOptions) -> Result<Descriptor, Error> {
        self.files.open_at(&self.dir, path, options, self.now)
    }

    /// Makes a file.
    pub(crate) fn file(&mut self, path: &str, contents: &[u8]) {
        let file = self.open(path, CREATE).unwrap();
        self.files.write(&file, 0, contents, self.now).unwrap();
        self.files.close(file);
    }

    pub(crate) fn read(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        let file = self.open(path, OPEN)?;
        let contents = self.files.read(&file, 0, u64::MAX);
        self.files.close(file);
        contents
    }

    pub(crate) fn mkdir(&mut self, path: &str) -> Result<(), Error> {
        self.files.create_directory_at(&self.dir, path, self.now)
    }

    pub(crate) fn rmdir(&mut self, path: &str) -> Result<(), Error> {
        self.files.remove_directory_at(&self.dir, path, self.now)
    }

    pub(crate) fn unlink(&mut self, path: &str) -> Result<(), Error> {
        self.files.unlink_file_at(&self.dir, path, self.now)
    }

    pub(crate) fn link(&mut self, old: &str, new: &str) -> Result<(), Error> {
        self.files
            .link_at(&self.dir, old, false, &self.dir, new, self.now)
    }

    pub(crate) fn symlink(&mut self, target: &str, path: &str) -> Result<(), Error> {
        self.files.symlink_at(target, &self.dir, path, self.now)
    }

    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Result<(), Error> {
        self.files
            .rename_at(&self.dir, old, &self.dir, new, self.now)
    }

    /// The metadata of a node; a symbolic link is not followed.
    pub(crate) fn stat(&self, path: &str) -> Result<Stat, Error> {
        self.files.stat_at(&self.dir, path, false)
    }

    /// The names in a directory.
    pub(crate) fn list(&mut self, path: &str) -> Result<Vec<String>, Error> {
        let dir = self.open(path, OPEN)?;
        let mut names: Vec<String> = Vec::new();
        while let Some(entry) = self
            .files
            .next_entry(&dir, names.last().map(String::as_str))?
        {
            names.push(entry.name.into());
        }
        self.files.close(dir);
        Ok(names)
    }

    /// Checks the invariants.
    pub(crate) fn check(&self) {
        self.files.check().unwrap();
    }
}
