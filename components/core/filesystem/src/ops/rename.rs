//! Renaming.

use interpose_paths::{check_length, check_no_nul, without_trailing_slashes};

use crate::{Descriptor, Error, FileSystem, Timestamp, model::ids::NodeId};

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
                (true, Ok(directory)) if !self.is_empty_directory(replaced, directory)? => {
                    return Err(Error::NotEmpty);
                }
                (true, Ok(_)) | (false, Err(_)) => self.remove_entry(new_parent, new_name, now)?,
            }
        }
        self.nodes.take_entry(old_parent, old_name)?;
        self.nodes.insert_entry(new_parent, new_name.into(), node)?;
        self.nodes[old_parent].touch(now);
        self.nodes[new_parent].touch(now);
        self.nodes[node].changed = now;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, OPEN, at};

    fn fixture() -> Fixture {
        let mut fixture = Fixture::new();
        fixture.mkdir("empty").unwrap();
        fixture.mkdir("full").unwrap();
        fixture.mkdir("full/sub").unwrap();
        fixture.file("full/f", b"inner");
        fixture.file("f", b"f");
        fixture.file("g", b"g");
        fixture.symlink("full", "l").unwrap();
        fixture
    }

    #[test]
    fn moves_and_replaces() {
        let mut fixture = fixture();
        fixture.rename("f", "full/moved").unwrap();
        assert_eq!(fixture.read("full/moved").unwrap(), b"f");
        fixture.rename("full/moved", "g").unwrap();
        assert_eq!(fixture.read("g").unwrap(), b"f");
        fixture.rename("full", "empty").unwrap();
        assert_eq!(fixture.list("empty").unwrap(), ["f", "sub"]);
        // The link itself moves, and replaces a file.
        fixture.rename("l", "g").unwrap();
        assert_eq!(fixture.list(".").unwrap(), ["empty", "g"]);
        fixture.check();
    }

    #[test]
    fn refuses_what_posix_refuses() {
        let mut fixture = fixture();
        for (old, new, error) in [
            ("none", "x", Error::NoEntry),
            ("f", "none/x", Error::NoEntry),
            ("f", "g/x", Error::NotDirectory),
            ("f", "empty", Error::IsDirectory),
            ("empty", "f", Error::NotDirectory),
            ("empty", "full", Error::NotEmpty),
            ("empty", "l", Error::NotDirectory),
            ("full", "full/x", Error::Invalid),
            ("full", "full/sub/x", Error::Invalid),
            ("full", "full/sub", Error::Invalid),
            ("full/sub", "full", Error::NotEmpty),
            ("full/f", "full", Error::NotEmpty),
            ("f", "x/", Error::NotDirectory),
            ("f/", "x", Error::NotDirectory),
            (".", "x", Error::Busy),
            ("f", ".", Error::Busy),
            ("full/.", "x", Error::Busy),
            ("full/..", "x", Error::Busy),
            ("f", "full/..", Error::Busy),
            ("..", "x", Error::NotPermitted),
        ] {
            assert_eq!(fixture.rename(old, new), Err(error), "{old} to {new}");
        }
        fixture.check();
        assert_eq!(fixture.list(".").unwrap(), ["empty", "f", "full", "g", "l"]);
    }

    #[test]
    fn slashes_behind_a_directory_are_ignored() {
        let mut fixture = fixture();
        fixture.rename("full/", "x//").unwrap();
        assert_eq!(fixture.list("x").unwrap(), ["f", "sub"]);
    }

    #[test]
    fn two_names_of_a_node_stay() {
        let mut fixture = fixture();
        fixture.link("f", "h").unwrap();
        fixture.now = at(50);
        fixture.rename("f", "h").unwrap();
        fixture.rename("f", "f").unwrap();
        fixture.rename("full", "full").unwrap();
        assert_eq!(
            fixture.list(".").unwrap(),
            ["empty", "f", "full", "g", "h", "l"]
        );
        assert_eq!(fixture.stat("f").unwrap().changed, at(2));
        assert_eq!(fixture.stat(".").unwrap().modified, at(2));
    }

    #[test]
    fn what_is_replaced_lives_while_it_is_open() {
        let mut fixture = fixture();
        let g = fixture.open("g", OPEN).unwrap();
        fixture.rename("f", "g").unwrap();
        assert_eq!(fixture.files.read(&g, 0, 9).unwrap(), b"g");
        assert_eq!(fixture.files.stat(&g).link_count, 0);
        fixture.check();
        fixture.files.close(g);
        fixture.check();
    }

    #[test]
    fn link_counts_of_directories_follow() {
        let mut fixture = fixture();
        assert_eq!(fixture.stat("full").unwrap().link_count, 3);
        assert_eq!(fixture.stat(".").unwrap().link_count, 4);
        fixture.rename("full/sub", "empty").unwrap();
        assert_eq!(fixture.stat("full").unwrap().link_count, 2);
        assert_eq!(fixture.stat(".").unwrap().link_count, 4);
        fixture.check();
    }

    #[test]
    fn trees_are_different_devices() {
        let mut fixture = fixture();
        let other = fixture.files.add_root(false, at(1)).unwrap();
        let other = fixture.files.open_root(other);
        let (files, now) = (&mut fixture.files, fixture.now);
        assert_eq!(
            files.rename_at(&fixture.dir, "f", &other, "f", now),
            Err(Error::CrossDevice)
        );
        assert_eq!(
            files.link_at(&fixture.dir, "f", false, &other, "f", now),
            Err(Error::CrossDevice)
        );
        let read_only = files.add_root(true, at(1)).unwrap();
        let read_only = files.open_root(read_only);
        assert_eq!(
            files.rename_at(&fixture.dir, "f", &read_only, "f", now),
            Err(Error::NotPermitted)
        );
        assert_eq!(
            files.rename_at(&read_only, "f", &fixture.dir, "f", now),
            Err(Error::NotPermitted)
        );
    }
}
