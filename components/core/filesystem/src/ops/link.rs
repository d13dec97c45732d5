//! Hard and symbolic links, and the removal of files.

use interpose_paths::{check_length, check_no_nul};

use crate::{Descriptor, Error, FileSystem, Timestamp, model::node::Kind};

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
        if self.nodes[node].names >= self.names_below(node) {
            self.quota.take_entry()?;
        }
        self.nodes.insert_entry(new_parent, new_name.into(), node)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Limits,
        testing::{CREATE, Fixture, NO_LIMITS, at},
    };

    #[test]
    fn names_of_a_file_are_equal() {
        let mut fixture = Fixture::new();
        fixture.file("a", b"x");
        fixture.link("a", "b").unwrap();
        assert_eq!(fixture.stat("a").unwrap().link_count, 2);
        assert_eq!(fixture.stat("a"), fixture.stat("b"));
        fixture.unlink("a").unwrap();
        assert_eq!(fixture.read("b").unwrap(), b"x");
        assert_eq!(fixture.stat("b").unwrap().link_count, 1);
        fixture.check();
        fixture.unlink("b").unwrap();
        assert_eq!(fixture.files.usage().bytes, 0);
        fixture.check();
    }

    #[test]
    fn a_link_to_a_symbolic_link_is_to_the_link_itself() {
        let mut fixture = Fixture::new();
        fixture.symlink("nothing", "l").unwrap();
        fixture.link("l", "m").unwrap();
        assert_eq!(fixture.files.readlink_at(&fixture.dir, "m"), Ok("nothing"));
        let (dir, now) = (&fixture.dir, fixture.now);
        assert_eq!(
            fixture.files.link_at(dir, "l", true, dir, "n", now),
            Err(Error::Invalid)
        );
        fixture.check();
    }

    #[test]
    fn refuses_what_posix_refuses() {
        let mut fixture = Fixture::new();
        fixture.mkdir("d").unwrap();
        fixture.file("f", b"");
        assert_eq!(fixture.link("d", "x"), Err(Error::NotPermitted));
        assert_eq!(fixture.link(".", "x"), Err(Error::NotPermitted));
        assert_eq!(fixture.link("d", "f"), Err(Error::Exist));
        assert_eq!(fixture.link("f", "d"), Err(Error::Exist));
        assert_eq!(fixture.link("f", "f"), Err(Error::Exist));
        assert_eq!(fixture.link("f", "."), Err(Error::Exist));
        assert_eq!(fixture.link("none", "f"), Err(Error::NoEntry));
        assert_eq!(fixture.link("f/", "x"), Err(Error::NotDirectory));
        assert_eq!(fixture.link("f", "x/"), Err(Error::NoEntry));
        assert_eq!(fixture.symlink("x", "f"), Err(Error::Exist));
        assert_eq!(fixture.symlink("x", "none/l"), Err(Error::NoEntry));
        assert_eq!(fixture.symlink("/x", "l"), Err(Error::NotPermitted));
        assert_eq!(fixture.unlink("d"), Err(Error::IsDirectory));
        assert_eq!(fixture.unlink("."), Err(Error::IsDirectory));
        assert_eq!(fixture.unlink("none"), Err(Error::NoEntry));
        assert_eq!(fixture.unlink("f/"), Err(Error::NotDirectory));
        assert_eq!(
            fixture.files.readlink_at(&fixture.dir, "f"),
            Err(Error::Invalid)
        );
        assert_eq!(
            fixture.files.readlink_at(&fixture.dir, "d/"),
            Err(Error::Invalid)
        );
        fixture.check();
    }

    #[test]
    fn an_unlinked_file_lives_and_counts_while_it_is_open() {
        let mut fixture = Fixture::with_limits(Limits {
            max_entries: 2,
            ..NO_LIMITS
        });
        let file = fixture.open("f", CREATE).unwrap();
        fixture.files.write(&file, 0, b"data", fixture.now).unwrap();
        fixture.unlink("f").unwrap();
        fixture.check();
        assert_eq!(
            fixture.open("g", CREATE).unwrap_err(),
            Error::InsufficientSpace
        );
        let other = fixture.files.duplicate(&file);
        fixture.files.close(file);
        fixture
            .files
            .write(&other, 4, b"more", fixture.now)
            .unwrap();
        assert_eq!(fixture.files.read(&other, 0, 99).unwrap(), b"datamore");
        assert_eq!(fixture.files.usage().bytes, 8);
        fixture.check();
        fixture.files.close(other);
        assert_eq!(fixture.files.usage().bytes, 0);
        assert!(fixture.open("g", CREATE).is_ok());
        fixture.check();
    }

    #[test]
    fn targets_count_against_the_quota() {
        let mut fixture = Fixture::with_limits(Limits {
            max_bytes: 5,
            ..NO_LIMITS
        });
        assert_eq!(
            fixture.symlink("123456", "l"),
            Err(Error::InsufficientSpace)
        );
        fixture.symlink("12345", "l").unwrap();
        assert_eq!(fixture.symlink("1", "m"), Err(Error::InsufficientSpace));
        fixture.unlink("l").unwrap();
        fixture.symlink("1", "m").unwrap();
        fixture.check();
    }

    #[test]
    fn linking_and_unlinking_change_the_node_and_modify_the_directory() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"");
        fixture.now = at(10);
        fixture.link("f", "g").unwrap();
        assert_eq!(fixture.stat("f").unwrap().changed, at(10));
        assert_eq!(fixture.stat("f").unwrap().modified, at(2));
        assert_eq!(fixture.stat(".").unwrap().modified, at(10));
        fixture.now = at(11);
        fixture.unlink("f").unwrap();
        assert_eq!(fixture.stat("g").unwrap().changed, at(11));
        assert_eq!(fixture.stat(".").unwrap().modified, at(11));
        fixture.now = at(12);
        fixture.symlink("x", "l").unwrap();
        assert_eq!(fixture.stat(".").unwrap().changed, at(12));
    }
}
