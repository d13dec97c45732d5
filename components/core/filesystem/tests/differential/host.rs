//! A directory of the host, reached as Wasmtime's WASI host reaches it: with the same checks, the same primitives, and
//! the same translation of the operating system's errors.

use std::{
    fs::{File, FileTimes},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cap_primitives::fs::{self, DirOptions, FollowSymlinks, OpenOptionsExt, SystemTimeSpec};
use interpose_filesystem::{Error, NodeType};
use rustix::{
    fs::OFlags,
    io::{Errno, ReadWriteFlags},
};

use crate::operation::{Operation, Outcome, Seen, Subject, Times, Value, pattern};

pub struct Host {
    descriptors: Vec<Open>,
    /// Whether a directory's link count tells how many directories are in it.
    counts_subdirectories: bool,
    /// A time before the first operation.
    started: SystemTime,
    /// The directory that holds the files. Dropping it removes them.
    _directory: tempfile::TempDir,
}

struct Open {
    file: File,
    is_directory: bool,
}

impl Open {
    fn new(file: File) -> io::Result<Self> {
        let is_directory = file.metadata()?.is_dir();
        Ok(Self { file, is_directory })
    }

    fn directory(&self) -> Result<&File, Error> {
        if self.is_directory {
            Ok(&self.file)
        } else {
            Err(Error::NotDirectory)
        }
    }

    fn file(&self) -> Result<&File, Error> {
        if self.is_directory {
            Err(Error::BadDescriptor)
        } else {
            Ok(&self.file)
        }
    }
}

/// The error code that Wasmtime gives for an error of the operating system.
fn code(error: io::Error) -> Error {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::PERM) => Error::NotPermitted,
        Some(Errno::NOENT) => Error::NoEntry,
        Some(Errno::NOMEM) => Error::InsufficientMemory,
        Some(Errno::IO) => Error::Io,
        Some(Errno::BADF) => Error::BadDescriptor,
        Some(Errno::BUSY) => Error::Busy,
        Some(Errno::ACCESS) => Error::Access,
        Some(Errno::NOTDIR) => Error::NotDirectory,
        Some(Errno::ISDIR) => Error::IsDirectory,
        Some(Errno::INVAL) => Error::Invalid,
        Some(Errno::EXIST) => Error::Exist,
        Some(Errno::FBIG) => Error::FileTooLarge,
        Some(Errno::NOSPC) => Error::InsufficientSpace,
        Some(Errno::MLINK) => Error::TooManyLinks,
        Some(Errno::NAMETOOLONG) => Error::NameTooLong,
        Some(Errno::NOTEMPTY) => Error::NotEmpty,
        Some(Errno::LOOP) => Error::Loop,
        Some(Errno::OVERFLOW) => Error::Overflow,
        Some(Errno::ILSEQ) => Error::IllegalByteSequence,
        Some(Errno::NOTSUP) => Error::Unsupported,
        _ => match error.kind() {
            io::ErrorKind::NotFound => Error::NoEntry,
            io::ErrorKind::PermissionDenied => Error::NotPermitted,
            io::ErrorKind::AlreadyExists => Error::Exist,
            io::ErrorKind::InvalidInput => Error::Invalid,
            _ => Error::Io,
        },
    }
}

fn follow(follow: bool) -> FollowSymlinks {
    if follow {
        FollowSymlinks::Yes
    } else {
        FollowSymlinks::No
    }
}

fn system_time(time: Duration) -> SystemTime {
    UNIX_EPOCH + time
}

fn time_spec(time: Option<Duration>) -> Option<SystemTimeSpec> {
    time.map(|time| cap_primitives::time::SystemTime::from_std(system_time(time)).into())
}

fn node_type(file_type: &fs::FileType) -> NodeType {
    if file_type.is_dir() {
        NodeType::Directory
    } else if file_type.is_symlink() {
        NodeType::SymbolicLink
    } else {
        NodeType::RegularFile
    }
}

