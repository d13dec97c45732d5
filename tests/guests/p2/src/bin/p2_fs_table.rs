//! Every function of a descriptor, with every kind of descriptor and many arguments, valid and not. Where nothing can be
//! changed, the files have to be there already: the program makes them wherever it is run.

use std::fmt::Debug;

use guests_p2::{read_write, root, text};
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, NewTimestamp,
    OpenFlags, PathFlags, filesystem_error_code,
};
use wasip2::io::streams::{OutputStream, StreamError};

const NOFOLLOW: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
const LARGEST: u64 = i64::MAX as u64;
const CONTENTS: &[u8] = b"0123456789";

/// Offsets of which none is so large that it depends on the file system whether a file can reach as far.
const OFFSETS: &[u64] = &[0, 8, 10, 1 << 40, LARGEST, LARGEST + 1, u64::MAX];

fn main() {
    reset();
    for (kind, open) in KINDS {
        match open() {
            Ok(descriptor) => {
                of_descriptor(kind, &descriptor);
                // What it leads to may have been replaced.
                drop(descriptor);
                reset();
                if let Ok(descriptor) = open() {
                    below_descriptor(kind, &descriptor, open);
                }
            }
            Err(error) => println!("{kind}: error: {}", error.name()),
        }
        reset();
    }
}

type Opener = fn() -> Result<Descriptor, ErrorCode>;

/// Every kind of descriptor.
const KINDS: &[(&str, Opener)] = &[
    ("root", || Ok(root())),
    ("d", || at("d", OpenFlags::DIRECTORY, DescriptorFlags::READ)),
    ("d to change", || {
        let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        at("d", OpenFlags::empty(), flags)
    }),
    ("f to read", || {
        at("f", OpenFlags::empty(), DescriptorFlags::READ)
    }),
    ("f to write", || {
        at("f", OpenFlags::empty(), DescriptorFlags::WRITE)
    }),
    ("f to read and write", || {
        at("f", OpenFlags::empty(), read_write())
    }),
    ("f for nothing", || {
        at("f", OpenFlags::empty(), DescriptorFlags::empty())
    }),
];

fn at(path: &str, how: OpenFlags, access: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    root().open_at(FOLLOW, path, how, access)
}

/// Makes the tree what it was, as far as it can be changed.
fn reset() {
    let root = root();
    // Also what the program makes where it means something else.
    for path in ["new", "none", "g", "up", "d/new", "d/none"] {
        let _ = root.unlink_file_at(path);
        let _ = root.remove_directory_at(path);
    }
    let is = |path: &str, wanted: DescriptorType| {
        let found = root.stat_at(NOFOLLOW, path).map(|stat| stat.type_);
        if found == Ok(wanted) {
            return true;
        }
        let _ = root.unlink_file_at(path);
        let _ = root.remove_directory_at(path);
        false
    };
    if !is("d", DescriptorType::Directory) {
        let _ = root.create_directory_at("d");
    }
    for path in ["f", "d/g"] {
        is(path, DescriptorType::RegularFile);
        if let Ok(file) = at(path, OpenFlags::CREATE, read_write()) {
            let _ = file.write(CONTENTS, 0);
            let _ = file.set_size(CONTENTS.len() as u64);
        }
    }
    for (path, target) in [
        ("l", "f"),
        ("ld", "d"),
        ("dangling", "none"),
        ("d/up", "../f"),
    ] {
        if !is(path, DescriptorType::SymbolicLink) {
            let _ = root.symlink_at(target, path);
        }
    }
}

fn show<T: Debug>(label: &str, result: Result<T, ErrorCode>) {
    guests_p2::show(label, result);
}

/// The first error of a stream, and whether it is closed then.
fn show_stream<T: Debug>(
    label: &str,
    result: Result<T, StreamError>,
    again: impl FnOnce() -> Result<(), StreamError>,
) {
    let name = |error: StreamError| match error {
        StreamError::Closed => "closed".to_owned(),
        StreamError::LastOperationFailed(error) => {
            format!(
                "{:?}",
                filesystem_error_code(&error).map(|code| code.name())
            )
        }
    };
    let again = again().map_err(name);
    match result {
        Ok(value) => println!("{label}: {value:?}, then {again:?}"),
        Err(error) => println!("{label}: failed: {}, then {again:?}", name(error)),
    }
}

fn stat((stat, of_type): (DescriptorStat, DescriptorType)) -> (DescriptorType, Option<u64>) {
    assert_eq!(stat.type_, of_type);
    seen(stat)
}

/// The type, and of a file the size.
fn seen(stat: DescriptorStat) -> (DescriptorType, Option<u64>) {
    let is_file = stat.type_ == DescriptorType::RegularFile;
    (stat.type_, is_file.then_some(stat.size))
}

fn at_second(seconds: u64, nanoseconds: u32) -> NewTimestamp {
    NewTimestamp::Timestamp(Datetime {
        seconds,
        nanoseconds,
    })
}

