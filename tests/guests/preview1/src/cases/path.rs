//! Calls with paths.

use super::Case;
use crate::call::{FOLLOW, Out, ROOT, at, contents, file, stat_at};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("path_filestat_get::paths", stat_paths),
    ("path_filestat_get::kinds", stat_kinds),
    ("path_filestat_set_times::paths", times_paths),
    ("path_filestat_set_times::kinds", times_kinds),
    ("path_create_directory::paths", create_paths),
    ("path_create_directory::kinds", create_kinds),
    ("path_remove_directory::paths", remove_paths),
    ("path_remove_directory::kinds", remove_kinds),
    ("path_remove_directory::not_empty", remove_not_empty),
    ("path_unlink_file::paths", unlink_paths),
    ("path_unlink_file::kinds", unlink_kinds),
    ("path_readlink::paths", readlink_paths),
    ("path_readlink::kinds", readlink_kinds),
    ("path_readlink::lengths", readlink_lengths),
    ("path_rename::from_paths", rename_from),
    ("path_rename::to_paths", rename_to),
    ("path_rename::kinds", rename_kinds),
    ("path_rename::replace", rename_replace),
    ("path_link::from_paths", link_from),
    ("path_link::to_paths", link_to),
    ("path_link::kinds", link_kinds),
    ("path_link::contents", link_contents),
    ("path_symlink::targets", symlink_targets),
    ("path_symlink::paths", symlink_paths),
    ("path_symlink::kinds", symlink_kinds),
];

/// Paths, with a name for the transcript.
#[allow(non_snake_case)]
pub fn PATHS() -> Vec<(String, Vec<u8>)> {
    const PLAIN: &[&[u8]] = &[
        b"",
        b".",
        b"..",
        b"/",
        b"./",
        b"../",
        b"//",
        b"data.txt",
        b"data.txt/",
        b"data.txt/.",
        b"data.txt/..",
        b"data.txt/x",
        b"./data.txt",
        b"/data.txt",
        b"empty",
        b"dir",
        b"dir/",
        b"dir/.",
        b"dir/..",
        b"dir//inner.txt",
        b"dir/./inner.txt",
        b"dir/../data.txt",
        b"dir/../..",
        b"dir/../../data.txt",
        b"dir/inner.txt",
        b"dir/inner.txt/",
        b"dir/sub",
        b"dir/sub/",
        b"missing",
        b"missing/",
        b"missing/x",
        b"missing/..",
        b"link",
        b"link/",
        b"link/.",
        b"dirlink",
        b"dirlink/",
        b"dirlink/.",
        b"dirlink/inner.txt",
        b"dangling",
        b"dangling/",
        b"loop",
        b"loop/",
        b"loop/x",
        b"out",
        b"out/",
        b"out/x",
        b"absolute",
        b"absolute/",
        b"\xff",
        b"a\xffb",
        b"dir/\xff",
        b"\xc3\xbc",
        b"\xed\xa0\x80",
        b"nul\0inside",
        b"\0",
        b"back\\slash",
        b"...",
        b" ",
        b"con",
        b"data.txt\0",
    ];
    let long = |count: usize| vec![b'a'; count];
    let deep = |count: usize| b"./".repeat(count);
    let made = [
        ("255 letters", long(255)),
        ("256 letters", long(256)),
        ("4095 letters", long(4095)),
        ("4096 letters", long(4096)),
        ("70000 letters", long(70_000)),
        ("2000 dots", deep(2000)),
        ("2040 dots", [deep(2040), b"data.txt".to_vec()].concat()),
        ("3000 dots", deep(3000)),
        ("40000 dots", deep(40_000)),
    ];
    let plain = PLAIN
        .iter()
        .map(|path| (format!("\"{}\"", path.escape_ascii()), path.to_vec()));
    let made = made.into_iter().map(|(name, path)| (name.into(), path));
    plain.chain(made).collect()
}

fn each_path(f: impl Fn(&str, u32, u32)) {
    for (name, path) in PATHS() {
        f(&name, at(&path), path.len() as u32);
    }
}

fn stat_paths() {
    for (name, path) in PATHS() {
        say!(
            "{name}: {} {}",
            stat_at(ROOT, 0, &path),
            stat_at(ROOT, FOLLOW, &path)
        );
    }
}

fn stat_kinds() {
    kinds::each(|kind, fd| {
        for path in ["data.txt", ".", "", "..", "read-only"] {
            say!("{kind} {path}: {}", stat_at(fd, 0, path.as_bytes()));
        }
    });
}

