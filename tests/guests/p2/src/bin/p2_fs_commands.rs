//! Uses files as its arguments say, each a command of several words. A file is a path below the preopen `/`;
//! `MOUNT:PATH` is one below another preopen, and `DIRECTORY!PATH` one below a directory that is opened first.
//!
//! - `list FILE`, `read FILE`, `stat FILE`, `lstat FILE`, `write FILE`, `mkdir FILE`, `rmdir FILE`, `unlink FILE`,
//!   `readlink FILE`, `touch FILE`: what the names say.
//! - `open HOW FILE`: opens it as HOW says, `read`, `write`, `truncate` or `directory`, and does nothing with it.
//! - `modified FILE`: when it was modified, in seconds since 1970 and nanoseconds.
//! - `rename FILE FILE`, `link FILE FILE`, `symlink TARGET FILE`: the same.
//! - `held DIRECTORY FILE FILE PATH`: opens a directory, renames a file, then reads a path in the directory.
//! - `every FILE SCRATCH`: calls every function that takes a path, with this one; `SCRATCH` is an existing file.
//! - `race COUNT FILE`: reads a file so many times, prints the different outcomes.
//! - `same FILE FILE`: whether both are the same, and have the same hash.

use std::collections::BTreeSet;

use guests_p2::{contents, text};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

type Result<T> = std::result::Result<T, ErrorCode>;

const NONE: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        let outcome = match words[..] {
            ["list", file] => with(file, list),
            ["read", file] => with(file, read),
            ["stat", file] => with(file, |at, path| stat(at, path, FOLLOW)),
            ["lstat", file] => with(file, |at, path| stat(at, path, NONE)),
            ["write", file] => with(file, write),
            ["mkdir", file] => with(file, |at, path| done(at.create_directory_at(path))),
            ["rmdir", file] => with(file, |at, path| done(at.remove_directory_at(path))),
            ["unlink", file] => with(file, |at, path| done(at.unlink_file_at(path))),
            ["readlink", file] => with(file, |at, path| at.readlink_at(path)),
            ["touch", file] => with(file, touch),
            ["open", how, file] => with(file, |at, path| open(at, path, how)),
            ["modified", file] => with(file, modified),
            ["rename", from, to] => with(from, |old, from| {
                with(to, |new, to| done(old.rename_at(from, new, to)))
            }),
            ["link", from, to] => with(from, |old, from| {
                with(to, |new, to| done(old.link_at(NONE, from, new, to)))
            }),
            ["symlink", target, file] => with(file, |at, path| done(at.symlink_at(target, path))),
            ["held", directory, from, to, path] => held(directory, from, to, path),
            ["every", file, scratch] => with(file, |at, path| every(at, path, scratch)),
            ["race", count, file] => race(count, file),
            ["same", one, other] => same(one, other),
            _ => Ok("no command".into()),
        };
        match outcome {
            Ok(outcome) => println!("{argument}: {outcome}"),
            Err(error) => println!("{argument}: error: {}", error.name()),
        }
    }
}

/// Does something with the directory that a file is relative to, and the path that is left.
fn with<T>(file: &str, operation: impl FnOnce(&Descriptor, &str) -> Result<T>) -> Result<T> {
    let (mount, path) = file.split_once(':').unwrap_or(("/", file));
    let (root, _) = get_directories()
        .into_iter()
        .find(|(_, name)| name == mount)
        .ok_or(ErrorCode::NoDevice)?;
    match path.split_once('!') {
        Some((directory, path)) => operation(&open_directory(&root, directory)?, path),
        None => operation(&root, path),
    }
}

fn open_directory(at: &Descriptor, path: &str) -> Result<Descriptor> {
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    at.open_at(FOLLOW, path, OpenFlags::DIRECTORY, flags)
}

fn open(at: &Descriptor, path: &str, how: &str) -> Result<String> {
    let (flags, access) = match how {
        "write" => (OpenFlags::empty(), DescriptorFlags::WRITE),
        "truncate" => (OpenFlags::TRUNCATE, DescriptorFlags::WRITE),
        "directory" => (OpenFlags::DIRECTORY, DescriptorFlags::READ),
        _ => (OpenFlags::empty(), DescriptorFlags::READ),
    };
    done(at.open_at(FOLLOW, path, flags, access).map(drop))
}

fn modified(at: &Descriptor, path: &str) -> Result<String> {
    let time = at.stat_at(FOLLOW, path)?.data_modification_timestamp;
    let time = time.expect("a time");
    Ok(format!("{}.{:09}", time.seconds, time.nanoseconds))
}

fn done(result: Result<()>) -> Result<String> {
    result.map(|()| "done".into())
}

