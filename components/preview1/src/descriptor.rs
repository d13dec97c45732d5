//! The table of descriptors, and the calls that need nothing but a descriptor.

use std::cell::RefCell;

use interpose_preview1::{
    Advice, Descriptors, Errno, FdFlags, Listing, Memory, Revision, Rights, Scope, Whence,
    prestat as prestat_bytes, seek as seek_from, times,
};

use crate::bindings::wasi::filesystem::preopens::get_directories;
use crate::bindings::wasi::filesystem::types;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::path::new_timestamp;
use crate::program::Program;
use crate::socket::{Socket, preopened};

/// What a number of the program stands for. The standard streams are asked for when they are used.
pub enum Descriptor {
    /// Standard input.
    Stdin(Option<InputStream>),
    /// Standard output.
    Stdout(Option<OutputStream>),
    /// Standard error.
    Stderr(Option<OutputStream>),
    /// A directory.
    Directory(Directory),
    /// A file.
    File(File),
    /// A socket.
    Socket(Socket),
}

/// An open directory.
pub struct Directory {
    /// The descriptor of WASI 0.2.
    pub handle: types::Descriptor,
    /// The path that it is preopened as, if it is.
    pub preopened: Option<String>,
    /// The entries, once the program reads them.
    pub listing: Option<Listing>,
    /// The rights that the program has not given up.
    pub scope: Scope,
}

/// An open file. It has one position for reading and writing, and keeps no stream, which would have another.
pub struct File {
    /// The descriptor of WASI 0.2.
    pub handle: types::Descriptor,
    /// Where the next read or write begins.
    pub position: u64,
    /// Whether writes go to the end instead.
    pub append: bool,
    /// Whether the program asked not to wait. Files never wait.
    pub nonblocking: bool,
    /// The rights that the program has not given up.
    pub scope: Scope,
}

thread_local! {
    static TABLE: RefCell<Option<Descriptors<Descriptor>>> = const { RefCell::new(None) };
}

/// Runs `f` with the table: the standard streams, the preopened directories and the listening sockets of the policy at
/// first.
pub fn with<T>(
    f: impl FnOnce(&mut Descriptors<Descriptor>) -> Result<T, Errno>,
) -> Result<T, Errno> {
    TABLE.with_borrow_mut(|table| match table {
        Some(table) => f(table),
        none => f(none.insert(at_first()?)),
    })
}

fn at_first() -> Result<Descriptors<Descriptor>, Errno> {
    let mut table = Descriptors::default();
    table.add(Descriptor::Stdin(None))?;
    table.add(Descriptor::Stdout(None))?;
    table.add(Descriptor::Stderr(None))?;
    for (handle, path) in get_directories() {
        table.add(Descriptor::Directory(Directory {
            handle,
            preopened: Some(path),
            listing: None,
            scope: Scope::WHOLE,
        }))?;
    }
    // Behind the directories: libraries look for directories until the first number that is none.
    for socket in preopened() {
        table.add(Descriptor::Socket(socket))?;
    }
    Ok(table)
}

/// Runs `f` with a file.
///
/// # Errors
/// [`Errno::BadDescriptor`] when the number is not that of a file, [`Errno::NotCapable`] when a right was given up.
pub fn with_file<T>(
    fd: u32,
    rights: Rights,
    f: impl FnOnce(&mut File) -> Result<T, Errno>,
) -> Result<T, Errno> {
    with_file_or(fd, rights, |_| Errno::BadDescriptor, f)
}

/// Runs `f` with a file; `other` is the error for a descriptor of something else.
fn with_file_or<T>(
    fd: u32,
    rights: Rights,
    other: impl FnOnce(&Descriptor) -> Errno,
    f: impl FnOnce(&mut File) -> Result<T, Errno>,
) -> Result<T, Errno> {
    with(|table| match table.get_mut(fd)? {
        Descriptor::File(file) => {
            file.scope.require(rights)?;
            f(file)
        }
        descriptor => Err(other(descriptor)),
    })
}

/// Runs `f` with a file or a directory. Core runtimes sync no directories, but a program has no other way to have names on
/// the disk, so one that relies on names has to be able to.
///
/// # Errors
/// [`Errno::BadDescriptor`] when the number is that of neither, [`Errno::NotCapable`] when a right was given up.
fn with_node<T>(
    fd: u32,
    rights: Rights,
    f: impl FnOnce(&types::Descriptor) -> Result<T, Errno>,
) -> Result<T, Errno> {
    with(|table| {
        let (scope, handle) = match table.get(fd)? {
            Descriptor::File(file) => (file.scope, &file.handle),
            Descriptor::Directory(directory) => (directory.scope, &directory.handle),
            _ => return Err(Errno::BadDescriptor),
        };
        scope.require(rights)?;
        f(handle)
    })
}

/// A directory.
///
/// # Errors
/// [`Errno::BadDescriptor`] when the number is not that of a directory, [`Errno::NotCapable`] when a right was given up.
pub fn directory(
    table: &Descriptors<Descriptor>,
    fd: u32,
    rights: Rights,
) -> Result<&Directory, Errno> {
    match table.get(fd)? {
        Descriptor::Directory(directory) => {
            directory.scope.require(rights)?;
            Ok(directory)
        }
        _ => Err(Errno::BadDescriptor),
    }
}

