//! Directories: making, removing and listing them.

use interpose_paths::without_trailing_slashes;

use crate::{
    Descriptor, Entry, Error, FileSystem, Timestamp,
    model::{directory::Directory, node::Kind},
};

impl FileSystem {
    /// Makes an empty directory, as POSIX `mkdirat`. Slashes at the end of `path` are ignored.
    ///
    /// Fails with [`Error::Exist`] if there is anything of that name, with [`Error::InsufficientSpace`] if there are
    /// as many entries as there may be, or as resolving the path fails.
    pub fn create_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        let (parent, name) = self.resolve_parent(start, without_trailing_slashes(path))?;
        self.check_vacant(parent, name)?;
        self.create(
            parent,
            name.into(),
            Kind::Directory(Directory::new(parent)),
            now,
        )?;
        self.nodes[parent].touch(now);
        Ok(())
    }

    /// Removes an empty directory, as POSIX `rmdir`.
    ///
    /// Fails with [`Error::NotEmpty`], with [`Error::NotDirectory`] for anything else than a directory, with
    /// [`Error::Invalid`] if `path` ends in `.`, `..` or a slash, as on Wasmtime's host, or as resolving the path
    /// fails.
    pub fn remove_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        let (parent, name) = self.resolve_parent(start, path)?;
        if name == "." {
            return Err(Error::Invalid);
        }
        let id = self.entry(parent, name)?;
        if !self.is_empty_directory(id, self.nodes[id].directory()?)? {
            return Err(Error::NotEmpty);
        }
        self.remove_entry(parent, name, now)
    }

    /// The entry of a directory that follows the one named `after` in the order of their names' bytes, or the first;
    /// `None` at the end. `.` and `..` are not given.
    ///
    /// An entry that exists from before the listing began to after it ended is given exactly once, whatever else
    /// changes. Each step costs the logarithm of the number of entries.
    ///
    /// Fails with [`Error::NotDirectory`], or with [`Error::BadDescriptor`] if the descriptor does not permit reading.
    pub fn next_entry(
        &self,
        dir: &Descriptor,
        after: Option<&str>,
    ) -> Result<Option<Entry<'_>>, Error> {
        let directory = self.nodes[dir.node].directory()?;
        if !dir.access().read {
            return Err(Error::BadDescriptor);
        }
        let next = directory.next(after).map(|(name, id)| Entry {
            name,
            node_type: self.nodes[id].node_type(),
        });
        let Some(lower) = self.lower.get() else {
            return Ok(next);
        };
        // No name is in both.
        let below = lower
            .next(dir.node, after)?
            .map(|(name, node_type)| Entry { name, node_type });
        Ok(match (next, below) {
            (Some(next), Some(below)) if below.name < next.name => Some(below),
            (None, below) => below,
            (next, _) => next,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use super::*;
    use crate::NodeType;
    use crate::testing::{Fixture, OPEN, at};

    #[test]
    fn makes_and_removes() {
        let mut fixture = Fixture::new();
        fixture.mkdir("d//").unwrap();
        fixture.mkdir("d/e").unwrap();
        assert_eq!(fixture.mkdir("d"), Err(Error::Exist));
        assert_eq!(fixture.mkdir("."), Err(Error::Exist));
        assert_eq!(fixture.mkdir("d/."), Err(Error::Exist));
        assert_eq!(fixture.mkdir("x/."), Err(Error::NoEntry));
        assert_eq!(fixture.rmdir("d"), Err(Error::NotEmpty));
        assert_eq!(fixture.rmdir("d/e/"), Err(Error::Invalid));
        assert_eq!(fixture.rmdir("d/e/.."), Err(Error::Invalid));
        assert_eq!(fixture.rmdir("."), Err(Error::Invalid));
        fixture.rmdir("d/e").unwrap();
        fixture.rmdir("d").unwrap();
        assert_eq!(fixture.rmdir("d"), Err(Error::NoEntry));
        fixture.file("f", b"");
        fixture.symlink("f", "l").unwrap();
        assert_eq!(fixture.rmdir("f"), Err(Error::NotDirectory));
        assert_eq!(fixture.rmdir("l"), Err(Error::NotDirectory));
        assert_eq!(fixture.mkdir("l"), Err(Error::Exist));
        fixture.check();
    }

    #[test]
    fn times_of_directories_follow() {
        let mut fixture = Fixture::new();
        fixture.now = at(10);
        fixture.mkdir("d").unwrap();
        let times = |stat: crate::Stat| (stat.accessed, stat.modified, stat.changed);
        assert_eq!(times(fixture.stat("d").unwrap()), (at(10), at(10), at(10)));
        assert_eq!(times(fixture.stat(".").unwrap()), (at(1), at(10), at(10)));
        fixture.now = at(11);
        fixture.file("d/f", b"");
        assert_eq!(times(fixture.stat("d").unwrap()), (at(10), at(11), at(11)));
        assert_eq!(times(fixture.stat(".").unwrap()), (at(1), at(10), at(10)));
        let d = fixture.open("d", OPEN).unwrap();
        fixture.unlink("d/f").unwrap();
        fixture.now = at(12);
        fixture.rmdir("d").unwrap();
        assert_eq!(fixture.files.stat(&d).changed, at(12));
        assert_eq!(times(fixture.stat(".").unwrap()), (at(1), at(12), at(12)));
    }

    #[test]
    fn a_listing_survives_changes() {
        let mut fixture = Fixture::new();
        for name in ["b", "d", "f", "h"] {
            fixture.file(name, b"");
        }
        let mut names = vec![String::from("b")];
        fixture.unlink("b").unwrap();
        fixture.file("a", b"");
        fixture.file("c", b"");
        fixture.unlink("f").unwrap();
        fixture.mkdir("z").unwrap();
        while let Some(entry) = fixture
            .files
            .next_entry(&fixture.dir, names.last().map(String::as_str))
            .unwrap()
        {
            names.push(entry.name.into());
        }
        assert_eq!(names, ["b", "c", "d", "h", "z"]);
        let last = fixture
            .files
            .next_entry(&fixture.dir, Some("h"))
            .unwrap()
            .unwrap();
        assert_eq!(
            last,
            Entry {
                name: "z",
                node_type: NodeType::Directory
            }
        );
    }

    #[test]
    fn a_large_directory_is_no_slower() {
        let mut fixture = Fixture::new();
        for number in 0..100_000 {
            fixture.file(&format!("{number}"), b"");
        }
        let names = fixture.list(".").unwrap();
        assert_eq!(names.len(), 100_000);
        assert!(names.is_sorted());
        for name in &names {
            fixture.stat(name).unwrap();
        }
        for name in names.iter().step_by(2) {
            fixture.unlink(name).unwrap();
        }
        let left: Vec<_> = names.iter().skip(1).step_by(2).cloned().collect();
        assert_eq!(fixture.list(".").unwrap(), left);
        fixture.check();
    }
}