fn list(at: &Descriptor, path: &str) -> Result<String> {
    let entries = open_directory(at, path)?.read_directory()?;
    let mut names = BTreeSet::new();
    while let Some(entry) = entries.read_directory_entry()? {
        names.insert(entry.name);
    }
    Ok(names.into_iter().collect::<Vec<_>>().join(" "))
}

fn read(at: &Descriptor, path: &str) -> Result<String> {
    let file = at.open_at(FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ)?;
    Ok(text(&contents(&file)))
}

fn write(at: &Descriptor, path: &str) -> Result<String> {
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = at.open_at(FOLLOW, path, how, DescriptorFlags::WRITE)?;
    file.write(b"written", 0)
        .map(|count| format!("{count} bytes"))
}

fn stat(at: &Descriptor, path: &str, flags: PathFlags) -> Result<String> {
    let stat = at.stat_at(flags, path)?;
    Ok(format!("{:?}", stat.type_))
}

fn touch(at: &Descriptor, path: &str) -> Result<String> {
    done(at.set_times_at(FOLLOW, path, NewTimestamp::NoChange, NewTimestamp::Now))
}

fn held(directory: &str, from: &str, to: &str, path: &str) -> Result<String> {
    with(directory, |at, directory| {
        let directory = open_directory(at, directory)?;
        let renamed = with(from, |old, from| {
            with(to, |new, to| done(old.rename_at(from, new, to)))
        });
        let outcome = |result: Result<String>| result.unwrap_or_else(|error| error.name().into());
        Ok(format!(
            "{}, {}",
            outcome(renamed),
            outcome(read(&directory, path))
        ))
    })
}

/// Every function of `descriptor` that takes a path; changes last.
fn every(at: &Descriptor, path: &str, scratch: &str) -> Result<String> {
    let read = DescriptorFlags::READ;
    let open = |how, flags| at.open_at(FOLLOW, path, how, flags).map(drop);
    let outcomes = [
        ("stat-at", at.stat_at(NONE, path).map(drop)),
        ("stat-at following", at.stat_at(FOLLOW, path).map(drop)),
        (
            "metadata-hash-at",
            at.metadata_hash_at(NONE, path).map(drop),
        ),
        ("readlink-at", at.readlink_at(path).map(drop)),
        ("open-at", open(OpenFlags::empty(), read)),
        ("open-at for a directory", open(OpenFlags::DIRECTORY, read)),
        (
            "open-at to write",
            open(OpenFlags::empty(), DescriptorFlags::WRITE),
        ),
        ("open-at to truncate", open(OpenFlags::TRUNCATE, read)),
        (
            "open-at without following",
            at.open_at(NONE, path, OpenFlags::empty(), read).map(drop),
        ),
        ("set-times-at", touch(at, path).map(drop)),
        ("link-at from", at.link_at(NONE, path, at, "new-link")),
        ("rename-at from", at.rename_at(path, at, "new-name")),
        ("unlink-file-at", at.unlink_file_at(path)),
        ("remove-directory-at", at.remove_directory_at(path)),
        ("open-at to create", open(OpenFlags::CREATE, read)),
        (
            "open-at to create anew",
            open(OpenFlags::CREATE | OpenFlags::EXCLUSIVE, read),
        ),
        ("create-directory-at", at.create_directory_at(path)),
        ("symlink-at", at.symlink_at("x", path)),
        ("link-at to", at.link_at(NONE, scratch, at, path)),
        ("rename-at to", at.rename_at(scratch, at, path)),
    ];
    let outcome = |result: &Result<()>| match result {
        Ok(()) => "done",
        Err(error) => error.name(),
    };
    let outcomes = outcomes.iter();
    let lines: Vec<String> = outcomes
        .map(|(function, result)| format!("\n  {function}: {}", outcome(result)))
        .collect();
    Ok(lines.concat())
}

fn race(count: &str, file: &str) -> Result<String> {
    let count: usize = count.parse().map_err(|_| ErrorCode::Invalid)?;
    let mut outcomes = BTreeSet::new();
    for _ in 0..count {
        outcomes.insert(match with(file, read) {
            Ok(text) => text,
            Err(error) => format!("error {}", error.name()),
        });
    }
    Ok(outcomes.into_iter().collect::<Vec<_>>().join(", "))
}

fn same(one: &str, other: &str) -> Result<String> {
    let open = |at: &Descriptor, path: &str| {
        at.open_at(FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ)
    };
    let (one, other) = (with(one, open)?, with(other, open)?);
    let (first, second) = (one.metadata_hash()?, other.metadata_hash()?);
    let equal = (first.lower, first.upper) == (second.lower, second.upper);
    Ok(format!("same {}, hash {equal}", one.is_same_object(&other)))
}
