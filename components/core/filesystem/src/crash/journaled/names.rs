//! Operations on names.

use alloc::{boxed::Box, vec, vec::Vec};

use interpose_paths::without_trailing_slashes;

use super::JournaledFileSystem;
use crate::{
    Access, Descriptor, Error, FileSystem, NewTimestamp, OpenOptions, Timestamp,
    crash::{
        journal::{hold, release},
        operation::Before,
    },
    model::{ids::NodeId, node::Kind},
    ops::resolve::{Ending, Resolved},
};

/// A directory, and a name in it.
type Place = (NodeId, Box<str>);

impl FileSystem {
    /// The place that a path leads to, if the directory is there and its lower layer is known at this name.
    fn place(&self, (directory, name): (NodeId, &str)) -> Result<Vec<Place>, Error> {
        self.lookup(directory, name)?;
        Ok(vec![(directory, name.into())])
    }

    /// The place that a path whose last name is not followed leads to.
    fn place_at(&self, dir: &Descriptor, path: &str) -> Result<Vec<Place>, Error> {
        let start = self.writable_start_of(dir)?;
        self.place(self.resolve_parent_unchecked(start, without_trailing_slashes(path))?)
    }
}

impl JournaledFileSystem {
    /// Does an operation that changes the entries at some places, and records what it changed. Where the places cannot
    /// be found, the operation fails as well.
    fn change_names<R>(
        &mut self,
        places: impl FnOnce(&FileSystem) -> Result<Vec<Place>, Error>,
        change: impl FnOnce(&mut FileSystem) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.make_room(0);
        let places = match places(&self.files) {
            Err(Error::Lower) => return Err(Error::Lower),
            places => places.unwrap_or_default(),
        };
        self.record(places, None, change)
    }

    /// Does an operation that changes the entries at some places or the times of a node, and records what it changed.
    fn record<R>(
        &mut self,
        places: Vec<Place>,
        node: Option<NodeId>,
        change: impl FnOnce(&mut FileSystem) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let before = Before::of(&self.files, places, node);
        let held = before.nodes();
        held.iter().for_each(|id| hold(&mut self.files, *id));
        let result = change(&mut self.files);
        if result.is_ok()
            && let Some(operation) = before.compare(&self.files)
        {
            self.journal.record(&mut self.files, operation);
        }
        for id in held {
            release(&mut self.files, id);
        }
        self.write_if_full();
        result
    }

    /// [`FileSystem::open_at`].
    pub fn open_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        options: OpenOptions,
        now: Timestamp,
    ) -> Result<Descriptor, Error> {
        let OpenOptions {
            create,
            directory,
            exclusive,
            truncate,
            follow,
            access,
            ..
        } = options;
        let ending = Ending {
            follow: follow && !(create && exclusive),
            create,
        };
        let places = |files: &FileSystem| {
            if !create || files.tree(dir.root).read_only {
                return Ok(Vec::new());
            }
            match files.resolve(files.start_of(dir)?, path, ending)? {
                Resolved::Missing { directory, name } => files.place((directory, name)),
                Resolved::Node(_) => Ok(Vec::new()),
            }
        };
        // The file is emptied after it is opened, as a change of its own. This is not for a combination that is refused.
        let empties = truncate && !directory;
        let options = match empties {
            true => OpenOptions {
                truncate: false,
                access: Access {
                    read: access.read || !access.write,
                    write: true,
                    ..access
                },
                ..options
            },
            false => options,
        };
        let opened = self.change_names(places, |files| files.open_at(dir, path, options, now))?;
        if empties && self.size(&opened).is_ok_and(|size| size > 0) {
            let emptied = self.truncate(&opened, now);
            if let Err(error) = emptied {
                self.close(opened);
                return Err(error);
            }
        } else if empties && let Kind::File(_) = &self.files.nodes[opened.node].kind {
            // The times change even if the file is empty already.
            self.touch(&opened, now);
        }
        Ok(opened)
    }

    /// [`FileSystem::create_directory_at`].
    pub fn create_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_names(
            |files| files.place_at(dir, path),
            |files| files.create_directory_at(dir, path, now),
        )
    }

    /// [`FileSystem::remove_directory_at`].
    pub fn remove_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_names(
            |files| files.place_at(dir, path),
            |files| files.remove_directory_at(dir, path, now),
        )
    }

    /// [`FileSystem::unlink_file_at`].
    pub fn unlink_file_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_names(
            |files| files.place_at(dir, path),
            |files| files.unlink_file_at(dir, path, now),
        )
    }

    /// [`FileSystem::symlink_at`].
    pub fn symlink_at(
        &mut self,
        target: &str,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_names(
            |files| files.place_at(dir, path),
            |files| files.symlink_at(target, dir, path, now),
        )
    }

    /// [`FileSystem::link_at`].
    pub fn link_at(
        &mut self,
        old_dir: &Descriptor,
        old_path: &str,
        old_follow: bool,
        new_dir: &Descriptor,
        new_path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_names(
            |files| files.place_at(new_dir, new_path),
            |files| files.link_at(old_dir, old_path, old_follow, new_dir, new_path, now),
        )
    }

    /// [`FileSystem::rename_at`].
    pub fn rename_at(
        &mut self,
        old_dir: &Descriptor,
        old_path: &str,
        new_dir: &Descriptor,
        new_path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let places = |files: &FileSystem| {
            let mut places = files.place_at(old_dir, old_path)?;
            places.extend(files.place_at(new_dir, new_path)?);
            Ok(places)
        };
        self.change_names(places, |files| {
            files.rename_at(old_dir, old_path, new_dir, new_path, now)
        })
    }

    /// [`FileSystem::set_times`].
    pub fn set_times(
        &mut self,
        descriptor: &Descriptor,
        accessed: NewTimestamp,
        modified: NewTimestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_times(descriptor.node, |files| {
            files.set_times(descriptor, accessed, modified, now)
        })
    }

    /// [`FileSystem::set_times_at`].
    pub fn set_times_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        follow: bool,
        accessed: NewTimestamp,
        modified: NewTimestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let files = &self.files;
        let node = files.start_of(dir).and_then(|start| match follow {
            true => files.resolve_node(start, path, true),
            false => {
                let (parent, name) = files.resolve_parent(start, path)?;
                files.entry(parent, name)
            }
        });
        let change =
            |files: &mut FileSystem| files.set_times_at(dir, path, follow, accessed, modified, now);
        match node {
            Ok(node) => self.change_times(node, change),
            Err(Error::Lower) => Err(Error::Lower),
            Err(_) => change(&mut self.files),
        }
    }

    /// Sets the times of a node, which are part of a file's history, and an operation on any other node.
    fn change_times(
        &mut self,
        node: NodeId,
        change: impl FnOnce(&mut FileSystem) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match &self.files.nodes[node].kind {
            Kind::File(_) => self.change_attributes(node, change),
            _ => self.record(Vec::new(), Some(node), change),
        }
    }
}
