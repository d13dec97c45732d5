//! Resolving paths to nodes.
//!
//! Paths are resolved as Linux's `openat2` does with `RESOLVE_BENEATH`, which is what Wasmtime's host calls: see
//! POSIX (IEEE Std 1003.1-2024), 4.16 "Pathname Resolution", and the manual page openat2(2).

use alloc::vec::Vec;

use interpose_paths::{check as check_path, check_length, check_no_nul, without_trailing_slashes};

use crate::{
    Descriptor, Error, FileSystem, MAX_NAME_LENGTH, MAX_SYMLINKS, NodeType,
    model::{ids::NodeId, node::Kind},
};

/// How the end of a path is treated.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    /// Whether a symbolic link at the end is followed. A link with a slash behind it always is.
    pub(crate) follow: bool,
    /// Whether a file may be created there. A slash at the end is then an error.
    pub(crate) create: bool,
}

/// The result of resolving a path.
pub(crate) enum Resolved<'a> {
    /// The path leads to this node.
    Node(NodeId),
    /// The directory exists, but has no entry of this name.
    Missing { directory: NodeId, name: &'a str },
}

/// The last component of a path.
enum Last<'a> {
    /// A name in the directory where the walk stands.
    Name { name: &'a str, slash: bool },
    /// `.` or `..`: the directory where the walk stands.
    Here,
}

/// The state of a path's resolution.
struct Walk<'a> {
    files: &'a FileSystem,
    /// The directory that the path is relative to, and that `..` may not leave.
    start: NodeId,
    /// The directory in which the next component is looked up: `start` or one below it.
    directory: NodeId,
    /// The rest of the string being walked, which is the path or a symbolic link's target.
    rest: &'a str,
    /// The rests of the strings that a symbolic link in their middle interrupted, the outermost first. Each rest has at
    /// least one component.
    interrupted: Vec<&'a str>,
    /// The number of symbolic links followed so far.
    links: usize,
}

impl<'a> Walk<'a> {
    /// Goes on in the target of a symbolic link.
    fn follow(&mut self, target: &'a str) -> Result<(), Error> {
        if self.links == MAX_SYMLINKS {
            return Err(Error::Loop);
        }
        self.links += 1;
        // The links of this crate are checked when they are made; a link below an overlay has the target that the host gives.
        check_path(target)?;
        self.rest = target;
        Ok(())
    }

    /// Goes from directory to directory until the last component is left.
    fn advance_to_last(&mut self) -> Result<Last<'a>, Error> {
        loop {
            // Names are short, so a loop over the bytes is faster than `find`.
            let slash = self.rest.bytes().position(|byte| byte == b'/');
            let (name, rest) = self.rest.split_at(slash.unwrap_or(self.rest.len()));
            let slash = !rest.is_empty();
            let rest = rest.trim_start_matches('/');
            let is_last = rest.is_empty() && self.interrupted.is_empty();
            if rest.is_empty() {
                self.rest = self.interrupted.pop().unwrap_or("");
            } else {
                self.rest = rest;
            }
            match name {
                "." => {}
                ".." if self.directory == self.start => return Err(Error::NotPermitted),
                ".." => self.directory = self.files.nodes[self.directory].directory()?.parent(),
                _ if is_last => return Ok(Last::Name { name, slash }),
                _ => {
                    let id = self
                        .files
                        .lookup(self.directory, name)?
                        .ok_or(Error::NoEntry)?;
                    match &self.files.nodes[id].kind {
                        Kind::Directory(_) => self.directory = id,
                        Kind::Symlink(target) => {
                            let interrupted = self.rest;
                            self.follow(target)?;
                            self.interrupted.push(interrupted);
                        }
                        Kind::File(_) | Kind::Device(_) => return Err(Error::NotDirectory),
                    }
                }
            }
            if is_last {
                return Ok(Last::Here);
            }
        }
    }
}

