//! `wasi:filesystem`, on the first preopen.

use crate::probe::{done, named, need, probes, shown, value_of};
use crate::wasi::clocks::system_clock::Instant;
use crate::wasi::filesystem::preopens::get_directories;
use crate::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

named!(ErrorCode);

/// A time to set: the year 2001, which every file system can hold.
const TIME: NewTimestamp = NewTimestamp::Timestamp(Instant {
    seconds: 1_000_000_000,
    nanoseconds: 0,
});

fn root() -> Result<Descriptor, String> {
    let first = get_directories().into_iter().next();
    let (directory, _) = first.ok_or("no directory: `get-directories` gives `[]`")?;
    Ok(directory)
}

async fn opened(how: OpenFlags) -> Result<Descriptor, ErrorCode> {
    let root = root().map_err(|_| ErrorCode::NoEntry)?;
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let opened = root.open_at(PathFlags::empty(), "file".into(), how, flags);
    opened.await
}

/// A file `file` that holds ten bytes, open to read and write.
async fn file() -> Result<Descriptor, String> {
    root()?;
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = need("file", "open-at", opened(how).await)?;
    let (mut writer, reader) = crate::wit_stream::new();
    let written = file.write_via_stream(reader, 0);
    writer.write_all(b"0123456789".to_vec()).await;
    drop(writer);
    need("contents", "write-via-stream", written.await)?;
    Ok(file)
}

async fn directory() -> Result<Descriptor, String> {
    let root = root()?;
    let made = root.create_directory_at("directory".into()).await;
    need("directory", "create-directory-at", made)?;
    Ok(root)
}

async fn link() -> Result<Descriptor, String> {
    let root = root()?;
    let made = root.symlink_at("file".into(), "link".into()).await;
    need("link", "symlink-at", made)?;
    Ok(root)
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
        "descriptor.read-via-stream" => |_| {
            let (stream, ended) = file().await?.read_via_stream(5);
            let bytes = stream.collect().await;
            shown(ended.await.map(|()| bytes))
        },
        "descriptor.write-via-stream" => |_| {
            let file = file().await?;
            let (mut writer, reader) = crate::wit_stream::new();
            let written = file.write_via_stream(reader, 0);
            writer.write_all(b"written".to_vec()).await;
            drop(writer);
            done(written.await)
        },
        "descriptor.append-via-stream" => |_| {
            let file = file().await?;
            let (mut writer, reader) = crate::wit_stream::new();
            let written = file.append_via_stream(reader);
            writer.write_all(b"written".to_vec()).await;
            drop(writer);
            done(written.await)
        },
        "descriptor.advise" => |_| done(file().await?.advise(0, 10, Advice::Normal).await),
        "descriptor.sync-data" => |_| done(file().await?.sync_data().await),
        "descriptor.get-flags" => |_| done(file().await?.get_flags().await),
        "descriptor.get-type" => |_| shown(file().await?.get_type().await),
        "descriptor.set-size" => |_| done(file().await?.set_size(5).await),
        "descriptor.set-times" => |_| done(file().await?.set_times(TIME, TIME).await),
        "descriptor.read-directory" => |_| {
            let (entries, ended) = directory().await?.read_directory();
            let entries = entries.collect().await;
            shown(ended.await.map(|()| entries.len()))
        },
        "descriptor.sync" => |_| done(file().await?.sync().await),
        "descriptor.create-directory-at" => |_| {
            done(root()?.create_directory_at("directory".into()).await)
        },
        "descriptor.stat" => |_| shown(file().await?.stat().await.map(|stat| stat.size)),
        "descriptor.stat-at" => |_| {
            file().await?;
            let stat = root()?.stat_at(PathFlags::empty(), "file".into()).await;
            shown(stat.map(|stat| stat.size))
        },
        "descriptor.set-times-at" => |_| {
            file().await?;
            let root = root()?;
            let set = root.set_times_at(PathFlags::empty(), "file".into(), TIME, TIME);
            done(set.await)
        },
        "descriptor.link-at" => |_| {
            file().await?;
            let (root, other) = (root()?, root()?);
            let flags = PathFlags::empty();
            let linked = root.link_at(flags, "file".into(), &other, "hard".into());
            done(linked.await)
        },
        "descriptor.open-at" => |_| {
            root()?;
            done(opened(OpenFlags::CREATE).await)
        },
        "descriptor.readlink-at" => |_| shown(link().await?.readlink_at("link".into()).await),
        "descriptor.remove-directory-at" => |_| {
            done(directory().await?.remove_directory_at("directory".into()).await)
        },
        "descriptor.rename-at" => |_| {
            file().await?;
            let (root, other) = (root()?, root()?);
            done(root.rename_at("file".into(), &other, "renamed".into()).await)
        },
        "descriptor.symlink-at" => |_| {
            done(root()?.symlink_at("file".into(), "link".into()).await)
        },
        "descriptor.unlink-file-at" => |_| {
            file().await?;
            done(root()?.unlink_file_at("file".into()).await)
        },
        "descriptor.is-same-object" => |_| {
            let (root, other) = (root()?, root()?);
            value_of(root.is_same_object(&other).await)
        },
        "descriptor.metadata-hash" => |_| done(file().await?.metadata_hash().await),
        "descriptor.metadata-hash-at" => |_| {
            file().await?;
            done(root()?.metadata_hash_at(PathFlags::empty(), "file".into()).await)
        },
    }
}
