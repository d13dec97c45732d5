//! The filesystem under test.

use std::time::Duration;

use interpose_filesystem::{
    Descriptor, Error, FileSystem, Limits, NewTimestamp, NodeType, Root, Stat, Timestamp,
};

use crate::operation::{Operation, Outcome, Seen, Subject, Times, Value, pattern};

pub struct Memory {
    pub files: FileSystem,
    pub descriptors: Vec<Descriptor>,
    /// The time in seconds since the epoch. It is later than all times that operations set, and each operation adds
    /// one.
    pub now: u64,
}

/// The first time that is not set by an operation.
const NOW: u64 = 1 << 40;

fn seen(stat: Stat) -> Seen {
    let is_directory = stat.node_type == NodeType::Directory;
    let modified = Duration::new(stat.modified.seconds, stat.modified.nanoseconds);
    Seen {
        node_type: stat.node_type,
        link_count: Some(stat.link_count),
        size: (!is_directory).then_some(stat.size),
        modified: (stat.modified.seconds < NOW).then_some(modified),
    }
}

fn new_timestamp(time: Option<Duration>) -> NewTimestamp {
    time.map_or(NewTimestamp::NoChange, |time| {
        NewTimestamp::At(Timestamp {
            seconds: time.as_secs(),
            nanoseconds: time.subsec_nanos(),
        })
    })
}

impl Memory {
    pub fn new() -> Self {
        let mut files = FileSystem::new(Limits {
            max_bytes: u64::MAX,
            max_entries: u64::MAX,
        });
        let root = files
            .add_root(
                false,
                Timestamp {
                    seconds: NOW,
                    nanoseconds: 0,
                },
            )
            .unwrap();
        let descriptors = vec![files.open_root(root)];
        Self {
            files,
            descriptors,
            now: NOW,
        }
    }

    /// A filesystem whose only tree has a lower layer.
    #[allow(dead_code)] // The suites that share this file are crates of their own, and one has no overlay.
    pub fn overlay(max_bytes: u64, now: u64) -> (Self, Root) {
        let mut files = FileSystem::new(Limits {
            max_bytes,
            max_entries: u64::MAX,
        });
        let root = files.add_overlay(false, Timestamp::default()).unwrap();
        let descriptors = vec![files.open_root(root)];
        let memory = Self {
            files,
            descriptors,
            now,
        };
        (memory, root)
    }

    /// The place of the newest descriptor.
    pub fn last(&self) -> usize {
        self.descriptors.len() - 1
    }

    /// Closes all descriptors, so that only nodes with a name are left.
    pub fn close_all(mut self) -> FileSystem {
        self.descriptors
            .drain(..)
            .for_each(|descriptor| self.files.close(descriptor));
        self.files
    }
}

impl Subject for Memory {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        self.now += 1;
        let now = Timestamp {
            seconds: self.now,
            nanoseconds: 0,
        };
        let files = &mut self.files;
        let at = |place: usize| &self.descriptors[place % self.descriptors.len()];
        match operation {
            Operation::Open { dir, path, options } => {
                let opened = files.open_at(at(*dir), path, *options, now)?;
                self.descriptors.push(opened);
            }
            Operation::Duplicate { descriptor } => {
                let duplicate = files.duplicate(at(*descriptor));
                self.descriptors.push(duplicate);
            }
            Operation::Close { descriptor } => {
                let place = descriptor % self.descriptors.len();
                if place > 0 {
                    files.close(self.descriptors.swap_remove(place));
                }
            }
            Operation::CreateDirectory { dir, path } => {
                files.create_directory_at(at(*dir), path, now)?
            }
            Operation::RemoveDirectory { dir, path } => {
                files.remove_directory_at(at(*dir), path, now)?
            }
            Operation::UnlinkFile { dir, path } => files.unlink_file_at(at(*dir), path, now)?,
            Operation::Link {
                old_dir,
                old_path,
                follow,
                new_dir,
                new_path,
            } => {
                files.link_at(at(*old_dir), old_path, *follow, at(*new_dir), new_path, now)?;
            }
            Operation::Rename {
                old_dir,
                old_path,
                new_dir,
                new_path,
            } => {
                files.rename_at(at(*old_dir), old_path, at(*new_dir), new_path, now)?;
            }
            Operation::Symlink { target, dir, path } => {
                files.symlink_at(target, at(*dir), path, now)?
            }
            Operation::Readlink { dir, path } => {
                return Ok(Value::Target(files.readlink_at(at(*dir), path)?.into()));
            }
            Operation::Stat { descriptor } => {
                return Ok(Value::Stat(seen(files.stat(at(*descriptor)))));
            }
            Operation::StatAt { dir, path, follow } => {
                return Ok(Value::Stat(seen(files.stat_at(at(*dir), path, *follow)?)));
            }
            Operation::SetTimes {
                descriptor,
                times: Times { accessed, modified },
            } => {
                files.set_times(
                    at(*descriptor),
                    new_timestamp(*accessed),
                    new_timestamp(*modified),
                    now,
                )?;
            }
            Operation::SetTimesAt {
                dir,
                path,
                follow,
                times: Times { accessed, modified },
            } => {
                let (accessed, modified) = (new_timestamp(*accessed), new_timestamp(*modified));
                files.set_times_at(at(*dir), path, *follow, accessed, modified, now)?;
            }
            Operation::List { dir } => {
                let mut names: Vec<(String, NodeType)> = Vec::new();
                while let Some(entry) =
                    files.next_entry(at(*dir), names.last().map(|(name, _)| name.as_str()))?
                {
                    names.push((entry.name.into(), entry.node_type));
                }
                return Ok(Value::Names(names));
            }
            Operation::Read {
                file,
                offset,
                length,
            } => {
                return Ok(Value::Bytes(files.read(at(*file), *offset, *length)?));
            }
            Operation::Write {
                file,
                offset,
                length,
                byte,
            } => {
                return Ok(Value::Count(files.write(
                    at(*file),
                    *offset,
                    &pattern(*length, *byte),
                    now,
                )?));
            }
            Operation::Append { file, length, byte } => {
                return Ok(Value::Count(files.append(
                    at(*file),
                    &pattern(*length, *byte),
                    now,
                )?));
            }
            Operation::SetSize { file, size } => files.set_size(at(*file), *size, now)?,
            Operation::IsSameObject { a, b } => {
                let same = files.is_same_object(at(*a), at(*b));
                if same != (files.metadata_hash(at(*a)) == files.metadata_hash(at(*b))) {
                    return Err(Error::Io);
                }
                return Ok(Value::Truth(same));
            }
        }
        Ok(Value::Nothing)
    }
}
