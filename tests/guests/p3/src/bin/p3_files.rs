//! Uses files of WASI 0.3 in the first preopen, and prints the outcome of each call.
//!
//! The first argument chooses one thing: `table` (operations on files and directories), `streams` (reads and writes in pieces
//! of many sizes), `large` (a megabyte there and back), `given-up` (streams that are dropped at every moment, results that
//! nobody awaits), `many` (thousands of streams at once), `both` (one file by 0.3 and the standard library's 0.2). Without an argument it does the first two.

#![allow(missing_docs, unsafe_code)] // The bindings.

wit_bindgen::generate!({
    path: "../../../wit/p3",
    world: "wasi-interpose:p3/command",
    generate_all,
});

use std::fmt::Debug;

use wasi::cli::{environment, stdout};
use wasi::clocks::system_clock::Instant;
use wasi::filesystem::preopens;
use wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, NewTimestamp,
    OpenFlags, PathFlags,
};
use wit_bindgen::StreamResult;

struct Command;

export!(Command);

fn main() {
    panic!("the command was run as one of WASI 0.2");
}

impl exports::wasi::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let directories = preopens::get_directories();
        let (root, _) = directories.first().ok_or(())?;
        let arguments = environment::get_arguments();
        match arguments.get(1).map(String::as_str) {
            None => {
                table(root).await;
                streams(root).await;
            }
            Some("table") => table(root).await,
            Some("streams") => streams(root).await,
            Some("large") => large(root).await,
            Some("given-up") => given_up(root).await,
            Some("many") => many(root).await,
            Some("both") => both(root, &directories[0].1).await,
            Some(_) => return Err(()),
        }
        Ok(())
    }
}

async fn print(text: String) {
    let (mut writer, reader) = wit_stream::new();
    let done = stdout::write_via_stream(reader);
    writer.write_all(text.into_bytes()).await;
    drop(writer);
    done.await.expect("standard output");
}

async fn say(what: &str, outcome: impl Debug) {
    print(format!("{what}: {outcome:?}\n")).await;
}

const READ: DescriptorFlags = DescriptorFlags::READ;
const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
const NO_FOLLOW: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

async fn open(
    directory: &Descriptor,
    path: &str,
    how: OpenFlags,
    flags: DescriptorFlags,
) -> Result<Descriptor, ErrorCode> {
    directory.open_at(FOLLOW, path.into(), how, flags).await
}