fn times_paths() {
    each_path(|name, pointer, length| {
        let set = |flags| {
            wasi::path_filestat_set_times(
                ROOT,
                flags,
                pointer,
                length,
                1_000_000_001,
                2_000_000_002,
                5,
            )
        };
        say!("{name}: {} {}", set(0), set(FOLLOW));
    });
}

fn times_kinds() {
    kinds::each(|kind, fd| {
        for flags in [0, 1, 2, 3, 4, 5, 8, 10, 12, 15] {
            let path = "read-only";
            let errno = wasi::path_filestat_set_times(
                fd,
                0,
                at(path.as_bytes()),
                path.len() as u32,
                1,
                2,
                flags,
            );
            say!("{kind} {flags}: {errno}");
        }
    });
}

fn create_paths() {
    each_path(|name, pointer, length| {
        say!(
            "{name}: {}",
            wasi::path_create_directory(ROOT, pointer, length)
        )
    });
    each_path(|name, pointer, length| {
        say!(
            "{name}: {}",
            wasi::path_create_directory(ROOT, pointer, length)
        )
    });
}

fn create_kinds() {
    kinds::each(|kind, fd| {
        for path in ["new", "", ".", "\u{fc}"] {
            say!(
                "{kind} {path}: {}",
                wasi::path_create_directory(fd, at(path.as_bytes()), path.len() as u32)
            );
        }
    });
}

fn remove_paths() {
    each_path(|name, pointer, length| {
        say!(
            "{name}: {}",
            wasi::path_remove_directory(ROOT, pointer, length)
        )
    });
}

fn remove_kinds() {
    kinds::each(|kind, fd| {
        for path in ["", ".", "directory", "missing"] {
            say!(
                "{kind} {path}: {}",
                wasi::path_remove_directory(fd, at(path.as_bytes()), path.len() as u32)
            );
        }
    });
}

fn remove_not_empty() {
    let remove = |path: &[u8]| wasi::path_remove_directory(ROOT, at(path), path.len() as u32);
    say!(
        "{} {} {}",
        remove(b"dir"),
        remove(b"dir/sub"),
        remove(b"dir/sub")
    );
    let unlink = |path: &[u8]| wasi::path_unlink_file(ROOT, at(path), path.len() as u32);
    say!(
        "{} {} {}",
        unlink(b"dir"),
        unlink(b"dir/inner.txt"),
        remove(b"dir")
    );
}

fn unlink_paths() {
    each_path(|name, pointer, length| {
        say!("{name}: {}", wasi::path_unlink_file(ROOT, pointer, length))
    });
}

fn unlink_kinds() {
    kinds::each(|kind, fd| {
        for path in ["", ".", "read-only", "directory", "missing"] {
            say!(
                "{kind} {path}: {}",
                wasi::path_unlink_file(fd, at(path.as_bytes()), path.len() as u32)
            );
        }
    });
}

fn read_link(fd: u32, pointer: u32, length: u32, room: u32) -> String {
    let (mut target, mut out) = (Out([b'_'; 32]), Out::<4>::new());
    match wasi::path_readlink(fd, pointer, length, target.at(), room, out.at()) {
        0 => format!("{} {}", out.u32(0), target.0.escape_ascii()),
        errno => format!("errno {errno}"),
    }
}

fn readlink_paths() {
    each_path(|name, pointer, length| say!("{name}: {}", read_link(ROOT, pointer, length, 32)));
}

fn readlink_kinds() {
    kinds::each(|kind, fd| {
        for path in ["link", "", "."] {
            say!(
                "{kind} {path}: {}",
                read_link(fd, at(path.as_bytes()), path.len() as u32, 32)
            );
        }
    });
}

fn readlink_lengths() {
    for room in 0..12 {
        say!("{room}: {}", read_link(ROOT, at(b"link"), 4, room));
    }
}

fn rename_from() {
    for (name, path) in PATHS() {
        let (pointer, length) = (at(&path), path.len() as u32);
        let there = wasi::path_rename(ROOT, pointer, length, ROOT, at(b"moved"), 5);
        let back = wasi::path_rename(ROOT, at(b"moved"), 5, ROOT, pointer, length);
        say!("{name}: {there} {back}");
    }
}

