//! Hard and symbolic links, and the removal of files.

use crate::{
    Descriptor, Error, FileSystem, Timestamp,
    node::Kind,
    resolve::{check_length, check_no_nul},
};

impl FileSystem {
    /// Makes another name of a file, symbolic link or device, as POSIX `linkat`. A symbolic link at the end of
    /// `old_path` is not followed: with `old_follow` this fails with [`Error::Invalid`], as on Wasmtime's host.
    ///
    /// Fails with [`Error::NotPermitted`] for a directory, with [`Error::Exist`] if there is anything of the new name,
    /// with [`Error::CrossDevice`] between two trees, with [`Error::InsufficientSpace`] if there are as many entries
    /// as there may be, or as resolving the paths fails.
    pub fn link_at(
        &mut self,
        old_dir: &Descriptor,
        old_path: &str,
        old_follow: bool,
        new_dir: &Descriptor,
        new_path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (old_start, new_start) = self.writable_starts_of(old_dir, new_dir)?;
        if old_follow {
            return Err(Error::Invalid);
        }
        let (old_parent, old_name) = self.resolve_parent_unchecked(old_start, old_path)?;
        let (new_parent, new_name) = self.resolve_parent_unchecked(new_start, new_path)?;
        check_no_nul([old_name, new_name])?;
        check_length(old_name)?;
        let node = self.entry(old_parent, old_name)?;
        check_length(new_name)?;
        self.check_vacant(new_parent, new_name)?;
        if old_dir.root != new_dir.root {
            return Err(Error::CrossDevice);
        }
        if self.nodes[node].is_directory() {
            return Err(Error::NotPermitted);
        }
        self.quota.take_entry()?;
        self.insert_entry(new_parent, new_name.into(), node)?;
        self.nodes[new_parent].touch(now);
        let linked = &mut self.nodes[node];
        linked.names += 1;
        linked.changed = now;
        Ok(())
    }

    /// Makes a symbolic link to `target`, which need not lead anywhere, as POSIX `symlinkat`.
    ///
    /// Fails with [`Error::NotPermitted`] if `target` is absolute, with [`Error::NoEntry`] if it is empty, with
    /// [`Error::Exist`] if there is anything of that name, with [`Error::InsufficientSpace`] if the quota is
    /// exhausted, or as resolving the path fails.
    pub fn symlink_at(
        &mut self,
        target: &str,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        if target.starts_with('/') {
            return Err(Error::NotPermitted);
        }
        let (parent, name) = self.resolve_parent_unchecked(start, path)?;
        check_no_nul([target, name])?;
        check_length(target)?;
        if target.is_empty() {
            return Err(Error::NoEntry);
        }
        check_length(name)?;
        self.check_vacant(parent, name)?;
        let bytes = target.len() as u64;
        self.quota.take_bytes(bytes)?;
        if let Err(error) = self.create(parent, name.into(), Kind::Symlink(target.into()), now) {
            self.quota.return_bytes(bytes);
            return Err(error);
        }
        self.nodes[parent].touch(now);
        Ok(())
    }

    /// The target of a symbolic link, as POSIX `readlinkat`.
    ///
    /// Fails with [`Error::Invalid`] if there is something else, with [`Error::NotPermitted`] if the target is
    /// absolute, as WASI demands, or as resolving the path fails.
    pub fn readlink_at(&self, dir: &Descriptor, path: &str) -> Result<&str, Error> {
        let (parent, name) = self.resolve_parent(self.start_of(dir)?, path)?;
        match &self.nodes[self.entry(parent, name)?].kind {
            Kind::Symlink(target) if target.starts_with('/') => Err(Error::NotPermitted),
            Kind::Symlink(target) => Ok(target),
            _ => Err(Error::Invalid),
        }
    }

    /// Removes a name of a file, symbolic link or device, as POSIX `unlinkat`. The node itself ends with its last name
    /// and its last descriptor.
    ///
    /// Fails with [`Error::IsDirectory`] for a directory, or as resolving the path fails.
    pub fn unlink_file_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        let (parent, name) = self.resolve_parent(start, path)?;
        if self.nodes[self.entry(parent, name)?].is_directory() {
            return Err(Error::IsDirectory);
        }
        self.remove_entry(parent, name, now)
    }
}
