//! Paths, targets of links, and contents of files.

use guests_p2::{create, root};
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

use crate::{Attack, LARGE, aliases, check};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "paths",
        functions: &[
            "wasi:filesystem/types descriptor.create-directory-at",
            "wasi:filesystem/types descriptor.stat-at",
            "wasi:filesystem/types descriptor.set-times-at",
            "wasi:filesystem/types descriptor.open-at",
            "wasi:filesystem/types descriptor.readlink-at",
            "wasi:filesystem/types descriptor.remove-directory-at",
            "wasi:filesystem/types descriptor.unlink-file-at",
            "wasi:filesystem/types descriptor.metadata-hash-at",
        ],
        run: paths,
    },
    Attack {
        name: "two-paths-that-are-one",
        functions: &[
            "wasi:filesystem/types descriptor.link-at",
            "wasi:filesystem/types descriptor.rename-at",
            "wasi:filesystem/types descriptor.symlink-at",
        ],
        run: two_paths,
    },
    Attack {
        name: "contents-at-once",
        functions: &["wasi:filesystem/types descriptor.write"],
        run: contents,
    },
    Attack {
        name: "numbers-of-files",
        functions: &[
            "wasi:filesystem/types descriptor.read",
            "wasi:filesystem/types descriptor.read-via-stream",
            "wasi:filesystem/types descriptor.write-via-stream",
            "wasi:filesystem/types descriptor.set-size",
            "wasi:filesystem/types descriptor.set-times",
            "wasi:filesystem/types descriptor.advise",
        ],
        run: numbers,
    },
];

/// Whether a path is refused, and not for lack of anything: it is longer than any can be.
fn is_refused<T>(what: &str, result: Result<T, ErrorCode>) -> Result<(), String> {
    match result {
        Err(ErrorCode::NameTooLong | ErrorCode::ReadOnly | ErrorCode::NotPermitted) => Ok(()),
        Err(other) => Err(format!("{what}: {other:?}")),
        Ok(_) => Err(format!("{what} was done")),
    }
}

fn paths() -> Result<(), String> {
    let root = root();
    let now = NewTimestamp::Now;
    let flags = PathFlags::empty();
    let many = "a/".repeat(LARGE / 2);
    for path in [aliases::text(LARGE), &many] {
        is_refused("mkdir", root.create_directory_at(path))?;
        is_refused("stat", root.stat_at(flags, path))?;
        is_refused("times", root.set_times_at(flags, path, now, now))?;
        let opened = root.open_at(flags, path, OpenFlags::CREATE, DescriptorFlags::WRITE);
        is_refused("open", opened)?;
        is_refused("readlink", root.readlink_at(path))?;
        is_refused("rmdir", root.remove_directory_at(path))?;
        is_refused("unlink", root.unlink_file_at(path))?;
        is_refused("hash", root.metadata_hash_at(flags, path))?;
    }
    Ok(())
}

fn two_paths() -> Result<(), String> {
    let root = root();
    create("file", b"x");
    let large = aliases::text(LARGE);
    for (old, new) in [(large, large), ("file", large), (large, "file")] {
        is_refused("symlink", root.symlink_at(old, new)).or_else(|got| {
            // What a link leads to is not looked at before its own name is found to be taken.
            check(new == "file", || got)
        })?;
        let linked = root.link_at(PathFlags::empty(), old, &root, new);
        is_refused("link", linked)?;
        is_refused("rename", root.rename_at(old, &root, new))?;
    }
    // What comes afterwards is not touched by it.
    let renamed = root.rename_at("file", &root, "other");
    check(renamed.is_ok(), || format!("{renamed:?}"))
}

/// Whatever is done with it, it does not have to be kept.
fn contents() -> Result<(), String> {
    let file = create("file", b"");
    let bytes = aliases::text(LARGE).as_bytes();
    for _ in 0..4 {
        let _ = file.write(bytes, 0);
    }
    let _ = root().unlink_file_at("file");
    Ok(())
}

fn numbers() -> Result<(), String> {
    let file = create("file", b"0123456789");
    let step = |file: &Descriptor, number: u64| {
        let _ = file.read(number, 0);
        let _ = file.read(number, number);
        let _ = file.advise(number, number, Advice::WillNeed);
        let _ = file.set_size(number);
        let _ = file.set_size(10);
        let _ = file.set_times(NewTimestamp::Now, NewTimestamp::NoChange);
        if let Ok(input) = file.read_via_stream(number) {
            let _ = input.read(number);
        }
        if let Ok(output) = file.write_via_stream(number) {
            let _ = output.check_write();
        }
    };
    for number in [0, 1, 1 << 32, u64::MAX / 2, u64::MAX] {
        step(&file, number);
    }
    Ok(())
}