const TIMES: &[(&str, fn() -> NewTimestamp)] = &[
    ("no change", || NewTimestamp::NoChange),
    ("2001", || at_second(1_000_000_000, 0)),
    ("too late", || at_second(u64::MAX, 0)),
    ("later than too late", || at_second(u64::MAX, u32::MAX)),
];

/// What needs no path.
fn of_descriptor(kind: &str, of: &Descriptor) {
    for &offset in OFFSETS {
        for length in [0, 5, 100_000, u64::MAX] {
            let read = of.read(length, offset);
            let label = format!("{kind}: read {length} at {offset}");
            // That a read of no bytes is at the end is not told by every host.
            show(
                &label,
                read.map(|(bytes, end)| (text(&bytes), end || length == 0)),
            );
        }
        for bytes in ["", "ab"] {
            let label = format!("{kind}: write {bytes:?} at {offset}");
            show(&label, of.write(bytes.as_bytes(), offset));
            let _ = of.set_size(10);
        }
        for length in [0, 1, LARGEST, LARGEST + 1, u64::MAX] {
            let label = format!("{kind}: advise {length} at {offset}");
            show(&label, of.advise(offset, length, Advice::Normal));
        }
        let label = format!("{kind}: stream to read at {offset}");
        match of.read_via_stream(offset) {
            Ok(stream) => {
                let read = stream.blocking_read(5).map(|bytes| text(&bytes));
                show_stream(&label, read, || stream.blocking_skip(1).map(drop));
            }
            Err(error) => println!("{label}: error: {}", error.name()),
        }
        to_write(&format!("{kind}: stream to write at {offset}"), of, || {
            of.write_via_stream(offset)
        });
    }
    to_write(&format!("{kind}: stream to append"), of, || {
        of.append_via_stream()
    });
    for size in [10, LARGEST + 1, u64::MAX] {
        show(&format!("{kind}: set size {size}"), of.set_size(size));
    }
    for (accessed_name, accessed) in TIMES {
        for (modified_name, modified) in TIMES {
            // Wasmtime's host cannot set the times of an open directory.
            if of.get_type() == Ok(DescriptorType::Directory) {
                continue;
            }
            let label = format!("{kind}: set times {accessed_name}, {modified_name}");
            show(&label, of.set_times(accessed(), modified()));
        }
    }
    show(&format!("{kind}: sync"), of.sync());
    show(&format!("{kind}: sync data"), of.sync_data());
    let is_file = of.get_type() == Ok(DescriptorType::RegularFile);
    // Hosts forget that a directory was opened to be changed.
    let flags = of.get_flags().map(|flags| is_file.then_some(flags));
    show(&format!("{kind}: flags"), flags);
    let both = of.stat().and_then(|stat| Ok((stat, of.get_type()?)));
    show(&format!("{kind}: stat"), both.map(stat));
    show(&format!("{kind}: hash"), of.metadata_hash().map(drop));
    println!("{kind}: same: {}", of.is_same_object(of));
    let list = of.read_directory().and_then(|entries| {
        let mut names = Vec::new();
        while let Some(entry) = entries.read_directory_entry()? {
            names.push((entry.name, entry.type_));
        }
        names.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(names)
    });
    show(&format!("{kind}: list"), list);
}

/// Every way to write to a stream first, each with a stream of its own.
fn to_write(label: &str, of: &Descriptor, stream: impl Fn() -> Result<OutputStream, ErrorCode>) {
    type First = fn(&OutputStream) -> Result<u64, StreamError>;
    let firsts: &[(&str, First)] = &[
        ("nothing", |_| Ok(0)),
        ("write nothing", |stream| {
            stream.write(b"")?;
            stream.blocking_flush().map(|()| 0)
        }),
        ("write", |stream| {
            stream.write(b"ab")?;
            stream.blocking_flush().map(|()| 0)
        }),
        ("blocking write nothing", |stream| {
            stream.blocking_write_and_flush(b"").map(|()| 0)
        }),
        ("blocking write", |stream| {
            stream.blocking_write_and_flush(b"ab").map(|()| 0)
        }),
        ("no zeroes", |stream| {
            stream.write_zeroes(0)?;
            stream.blocking_flush().map(|()| 0)
        }),
        ("zeroes", |stream| {
            stream.write_zeroes(2)?;
            stream.blocking_flush().map(|()| 0)
        }),
        ("blocking no zeroes", |stream| {
            stream.blocking_write_zeroes_and_flush(0).map(|()| 0)
        }),
        ("blocking zeroes", |stream| {
            stream.blocking_write_zeroes_and_flush(2).map(|()| 0)
        }),
        ("splice nothing", |stream| splice(stream, 0)),
        ("splice", |stream| splice(stream, 2)),
    ];
    for (name, first) in firsts {
        match stream() {
            Ok(stream) => {
                let written = first(&stream);
                show_stream(&format!("{label}: {name}"), written, || {
                    stream.check_write().map(drop)
                });
            }
            Err(error) => {
                println!("{label}: error: {}", error.name());
                return;
            }
        }
        let _ = of.set_size(10);
    }
}

