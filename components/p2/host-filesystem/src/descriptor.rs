//! `descriptor`.

use std::cell::OnceCell;
use std::rc::Rc;

use delegate::delegate;
use interpose_adapter::arguments;
use interpose_mounts::{Opening, Place, Walk, check_move, check_time};
use interpose_paths::{requires_directory, without_trailing_slashes};

use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode,
    Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::types as host;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::listing::DirectoryEntryStream;
use crate::mount::Mount;
use crate::tree::{Failure, HostTree};

type Result<T> = std::result::Result<T, ErrorCode>;

/// A file or directory of the host.
pub struct Descriptor {
    host: Rc<host::Descriptor>,
    mount: Rc<Mount>,
    /// Where it is, for what is hidden below. It stays true: what is moved has an equal place afterwards.
    place: Place,
    /// Whether it is a directory, once that mattered.
    is_directory: OnceCell<bool>,
}

const READING: HostTree = HostTree { mutates: false };
const CHANGING: HostTree = HostTree { mutates: true };

impl Descriptor {
    /// The directory that a mount shows.
    pub fn root(host: Rc<host::Descriptor>, mount: &Rc<Mount>) -> Self {
        Self {
            host,
            mount: mount.clone(),
            place: mount.hidden.root(),
            is_directory: OnceCell::from(true),
        }
    }

    /// The host's descriptor, for a change: [`ErrorCode::NotPermitted`] if there may be none, as in a memory mount and
    /// in a directory that Wasmtime opens read-only.
    pub fn changing(&self) -> Result<&host::Descriptor> {
        if self.mount.read_only {
            Err(ErrorCode::NotPermitted)
        } else {
            Ok(&self.host)
        }
    }

    /// As [`Descriptor::changing`], for a change of a file: first of all, it has to be one.
    fn changing_file(&self) -> Result<&host::Descriptor> {
        if self.mount.read_only && self.is_directory()? {
            return Err(ErrorCode::BadDescriptor);
        }
        self.changing()
    }

    /// As [`Descriptor::changing`], for a change below a directory: first of all, it has to be one.
    fn changing_directory(&self) -> Result<&host::Descriptor> {
        if self.mount.read_only || self.mount.walks {
            self.check_directory()?;
        }
        self.changing()
    }

    /// As [`Descriptor::changing_directory`] for both, in the order of Wasmtime's host.
    fn changing_both<'a>(
        &'a self,
        other: &'a Self,
    ) -> Result<(&'a host::Descriptor, &'a host::Descriptor)> {
        if self.mount.read_only || other.mount.read_only || self.either_walks(other) {
            self.check_directory()?;
            other.check_directory()?;
        }
        Ok((self.changing()?, other.changing()?))
    }

    fn is_directory(&self) -> Result<bool> {
        match self.is_directory.get() {
            Some(is_directory) => Ok(*is_directory),
            None => {
                let is_directory = self.host.get_type()? == DescriptorType::Directory;
                Ok(*self.is_directory.get_or_init(|| is_directory))
            }
        }
    }

    /// [`ErrorCode::NotDirectory`] for a file: whatever the path below it, Wasmtime's host does not look at that.
    fn check_directory(&self) -> Result<()> {
        match self.is_directory()? {
            true => Ok(()),
            false => Err(ErrorCode::NotDirectory),
        }
    }

    fn walk<'a>(&'a self, tree: &'a HostTree, path: &'a str) -> Result<Walk<'a, HostTree>> {
        self.check_directory()?;
        let start = (&*self.host, &self.place);
        Ok(Walk::new(tree, &self.mount.hidden, start, path)?)
    }

    /// A walk to the directory that holds, or is to hold, an entry that is to be changed.
    fn walk_to_parent<'a>(&'a self, path: &'a str) -> Result<Walk<'a, HostTree>> {
        self.changing_directory()?;
        let mut walk = self.walk(&CHANGING, path)?;
        walk.to_parent()?;
        Ok(walk)
    }

    /// Does something to an entry. A symbolic link at the end of the path is followed as
    /// `path_flags` say.
    fn at_entry<R>(
        &self,
        tree: &HostTree,
        path_flags: PathFlags,
        path: &str,
        operation: impl Fn(&host::Descriptor, PathFlags, &str) -> Result<R>,
    ) -> Result<R> {
        if !self.mount.walks {
            return operation(&self.host, path_flags, path);
        }
        let mut walk = self.walk(tree, path)?;
        walk.to_entry(follows(path_flags))?;
        operation(walk.directory(), PathFlags::empty(), walk.name())
    }

    /// Opens a path, in which no name may be anything but what the mount shows.
    fn open_walking(
        &self,
        opening: Opening,
        path: &str,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Self> {
        let changes = opening.create
            || opening.truncate
            || opening.write
            || flags.contains(DescriptorFlags::MUTATE_DIRECTORY);
        let tree = HostTree { mutates: changes };
        let mut walk = self.walk(&tree, path)?;
        let opened = walk.open(opening, |directory, name| {
            let opened = directory.open_at(PathFlags::empty(), name, open_flags, flags);
            opened.map_err(Failure)
        })?;
        Ok(self.opened(opened, walk.place().ok_or(ErrorCode::NoEntry)?))
    }

    /// What was opened below, at a place.
    fn opened(&self, host: host::Descriptor, place: Place) -> Self {
        Self {
            host: Rc::new(host),
            mount: self.mount.clone(),
            place,
            is_directory: OnceCell::new(),
        }
    }

    /// Opens something below. In a read-only mount, asking for a descriptor that could change a file fails; one of a
    /// directory simply does not permit changes, as in memory and on Wasmtime's host.
    fn open(
        &self,
        path_flags: PathFlags,
        path: &str,
        open_flags: OpenFlags,
        mut flags: DescriptorFlags,
    ) -> Result<Self> {
        if self.mount.walks || self.mount.read_only {
            self.check_directory()?;
            let opening = opening(path_flags, open_flags, flags);
            opening.check(self.mount.read_only).map_err(Failure::from)?;
            if self.mount.read_only {
                flags.remove(DescriptorFlags::MUTATE_DIRECTORY);
            }
            if self.mount.walks {
                return self.open_walking(opening, path, open_flags, flags);
            }
        }
        let opened = self.host.open_at(path_flags, path, open_flags, flags)?;
        Ok(self.opened(opened, self.place.clone()))
    }

    /// Whether an operation on two paths has to walk along both.
    fn either_walks(&self, other: &Self) -> bool {
        self.mount.walks || other.mount.walks
    }
}

fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

/// Refuses two paths that together exceed what a call may bring: their text was not kept.
fn check_paths() -> Result<()> {
    if arguments::fit() {
        Ok(())
    } else {
        Err(ErrorCode::NameTooLong)
    }
}

fn check_times(times: [&NewTimestamp; 2]) -> Result<()> {
    for time in times {
        if let NewTimestamp::Timestamp(time) = time {
            check_time(time.seconds, time.nanoseconds).map_err(Failure::from)?;
        }
    }
    Ok(())
}

fn opening(path_flags: PathFlags, open_flags: OpenFlags, flags: DescriptorFlags) -> Opening {
    let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    Opening {
        follow: follows(path_flags),
        create: open_flags.contains(OpenFlags::CREATE),
        exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
        truncate: open_flags.contains(OpenFlags::TRUNCATE),
        directory: open_flags.contains(OpenFlags::DIRECTORY),
        write: flags.contains(DescriptorFlags::WRITE),
        synchronized: flags.intersects(synchronized),
    }
}

impl GuestDescriptor for Descriptor {
    delegate! {
        to self.host {
            fn read_via_stream(&self, offset: Filesize) -> Result<InputStream>;
            fn advise(&self, offset: Filesize, length: Filesize, advice: Advice) -> Result<()>;
            fn sync_data(&self) -> Result<()>;
            fn get_type(&self) -> Result<DescriptorType>;
            fn read(&self, length: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool)>;
            fn sync(&self) -> Result<()>;
            fn stat(&self) -> Result<DescriptorStat>;
            fn metadata_hash(&self) -> Result<MetadataHashValue>;
        }
        to self.changing_file()? {
            fn write_via_stream(&self, offset: Filesize) -> Result<OutputStream>;
            fn append_via_stream(&self) -> Result<OutputStream>;
            fn set_size(&self, size: Filesize) -> Result<()>;
        }
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        check_times([&accessed, &modified])?;
        self.changing()?.set_times(accessed, modified)
    }

