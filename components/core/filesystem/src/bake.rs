//! Filling a tree before a guest sees it.
//!
//! These functions ignore that a tree is read-only, and leave the timestamps of the directory they fill alone. In a tree
//! with a lower layer they do not look at that: a file hides what it has of the same name, a directory is merged with
//! it.

use alloc::boxed::Box;

use interpose_paths::{check as check_path, check_length, check_no_nul};

use crate::{
    Device, Error, FileSystem, MAX_NAME_LENGTH, Root, Timestamp,
    model::{contents::Contents, directory::Directory, ids::NodeId, node::Kind},
};

impl FileSystem {
    /// Makes a directory whose timestamps are all `time`; one that exists is left as it is.
    ///
    /// Parents must exist, and no symbolic link is followed. Fails with [`Error::NoEntry`] or [`Error::NotDirectory`]
    /// if what the path goes through does not exist or is no directory, with [`Error::Exist`] if there is something
    /// else of that name, with [`Error::InsufficientSpace`] if the quota is exhausted, with [`Error::NotPermitted`]
    /// for a path that is absolute or has a `..`, and with [`Error::Invalid`] or [`Error::NameTooLong`] for one that
    /// no guest could use.
    pub fn bake_directory(&mut self, root: Root, path: &str, time: Timestamp) -> Result<(), Error> {
        let (parent, name) = self.resolve_baked(root, path)?;
        match self.nodes[parent].directory()?.get(name) {
            Some(existing) if self.nodes[existing].is_directory() => Ok(()),
            _ => {
                let made =
                    self.bake(parent, name, Kind::Directory(Directory::new(parent)), time)?;
                self.merge_baked(parent, name, made);
                Ok(())
            }
        }
    }

    /// Makes a file whose timestamps are all `time`.
    ///
    /// Fails as [`FileSystem::bake_directory`], and with [`Error::Exist`] if there is anything of that name.
    pub fn bake_file(
        &mut self,
        root: Root,
        path: &str,
        contents: &[u8],
        time: Timestamp,
    ) -> Result<(), Error> {
        let (parent, name) = self.resolve_baked(root, path)?;
        let mut stored = Contents::default();
        let written = stored.write(0, contents, &mut self.quota)?;
        if written < contents.len() as u64 {
            self.quota.return_bytes(stored.stored());
            return Err(Error::InsufficientSpace);
        }
        let bytes = stored.stored();
        self.bake(parent, name, Kind::File(stored), time)
            .inspect_err(|_| self.quota.return_bytes(bytes))?;
        Ok(())
    }

    /// Makes a symbolic link whose timestamps are all `time`. Unlike one that a guest makes, it may be absolute, but
    /// nobody can follow it then.
    ///
    /// Fails as [`FileSystem::bake_file`], and with [`Error::NoEntry`], [`Error::Invalid`] or [`Error::NameTooLong`]
    /// for a target that no guest could use.
    pub fn bake_symlink(
        &mut self,
        root: Root,
        path: &str,
        target: &str,
        time: Timestamp,
    ) -> Result<(), Error> {
        let (parent, name) = self.resolve_baked(root, path)?;
        check_no_nul([target])?;
        check_length(target)?;
        if target.is_empty() {
            return Err(Error::NoEntry);
        }
        let bytes = target.len() as u64;
        self.quota.take_bytes(bytes)?;
        self.bake(parent, name, Kind::Symlink(target.into()), time)
            .inspect_err(|_| self.quota.return_bytes(bytes))?;
        Ok(())
    }

    /// Makes a device whose timestamps are all `time`.
    ///
    /// Fails as [`FileSystem::bake_file`].
    pub fn bake_device(
        &mut self,
        root: Root,
        path: &str,
        device: Device,
        time: Timestamp,
    ) -> Result<(), Error> {
        let (parent, name) = self.resolve_baked(root, path)?;
        self.bake(parent, name, Kind::Device(device), time)?;
        Ok(())
    }

