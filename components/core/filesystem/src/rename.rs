//! Renaming.

use crate::{
    Descriptor, Error, FileSystem, Timestamp,
    node::NodeId,
    resolve::{check_length, check_no_nul, without_trailing_slashes},
};

impl FileSystem {
    /// Gives a node another name in place of one it has, as POSIX `renameat`. What has the new name is replaced: an
    /// empty directory by a directory, anything else by anything else. If both names are of the same node, nothing
    /// happens. Symbolic links at the ends of the paths are not followed. Slashes at the ends are ignored if the node
    /// is a directory.
    ///
    /// Fails with
    /// - [`Error::Busy`] if a path ends in `.` or `..`;
    /// - [`Error::Invalid`] to move a directory into itself;
    /// - [`Error::IsDirectory`], [`Error::NotDirectory`] to replace a directory by something else and the other way
    ///   round, the latter also if a path ends in a slash and the node is no directory;
    /// - [`Error::NotEmpty`] to replace a directory that has entries;
    /// - [`Error::CrossDevice`] between two trees;
    /// - or as resolving the paths fails.
    pub fn rename_at(
        &mut self,
        old_dir: &Descriptor,
        old_path: &str,
        new_dir: &Descriptor,
        new_path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (old_start, new_start) = self.writable_starts_of(old_dir, new_dir)?;
        let directory_required = old_path.ends_with('/') || new_path.ends_with('/');
        let (old_parent, old_name) =
            self.resolve_parent_unchecked(old_start, without_trailing_slashes(old_path))?;
        let (new_parent, new_name) =
            self.resolve_parent_unchecked(new_start, without_trailing_slashes(new_path))?;
        check_no_nul([old_name, new_name])?;
        check_length(old_name)?;
        check_length(new_name)?;
        if old_dir.root != new_dir.root {
            return Err(Error::CrossDevice);
        }
        if old_name == "." || new_name == "." {
            return Err(Error::Busy);
        }
        let node = self.entry(old_parent, old_name)?;
        let replaced = self.lookup(new_parent, new_name)?;
        self.check_not_removed(new_parent)?;
        let is_directory = self.nodes[node].is_directory();
        if directory_required && !is_directory {
            return Err(Error::NotDirectory);
        }
        if is_directory && self.is_within(new_parent, node) {
            return Err(Error::Invalid);
        }
        if let Some(replaced) = replaced {
            if self.nodes[replaced].is_directory() && self.is_within(old_parent, replaced) {
                return Err(Error::NotEmpty);
            }
            if replaced == node {
                return Ok(());
            }
            match (is_directory, self.nodes[replaced].directory()) {
                (true, Err(_)) => return Err(Error::NotDirectory),
                (false, Ok(_)) => return Err(Error::IsDirectory),
                (true, Ok(directory)) if !directory.is_empty() => return Err(Error::NotEmpty),
                (true, Ok(_)) | (false, Err(_)) => self.remove_entry(new_parent, new_name, now)?,
            }
        }
        self.take_entry(old_parent, old_name)?;
        self.insert_entry(new_parent, new_name.into(), node)?;
        self.nodes[old_parent].touch(now);
        self.nodes[new_parent].touch(now);
        self.nodes[node].changed = now;
        Ok(())
    }

    /// The directories that two paths of something to be changed are relative to: [`Error::NotDirectory`], or
    /// [`Error::NotPermitted`] if the tree of either is read-only.
    pub(crate) fn writable_starts_of(
        &self,
        old: &Descriptor,
        new: &Descriptor,
    ) -> Result<(NodeId, NodeId), Error> {
        let starts = (self.start_of(old)?, self.start_of(new)?);
        self.check_writable(old.root)?;
        self.check_writable(new.root)?;
        Ok(starts)
    }

    /// Whether a directory is `ancestor` or below it.
    fn is_within(&self, directory: NodeId, ancestor: NodeId) -> bool {
        let mut at = directory;
        loop {
            if at == ancestor {
                return true;
            }
            match self.nodes[at].directory() {
                Ok(directory) if directory.parent() != at => at = directory.parent(),
                _ => return false,
            }
        }
    }
}
