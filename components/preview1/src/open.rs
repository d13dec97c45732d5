//! `path_open`.

use interpose_preview1::{Errno, FdFlags, Memory, OpenFlags, Rights};

use crate::bindings::wasi::filesystem::types::{self, DescriptorFlags, DescriptorType};
use crate::descriptor::{Descriptor, Directory, File, with};
use crate::path::{Text, path_flags, read_path};
use crate::program::Program;

/// `path_open`. The rights for reading and for writing say how the file is opened; all others come with the descriptor.
#[allow(clippy::too_many_arguments)]
pub fn at(
    fd: u32,
    flags: u32,
    path: Text,
    how: u32,
    base: u64,
    inheriting: u64,
    fd_flags: u32,
    out: u32,
) -> Result<(), Errno> {
    let flags = path_flags(flags)?;
    let how = OpenFlags::parse(how)?;
    let base = Rights::parse(base)?;
    Rights::parse(inheriting)?;
    let fd_flags = FdFlags::parse(fd_flags)?;
    let path = read_path(path)?;
    Program.check(out, 4)?;
    let number = with(|table| {
        table.check_room()?;
        let (handle, scope) = match table.get(fd)? {
            Descriptor::Directory(directory) => {
                directory.scope.require(Rights::PATH_OPEN)?;
                if how.contains(OpenFlags::CREATE) {
                    directory.scope.require(Rights::PATH_CREATE_FILE)?;
                }
                let mut asked = base.and(Rights::FD_READ.with(Rights::FD_WRITE));
                if how.contains(OpenFlags::TRUNCATE) {
                    asked = asked.with(Rights::FD_FILESTAT_SET_SIZE);
                }
                let scope = directory.scope.child(asked)?;
                let open = directory.handle.open_at(
                    flags,
                    &path,
                    open_flags(how),
                    descriptor_flags(base, fd_flags),
                )?;
                (open, scope)
            }
            Descriptor::File(_) => return Err(Errno::NotDirectory),
            _ => return Err(Errno::BadDescriptor),
        };
        table.add(if handle.get_type()? == DescriptorType::Directory {
            Descriptor::Directory(Directory {
                handle,
                preopened: None,
                listing: None,
                scope,
            })
        } else {
            Descriptor::File(File {
                handle,
                position: 0,
                append: fd_flags.contains(FdFlags::APPEND),
                nonblocking: fd_flags.contains(FdFlags::NONBLOCK),
                scope,
            })
        })
    })?;
    Program.store_u32(out, number)
}

fn open_flags(flags: OpenFlags) -> types::OpenFlags {
    let all = [
        (OpenFlags::CREATE, types::OpenFlags::CREATE),
        (OpenFlags::DIRECTORY, types::OpenFlags::DIRECTORY),
        (OpenFlags::EXCLUSIVE, types::OpenFlags::EXCLUSIVE),
        (OpenFlags::TRUNCATE, types::OpenFlags::TRUNCATE),
    ];
    let set = all.into_iter().filter(|(flag, _)| flags.contains(*flag));
    set.fold(types::OpenFlags::empty(), |all, (_, flag)| all | flag)
}

fn descriptor_flags(rights: Rights, flags: FdFlags) -> DescriptorFlags {
    let all = [
        (rights.contains(Rights::FD_READ), DescriptorFlags::READ),
        (rights.contains(Rights::FD_WRITE), DescriptorFlags::WRITE),
        (
            flags.contains(FdFlags::SYNC),
            DescriptorFlags::FILE_INTEGRITY_SYNC,
        ),
        (
            flags.contains(FdFlags::DSYNC),
            DescriptorFlags::DATA_INTEGRITY_SYNC,
        ),
        (
            flags.contains(FdFlags::RSYNC),
            DescriptorFlags::REQUESTED_WRITE_SYNC,
        ),
    ];
    let set = all.into_iter().filter(|(is_set, _)| *is_set);
    set.fold(DescriptorFlags::empty(), |all, (_, flag)| all | flag)
}
