//! `wasi:filesystem`, on the first preopen.

use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, NewTimestamp, OpenFlags, PathFlags, filesystem_error_code,
};
use wasip2::io::error::Error;
use wasip2::io::streams::StreamError;

use crate::probe::{done, need, need_some, probes, shown, value_of};

/// A time to set: the year 2001, which every file system can hold.
const TIME: NewTimestamp = NewTimestamp::Timestamp(Datetime {
    seconds: 1_000_000_000,
    nanoseconds: 0,
});

fn root() -> Result<Descriptor, String> {
    let first = get_directories().into_iter().next();
    need_some("directory", "get-directories", "`[]`", first).map(|(directory, _)| directory)
}

/// A file `file` that holds ten bytes, open to read and write.
fn file() -> Result<Descriptor, String> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = need(
        "file",
        "open-at",
        root()?.open_at(PathFlags::empty(), "file", how, flags),
    )?;
    need("contents", "write", file.write(b"0123456789", 0))?;
    Ok(file)
}

fn directory() -> Result<Descriptor, String> {
    let root = root()?;
    need(
        "directory",
        "create-directory-at",
        root.create_directory_at("directory"),
    )?;
    Ok(root)
}

fn link() -> Result<Descriptor, String> {
    let root = root()?;
    need("link", "symlink-at", root.symlink_at("file", "link"))?;
    Ok(root)
}

/// An error of a stream: no file is as long as this write would make one.
pub fn stream_error() -> Result<Error, String> {
    let far = file()?.write_via_stream(i64::MAX as u64 - 1);
    let stream = need("stream", "write-via-stream", far)?;
    let written = stream
        .blocking_write_and_flush(b"too far")
        .and_then(|()| stream.blocking_flush());
    match written {
        Err(StreamError::LastOperationFailed(error)) => Ok(error),
        _ => Err("no error: the write does not fail".into()),
    }
}

probes! {
    "wasi:filesystem/preopens" {
        "get-directories" => |_| {
            let directories = get_directories();
            let names: Vec<_> = directories.into_iter().map(|(_, name)| name).collect();
            value_of(names)
        },
    }
    "wasi:filesystem/types" {
        "descriptor.read-via-stream" => |_| done(file()?.read_via_stream(0)),
        "descriptor.write-via-stream" => |_| done(file()?.write_via_stream(0)),
        "descriptor.append-via-stream" => |_| done(file()?.append_via_stream()),
        "descriptor.advise" => |_| done(file()?.advise(0, 10, Advice::Normal)),
        "descriptor.sync-data" => |_| done(file()?.sync_data()),
        "descriptor.get-flags" => |_| shown(file()?.get_flags()),
        "descriptor.get-type" => |_| shown(file()?.get_type()),
        "descriptor.set-size" => |_| done(file()?.set_size(5)),
        "descriptor.set-times" => |_| done(file()?.set_times(TIME, TIME)),
        "descriptor.read" => |_| shown(file()?.read(4, 2)),
        "descriptor.write" => |_| shown(file()?.write(b"abc", 2)),
        "descriptor.read-directory" => |_| done(root()?.read_directory()),
        "descriptor.sync" => |_| done(file()?.sync()),
        "descriptor.create-directory-at" => |_| done(root()?.create_directory_at("new")),
        "descriptor.stat" => |_| shown(file()?.stat().map(|stat| (stat.type_, stat.size))),
        "descriptor.stat-at" => |_| {
            file()?;
            shown(root()?.stat_at(PathFlags::empty(), "file").map(|stat| (stat.type_, stat.size)))
        },
        "descriptor.set-times-at" => |_| {
            file()?;
            done(root()?.set_times_at(PathFlags::empty(), "file", TIME, TIME))
        },
        "descriptor.link-at" => |_| {
            file()?;
            let root = root()?;
            done(root.link_at(PathFlags::empty(), "file", &root, "other"))
        },
        "descriptor.open-at" => |_| {
            done(root()?.open_at(PathFlags::empty(), "new", OpenFlags::CREATE, DescriptorFlags::WRITE))
        },
        "descriptor.readlink-at" => |_| shown(link()?.readlink_at("link")),
        "descriptor.remove-directory-at" => |_| done(directory()?.remove_directory_at("directory")),
        "descriptor.rename-at" => |_| {
            file()?;
            let root = root()?;
            done(root.rename_at("file", &root, "other"))
        },
        "descriptor.symlink-at" => |_| done(root()?.symlink_at("file", "link")),
        "descriptor.unlink-file-at" => |_| {
            file()?;
            done(root()?.unlink_file_at("file"))
        },
        "descriptor.is-same-object" => |_| {
            let file = file()?;
            let again = root()?.open_at(PathFlags::empty(), "file", OpenFlags::empty(), DescriptorFlags::READ);
            value_of(file.is_same_object(&need("file", "open-at", again)?))
        },
        "descriptor.metadata-hash" => |_| done(file()?.metadata_hash()),
        "descriptor.metadata-hash-at" => |_| {
            file()?;
            done(root()?.metadata_hash_at(PathFlags::empty(), "file"))
        },
        "directory-entry-stream.read-directory-entry" => |_| {
            file()?;
            let entries = need("stream", "read-directory", root()?.read_directory())?;
            shown(entries.read_directory_entry().map(|entry| entry.map(|entry| entry.name)))
        },
        "filesystem-error-code" => |_| {
            // Which code it is depends on the file system.
            let code = filesystem_error_code(&stream_error()?);
            value_of(code.is_some())
        },
    }
}
