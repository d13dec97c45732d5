//! Calls that take a path below a directory.

use interpose_preview1::{
    Errno, LookupFlags, Memory, NewTime, Revision, Rights, path as text, times,
};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::filesystem::types::{NewTimestamp, PathFlags};
use crate::descriptor::{directory, with};
use crate::program::Program;
use crate::stat::{file_stat, store};

/// Where a text lies in the program's memory, and its length in bytes.
pub type Text = (u32, u32);

/// Reads a path.
pub fn read_path((at, length): Text) -> Result<String, Errno> {
    text(&Program, at, length)
}

/// How a path is followed.
pub fn path_flags(flags: u32) -> Result<PathFlags, Errno> {
    let follow = LookupFlags::parse(flags)?.contains(LookupFlags::SYMLINK_FOLLOW);
    Ok(if follow {
        PathFlags::SYMLINK_FOLLOW
    } else {
        PathFlags::empty()
    })
}

/// What happens to a time, in the words of WASI 0.2.
pub fn new_timestamp(time: NewTime) -> NewTimestamp {
    match time {
        NewTime::Keep => NewTimestamp::NoChange,
        NewTime::Now => NewTimestamp::Now,
        NewTime::At(time) => NewTimestamp::Timestamp(Datetime {
            seconds: time / 1_000_000_000,
            nanoseconds: (time % 1_000_000_000) as u32,
        }),
    }
}

/// `path_create_directory`.
pub fn create_directory(fd: u32, path: Text) -> Result<(), Errno> {
    with(|table| {
        let directory = directory(table, fd, Rights::PATH_CREATE_DIRECTORY)?;
        Ok(directory.handle.create_directory_at(&read_path(path)?)?)
    })
}

/// `path_filestat_get`.
pub fn stat(fd: u32, flags: u32, path: Text, out: u32, revision: Revision) -> Result<(), Errno> {
    let flags = path_flags(flags)?;
    let stat = with(|table| {
        let handle = &directory(table, fd, Rights::PATH_FILESTAT_GET)?.handle;
        let path = read_path(path)?;
        let stat = handle.stat_at(flags, &path)?;
        file_stat(&stat, &handle.metadata_hash_at(flags, &path)?)
    })?;
    store(out, stat, revision)
}

/// `path_filestat_set_times`.
pub fn set_times(
    fd: u32,
    flags: u32,
    path: Text,
    access: u64,
    modification: u64,
    set: u32,
) -> Result<(), Errno> {
    let flags = path_flags(flags)?;
    let [access, modification] = times(access, modification, set)?.map(new_timestamp);
    with(|table| {
        let handle = &directory(table, fd, Rights::PATH_FILESTAT_SET_TIMES)?.handle;
        let path = read_path(path)?;
        Ok(handle.set_times_at(flags, &path, access, modification)?)
    })
}

/// `path_link`.
pub fn link(fd: u32, flags: u32, path: Text, new_fd: u32, new_path: Text) -> Result<(), Errno> {
    let flags = path_flags(flags)?;
    with(|table| {
        let old = directory(table, fd, Rights::PATH_LINK_SOURCE)?;
        let new = directory(table, new_fd, Rights::PATH_LINK_TARGET)?;
        let (path, new_path) = (read_path(path)?, read_path(new_path)?);
        Ok(old.handle.link_at(flags, &path, &new.handle, &new_path)?)
    })
}

/// `path_readlink`.
pub fn read_link(fd: u32, path: Text, (into, room): Text, out: u32) -> Result<(), Errno> {
    let target = with(|table| {
        let directory = directory(table, fd, Rights::PATH_READLINK)?;
        Ok(directory.handle.readlink_at(&read_path(path)?)?)
    })?;
    let bytes = target.as_bytes();
    let written = bytes.get(..room as usize).unwrap_or(bytes);
    Program.check(out, 4)?;
    Program.store(into, written)?;
    Program.store_u32(out, written.len() as u32)
}

/// `path_remove_directory`.
pub fn remove_directory(fd: u32, path: Text) -> Result<(), Errno> {
    with(|table| {
        let directory = directory(table, fd, Rights::PATH_REMOVE_DIRECTORY)?;
        Ok(directory.handle.remove_directory_at(&read_path(path)?)?)
    })
}

/// `path_rename`.
pub fn rename(fd: u32, path: Text, new_fd: u32, new_path: Text) -> Result<(), Errno> {
    with(|table| {
        let old = directory(table, fd, Rights::PATH_RENAME_SOURCE)?;
        let new = directory(table, new_fd, Rights::PATH_RENAME_TARGET)?;
        let (path, new_path) = (read_path(path)?, read_path(new_path)?);
        Ok(old.handle.rename_at(&path, &new.handle, &new_path)?)
    })
}

/// `path_symlink`.
pub fn symbolic_link(target: Text, fd: u32, path: Text) -> Result<(), Errno> {
    with(|table| {
        let directory = directory(table, fd, Rights::PATH_SYMLINK)?;
        let (target, path) = (read_path(target)?, read_path(path)?);
        Ok(directory.handle.symlink_at(&target, &path)?)
    })
}

/// `path_unlink_file`.
pub fn unlink(fd: u32, path: Text) -> Result<(), Errno> {
    with(|table| {
        let directory = directory(table, fd, Rights::PATH_UNLINK_FILE)?;
        Ok(directory.handle.unlink_file_at(&read_path(path)?)?)
    })
}
