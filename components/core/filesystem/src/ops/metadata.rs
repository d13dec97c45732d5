//! Reading the metadata of nodes, and setting their timestamps.

use crate::{
    Descriptor, Error, FileSystem, NewTimestamp, Stat, Timestamp,
    model::{
        ids::NodeId,
        node::{Kind, Node},
    },
};

/// Mixes the bits of `value`; no two values give the same. This is the output function of SplitMix64 (Steele, Lea and
/// Flood, "Fast splittable pseudorandom number generators", 2014).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Node {
    fn stat(&self) -> Stat {
        let (link_count, size) = match &self.kind {
            Kind::File(contents) => (self.names, contents.size()),
            Kind::Symlink(target) => (self.names, target.len() as u64),
            Kind::Device(_) => (self.names, 0),
            Kind::Directory(_) if self.names == 0 => (0, 0),
            Kind::Directory(directory) => (2 + directory.subdirectories(), 0),
        };
        Stat {
            node_type: self.node_type(),
            link_count,
            size,
            accessed: self.accessed,
            modified: self.modified,
            changed: self.changed,
        }
    }

    /// Two halves of a value that no other node of the filesystem has or will have. It never changes for a node,
    /// because a guest's C library takes it for the inode number.
    fn metadata_hash(&self) -> (u64, u64) {
        (mix(self.serial), mix(!self.serial))
    }
}

impl FileSystem {
    /// The metadata of an open node.
    pub fn stat(&self, descriptor: &Descriptor) -> Stat {
        self.stat_node(descriptor.node)
    }

    pub(super) fn stat_node(&self, id: NodeId) -> Stat {
        let node = &self.nodes[id];
        let mut stat = node.stat();
        if let Some(lower) = self.lower.get()
            && let (Kind::Directory(directory), 1..) = (&node.kind, node.names)
            && let Some(links) = lower.link_count(id, directory.subdirectories())
        {
            stat.link_count = links;
        }
        stat
    }

    /// The metadata of the node that a path leads to, as POSIX `fstatat`. With `follow`, a symbolic link at the end of
    /// the path is followed.
    ///
    /// Fails with [`Error::NotDirectory`] if `dir` is not a directory, or with the error of resolving the path.
    pub fn stat_at(&self, dir: &Descriptor, path: &str, follow: bool) -> Result<Stat, Error> {
        let node = self.resolve_node(self.start_of(dir)?, path, follow)?;
        Ok(self.stat_node(node))
    }

    /// Sets the timestamps of an open node, as POSIX `futimens`.
    ///
    /// Fails with [`Error::Overflow`] for a time beyond [`i64::MAX`] seconds, and with [`Error::NotPermitted`] in a
    /// read-only tree.
    pub fn set_times(
        &mut self,
        descriptor: &Descriptor,
        accessed: NewTimestamp,
        modified: NewTimestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let times = (accessed.resolve(now)?, modified.resolve(now)?);
        self.check_writable(descriptor.root)?;
        self.set_node_times(descriptor.node, times, now);
        Ok(())
    }