    fn get_flags(&self) -> Result<DescriptorFlags> {
        let mut flags = self.host.get_flags()?;
        if self.mount.read_only {
            flags.remove(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        }
        Ok(flags)
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<Filesize> {
        self.changing_file()?.write(&buffer, offset)
    }

    fn read_directory(&self) -> Result<types::DirectoryEntryStream> {
        Ok(types::DirectoryEntryStream::new(DirectoryEntryStream {
            entries: self.host.read_directory()?,
            mount: self.mount.clone(),
            place: self.place.clone(),
        }))
    }

    fn create_directory_at(&self, path: String) -> Result<()> {
        if !self.mount.walks {
            return self.changing_directory()?.create_directory_at(&path);
        }
        let walk = self.walk_to_parent(without_trailing_slashes(&path))?;
        walk.check_makeable()?;
        walk.directory().create_directory_at(walk.name())
    }

    fn stat_at(&self, path_flags: PathFlags, path: String) -> Result<DescriptorStat> {
        if !self.mount.walks {
            return self.host.stat_at(path_flags, &path);
        }
        let mut walk = self.walk(&READING, &path)?;
        let stat = walk.look(
            follows(path_flags),
            |directory, name| directory.stat_at(PathFlags::empty(), name).map_err(Failure),
            |stat| stat.type_ == DescriptorType::SymbolicLink,
        );
        Ok(stat?)
    }

    fn set_times_at(
        &self,
        path_flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        if self.mount.read_only || self.mount.walks {
            self.check_directory()?;
            check_times([&accessed, &modified])?;
        }
        self.changing_directory()?;
        self.at_entry(&CHANGING, path_flags, &path, |directory, flags, name| {
            directory.set_times_at(flags, name, accessed, modified)
        })
    }

    fn link_at(
        &self,
        old_path_flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        check_paths()?;
        let other: &Self = new_descriptor.get();
        if !self.either_walks(other) {
            let (old, new) = self.changing_both(other)?;
            return old.link_at(old_path_flags, &old_path, new, &new_path);
        }
        self.changing_both(other)?;
        // A link is not followed here, as on Wasmtime's host.
        if follows(old_path_flags) {
            return Err(ErrorCode::Invalid);
        }
        let old = self.walk_to_parent(&old_path)?;
        let new = other.walk_to_parent(&new_path)?;
        old.check_visible()?;
        new.check_makeable()?;
        old.directory()
            .link_at(PathFlags::empty(), old.name(), new.directory(), new.name())
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        let opened = self.open(path_flags, &path, open_flags, flags)?;
        Ok(types::Descriptor::new(opened))
    }

    fn readlink_at(&self, path: String) -> Result<String> {
        if !self.mount.walks {
            return self.host.readlink_at(&path);
        }
        let mut walk = self.walk(&READING, &path)?;
        walk.to_parent()?;
        walk.check_visible()?;
        walk.directory().readlink_at(walk.name())
    }

    fn remove_directory_at(&self, path: String) -> Result<()> {
        if !self.mount.walks {
            return self.changing_directory()?.remove_directory_at(&path);
        }
        let walk = self.walk_to_parent(&path)?;
        walk.check_visible()?;
        walk.directory().remove_directory_at(walk.name())
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        check_paths()?;
        let other: &Self = new_descriptor.get();
        if !self.either_walks(other) {
            let (old, new) = self.changing_both(other)?;
            return old.rename_at(&old_path, new, &new_path);
        }
        self.changing_both(other)?;
        let old = self.walk_to_parent(without_trailing_slashes(&old_path))?;
        let new = other.walk_to_parent(without_trailing_slashes(&new_path))?;
        check_move(&old, &new, Rc::ptr_eq(&self.mount, &other.mount))?;
        if requires_directory(&old_path) || requires_directory(&new_path) {
            old.check_directory(|directory, name| {
                let stat = directory
                    .stat_at(PathFlags::empty(), name)
                    .map_err(Failure)?;
                Ok(stat.type_ == DescriptorType::Directory)
            })?;
        }
        old.directory()
            .rename_at(old.name(), new.directory(), new.name())
    }

    fn symlink_at(&self, old_path: String, new_path: String) -> Result<()> {
        check_paths()?;
        if !self.mount.walks {
            return self.changing_directory()?.symlink_at(&old_path, &new_path);
        }
        self.changing_directory()?;
        if old_path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        let walk = self.walk_to_parent(&new_path)?;
        walk.check_makeable()?;
        walk.directory().symlink_at(&old_path, walk.name())
    }

    fn unlink_file_at(&self, path: String) -> Result<()> {
        if !self.mount.walks {
            return self.changing_directory()?.unlink_file_at(&path);
        }
        let walk = self.walk_to_parent(&path)?;
        walk.check_visible()?;
        walk.directory().unlink_file_at(walk.name())
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.host.is_same_object(&other.get::<Self>().host)
    }

    fn metadata_hash_at(&self, path_flags: PathFlags, path: String) -> Result<MetadataHashValue> {
        self.at_entry(&READING, path_flags, &path, |directory, flags, name| {
            directory.metadata_hash_at(flags, name)
        })
    }
}