impl Host {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Open::new(File::open(directory.path()).unwrap()).unwrap();
        let counts_subdirectories = root.file.metadata().unwrap().nlink() == 2;
        // The clock of file timestamps may be a little behind `SystemTime`.
        let started = SystemTime::now() - Duration::from_secs(60);
        Self {
            descriptors: vec![root],
            counts_subdirectories,
            started,
            _directory: directory,
        }
    }

    fn seen(&self, metadata: fs::Metadata) -> Seen {
        let node_type = node_type(&metadata.file_type());
        let is_directory = node_type == NodeType::Directory;
        let modified = metadata.modified().unwrap().into_std();
        Seen {
            node_type,
            link_count: (!is_directory || self.counts_subdirectories)
                .then(|| fs::MetadataExt::nlink(&metadata)),
            size: (!is_directory).then_some(metadata.len()),
            modified: (modified < self.started)
                .then(|| modified.duration_since(UNIX_EPOCH).unwrap()),
        }
    }

    /// Whether directories' link counts can be compared.
    pub fn counts_subdirectories(&self) -> bool {
        self.counts_subdirectories
    }

    fn at(&self, place: usize) -> &Open {
        &self.descriptors[place % self.descriptors.len()]
    }

    fn apply_or_fail(&mut self, operation: &Operation) -> Result<Outcome, io::Error> {
        macro_rules! directory {
            ($place:expr) => {
                match self.at(*$place).directory() {
                    Ok(directory) => directory,
                    Err(error) => return Ok(Err(error)),
                }
            };
        }
        macro_rules! file {
            ($place:expr) => {
                match self.at(*$place).file() {
                    Ok(file) => file,
                    Err(error) => return Ok(Err(error)),
                }
            };
        }
        match operation {
            Operation::Open { dir, path, options } => {
                let start = directory!(dir);
                if options.directory && (options.create || options.exclusive || options.truncate) {
                    return Ok(Err(Error::Invalid));
                }
                let mut open = fs::OpenOptions::new();
                if options.create {
                    if options.exclusive {
                        open.create_new(true);
                    } else {
                        open.create(true);
                    }
                }
                open.truncate(options.truncate);
                open.read(options.access.read || !options.access.write);
                open.write(options.access.write || options.create || options.truncate);
                if !options.follow {
                    open.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
                }
                let opened = Open::new(fs::open(start, Path::new(path), &open)?)?;
                if options.directory && !opened.is_directory {
                    return Ok(Err(Error::NotDirectory));
                }
                self.descriptors.push(opened);
            }
            Operation::Duplicate { descriptor } => {
                let duplicate = Open::new(self.at(*descriptor).file.try_clone()?)?;
                self.descriptors.push(duplicate);
            }
            Operation::Close { descriptor } => {
                let place = descriptor % self.descriptors.len();
                if place > 0 {
                    self.descriptors.swap_remove(place);
                }
            }
            Operation::CreateDirectory { dir, path } => {
                fs::create_dir(directory!(dir), Path::new(path), &DirOptions::new())?;
            }
            Operation::RemoveDirectory { dir, path } => {
                fs::remove_dir(directory!(dir), Path::new(path))?
            }
            Operation::UnlinkFile { dir, path } => {
                fs::remove_file(directory!(dir), Path::new(path))?
            }
            Operation::Link {
                old_dir,
                old_path,
                follow,
                new_dir,
                new_path,
            } => {
                let (old, new) = (directory!(old_dir), directory!(new_dir));
                if *follow {
                    return Ok(Err(Error::Invalid));
                }
                fs::hard_link(old, Path::new(old_path), new, Path::new(new_path))?;
            }
            Operation::Rename {
                old_dir,
                old_path,
                new_dir,
                new_path,
            } => {
                let mut old_path = old_path.clone();
                // Wasmtime demands a directory for a slash at the end of either path, `fs::rename` only for the first.
                if new_path.ends_with('/') && !old_path.is_empty() {
                    old_path.push('/');
                }
                let (old, new) = (directory!(old_dir), directory!(new_dir));
                fs::rename(old, Path::new(&old_path), new, Path::new(new_path))?;
            }
            Operation::Symlink { target, dir, path } => {
                fs::symlink(Path::new(target), directory!(dir), Path::new(path))?;
            }
            Operation::Readlink { dir, path } => {
                let target = fs::read_link(directory!(dir), Path::new(path))?;
                return Ok(Ok(Value::Target(
                    target.into_os_string().into_string().unwrap(),
                )));
            }
            Operation::Stat { descriptor } => {
                let metadata = fs::Metadata::from_file(&self.at(*descriptor).file)?;
                return Ok(Ok(Value::Stat(self.seen(metadata))));
            }
            Operation::StatAt {
                dir,
                path,
                follow: follows,
            } => {
                let start = directory!(dir);
                // For a path of a single name that is not followed, `fs::stat` ignores slashes behind the name, against
                // POSIX. With `./` in front it does not.
                let path = match path.split_once('/') {
                    Some((name, rest)) if !name.is_empty() && path.len() < 4000 => {
                        format!("./{name}/{rest}")
                    }
                    _ => path.clone(),
                };
                let metadata = fs::stat(start, Path::new(&path), follow(*follows))?;
                return Ok(Ok(Value::Stat(self.seen(metadata))));
            }
            Operation::SetTimes {
                descriptor,
                times: Times { accessed, modified },
            } => {
                let mut times = FileTimes::new();
                times = accessed
                    .iter()
                    .fold(times, |times, time| times.set_accessed(system_time(*time)));
                times = modified
                    .iter()
                    .fold(times, |times, time| times.set_modified(system_time(*time)));
                self.at(*descriptor).file.set_times(times)?;
            }
            Operation::SetTimesAt {
                dir,
                path,
                follow,
                times: Times { accessed, modified },
            } => {
                let (start, path) = (directory!(dir), Path::new(path));
                let (accessed, modified) = (time_spec(*accessed), time_spec(*modified));
                if *follow {
                    fs::set_times(start, path, accessed, modified)?;
                } else {
                    fs::set_times_nofollow(start, path, accessed, modified)?;
                }
            }
            Operation::List { dir } => {
                let mut names = Vec::new();
                for entry in fs::read_base_dir(directory!(dir))? {
                    let entry = entry?;
                    let name = entry.file_name().into_string().unwrap();
                    names.push((name, node_type(&entry.metadata()?.file_type())));
                }
                names.sort_by(|a, b| a.0.cmp(&b.0));
                return Ok(Ok(Value::Names(names)));
            }
            Operation::Read {
                file,
                offset,
                length,
            } => {
                let file = file!(file);
                let mut bytes = vec![0; *length as usize];
                let mut read = 0;
                // A host may read less than it could.
                while read < bytes.len() {
                    match file.read_at(&mut bytes[read..], offset.wrapping_add(read as u64))? {
                        0 => break,
                        count => read += count,
                    }
                }
                if bytes.is_empty() {
                    file.read_at(&mut bytes, *offset)?;
                }
                bytes.truncate(read);
                return Ok(Ok(Value::Bytes(bytes)));
            }
            Operation::Write {
                file,
                offset,
                length,
                byte,
            } => {
                let written = file!(file).write_at(&pattern(*length, *byte), *offset)?;
                return Ok(Ok(Value::Count(written as u64)));
            }
            Operation::Append { file, length, byte } => {
                let bytes = pattern(*length, *byte);
                let bytes = [io::IoSlice::new(&bytes)];
                let written = rustix::io::pwritev2(file!(file), &bytes, 0, ReadWriteFlags::APPEND)?;
                return Ok(Ok(Value::Count(written as u64)));
            }
            Operation::SetSize { file, size } => file!(file).set_len(*size)?,
            Operation::IsSameObject { a, b } => {
                let (a, b) = (self.at(*a).file.metadata()?, self.at(*b).file.metadata()?);
                return Ok(Ok(Value::Truth(a.dev() == b.dev() && a.ino() == b.ino())));
            }
        }
        Ok(Ok(Value::Nothing))
    }
}

impl Subject for Host {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        self.apply_or_fail(operation)
            .unwrap_or_else(|error| Err(code(error)))
    }
}