    /// Sets the timestamps of the node that a path leads to, as POSIX `utimensat`. With `follow`, a symbolic link at
    /// the end of the path is followed.
    ///
    /// Fails as [`FileSystem::set_times`] and [`FileSystem::stat_at`].
    pub fn set_times_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        follow: bool,
        accessed: NewTimestamp,
        modified: NewTimestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.start_of(dir)?;
        let times = (accessed.resolve(now)?, modified.resolve(now)?);
        self.check_writable(dir.root)?;
        let node = if follow {
            self.resolve_node(start, path, true)?
        } else {
            let (parent, name) = self.resolve_parent(start, path)?;
            self.entry(parent, name)?
        };
        self.set_node_times(node, times, now);
        Ok(())
    }

    fn set_node_times(
        &mut self,
        node: NodeId,
        times: (Option<Timestamp>, Option<Timestamp>),
        now: Timestamp,
    ) {
        if times == (None, None) {
            return;
        }
        let node = &mut self.nodes[node];
        node.accessed = times.0.unwrap_or(node.accessed);
        node.modified = times.1.unwrap_or(node.modified);
        node.changed = now;
    }

    /// A value that identifies an open node. It stays the same as long as the node exists, and no other node has it.
    pub fn metadata_hash(&self, descriptor: &Descriptor) -> (u64, u64) {
        self.nodes[descriptor.node].metadata_hash()
    }

    /// The value of [`FileSystem::metadata_hash`] for the node that a path leads to. With `follow`, a symbolic link at
    /// the end of the path is followed.
    ///
    /// Fails as [`FileSystem::stat_at`].
    pub fn metadata_hash_at(
        &self,
        dir: &Descriptor,
        path: &str,
        follow: bool,
    ) -> Result<(u64, u64), Error> {
        let node = self.resolve_node(self.start_of(dir)?, path, follow)?;
        Ok(self.nodes[node].metadata_hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeType;
    use crate::testing::{CREATE, Fixture, OPEN, at};

    #[test]
    fn tells_what_there_is() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"12345");
        fixture.symlink("f", "l").unwrap();
        let file = fixture.stat("f").unwrap();
        assert_eq!(
            (file.node_type, file.link_count, file.size),
            (NodeType::RegularFile, 1, 5)
        );
        let link = fixture.stat("l").unwrap();
        assert_eq!(
            (link.node_type, link.link_count, link.size),
            (NodeType::SymbolicLink, 1, 1)
        );
        assert_eq!(fixture.files.stat_at(&fixture.dir, "l", true), Ok(file));
    }

    #[test]
    fn sets_what_is_asked_for() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"");
        fixture.symlink("f", "l").unwrap();
        let (files, dir) = (&mut fixture.files, &fixture.dir);
        let carried = NewTimestamp::At(Timestamp {
            seconds: 5,
            nanoseconds: 2_000_000_000,
        });
        files
            .set_times_at(dir, "l", true, carried, NewTimestamp::NoChange, at(20))
            .unwrap();
        let stat = files.stat_at(dir, "f", true).unwrap();
        assert_eq!(
            (stat.accessed, stat.modified, stat.changed),
            (at(7), at(2), at(20))
        );
        files
            .set_times_at(
                dir,
                "l",
                false,
                NewTimestamp::NoChange,
                NewTimestamp::Now,
                at(21),
            )
            .unwrap();
        let stat = files.stat_at(dir, "l", false).unwrap();
        assert_eq!(
            (stat.accessed, stat.modified, stat.changed),
            (at(2), at(21), at(21))
        );
        files
            .set_times(dir, NewTimestamp::NoChange, NewTimestamp::NoChange, at(22))
            .unwrap();
        assert_eq!(files.stat(dir).changed, at(2));
        let late = NewTimestamp::At(at(u64::MAX));
        assert_eq!(
            files.set_times(dir, late, NewTimestamp::Now, at(23)),
            Err(Error::Overflow)
        );
        let missing =
            files.set_times_at(dir, "x", true, NewTimestamp::Now, NewTimestamp::Now, at(23));
        assert_eq!(missing, Err(Error::NoEntry));
    }

    #[test]
    fn a_read_only_tree_keeps_its_times() {
        let mut fixture = Fixture::new();
        let root = fixture.files.add_root(true, at(1)).unwrap();
        fixture.files.bake_file(root, "f", b"", at(1)).unwrap();
        let dir = fixture.files.open_root(root);
        let (files, now) = (&mut fixture.files, NewTimestamp::Now);
        assert_eq!(
            files.set_times(&dir, now, now, at(5)),
            Err(Error::NotPermitted)
        );
        assert_eq!(
            files.set_times_at(&dir, "f", true, now, now, at(5)),
            Err(Error::NotPermitted)
        );
    }

    #[test]
    fn reading_leaves_the_times() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"x");
        let before = fixture.stat("f");
        fixture.now = at(100);
        fixture.read("f").unwrap();
        assert_eq!(fixture.stat("f"), before);
    }

    #[test]
    fn the_hash_identifies_the_node() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let hash = fixture.files.metadata_hash(&file);
        fixture.files.write(&file, 0, b"x", at(9)).unwrap();
        fixture.rename("f", "g").unwrap();
        fixture.link("g", "h").unwrap();
        fixture.symlink("h", "l").unwrap();
        assert_eq!(
            fixture.files.metadata_hash_at(&fixture.dir, "l", true),
            Ok(hash)
        );
        assert_ne!(
            fixture.files.metadata_hash_at(&fixture.dir, "l", false),
            Ok(hash)
        );
        let again = fixture.open("h", OPEN).unwrap();
        assert!(fixture.files.is_same_object(&file, &again));
        for name in ["g", "h"] {
            fixture.unlink(name).unwrap();
        }
        fixture.files.close(file);
        fixture.files.close(again);
        let other = fixture.open("f", CREATE).unwrap();
        assert_ne!(fixture.files.metadata_hash(&other), hash);
        assert!(!fixture.files.is_same_object(&other, &fixture.dir));
    }
}
