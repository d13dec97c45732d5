//! `descriptor`.

use std::cell::OnceCell;
use std::rc::Rc;

use delegate::delegate;
use interpose_adapter::arguments;
use interpose_adapter::refusals::{Subject, refused};
use interpose_mounts::{Opening, Place, Refusal, Walk, check_move, check_time};
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

/// The result of a step of an operation that the policy may refuse.
type Step<T> = std::result::Result<T, Failure>;

/// A file or directory of the host.
pub struct Descriptor {
    host: Rc<host::Descriptor>,
    mount: Rc<Mount>,
    /// The place of this file or directory, which tells what is hidden below. It stays valid after a move, because a
    /// move is allowed only if the same names are hidden below both places.
    place: Place,
    /// Whether this is a directory; empty until an operation needs to know.
    is_directory: OnceCell<bool>,
    /// Whether this is the directory that the mount shows.
    is_root: bool,
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
            is_root: true,
        }
    }

    /// The host's descriptor for a change. Fails with [`ErrorCode::NotPermitted`] in a read-only mount, as in a
    /// read-only memory mount and in a directory that Wasmtime opens read-only.
    fn changing(&self) -> Step<&host::Descriptor> {
        if self.mount.read_only {
            Err(Refusal::ReadOnly.into())
        } else {
            Ok(&self.host)
        }
    }

    /// As [`Descriptor::changing`], for a change of a file. A directory in a read-only mount is refused first, as a bad
    /// descriptor.
    fn changing_file(&self) -> Step<&host::Descriptor> {
        if self.mount.read_only && self.is_directory()? {
            return Err(ErrorCode::BadDescriptor.into());
        }
        self.changing()
    }

    /// As [`Descriptor::changing`], for a change below a directory. A file is refused first.
    fn changing_directory(&self) -> Step<&host::Descriptor> {
        if self.mount.read_only || self.mount.walks {
            self.check_directory()?;
        }
        self.changing()
    }

    /// As [`Descriptor::changing_directory`] for two descriptors, with checks in the order of Wasmtime's host.
    fn changing_both<'a>(
        &'a self,
        other: &'a Self,
    ) -> Step<(&'a host::Descriptor, &'a host::Descriptor)> {
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

    /// [`ErrorCode::NotDirectory`] for a file. Wasmtime's host makes this check before it looks at the path.
    fn check_directory(&self) -> Result<()> {
        match self.is_directory()? {
            true => Ok(()),
            false => Err(ErrorCode::NotDirectory),
        }
    }

    fn walk<'a>(&'a self, tree: &'a HostTree, path: &'a str) -> Step<Walk<'a, HostTree>> {
        self.check_directory()?;
        let start = (&*self.host, &self.place);
        Walk::new(tree, &self.mount.hidden, start, path)
    }

    /// A walk to the directory that holds, or is to hold, an entry that is to be changed.
    fn walk_to_parent<'a>(&'a self, path: &'a str) -> Step<Walk<'a, HostTree>> {
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
    ) -> Step<R> {
        if !self.mount.walks {
            return Ok(operation(&self.host, path_flags, path)?);
        }
        let mut walk = self.walk(tree, path)?;
        walk.to_entry(follows(path_flags))?;
        Ok(operation(
            walk.directory(),
            PathFlags::empty(),
            walk.name(),
        )?)
    }

    /// Opens a path name by name, so that no name leads to something that the mount does not show.
    fn open_walking(
        &self,
        opening: Opening,
        path: &str,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Step<Self> {
        let changes = opening.create
            || opening.truncate
            || opening.write
            || flags.contains(DescriptorFlags::MUTATE_DIRECTORY);
        let tree = HostTree { mutates: changes };
        let mut walk = self.walk(&tree, path)?;
        let opened = walk.open(opening, |directory, name| {
            let opened = directory.open_at(PathFlags::empty(), name, open_flags, flags);
            opened.map_err(Failure::from)
        })?;
        Ok(self.opened(opened, walk.place().ok_or(ErrorCode::NoEntry)?))
    }

    /// A descriptor for something that was opened below this directory, at `place`.
    fn opened(&self, host: host::Descriptor, place: Place) -> Self {
        Self {
            host: Rc::new(host),
            mount: self.mount.clone(),
            place,
            is_directory: OnceCell::new(),
            is_root: false,
        }
    }

    /// Opens a path below this directory. In a read-only mount, opening fails if the descriptor could change a file; a
    /// descriptor of a directory only does not permit changes, as in memory and on Wasmtime's host.
    fn open(
        &self,
        path_flags: PathFlags,
        path: &str,
        open_flags: OpenFlags,
        mut flags: DescriptorFlags,
    ) -> Step<Self> {
        if self.mount.walks || self.mount.read_only {
            self.check_directory()?;
            let opening = opening(path_flags, open_flags, flags);
            opening.check(self.mount.read_only)?;
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

/// Refuses two paths that together are too large for one call, because their texts were overwritten.
fn check_paths() -> Result<()> {
    if arguments::fit() {
        Ok(())
    } else {
        Err(ErrorCode::NameTooLong)
    }
}

fn check_times(times: [&NewTimestamp; 2]) -> Step<()> {
    for time in times {
        if let NewTimestamp::Timestamp(time) = time {
            check_time(time.seconds, time.nanoseconds)?;
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

/// The operations on paths that the policy may refuse.
impl Descriptor {
    fn create_directory(&self, path: &str) -> Step<()> {
        if !self.mount.walks {
            return Ok(self.changing_directory()?.create_directory_at(path)?);
        }
        let walk = self.walk_to_parent(without_trailing_slashes(path))?;
        walk.check_makeable()?;
        Ok(walk.directory().create_directory_at(walk.name())?)
    }

    fn look_at(&self, path_flags: PathFlags, path: &str) -> Step<DescriptorStat> {
        if !self.mount.walks {
            return Ok(self.host.stat_at(path_flags, path)?);
        }
        let mut walk = self.walk(&READING, path)?;
        walk.look(
            follows(path_flags),
            |directory, name| Ok(directory.stat_at(PathFlags::empty(), name)?),
            |stat| stat.type_ == DescriptorType::SymbolicLink,
        )
    }

    fn set_times_of(
        &self,
        path_flags: PathFlags,
        path: &str,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Step<()> {
        if self.mount.read_only || self.mount.walks {
            self.check_directory()?;
            check_times([&accessed, &modified])?;
        }
        self.changing_directory()?;
        self.at_entry(&CHANGING, path_flags, path, |directory, flags, name| {
            directory.set_times_at(flags, name, accessed, modified)
        })
    }

    fn link(
        &self,
        old_path_flags: PathFlags,
        old_path: &str,
        other: &Self,
        new_path: &str,
    ) -> Step<()> {
        if !self.either_walks(other) {
            let (old, new) = self.changing_both(other)?;
            return Ok(old.link_at(old_path_flags, old_path, new, new_path)?);
        }
        self.changing_both(other)?;
        // `link-at` does not follow links, as on Wasmtime's host.
        if follows(old_path_flags) {
            return Err(ErrorCode::Invalid.into());
        }
        let old = self.walk_to_parent(old_path)?;
        let new = other.walk_to_parent(new_path)?;
        old.check_visible()?;
        new.check_makeable()?;
        Ok(old
            .directory()
            .link_at(PathFlags::empty(), old.name(), new.directory(), new.name())?)
    }

    fn read_link(&self, path: &str) -> Step<String> {
        if !self.mount.walks {
            return Ok(self.host.readlink_at(path)?);
        }
        let mut walk = self.walk(&READING, path)?;
        walk.to_parent()?;
        walk.check_visible()?;
        Ok(walk.directory().readlink_at(walk.name())?)
    }

    /// Removes a file or a directory with `remove`.
    fn remove(&self, path: &str, remove: fn(&host::Descriptor, &str) -> Result<()>) -> Step<()> {
        if !self.mount.walks {
            return Ok(remove(self.changing_directory()?, path)?);
        }
        let walk = self.walk_to_parent(path)?;
        walk.check_visible()?;
        Ok(remove(walk.directory(), walk.name())?)
    }

    fn rename(&self, old_path: &str, other: &Self, new_path: &str) -> Step<()> {
        if !self.either_walks(other) {
            let (old, new) = self.changing_both(other)?;
            return Ok(old.rename_at(old_path, new, new_path)?);
        }
        self.changing_both(other)?;
        let old = self.walk_to_parent(without_trailing_slashes(old_path))?;
        let new = other.walk_to_parent(without_trailing_slashes(new_path))?;
        check_move(&old, &new, Rc::ptr_eq(&self.mount, &other.mount))?;
        if requires_directory(old_path) || requires_directory(new_path) {
            old.check_directory(|directory, name| {
                let stat = directory.stat_at(PathFlags::empty(), name)?;
                Ok(stat.type_ == DescriptorType::Directory)
            })?;
        }
        Ok(old
            .directory()
            .rename_at(old.name(), new.directory(), new.name())?)
    }

    fn link_symbolically(&self, target: &str, path: &str) -> Step<()> {
        if !self.mount.walks {
            return Ok(self.changing_directory()?.symlink_at(target, path)?);
        }
        self.changing_directory()?;
        if target.starts_with('/') {
            return Err(ErrorCode::NotPermitted.into());
        }
        let walk = self.walk_to_parent(path)?;
        walk.check_makeable()?;
        Ok(walk.directory().symlink_at(target, walk.name())?)
    }

    /// The result of a function that was called with a path, or without one. Tells the host if the policy refused it.
    fn told<T>(&self, function: &str, path: &str, result: Step<T>) -> Result<T> {
        result.map_err(|failure| self.tell(function, path, failure))
    }

    /// As [`Descriptor::told`], for a function with the path of an existing entry, and another descriptor with a new
    /// path.
    fn told_of_two<T>(
        &self,
        function: &str,
        (old_path, other, new_path): (&str, &Self, &str),
        result: Step<T>,
    ) -> Result<T> {
        result.map_err(|failure| match self.mount.read_only {
            // If the entry's mount allows changes, the other one is read-only.
            false if other.mount.read_only => other.tell(function, new_path, failure),
            _ => self.tell(function, old_path, failure),
        })
    }

    /// Tells the host that the policy refused a path, if that is why a call failed: the path of the mount and that of
    /// the call. Nobody keeps the paths of directories that were opened below the mount.
    #[cold]
    #[inline(never)]
    fn tell(&self, function: &str, path: &str, failure: Failure) -> ErrorCode {
        if let Some(reason) = failure.reason {
            let mount = self.mount.path.trim_end_matches('/');
            let between = if self.is_root { "/" } else { "/…/" };
            refused(reason, function, Subject::Text(&[mount, between, path]));
        }
        failure.code
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
        to self.told("write-via-stream", "", self.changing_file())? {
            fn write_via_stream(&self, offset: Filesize) -> Result<OutputStream>;
        }
        to self.told("append-via-stream", "", self.changing_file())? {
            fn append_via_stream(&self) -> Result<OutputStream>;
        }
        to self.told("set-size", "", self.changing_file())? {
            fn set_size(&self, size: Filesize) -> Result<()>;
        }
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        let checked = check_times([&accessed, &modified]).and_then(|()| self.changing());
        self.told("set-times", "", checked)?
            .set_times(accessed, modified)
    }

    fn get_flags(&self) -> Result<DescriptorFlags> {
        let mut flags = self.host.get_flags()?;
        if self.mount.read_only {
            flags.remove(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        }
        Ok(flags)
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<Filesize> {
        self.told("write", "", self.changing_file())?
            .write(&buffer, offset)
    }

    fn read_directory(&self) -> Result<types::DirectoryEntryStream> {
        Ok(types::DirectoryEntryStream::new(DirectoryEntryStream {
            entries: self.host.read_directory()?,
            mount: self.mount.clone(),
            place: self.place.clone(),
        }))
    }

    fn create_directory_at(&self, path: String) -> Result<()> {
        let made = self.create_directory(&path);
        self.told("create-directory-at", &path, made)
    }

    fn stat_at(&self, path_flags: PathFlags, path: String) -> Result<DescriptorStat> {
        let found = self.look_at(path_flags, &path);
        self.told("stat-at", &path, found)
    }

    fn set_times_at(
        &self,
        path_flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        let set = self.set_times_of(path_flags, &path, accessed, modified);
        self.told("set-times-at", &path, set)
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
        let linked = self.link(old_path_flags, &old_path, other, &new_path);
        self.told_of_two("link-at", (&old_path, other, &new_path), linked)
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        let opened = self.open(path_flags, &path, open_flags, flags);
        let opened = self.told("open-at", &path, opened)?;
        Ok(types::Descriptor::new(opened))
    }

    fn readlink_at(&self, path: String) -> Result<String> {
        let target = self.read_link(&path);
        self.told("readlink-at", &path, target)
    }

    fn remove_directory_at(&self, path: String) -> Result<()> {
        let removed = self.remove(&path, host::Descriptor::remove_directory_at);
        self.told("remove-directory-at", &path, removed)
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        check_paths()?;
        let other: &Self = new_descriptor.get();
        let renamed = self.rename(&old_path, other, &new_path);
        self.told_of_two("rename-at", (&old_path, other, &new_path), renamed)
    }

    fn symlink_at(&self, old_path: String, new_path: String) -> Result<()> {
        check_paths()?;
        let linked = self.link_symbolically(&old_path, &new_path);
        self.told("symlink-at", &new_path, linked)
    }

    fn unlink_file_at(&self, path: String) -> Result<()> {
        let removed = self.remove(&path, host::Descriptor::unlink_file_at);
        self.told("unlink-file-at", &path, removed)
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.host.is_same_object(&other.get::<Self>().host)
    }

    fn metadata_hash_at(&self, path_flags: PathFlags, path: String) -> Result<MetadataHashValue> {
        let hash = self.at_entry(&READING, path_flags, &path, |directory, flags, name| {
            directory.metadata_hash_at(flags, name)
        });
        self.told("metadata-hash-at", &path, hash)
    }
}