/// `fd_advise`.
pub fn advise(fd: u32, offset: u64, length: u64, advice: u32) -> Result<(), Errno> {
    let advice = match Advice::parse(advice)? {
        Advice::Normal => types::Advice::Normal,
        Advice::Sequential => types::Advice::Sequential,
        Advice::Random => types::Advice::Random,
        Advice::WillNeed => types::Advice::WillNeed,
        Advice::DoNotNeed => types::Advice::DontNeed,
        Advice::NoReuse => types::Advice::NoReuse,
    };
    with_file(fd, Rights::FD_ADVISE, |file| {
        Ok(file.handle.advise(offset, length, advice)?)
    })
}

/// `fd_allocate`: WASI 0.2 cannot reserve space.
pub fn allocate(fd: u32) -> Result<(), Errno> {
    with_file(fd, Rights::FD_ALLOCATE, |_| Err(Errno::NotSupported))
}

/// `fd_close`.
pub fn close(fd: u32) -> Result<(), Errno> {
    with(|table| table.remove(fd)).map(drop)
}

/// `fd_renumber`.
pub fn renumber(from: u32, to: u32) -> Result<(), Errno> {
    with(|table| table.renumber(from, to)).map(drop)
}

/// `fd_datasync`.
pub fn sync_data(fd: u32) -> Result<(), Errno> {
    with_node(fd, Rights::FD_DATASYNC, |node| Ok(node.sync_data()?))
}

/// `fd_sync`.
pub fn sync(fd: u32) -> Result<(), Errno> {
    with_node(fd, Rights::FD_SYNC, |node| Ok(node.sync()?))
}

/// `fd_fdstat_set_flags`: WASI 0.2 cannot change when data reach the disk.
pub fn set_flags(fd: u32, flags: u32) -> Result<(), Errno> {
    let flags = FdFlags::parse(flags)?;
    with(|table| match table.get_mut(fd)? {
        Descriptor::File(file) => {
            file.scope.require(Rights::FD_FDSTAT_SET_FLAGS)?;
            let fixed = [FdFlags::DSYNC, FdFlags::SYNC, FdFlags::RSYNC];
            if fixed.into_iter().any(|flag| flags.contains(flag)) {
                return Err(Errno::Invalid);
            }
            file.append = flags.contains(FdFlags::APPEND);
            file.nonblocking = flags.contains(FdFlags::NONBLOCK);
            Ok(())
        }
        Descriptor::Socket(socket) => socket.set_flags(flags),
        _ => Err(Errno::BadDescriptor),
    })
}

/// `fd_filestat_set_size`.
pub fn set_size(fd: u32, size: u64) -> Result<(), Errno> {
    with_file(fd, Rights::FD_FILESTAT_SET_SIZE, |file| {
        Ok(file.handle.set_size(size)?)
    })
}

/// `fd_filestat_set_times`.
pub fn set_times(fd: u32, access: u64, modification: u64, flags: u32) -> Result<(), Errno> {
    let [access, modification] = times(access, modification, flags)?.map(new_timestamp);
    with(|table| {
        let (handle, scope) = match table.get(fd)? {
            Descriptor::File(file) => (&file.handle, file.scope),
            Descriptor::Directory(directory) => (&directory.handle, directory.scope),
            _ => return Err(Errno::BadDescriptor),
        };
        scope.require(Rights::FD_FILESTAT_SET_TIMES)?;
        Ok(handle.set_times(access, modification)?)
    })
}

/// `fd_prestat_get`.
pub fn prestat(fd: u32, out: u32) -> Result<(), Errno> {
    let length = with(|table| match table.get(fd)? {
        Descriptor::Directory(Directory {
            preopened: Some(path),
            ..
        }) => Ok(path.len() as u32),
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store(out, &prestat_bytes(length))
}

/// `fd_prestat_dir_name`.
pub fn preopen_name(fd: u32, at: u32, length: u32) -> Result<(), Errno> {
    with(|table| match table.get(fd)? {
        Descriptor::Directory(Directory {
            preopened: Some(path),
            ..
        }) => {
            if path.len() > length as usize {
                return Err(Errno::NameTooLong);
            }
            Program.store(at, path.as_bytes())
        }
        _ => Err(Errno::NotDirectory),
    })
}

/// `fd_seek`.
pub fn seek(fd: u32, offset: i64, whence: u32, out: u32, revision: Revision) -> Result<(), Errno> {
    let whence = Whence::parse(whence, revision)?;
    // Where the position stays, it is only asked for.
    let right = match whence {
        Whence::Current if offset == 0 => Rights::FD_TELL,
        _ => Rights::FD_SEEK,
    };
    let position = with_seekable(fd, right, |file| {
        let base = match whence {
            Whence::Set => 0,
            Whence::Current => file.position,
            Whence::End => file.handle.stat()?.size,
        };
        file.position = seek_from(base, offset)?;
        Ok(file.position)
    })?;
    Program.store_u64(out, position)
}

/// `fd_tell`.
pub fn tell(fd: u32, out: u32) -> Result<(), Errno> {
    let position = with_seekable(fd, Rights::FD_TELL, |file| Ok(file.position))?;
    Program.store_u64(out, position)
}

/// Runs `f` with a file; a stream has no position.
fn with_seekable<T>(
    fd: u32,
    rights: Rights,
    f: impl FnOnce(&mut File) -> Result<T, Errno>,
) -> Result<T, Errno> {
    let other = |descriptor: &Descriptor| match descriptor {
        Descriptor::Directory(_) => Errno::BadDescriptor,
        _ => Errno::InvalidSeek,
    };
    with_file_or(fd, rights, other, f)
}
