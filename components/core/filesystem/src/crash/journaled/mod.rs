//! The filesystem that remembers what the disk may not have.

mod contents;
mod names;

use alloc::{string::String, vec::Vec};
use core::ops::Deref;

use super::{disk::Disk, journal::Journal, outcome::outcome};
use crate::{
    Descriptor, FileSystem, LowerEntry, Need, NodeType, RestoreError, Root, Stat,
    image::encode::encode,
};

/// A [`FileSystem`] that knows what a loss of power would leave of it.
///
/// It has the operations of [`FileSystem`], with the same results, and [`sync`](Self::sync),
/// [`sync_data`](Self::sync_data) and [`durable`](Self::durable). All that is in the filesystem when this is made is on
/// the disk.
///
/// ```
/// use interpose_filesystem::{Access, FileSystem, JournaledFileSystem, Limits, OpenOptions, Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = Timestamp::default();
/// let limits = Limits { max_bytes: 1 << 20, max_entries: 100 };
/// let mut empty = FileSystem::new(limits);
/// let root = empty.add_root(false, now)?;
/// let mut files = JournaledFileSystem::from(empty);
/// let directory = files.open_root(root);
/// let options = OpenOptions { create: true, access: Access { write: true, ..Access::default() }, ..OpenOptions::default() };
/// let file = files.open_at(&directory, "log", options, now)?;
/// files.write(&file, 0, b"synced", now)?;
/// files.sync(&file);
/// files.sync(&directory);
/// files.write(&file, 6, b" and not", now)?;
///
/// let mut after = FileSystem::new(limits);
/// let root = after.add_root(false, now)?;
/// after.restore(&files.durable(7))?;
/// let directory = after.open_root(root);
/// let file = after.open_at(&directory, "log", OpenOptions::default(), now)?;
/// assert!(after.read(&file, 0, 100)?.starts_with(b"synced"));
/// # Ok(())
/// # }
/// ```
///
/// A change that would exceed a limit, while removed files that a crash may bring back take room, first counts
/// everything as written, so that the limits have the same effect as without a journal.
#[derive(Debug)]
pub struct JournaledFileSystem {
    files: FileSystem,
    journal: Journal,
    disk: Disk,
}

impl From<FileSystem> for JournaledFileSystem {
    fn from(files: FileSystem) -> Self {
        Self {
            files,
            journal: Journal::default(),
            disk: Disk::default(),
        }
    }
}

impl Deref for JournaledFileSystem {
    type Target = FileSystem;

    fn deref(&self) -> &FileSystem {
        &self.files
    }
}

impl JournaledFileSystem {
    /// The disk on which the files are.
    pub fn disk(&self) -> Disk {
        self.disk
    }

    /// Replaces the disk. If the new one is different, everything is on it.
    pub fn set_disk(&mut self, disk: Disk) {
        if self.disk != disk {
            self.journal.write_all(&mut self.files);
            self.disk = disk;
        }
    }

    /// Waits until the disk has a file, its contents with its size and times, or the entries of a directory, as POSIX
    /// `fsync`.
    pub fn sync(&mut self, descriptor: &Descriptor) {
        let Self {
            files,
            journal,
            disk,
        } = self;
        journal.sync(files, descriptor.node, true, disk.ordered);
    }

    /// Waits until the disk has the contents and the size of a file, but perhaps not its times, as POSIX `fdatasync`; for
    /// a directory, as [`JournaledFileSystem::sync`].
    pub fn sync_data(&mut self, descriptor: &Descriptor) {
        let Self {
            files,
            journal,
            disk,
        } = self;
        journal.sync(files, descriptor.node, false, disk.ordered);
    }

    /// What a loss of power now would leave, chosen by a seed, as bytes for [`JournaledFileSystem::restore`]. Nothing
    /// changes, and the same changes and seed give the same bytes.
    pub fn durable(&self, seed: u64) -> Vec<u8> {
        let view = outcome(&self.files, &self.journal, self.disk, seed);
        encode(&self.files, &view)
    }

    /// Replaces all files, as [`FileSystem::restore`]. What is taken in is on the disk.
    ///
    /// Fails as [`FileSystem::restore`]. Even then, all that is in the filesystem counts as written.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.journal.write_all(&mut self.files);
        self.files.restore(bytes)
    }

    /// [`FileSystem::open_root`].
    pub fn open_root(&mut self, root: Root) -> Descriptor {
        self.files.open_root(root)
    }

    /// [`FileSystem::duplicate`].
    pub fn duplicate(&mut self, descriptor: &Descriptor) -> Descriptor {
        self.files.duplicate(descriptor)
    }

    /// [`FileSystem::close`].
    pub fn close(&mut self, descriptor: Descriptor) {
        self.files.close(descriptor);
    }

    /// [`FileSystem::take_need`].
    pub fn take_need(&mut self) -> Option<Need> {
        self.files.take_need()
    }

    /// [`FileSystem::provide_root`].
    pub fn provide_root(&mut self, root: Root, stat: &Stat) {
        self.files.provide_root(root, stat);
    }

    /// [`FileSystem::provide_listing`].
    pub fn provide_listing(
        &mut self,
        need: &Need,
        names: impl IntoIterator<Item = (String, NodeType)>,
    ) {
        self.files.provide_listing(need, names);
    }

    /// [`FileSystem::provide_entry`].
    pub fn provide_entry(&mut self, need: &Need, entry: Option<LowerEntry>) {
        self.files.provide_entry(need, entry);
    }

    /// [`FileSystem::provide_opened`].
    pub fn provide_opened(&mut self, need: &Need) {
        self.files.provide_opened(need);
    }

    /// [`FileSystem::provide_bytes`].
    pub fn provide_bytes(&mut self, need: &Need, bytes: Vec<u8>) {
        self.files.provide_bytes(need, bytes);
    }
}