impl FileSystem {
    /// The directory that a path is relative to, or [`Error::NotDirectory`].
    pub(crate) fn start_of(&self, descriptor: &Descriptor) -> Result<NodeId, Error> {
        match descriptor.node_type {
            NodeType::Directory => Ok(descriptor.node),
            _ => Err(Error::NotDirectory),
        }
    }

    /// The directory that a path of something to be changed is relative to: [`Error::NotDirectory`], or
    /// [`Error::NotPermitted`] if its tree is read-only.
    pub(crate) fn writable_start_of(&self, descriptor: &Descriptor) -> Result<NodeId, Error> {
        let start = self.start_of(descriptor)?;
        self.check_writable(descriptor.root)?;
        Ok(start)
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

    /// The entry of that name in a directory, if there is one.
    pub(crate) fn lookup(&self, directory: NodeId, name: &str) -> Result<Option<NodeId>, Error> {
        let node = &self.nodes[directory];
        match node.directory()?.get(name) {
            Some(id) => Ok(Some(id)),
            // In a removed directory even a name that is too long is only missing.
            None if name.len() > MAX_NAME_LENGTH && node.names > 0 => Err(Error::NameTooLong),
            None => {
                if let Some(lower) = self.lower.get() {
                    lower.check_absent(directory, name)?;
                }
                Ok(None)
            }
        }
    }

    /// Resolves `path` from the directory `start`.
    pub(crate) fn resolve<'a>(
        &'a self,
        start: NodeId,
        path: &'a str,
        ending: Ending,
    ) -> Result<Resolved<'a>, Error> {
        check_path(path)?;
        let mut walk = Walk {
            files: self,
            start,
            directory: start,
            rest: path,
            interrupted: Vec::new(),
            links: 0,
        };
        let mut directory_required = false;
        loop {
            let (name, slash) = match walk.advance_to_last()? {
                Last::Here => return Ok(Resolved::Node(walk.directory)),
                Last::Name { name, slash } => (name, slash),
            };
            directory_required |= slash;
            if directory_required && ending.create {
                return Err(Error::IsDirectory);
            }
            let Some(id) = self.lookup(walk.directory, name)? else {
                return Ok(Resolved::Missing {
                    directory: walk.directory,
                    name,
                });
            };
            match &self.nodes[id].kind {
                Kind::Symlink(target) if ending.follow || directory_required => {
                    walk.follow(target)?
                }
                Kind::Directory(_) => return Ok(Resolved::Node(id)),
                _ if directory_required => return Err(Error::NotDirectory),
                _ => return Ok(Resolved::Node(id)),
            }
        }
    }

    /// The node that `path` leads to from the directory `start`, or [`Error::NoEntry`].
    pub(crate) fn resolve_node(
        &self,
        start: NodeId,
        path: &str,
        follow: bool,
    ) -> Result<NodeId, Error> {
        match self.resolve(
            start,
            path,
            Ending {
                follow,
                create: false,
            },
        )? {
            Resolved::Node(id) => Ok(id),
            Resolved::Missing { .. } => Err(Error::NoEntry),
        }
    }

    /// The directory that holds, or could hold, the entry that `path` names, and the entry's name: never `..`, and `.`
    /// for a path that can only mean an existing directory (it ends in `/`, `.` or `..`). The entry itself is not
    /// looked up.
    pub(crate) fn resolve_parent<'a>(
        &self,
        start: NodeId,
        path: &'a str,
    ) -> Result<(NodeId, &'a str), Error> {
        let (parent, name) = self.resolve_parent_unchecked(start, path)?;
        check_no_nul([name])?;
        check_length(name)?;
        Ok((parent, name))
    }

    /// [`FileSystem::resolve_parent`] without the checks of the last name. Wasmtime's host passes the last name to a
    /// later system call than the rest of the path, perhaps together with another string.
    pub(crate) fn resolve_parent_unchecked<'a>(
        &self,
        start: NodeId,
        path: &'a str,
    ) -> Result<(NodeId, &'a str), Error> {
        let (directory, name) = match path.rsplit_once('/') {
            Some((_, "" | "." | "..")) => (path, "."),
            Some((directory, name)) => (without_trailing_slashes(&path[..=directory.len()]), name),
            None if path.is_empty() => return Err(Error::NoEntry),
            None if path == ".." => (path, "."),
            None => return Ok((start, path)),
        };
        let parent = self.resolve_node(start, directory, true)?;
        self.nodes[parent].directory()?;
        Ok((parent, name))
    }

    /// The node of the entry that [`FileSystem::resolve_parent`] returned, or [`Error::NoEntry`].
    pub(crate) fn entry(&self, directory: NodeId, name: &str) -> Result<NodeId, Error> {
        if name == "." {
            Ok(directory)
        } else {
            self.lookup(directory, name)?.ok_or(Error::NoEntry)
        }
    }

    /// Checks that a new entry can be made where [`FileSystem::resolve_parent`] led.
    pub(crate) fn check_vacant(&self, directory: NodeId, name: &str) -> Result<(), Error> {
        if name == "." || self.lookup(directory, name)?.is_some() {
            return Err(Error::Exist);
        }
        self.check_not_removed(directory)
    }

    /// Checks that a directory can get new entries, which it cannot once it is removed.
    pub(crate) fn check_not_removed(&self, directory: NodeId) -> Result<(), Error> {
        if self.nodes[directory].names == 0 {
            Err(Error::NoEntry)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;
    use crate::{
        MAX_PATH_LENGTH, NodeType,
        testing::{CREATE, Fixture, OPEN},
    };

    #[test]
    fn dots_and_slashes_are_resolved() {
        let mut fixture = Fixture::new();
        fixture.mkdir("a").unwrap();
        fixture.mkdir("a/b").unwrap();
        fixture.file("a/b/f", b"x");
        for path in [
            "a/b/f",
            "./a/./b/f",
            "a//b///f",
            "a/../a/b/f",
            "a/b/../b/../../a/b/f",
        ] {
            assert_eq!(fixture.read(path).unwrap(), b"x", "{path}");
        }
        for path in [".", "./", "a/..", "a/b/../..", "a/b/../../."] {
            assert_eq!(fixture.stat(path), fixture.stat("."), "{path}");
        }
        assert_eq!(fixture.stat("a/b/f/").unwrap_err(), Error::NotDirectory);
        assert_eq!(fixture.stat("a/b/f/.").unwrap_err(), Error::NotDirectory);
        assert_eq!(fixture.stat("a/b/f/..").unwrap_err(), Error::NotDirectory);
        assert_eq!(fixture.stat("a/x/..").unwrap_err(), Error::NoEntry);
    }

    #[test]
    fn nothing_leads_out_of_the_descriptor() {
        let mut fixture = Fixture::new();
        fixture.mkdir("a").unwrap();
        fixture.mkdir("a/b").unwrap();
        fixture.file("secret", b"x");
        fixture.symlink("../secret", "a/out").unwrap();
        fixture.symlink("../../secret", "a/b/out").unwrap();
        fixture
            .files
            .bake_symlink(fixture.root, "a/absolute", "/secret", fixture.now)
            .unwrap();
        // Seen from the root, the link stays inside.
        assert_eq!(fixture.read("a/out").unwrap(), b"x");
        let a = fixture.open("a", OPEN).unwrap();
        for path in [
            "..",
            "../secret",
            "b/../..",
            "b/../../secret",
            "out",
            "b/out",
            "/",
            "/secret",
            "absolute",
            "./..",
        ] {
            let files = &fixture.files;
            assert_eq!(
                files.stat_at(&a, path, true).unwrap_err(),
                Error::NotPermitted,
                "{path}"
            );
        }
        assert_eq!(fixture.stat("..").unwrap_err(), Error::NotPermitted);
        assert_eq!(fixture.mkdir("../x").unwrap_err(), Error::NotPermitted);
        assert_eq!(
            fixture.rename("secret", "a/../../x").unwrap_err(),
            Error::NotPermitted
        );
        assert_eq!(fixture.open("/x", CREATE).unwrap_err(), Error::NotPermitted);
        assert_eq!(
            fixture.files.readlink_at(&a, "absolute").unwrap_err(),
            Error::NotPermitted
        );
    }

    #[test]
    fn a_moved_directory_takes_its_dotdot_along() {
        let mut fixture = Fixture::new();
        fixture.mkdir("a").unwrap();
        fixture.mkdir("b").unwrap();
        fixture.mkdir("a/c").unwrap();
        fixture.file("b/f", b"x");
        let c = fixture.open("a/c", OPEN).unwrap();
        fixture.rename("a/c", "b/c").unwrap();
        assert_eq!(fixture.read("b/c/../f").unwrap(), b"x");
        assert_eq!(
            fixture.files.stat_at(&c, "..", true).unwrap_err(),
            Error::NotPermitted
        );
    }

    #[test]
    fn forty_symbolic_links_are_followed() {
        let mut fixture = Fixture::new();
        fixture.file("0", b"x");
        for link in 1..=41 {
            fixture
                .symlink(&format!("{}", link - 1), &format!("{link}"))
                .unwrap();
        }
        assert_eq!(fixture.read("40").unwrap(), b"x");
        assert_eq!(fixture.read("41").unwrap_err(), Error::Loop);
        fixture.symlink("loop", "loop").unwrap();
        fixture.symlink("ping/x", "pong").unwrap();
        fixture.symlink("pong/y", "ping").unwrap();
        for path in ["loop", "loop/x", "ping", "pong/z"] {
            assert_eq!(fixture.read(path).unwrap_err(), Error::Loop, "{path}");
        }
    }

    #[test]
    fn links_in_the_middle_of_links_are_followed() {
        let mut fixture = Fixture::new();
        for path in ["d", "d/e", "d/e/f"] {
            fixture.mkdir(path).unwrap();
        }
        fixture.file("d/e/f/g", b"x");
        fixture.symlink("d", "l").unwrap();
        fixture.symlink("../l/e", "d/m").unwrap();
        fixture.symlink("l/m/f", "n").unwrap();
        assert_eq!(fixture.read("n/g").unwrap(), b"x");
        assert_eq!(fixture.read("l/m/../../n/../f/g").unwrap(), b"x");
    }

    #[test]
    fn a_slash_follows_a_link_that_nothing_else_would() {
        let mut fixture = Fixture::new();
        fixture.mkdir("d").unwrap();
        fixture.file("f", b"");
        fixture.symlink("d", "to-d").unwrap();
        fixture.symlink("to-d", "to-to-d").unwrap();
        fixture.symlink("f", "to-f").unwrap();
        fixture.symlink("nothing", "to-nothing").unwrap();
        assert_eq!(
            fixture.stat("to-d").unwrap().node_type,
            NodeType::SymbolicLink
        );
        assert_eq!(
            fixture.stat("to-d/").unwrap().node_type,
            NodeType::Directory
        );
        assert_eq!(
            fixture.stat("to-to-d/").unwrap().node_type,
            NodeType::Directory
        );
        assert_eq!(fixture.stat("to-f/").unwrap_err(), Error::NotDirectory);
        assert_eq!(fixture.stat("to-nothing/").unwrap_err(), Error::NoEntry);
        assert_eq!(fixture.unlink("to-f/").unwrap_err(), Error::NotDirectory);
        assert_eq!(fixture.unlink("to-d/").unwrap_err(), Error::IsDirectory);
        assert_eq!(
            fixture.rename("to-d/", "x").unwrap_err(),
            Error::NotDirectory
        );
    }

    #[test]
    fn names_and_paths_have_limits() {
        let mut fixture = Fixture::new();
        let longest = "n".repeat(MAX_NAME_LENGTH);
        fixture.file(&longest, b"x");
        assert_eq!(fixture.read(&longest).unwrap(), b"x");
        let too_long = "n".repeat(MAX_NAME_LENGTH + 1);
        assert_eq!(
            fixture.open(&too_long, CREATE).unwrap_err(),
            Error::NameTooLong
        );
        assert_eq!(fixture.mkdir(&too_long).unwrap_err(), Error::NameTooLong);
        assert_eq!(
            fixture.stat(&format!("{too_long}/x")).unwrap_err(),
            Error::NameTooLong
        );
        assert_eq!(
            fixture.stat(&format!("none/{too_long}")).unwrap_err(),
            Error::NoEntry
        );
        // The length is counted in bytes, not in characters.
        assert_eq!(
            fixture.mkdir(&"é".repeat(128)).unwrap_err(),
            Error::NameTooLong
        );
        let mut path: String = "./".repeat(MAX_PATH_LENGTH / 2);
        path.push('.');
        assert!(fixture.stat(&path).is_ok());
        path.push('/');
        assert_eq!(fixture.stat(&path).unwrap_err(), Error::NameTooLong);
        assert_eq!(fixture.symlink(&path, "x").unwrap_err(), Error::NameTooLong);
    }

    #[test]
    fn empty_and_broken_paths_are_refused() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.stat("").unwrap_err(), Error::NoEntry);
        assert_eq!(fixture.mkdir("").unwrap_err(), Error::NoEntry);
        assert_eq!(fixture.rename("", "x").unwrap_err(), Error::NoEntry);
        assert_eq!(fixture.symlink("", "x").unwrap_err(), Error::NoEntry);
        assert_eq!(fixture.open("a\0", CREATE).unwrap_err(), Error::Invalid);
        assert_eq!(fixture.mkdir("a\0b").unwrap_err(), Error::Invalid);
        assert_eq!(fixture.symlink("a\0", "x").unwrap_err(), Error::Invalid);
    }

    #[test]
    fn only_a_directory_is_a_start() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        assert_eq!(
            files.stat_at(&file, ".", true).unwrap_err(),
            Error::NotDirectory
        );
        assert_eq!(
            files
                .create_directory_at(&file, "x", fixture.now)
                .unwrap_err(),
            Error::NotDirectory
        );
        assert_eq!(
            files.next_entry(&file, None).unwrap_err(),
            Error::NotDirectory
        );
    }

    #[test]
    fn nothing_can_be_made_in_a_removed_directory() {
        let mut fixture = Fixture::new();
        fixture.mkdir("d").unwrap();
        let d = fixture.open("d", OPEN).unwrap();
        fixture.rmdir("d").unwrap();
        fixture.file("f", b"");
        let (files, now) = (&mut fixture.files, fixture.now);
        assert_eq!(
            files.create_directory_at(&d, "x", now).unwrap_err(),
            Error::NoEntry
        );
        assert_eq!(
            files.open_at(&d, "x", CREATE, now).unwrap_err(),
            Error::NoEntry
        );
        assert_eq!(
            files.symlink_at("t", &d, "x", now).unwrap_err(),
            Error::NoEntry
        );
        assert_eq!(
            files
                .link_at(&fixture.dir, "f", false, &d, "x", now)
                .unwrap_err(),
            Error::NoEntry
        );
        assert_eq!(
            files
                .rename_at(&fixture.dir, "f", &d, "x", now)
                .unwrap_err(),
            Error::NoEntry
        );
        assert_eq!(files.next_entry(&d, None), Ok(None));
        assert_eq!(files.stat(&d).link_count, 0);
        fixture.check();
        fixture.files.close(d);
        fixture.check();
    }
}