async fn create(directory: &Descriptor, path: &str) -> Descriptor {
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let opened = open(directory, path, how, READ | WRITE).await;
    opened.unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

async fn read(file: &Descriptor, offset: u64) -> (Vec<u8>, Result<(), ErrorCode>) {
    let (stream, done) = file.read_via_stream(offset);
    (stream.collect().await, done.await)
}

async fn text(file: &Descriptor, offset: u64) -> (String, Result<(), ErrorCode>) {
    let (bytes, done) = read(file, offset).await;
    (String::from_utf8_lossy(&bytes).into_owned(), done)
}

/// Writes bytes, and returns how many were left when the file took no more.
async fn write(
    file: &Descriptor,
    bytes: &[u8],
    offset: Option<u64>,
) -> (usize, Result<(), ErrorCode>) {
    let (mut writer, reader) = wit_stream::new();
    let done = match offset {
        Some(offset) => file.write_via_stream(reader, offset),
        None => file.append_via_stream(reader),
    };
    let rest = writer.write_all(bytes.to_vec()).await;
    drop(writer);
    (rest.len(), done.await)
}

async fn fill(file: &Descriptor, bytes: &[u8]) {
    assert_eq!(
        write(file, bytes, Some(0)).await.0,
        0,
        "the file takes no more"
    );
}

async fn list(directory: &Descriptor) -> (Vec<String>, Result<(), ErrorCode>) {
    let (entries, done) = directory.read_directory();
    let entries = entries.collect().await;
    let mut names: Vec<String> = entries
        .into_iter()
        .map(|entry| format!("{} {:?}", entry.name, entry.type_))
        .collect();
    names.sort();
    (names, done.await)
}

/// What of a file's attributes is the same everywhere.
fn seen(stat: DescriptorStat) -> (DescriptorType, u64, u64) {
    let size = match stat.type_ {
        DescriptorType::Directory => 0,
        _ => stat.size,
    };
    let links = match stat.type_ {
        DescriptorType::Directory => 0,
        _ => stat.link_count,
    };
    (stat.type_, links, size)
}

async fn table(root: &Descriptor) {
    openings(root).await;
    names(root).await;
    attributes(root).await;
}

async fn openings(root: &Descriptor) {
    let _ = create(root, "file").await;
    say("mkdir", root.create_directory_at("dir".into()).await).await;
    say("mkdir again", root.create_directory_at("dir".into()).await).await;
    say(
        "symlink",
        root.symlink_at("file".into(), "link".into()).await,
    )
    .await;
    say(
        "symlink nowhere",
        root.symlink_at("absent".into(), "dangling".into()).await,
    )
    .await;
    say(
        "symlink absolute",
        root.symlink_at("/file".into(), "absolute".into()).await,
    )
    .await;
    let kinds = [
        ("plain", OpenFlags::empty()),
        ("create", OpenFlags::CREATE),
        ("exclusive", OpenFlags::CREATE | OpenFlags::EXCLUSIVE),
        ("truncate", OpenFlags::TRUNCATE),
        ("directory", OpenFlags::DIRECTORY),
    ];
    for path in [
        "file",
        "dir",
        "link",
        "dangling",
        "absent",
        "dir/..",
        "..",
        "/file",
        "",
        ".",
        "dir/",
        "file/",
        "file/x",
        "absent/x",
        "dir/../file",
        "../file",
        "a\0b",
    ] {
        for (kind, how) in kinds {
            if how.contains(OpenFlags::CREATE) && ["dangling", "absent"].contains(&path) {
                continue;
            }
            for (access, flags) in [("r", READ), ("w", WRITE), ("-", DescriptorFlags::empty())] {
                let opened = open(root, path, how, flags).await;
                let outcome = match opened {
                    Ok(file) => file.get_type().await,
                    Err(error) => Err(error),
                };
                say(&format!("open {path:?} {kind} {access}"), outcome).await;
            }
        }
        let not_followed = root.open_at(NO_FOLLOW, path.into(), OpenFlags::empty(), READ);
        let outcome = not_followed.await.map(|_| ());
        say(&format!("open {path:?} without following"), outcome).await;
    }
}

async fn names(root: &Descriptor) {
    let file = create(root, "one").await;
    fill(&file, b"one").await;
    let dir = open(root, "dir", OpenFlags::DIRECTORY, READ)
        .await
        .expect("dir");
    say(
        "link",
        root.link_at(NO_FOLLOW, "one".into(), &dir, "two".into())
            .await,
    )
    .await;
    say(
        "link again",
        root.link_at(NO_FOLLOW, "one".into(), &dir, "two".into())
            .await,
    )
    .await;
    say(
        "link a directory",
        root.link_at(NO_FOLLOW, "dir".into(), root, "hard".into())
            .await,
    )
    .await;
    say(
        "links",
        root.stat_at(NO_FOLLOW, "one".into()).await.map(seen),
    )
    .await;
    say(
        "the same",
        file.is_same_object(
            &open(&dir, "two", OpenFlags::empty(), READ)
                .await
                .expect("two"),
        )
        .await,
    )
    .await;
    say("not the same", file.is_same_object(&dir).await).await;
    for path in [
        "one", "dir", "link", "dangling", "absent", "dir/two", "dir/", "..", "",
    ] {
        for (how, flags) in [("itself", NO_FOLLOW), ("followed", FOLLOW)] {
            let stat = root.stat_at(flags, path.into()).await;
            say(&format!("stat {path:?} {how}"), stat.map(seen)).await;
            let hash = root.metadata_hash_at(flags, path.into()).await;
            say(&format!("hash {path:?} {how}"), hash.map(|_| ())).await;
        }
        say(
            &format!("readlink {path:?}"),
            root.readlink_at(path.into()).await,
        )
        .await;
    }
    for (from, to) in [
        ("one", "renamed"),
        ("renamed", "dir"),
        ("dir", "renamed"),
        ("absent", "x"),
        ("dir", "dir/inside"),
        ("renamed", "dir/two"),
        ("dir/two", "../out"),
        ("dangling", "moved"),
    ] {
        let outcome = root.rename_at(from.into(), root, to.into()).await;
        say(&format!("rename {from:?} to {to:?}"), outcome).await;
    }
    for path in [
        "dir", "dir/two", "absent", "moved", "link", "", "..", "file/",
    ] {
        say(
            &format!("unlink {path:?}"),
            root.unlink_file_at(path.into()).await,
        )
        .await;
    }
    for path in ["dir", "file", "absent", "", ".", "dir/.."] {
        say(
            &format!("rmdir {path:?}"),
            root.remove_directory_at(path.into()).await,
        )
        .await;
    }
    say("list", list(root).await).await;
    say("list a file", list(&file).await).await;
    for number in 0..100 {
        let _ = create(root, &format!("many-{number:03}")).await;
    }
    let (names, done) = list(root).await;
    say("list many", (names.len(), done)).await;
    for number in 0..100 {
        root.unlink_file_at(format!("many-{number:03}"))
            .await
            .expect("unlink");
    }
}

async fn attributes(root: &Descriptor) {
    let file = create(root, "sized").await;
    say("written", write(&file, b"0123456789", Some(0)).await).await;
    say("stat", file.stat().await.map(seen)).await;
    say("flags", file.get_flags().await).await;
    say("type", file.get_type().await).await;
    say("shrink", file.set_size(4).await).await;
    say("after", text(&file, 0).await).await;
    say("grow", file.set_size(8).await).await;
    say("after", text(&file, 0).await).await;
    say("grow too far", file.set_size(u64::MAX).await.is_err()).await;
    let time = |seconds| {
        NewTimestamp::Timestamp(Instant {
            seconds,
            nanoseconds: 5_000_000,
        })
    };
    say(
        "times",
        file.set_times(time(1_000_000_000), NewTimestamp::NoChange)
            .await,
    )
    .await;
    say(
        "times at",
        root.set_times_at(FOLLOW, "sized".into(), NewTimestamp::NoChange, time(2))
            .await,
    )
    .await;
    let stat = file.stat().await.expect("stat");
    say("accessed", stat.data_access_timestamp).await;
    say("modified", stat.data_modification_timestamp).await;
    say(
        "now",
        file.set_times(NewTimestamp::Now, NewTimestamp::Now).await,
    )
    .await;
    say(
        "times of nothing",
        root.set_times_at(
            FOLLOW,
            "absent".into(),
            NewTimestamp::Now,
            NewTimestamp::Now,
        )
        .await,
    )
    .await;
    say("advice", file.advise(0, 10, Advice::Sequential).await).await;
    say(
        "advice about a directory",
        root.advise(0, 10, Advice::Normal).await,
    )
    .await;
    say(
        "sync",
        (file.sync().await, file.sync_data().await, root.sync().await),
    )
    .await;
    let reader = open(root, "sized", OpenFlags::empty(), READ)
        .await
        .expect("sized");
    say(
        "set the size without a permission",
        reader.set_size(1).await,
    )
    .await;
    say("flags", reader.get_flags().await).await;
    root.unlink_file_at("sized".into()).await.expect("unlink");
    say(
        "an unlinked file",
        (text(&file, 0).await, file.stat().await.map(seen)),
    )
    .await;
}

async fn streams(root: &Descriptor) {
    let file = create(root, "stream").await;
    say("an empty file", text(&file, 0).await).await;
    say("write", write(&file, b"0123456789", Some(0)).await).await;
    for offset in [0, 5, 9, 10, 11, 1 << 40, u64::MAX] {
        say(&format!("read from {offset}"), text(&file, offset).await).await;
    }
    say("overwrite", write(&file, b"ab", Some(4)).await).await;
    say("append", write(&file, b"end", None).await).await;
    say("write behind the end", write(&file, b"far", Some(16)).await).await;
    say("all", text(&file, 0).await).await;
    say("write nothing", write(&file, b"", Some(3)).await).await;
    say(
        "write from the last byte on",
        write(&file, b"xy", Some(u64::MAX)).await.1.is_err(),
    )
    .await;
    let reader = open(root, "stream", OpenFlags::empty(), READ)
        .await
        .expect("a file");
    say(
        "write without a permission",
        write(&reader, b"no", Some(0)).await.1,
    )
    .await;
    say(
        "append without a permission",
        write(&reader, b"no", None).await.1,
    )
    .await;
    let writer = open(root, "stream", OpenFlags::empty(), WRITE)
        .await
        .expect("a file");
    say("read without a permission", read(&writer, 0).await).await;
    say("read a directory", read(root, 0).await).await;
    say("write a directory", write(root, b"no", Some(0)).await.1).await;
    let bytes: Vec<u8> = (0..300_000u32).map(|number| (number % 251) as u8).collect();
    for piece in [1, 7, 100, 4096, 65_537, 300_000] {
        // A byte at a time takes long.
        let bytes = &bytes[..bytes.len().min(piece * 3000)];
        let file = create(root, "pieces").await;
        let (mut writer, stream) = wit_stream::new();
        let done = file.write_via_stream(stream, 0);
        for some in bytes.chunks(piece) {
            let rest = writer.write_all(some.to_vec()).await;
            assert!(rest.is_empty(), "{piece}: the file takes no more");
        }
        drop(writer);
        let written = done.await;
        let (mut stream, done) = file.read_via_stream(0);
        let mut read = Vec::new();
        loop {
            let (result, some) = stream.read(Vec::with_capacity(piece)).await;
            read.extend(some);
            if result == StreamResult::Dropped {
                break;
            }
        }
        let outcome = (written, done.await, read.len(), read == bytes);
        say(&format!("in pieces of {piece}"), outcome).await;
    }
}

async fn large(root: &Descriptor) {
    let bytes: Vec<u8> = (0..1 << 20)
        .map(|number: u32| (number % 253) as u8)
        .collect();
    let file = create(root, "large").await;
    say("written", write(&file, &bytes, Some(0)).await).await;
    let (read, done) = read(&file, 0).await;
    say("read", (read == bytes, done)).await;
}

async fn given_up(root: &Descriptor) {
    let bytes = vec![7; 100_000];
    let file = create(root, "file").await;
    fill(&file, &bytes).await;
    // Streams and results that are dropped, in each order, at once or after some bytes.
    for taken in [0, 1, 1000, 99_999, 100_000] {
        let (mut stream, done) = file.read_via_stream(0);
        if taken > 0 {
            let _ = stream.read(Vec::with_capacity(taken)).await;
        }
        drop(stream);
        drop(done);
        let (mut stream, done) = file.read_via_stream(0);
        drop(done);
        if taken > 0 {
            let _ = stream.read(Vec::with_capacity(taken)).await;
        }
        drop(stream);
        let (stream, done) = file.read_via_stream(0);
        drop(stream);
        say(&format!("the result after {taken}"), done.await).await;
        let (entries, done) = root.read_directory();
        drop(entries);
        say("the result of a listing", done.await).await;
        let (mut writer, reader) = wit_stream::new();
        let done = file.append_via_stream(reader);
        drop(done);
        let rest = writer.write_all(vec![8; taken]).await;
        drop(writer);
        say(&format!("written without a result, {taken}"), rest.len()).await;
    }
    // A stream whose other side is gone before it is given away.
    let (writer, reader) = wit_stream::new();
    drop(writer);
    say("an ended stream", file.append_via_stream(reader).await).await;
    // A file that goes away while its streams are open.
    let (stream, done) = file.read_via_stream(0);
    let (mut writer, reader) = wit_stream::new();
    let written = file.write_via_stream(reader, 0);
    drop(file);
    root.unlink_file_at("file".into()).await.expect("unlink");
    writer.write_all(vec![9; 10]).await;
    drop(writer);
    say("written", written.await).await;
    let first = stream.collect().await.first().copied();
    say("read", (first.is_some(), done.await)).await;
    // Waits that are given up.
    let file = create(root, "other").await;
    fill(&file, &bytes).await;
    for _ in 0..100 {
        let (mut stream, _done) = file.read_via_stream(0);
        let mut reading = Box::pin(stream.read(Vec::with_capacity(10)));
        let once = std::future::poll_fn(|context| {
            std::task::Poll::Ready(reading.as_mut().poll(context).is_ready())
        });
        let _ = once.await;
        drop(reading);
        let mut stat = Box::pin(file.stat());
        let once = std::future::poll_fn(|context| {
            std::task::Poll::Ready(stat.as_mut().poll(context).is_ready())
        });
        let _ = once.await;
    }
    say("after all", file.stat().await.map(seen)).await;
}

async fn many(root: &Descriptor) {
    let file = create(root, "file").await;
    fill(&file, &vec![7; 1 << 20]).await;
    let mut open: Vec<_> = (0..3000).map(|_| file.read_via_stream(0)).collect();
    let mut total = 0;
    for (stream, _) in &mut open {
        let (_, some) = stream.read(Vec::with_capacity(100)).await;
        total += some.len();
    }
    say("some of each", total).await;
    let (stream, done) = open.remove(1500);
    say("all of one", (stream.collect().await.len(), done.await)).await;
    drop(open);
    let mut writers = Vec::new();
    for number in 0..1000u64 {
        let (writer, reader) = wit_stream::new();
        writers.push((writer, file.write_via_stream(reader, number)));
    }
    for (writer, _) in &mut writers {
        writer.write_all(vec![1]).await;
    }
    for (writer, done) in writers {
        drop(writer);
        done.await.expect("written");
    }
    let (stream, done) = file.read_via_stream(0);
    let bytes = stream.collect().await;
    let ones = bytes.iter().filter(|byte| **byte == 1).count();
    say("written by many", (ones, done.await)).await;
}

/// What one revision writes while the other has the file open is there for both.
async fn both(root: &Descriptor, name: &str) {
    use std::io::{Read, Seek, SeekFrom, Write};
    let path = format!("{}/both", name.trim_end_matches('/'));
    let mut options = std::fs::OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(true);
    let mut old = options.open(path).expect("the file opens in 0.2");
    let new = open(root, "both", OpenFlags::empty(), READ | WRITE).await;
    let new = new.expect("the file opens in 0.3");
    let mut expected = Vec::new();
    for round in 0..50_u8 {
        let bytes = vec![round; usize::from(round) * 100];
        expected.extend(&bytes);
        match round % 2 {
            0 => {
                old.seek(SeekFrom::End(0)).expect("seek");
                old.write_all(&bytes).expect("written by 0.2");
            }
            _ => {
                let (rest, done) = write(&new, &bytes, None).await;
                assert!(rest == 0 && done.is_ok(), "written by 0.3");
            }
        }
    }
    let mut by_old = Vec::new();
    old.seek(SeekFrom::Start(0)).expect("seek");
    old.read_to_end(&mut by_old).expect("read by 0.2");
    let (by_new, done) = read(&new, 0).await;
    say("both", (by_old == expected, by_new == expected, done)).await;
    old.set_len(10).expect("the size is set");
    say("after 0.2 set the size", new.stat().await.map(seen)).await;
}