fn splice(stream: &OutputStream, length: u64) -> Result<u64, StreamError> {
    let from = at("d/g", OpenFlags::empty(), DescriptorFlags::READ).expect("a file to read");
    stream.blocking_splice(&from.read_via_stream(0).expect("a stream"), length)
}

fn paths() -> Vec<String> {
    let mut paths: Vec<String> = [
        "", ".", "..", "/", "f", "d", "l", "ld", "dangling", "none", "g", "up", "f/", "d/", "l/",
        "ld/", "none/", "none/x", "f/x", "l/x", "d/g", "ld/g", "d/.", "d/..", "f/.", "../f", "/f",
        "\0", "f\0", "./f",
    ]
    .into_iter()
    .map(String::from)
    .collect();
    paths.extend(["n".repeat(256), "x/".repeat(2500)]);
    paths
}

fn name(path: &str) -> String {
    match path.len() {
        0..100 => format!("{path:?}"),
        length => format!("{length} bytes"),
    }
}

/// What needs a path. Whatever succeeded is undone.
fn below_descriptor(kind: &str, of: &Descriptor, open: &Opener) {
    for path in paths() {
        let label = |what: &str| format!("{kind}: {what} {}", name(&path));
        // A rename can take away what the descriptor is of.
        let other = open().expect("another descriptor");
        let root = root();
        for (follows, flags) in [("", NOFOLLOW), ("follow ", FOLLOW)] {
            // Wasmtime's host ignores what is behind a single name: see `fs_trailing_slash`.
            if flags == FOLLOW || !path.ends_with(['/', '.']) {
                show(
                    &label(&format!("{follows}stat")),
                    of.stat_at(flags, &path).map(seen),
                );
                let hash = of.metadata_hash_at(flags, &path);
                show(&label(&format!("{follows}hash")), hash.map(drop));
            }
            // Where there is nothing to set, Linux does not look.
            for (time_name, time) in &TIMES[1..] {
                let set = of.set_times_at(flags, &path, time(), time());
                show(&label(&format!("{follows}set times {time_name}")), set);
            }
        }
        show(&label("read link"), of.readlink_at(&path));
        let attempts: &[(&str, &dyn Fn() -> Result<(), ErrorCode>)] = &[
            ("make directory", &|| of.create_directory_at(&path)),
            ("remove directory", &|| of.remove_directory_at(&path)),
            ("unlink", &|| of.unlink_file_at(&path)),
            ("symlink", &|| of.symlink_at("f", &path)),
            ("symlink to", &|| of.symlink_at(&path, "new")),
            ("link from", &|| of.link_at(NOFOLLOW, &path, &other, "new")),
            ("follow link from", &|| {
                of.link_at(FOLLOW, &path, &other, "new")
            }),
            ("link to", &|| root.link_at(NOFOLLOW, "f", of, &path)),
            ("rename from", &|| of.rename_at(&path, &other, "new")),
            ("rename to", &|| root.rename_at("f", of, &path)),
        ];
        for (what, attempt) in attempts {
            let outcome = attempt();
            if outcome.is_ok() {
                reset();
            }
            show(&label(what), outcome);
        }
        open_below(kind, of, &path);
    }
}

fn open_below(kind: &str, of: &Descriptor, path: &str) {
    let (create, directory, exclusive, truncate) = (
        OpenFlags::CREATE,
        OpenFlags::DIRECTORY,
        OpenFlags::EXCLUSIVE,
        OpenFlags::TRUNCATE,
    );
    for how in [
        OpenFlags::empty(),
        create,
        directory,
        exclusive,
        truncate,
        create | directory,
        create | exclusive,
        create | truncate,
        directory | exclusive,
        directory | truncate,
        create | directory | exclusive | truncate,
    ] {
        for access in [
            DescriptorFlags::empty(),
            DescriptorFlags::READ,
            DescriptorFlags::WRITE,
            read_write(),
            DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
            DescriptorFlags::READ | DescriptorFlags::FILE_INTEGRITY_SYNC,
            DescriptorFlags::WRITE | DescriptorFlags::REQUESTED_WRITE_SYNC,
        ] {
            for follow in [NOFOLLOW, FOLLOW] {
                let opened = of.open_at(follow, path, how, access);
                let changes = opened.is_ok() && how.intersects(create | truncate);
                let what = opened.and_then(|opened| opened.stat().map(seen));
                let label = format!("{kind}: open {} {how:?} {access:?} {follow:?}", name(path));
                show(&label, what);
                if changes {
                    reset();
                }
            }
        }
    }
}