fn rename_to() {
    for (name, path) in PATHS() {
        let (pointer, length) = (at(&path), path.len() as u32);
        for from in ["source", "source directory"] {
            if from == "source" {
                file(from, b"contents");
            } else {
                kinds::directory(from);
            }
            let errno = wasi::path_rename(
                ROOT,
                at(from.as_bytes()),
                from.len() as u32,
                ROOT,
                pointer,
                length,
            );
            say!("{from} to {name}: {errno}");
        }
    }
}

fn rename_kinds() {
    kinds::each(|kind, fd| {
        file("source", b"contents");
        say!(
            "from {kind}: {}",
            wasi::path_rename(fd, at(b"source"), 6, ROOT, at(b"target"), 6)
        );
        file("source", b"contents");
        say!(
            "to {kind}: {}",
            wasi::path_rename(ROOT, at(b"source"), 6, fd, at(b"target"), 6)
        );
    });
}

fn rename_replace() {
    let rename = |from: &str, to: &str| {
        wasi::path_rename(
            ROOT,
            at(from.as_bytes()),
            from.len() as u32,
            ROOT,
            at(to.as_bytes()),
            to.len() as u32,
        )
    };
    for (from, to) in [
        ("data.txt", "data.txt"),
        ("data.txt", "dir"),
        ("dir", "data.txt"),
        ("dir", "dir/sub/below"),
        ("dir/sub", "dir"),
        ("dir", "dir"),
        ("empty", "data.txt"),
        ("link", "dirlink"),
        ("dirlink", "dir"),
        ("dir/sub", "sub"),
        ("sub", "dir/inner.txt"),
        ("dir/inner.txt", "sub"),
        ("dir", "sub"),
    ] {
        say!("{from} to {to}: {}", rename(from, to));
    }
}

fn link_from() {
    for (name, path) in PATHS() {
        for flags in [0, FOLLOW] {
            let errno = wasi::path_link(
                ROOT,
                flags,
                at(&path),
                path.len() as u32,
                ROOT,
                at(b"linked"),
                6,
            );
            say!(
                "{name} {flags}: {errno} {}",
                wasi::path_unlink_file(ROOT, at(b"linked"), 6)
            );
        }
    }
}

fn link_to() {
    for (name, path) in PATHS() {
        say!(
            "{name}: {}",
            wasi::path_link(
                ROOT,
                0,
                at(b"data.txt"),
                8,
                ROOT,
                at(&path),
                path.len() as u32
            )
        );
    }
}

fn link_kinds() {
    kinds::each(|kind, fd| {
        say!(
            "from {kind}: {}",
            wasi::path_link(fd, 0, at(b"data.txt"), 8, ROOT, at(b"linked"), 6)
        );
        say!(
            "to {kind}: {}",
            wasi::path_link(ROOT, 0, at(b"data.txt"), 8, fd, at(b"linked to"), 9)
        );
    });
}

fn link_contents() {
    say!(
        "{}",
        wasi::path_link(ROOT, 0, at(b"data.txt"), 8, ROOT, at(b"second"), 6)
    );
    say!(
        "{} {}",
        stat_at(ROOT, 0, b"data.txt"),
        stat_at(ROOT, 0, b"second")
    );
    file("second", b"written through the second name");
    say!("{}", contents("data.txt"));
    say!("{}", wasi::path_unlink_file(ROOT, at(b"data.txt"), 8));
    say!("{} {}", stat_at(ROOT, 0, b"second"), contents("second"));
}

fn symlink_targets() {
    for (number, (name, target)) in PATHS().into_iter().enumerate() {
        let path = format!("new{number}");
        let (pointer, length) = (at(path.as_bytes()), path.len() as u32);
        let errno = wasi::path_symlink(at(&target), target.len() as u32, ROOT, pointer, length);
        say!("{name}: {errno} {}", read_link(ROOT, pointer, length, 32));
        say!("{name}: {}", wasi::path_unlink_file(ROOT, pointer, length));
    }
}

fn symlink_paths() {
    for (name, path) in PATHS() {
        say!(
            "{name}: {}",
            wasi::path_symlink(at(b"data.txt"), 8, ROOT, at(&path), path.len() as u32)
        );
    }
}

fn symlink_kinds() {
    kinds::each(|kind, fd| {
        for path in ["a link", "", "."] {
            let errno = wasi::path_symlink(
                at(b"data.txt"),
                8,
                fd,
                at(path.as_bytes()),
                path.len() as u32,
            );
            say!("{kind} {path}: {errno}");
        }
    });
}