    fn bake(
        &mut self,
        parent: NodeId,
        name: &str,
        kind: Kind,
        time: Timestamp,
    ) -> Result<NodeId, Error> {
        if self.nodes[parent].directory()?.get(name).is_some() {
            return Err(Error::Exist);
        }
        self.create(parent, Box::from(name), kind, time)
    }

    /// The directory and the name that a path means if no symbolic link is followed.
    fn resolve_baked<'a>(&self, root: Root, path: &'a str) -> Result<(NodeId, &'a str), Error> {
        check_path(path)?;
        let mut directory = self.tree(root).node;
        let mut names = path
            .split('/')
            .filter(|name| !matches!(*name, "" | "."))
            .peekable();
        while let Some(name) = names.next() {
            if name == ".." {
                return Err(Error::NotPermitted);
            }
            if name.len() > MAX_NAME_LENGTH {
                return Err(Error::NameTooLong);
            }
            if names.peek().is_none() {
                return Ok((directory, name));
            }
            directory = self.nodes[directory]
                .directory()?
                .get(name)
                .ok_or(Error::NoEntry)?;
            self.nodes[directory].directory()?;
        }
        Err(Error::Exist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Limits, NodeType,
        testing::{Fixture, NO_LIMITS, at},
    };

    #[test]
    fn fills_a_read_only_tree() {
        let mut fixture = Fixture::new();
        let root = fixture.files.add_root(true, at(1)).unwrap();
        let files = &mut fixture.files;
        files.bake_directory(root, "d", at(10)).unwrap();
        files.bake_directory(root, "d", at(11)).unwrap();
        files.bake_file(root, "d/f", b"contents", at(12)).unwrap();
        files.bake_symlink(root, "d/l", "f", at(13)).unwrap();
        files
            .bake_device(root, "d/zero", Device::Zero, at(14))
            .unwrap();
        let dir = files.open_root(root);
        for (path, node_type, time) in [
            ("d", NodeType::Directory, 10),
            ("d/f", NodeType::RegularFile, 12),
            ("d/l", NodeType::SymbolicLink, 13),
            ("d/zero", NodeType::CharacterDevice, 14),
        ] {
            let stat = files.stat_at(&dir, path, false).unwrap();
            assert_eq!(
                (stat.node_type, stat.modified, stat.accessed),
                (node_type, at(time), at(time))
            );
        }
        assert_eq!(files.stat_at(&dir, "d/l", true).unwrap().size, 8);
        fixture.check();
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut fixture = Fixture::with_limits(Limits {
            max_bytes: 10,
            ..NO_LIMITS
        });
        let (files, root) = (&mut fixture.files, fixture.root);
        files.bake_symlink(root, "l", ".", at(1)).unwrap();
        files.bake_file(root, "f", b"", at(1)).unwrap();
        for (path, error) in [
            ("", Error::NoEntry),
            ("/x", Error::NotPermitted),
            ("../x", Error::NotPermitted),
            ("none/x", Error::NoEntry),
            ("f/x", Error::NotDirectory),
            ("l/x", Error::NotDirectory),
            ("f", Error::Exist),
            (".", Error::Exist),
            ("a\0", Error::Invalid),
        ] {
            assert_eq!(
                files.bake_file(root, path, b"x", at(1)),
                Err(error),
                "{path}"
            );
        }
        assert_eq!(files.bake_directory(root, "l", at(1)), Err(Error::Exist));
        assert_eq!(
            files.bake_file(root, "big", &[0; 10], at(1)),
            Err(Error::InsufficientSpace)
        );
        assert_eq!(
            files.bake_symlink(root, "big", "0123456789", at(1)),
            Err(Error::InsufficientSpace)
        );
        assert_eq!(
            files.bake_file(root, &"n".repeat(256), b"", at(1)),
            Err(Error::NameTooLong)
        );
        fixture.check();
    }
}
