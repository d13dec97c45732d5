//! Opening and creating files.

use crate::{
    Access, Descriptor, Error, FileSystem, NodeType, OpenOptions, Timestamp,
    model::{contents::Contents, ids::NodeId, node::Kind},
    ops::resolve::{Ending, Resolved},
};

impl FileSystem {
    /// Opens a file or directory, as POSIX `openat`, or creates a file.
    ///
    /// As on Wasmtime's host, `create` and `truncate` also open for writing, and a descriptor that is not requested to
    /// be writable is readable. A descriptor of a directory permits mutating directories if that was requested and its
    /// tree is not read-only.
    ///
    /// Fails with
    /// - [`Error::NotDirectory`] if `dir` is not a directory, or if `directory` is set and the path leads to something
    ///   else;
    /// - [`Error::Unsupported`] for `synchronized`;
    /// - [`Error::Invalid`] for `directory` with `create`, `exclusive` or `truncate`;
    /// - [`Error::NotPermitted`] to write anything but a device in a read-only tree;
    /// - [`Error::Exist`] with `create` and `exclusive` if anything has that name, [`Error::NoEntry`] without `create`
    ///   if nothing has it;
    /// - [`Error::IsDirectory`] to write a directory, or to create with a path that ends in a slash;
    /// - [`Error::Loop`] for a symbolic link at the end that is not followed;
    /// - [`Error::Lower`] until it is known that a node of a lower layer can be opened there for reading, because its
    ///   contents may be needed even if it is opened for writing;
    /// - [`Error::InsufficientSpace`] if the number of entries is at its limit;
    /// - or the error of resolving the path.
    pub fn open_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        options: OpenOptions,
        now: Timestamp,
    ) -> Result<Descriptor, Error> {
        let start = self.start_of(dir)?;
        if options.synchronized {
            return Err(Error::Unsupported);
        }
        if options.directory && (options.create || options.exclusive || options.truncate) {
            return Err(Error::Invalid);
        }
        let read_only = self.tree(dir.root).read_only;
        let access = Access {
            read: options.access.read || !options.access.write,
            write: options.access.write || options.create || options.truncate,
            mutate_directory: false,
        };
        if read_only && access.write {
            let node = self.resolve_writable_device(start, path, options)?;
            return Ok(self.open_node(node, dir.root, access));
        }
        let ending = Ending {
            follow: options.follow && !(options.create && options.exclusive),
            create: options.create,
        };
        match self.resolve(start, path, ending)? {
            Resolved::Missing { directory, name } => {
                if !options.create {
                    return Err(Error::NoEntry);
                }
                self.check_not_removed(directory)?;
                let node =
                    self.create(directory, name.into(), Kind::File(Contents::default()), now)?;
                self.nodes[directory].touch(now);
                Ok(self.open_node(node, dir.root, access))
            }
            Resolved::Node(_) if options.create && options.exclusive => Err(Error::Exist),
            Resolved::Node(node) => {
                let access = self.check_openable(node, options, access, read_only)?;
                if options.truncate {
                    self.truncate(node, now);
                }
                Ok(self.open_node(node, dir.root, access))
            }
        }
    }

    /// Checks whether an existing node can be opened with these options, and returns what its descriptor permits. The
    /// checks are in the order of Linux. The check for a directory comes last, because Wasmtime's host makes it after
    /// it has opened the node.
    fn check_openable(
        &self,
        node: NodeId,
        options: OpenOptions,
        access: Access,
        read_only: bool,
    ) -> Result<Access, Error> {
        let node_type = self.nodes[node].node_type();
        match node_type {
            NodeType::SymbolicLink => return Err(Error::Loop),
            NodeType::Directory if access.write => return Err(Error::IsDirectory),
            _ => self.check_opened_below(node)?,
        }
        match node_type {
            NodeType::Directory => Ok(Access {
                mutate_directory: options.access.mutate_directory && !read_only,
                ..access
            }),
            _ if options.directory => Err(Error::NotDirectory),
            _ => Ok(access),
        }
    }

    /// The device that a path leads to in a read-only tree, where only devices can be written: in POSIX, `EROFS`
    /// depends on where a file is stored, and bytes that are written to a device are not stored in the tree.
    fn resolve_writable_device(
        &self,
        start: NodeId,
        path: &str,
        options: OpenOptions,
    ) -> Result<NodeId, Error> {
        // Opening anything else for writing fails with the same error wherever the path leads, as on Wasmtime's host.
        let node = self
            .resolve_node(start, path, options.follow)
            .map_err(|error| match error {
                Error::Lower => error,
                _ => Error::NotPermitted,
            })?;
        if self.nodes[node].device().is_some() && !options.exclusive {
            Ok(node)
        } else {
            Err(Error::NotPermitted)
        }
    }

    /// Makes a file empty. Nodes of other types have no size to change.
    pub(crate) fn truncate(&mut self, node: NodeId, now: Timestamp) {
        let node = &mut self.nodes[node];
        if let Kind::File(contents) = &mut node.kind {
            contents.set_size(0, &mut self.quota);
            node.touch(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Device, Limits,
        testing::{CREATE, Fixture, NO_LIMITS, OPEN, READ, READ_WRITE, WRITE, at},
    };

    #[test]
    fn creates_what_is_missing_and_opens_what_is_there() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.open("f", OPEN).unwrap_err(), Error::NoEntry);
        fixture.file("f", b"x");
        assert_eq!(
            fixture
                .open(
                    "f",
                    OpenOptions {
                        exclusive: true,
                        ..CREATE
                    }
                )
                .unwrap_err(),
            Error::Exist
        );
        let again = fixture.open("f", CREATE).unwrap();
        assert_eq!(fixture.files.size(&again), Ok(1));
        fixture.check();
    }

    #[test]
    fn creates_through_a_dangling_link_unless_told_not_to() {
        let mut fixture = Fixture::new();
        fixture.symlink("f", "l").unwrap();
        let exclusive = OpenOptions {
            exclusive: true,
            ..CREATE
        };
        assert_eq!(fixture.open("l", exclusive).unwrap_err(), Error::Exist);
        let not_following = OpenOptions {
            follow: false,
            ..CREATE
        };
        assert_eq!(fixture.open("l", not_following).unwrap_err(), Error::Loop);
        assert_eq!(
            fixture
                .open(
                    "l",
                    OpenOptions {
                        follow: false,
                        ..OPEN
                    }
                )
                .unwrap_err(),
            Error::Loop
        );
        assert_eq!(fixture.open("l", OPEN).unwrap_err(), Error::NoEntry);
        fixture.file("l", b"");
        assert!(fixture.stat("f").is_ok());
        fixture.check();
    }

    #[test]
    fn directories_are_not_written() {
        let mut fixture = Fixture::new();
        fixture.mkdir("d").unwrap();
        fixture.file("f", b"");
        for options in [
            OpenOptions {
                access: WRITE,
                ..OPEN
            },
            CREATE,
            OpenOptions {
                truncate: true,
                ..OPEN
            },
            OpenOptions {
                follow: false,
                ..CREATE
            },
        ] {
            assert_eq!(fixture.open("d", options).unwrap_err(), Error::IsDirectory);
            assert_eq!(fixture.open(".", options).unwrap_err(), Error::IsDirectory);
        }
        assert_eq!(
            fixture.open("new/", CREATE).unwrap_err(),
            Error::IsDirectory
        );
        let directory = OpenOptions {
            directory: true,
            ..OPEN
        };
        assert!(fixture.open("d", directory).is_ok());
        assert!(fixture.open("d/", directory).is_ok());
        assert_eq!(
            fixture.open("f", directory).unwrap_err(),
            Error::NotDirectory
        );
        for options in [
            OpenOptions {
                directory: true,
                ..CREATE
            },
            OpenOptions {
                truncate: true,
                ..directory
            },
            OpenOptions {
                exclusive: true,
                ..directory
            },
        ] {
            assert_eq!(fixture.open("d", options).unwrap_err(), Error::Invalid);
        }
    }

    #[test]
    fn access_is_what_the_host_gives() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"");
        let mut access = |options| fixture.open("f", options).unwrap().access();
        assert_eq!(access(OPEN), READ);
        assert_eq!(
            access(OpenOptions {
                access: WRITE,
                ..OPEN
            }),
            WRITE
        );
        assert_eq!(
            access(OpenOptions {
                access: Access::default(),
                ..OPEN
            }),
            READ
        );
        assert_eq!(
            access(OpenOptions {
                access: READ,
                ..CREATE
            }),
            READ_WRITE
        );
        assert_eq!(
            access(OpenOptions {
                truncate: true,
                ..OPEN
            }),
            READ_WRITE
        );
        let mutate = Access {
            mutate_directory: true,
            ..READ
        };
        assert_eq!(
            access(OpenOptions {
                access: mutate,
                ..OPEN
            }),
            READ
        );
        assert_eq!(
            fixture
                .open(
                    ".",
                    OpenOptions {
                        access: mutate,
                        ..OPEN
                    }
                )
                .unwrap()
                .access(),
            mutate
        );
    }

    #[test]
    fn truncates_and_says_when() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"long");
        fixture.now = at(10);
        let file = fixture
            .open(
                "f",
                OpenOptions {
                    truncate: true,
                    access: WRITE,
                    ..OPEN
                },
            )
            .unwrap();
        fixture.files.close(file);
        let stat = fixture.stat("f").unwrap();
        assert_eq!(
            (stat.size, stat.modified, stat.changed),
            (0, at(10), at(10))
        );
        assert_eq!(fixture.files.usage().bytes, 0);
    }

    #[test]
    fn nothing_is_made_beyond_the_quota() {
        let mut fixture = Fixture::with_limits(Limits {
            max_entries: 2,
            ..NO_LIMITS
        });
        fixture.file("a", b"");
        assert_eq!(
            fixture.open("b", CREATE).unwrap_err(),
            Error::InsufficientSpace
        );
        assert_eq!(fixture.mkdir("b").unwrap_err(), Error::InsufficientSpace);
        assert_eq!(
            fixture.link("a", "b").unwrap_err(),
            Error::InsufficientSpace
        );
        assert_eq!(
            fixture.symlink("a", "b").unwrap_err(),
            Error::InsufficientSpace
        );
        assert_eq!(fixture.files.usage().bytes, 0);
        assert!(fixture.open("a", CREATE).is_ok());
        fixture.rename("a", "b").unwrap();
        assert_eq!(fixture.list(".").unwrap(), ["b"]);
        fixture.check();
    }

    #[test]
    fn a_read_only_tree_gives_only_devices_to_write() {
        let mut fixture = Fixture::new();
        let root = fixture.files.add_root(true, at(1)).unwrap();
        let files = &mut fixture.files;
        files
            .bake_device(root, "null", Device::Null, at(1))
            .unwrap();
        files.bake_symlink(root, "link", "null", at(1)).unwrap();
        files.bake_file(root, "f", b"x", at(1)).unwrap();
        let dir = files.open_root(root);
        assert_eq!(dir.access(), READ);
        for path in ["f", "missing", ".", "..", "/", ""] {
            for options in [
                CREATE,
                OpenOptions {
                    access: WRITE,
                    ..OPEN
                },
                OpenOptions {
                    truncate: true,
                    ..OPEN
                },
            ] {
                assert_eq!(
                    files.open_at(&dir, path, options, at(2)).unwrap_err(),
                    Error::NotPermitted
                );
            }
        }
        let truncate = OpenOptions {
            truncate: true,
            ..CREATE
        };
        for path in ["null", "link"] {
            let null = files.open_at(&dir, path, truncate, at(2)).unwrap();
            assert_eq!(
                (null.device(), null.access()),
                (Some(Device::Null), READ_WRITE)
            );
            files.close(null);
        }
        let exclusive = OpenOptions {
            exclusive: true,
            ..CREATE
        };
        assert_eq!(
            files.open_at(&dir, "null", exclusive, at(2)).unwrap_err(),
            Error::NotPermitted
        );
        let mutate = OpenOptions {
            access: Access {
                mutate_directory: true,
                ..READ
            },
            ..OPEN
        };
        let again = files.open_at(&dir, ".", mutate, at(2)).unwrap();
        assert_eq!(again.access(), READ);
        fixture.check();
    }
}
