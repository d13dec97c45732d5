//! Calls that standard input chooses, sixteen bytes each.

use crate::call::{
    ROOT, at, counted, entries, fd_stat, is_directory, open_at, outcome, read, read_at, seek, stat,
    stat_at, tell, write, write_at,
};
use crate::{say, wasi};

/// How many bytes choose a call.
const CALL: usize = 16;

/// Reads the number of calls, then the calls, and makes them. What is left on standard input, the calls can read.
pub fn run() {
    let count = u32::from_le_bytes(exactly(4).try_into().expect("four bytes"));
    let calls = exactly(count as usize * CALL);
    for (number, call) in calls.chunks_exact(CALL).enumerate() {
        let text = make(call.try_into().expect("a call"));
        say!("{number} {text}");
    }
}

/// This many bytes of standard input.
pub fn exactly(length: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < length {
        let (errno, count, bytes) = read(0, &[length - all.len()]);
        if errno != 0 || count == 0 {
            say!("the calls end early: {errno}");
            wasi::proc_exit(9);
        }
        all.extend_from_slice(&bytes[..count as usize]);
    }
    all
}

/// Paths of a small tree, so that calls meet.
const PATHS: &[&[u8]] = &[
    b"a",
    b"b",
    b"c",
    b"d",
    b"d/a",
    b"d/b",
    b"d/e",
    b"d/e/a",
    b"d/../a",
    b"d/./a",
    b"d//b",
    b"./b",
    b"l",
    b"l/a",
    b"m",
    b"data.txt",
    b"dir",
    b"dir/inner.txt",
    b"dir/sub",
    b"link",
    b"dirlink",
    b"dirlink/a",
    b"loop",
    b"..",
    b".",
    b"",
    b"/a",
    b"\xff",
    b"a/b",
    b"missing/a",
    b"dangling",
    b"big.bin",
];

fn make(call: [u8; CALL]) -> String {
    let [op, fd, path, other, small, flags, ..] = call;
    let wide = u64::from_le_bytes(call[8..].try_into().expect("eight bytes"));
    let fd = match fd % 20 {
        17 => 77,
        18 => u32::MAX,
        19 => ROOT,
        number => u32::from(number),
    };
    let path = PATHS[path as usize % PATHS.len()];
    let (pointer, size) = (at(path), path.len() as u32);
    let target = PATHS[other as usize % PATHS.len()];
    let (target_pointer, target_size) = (at(target), target.len() as u32);
    // Mostly the root.
    let directory = if other < 200 { ROOT } else { fd };
    let follow = u32::from(flags & 1);
    let length = match small % 8 {
        0 => 0,
        7 => 5000,
        _ => usize::from(small),
    };
    let bytes: Vec<u8> = (0..length)
        .map(|index| b'a' + (index + usize::from(other)) as u8 % 26)
        .collect();
    let offset = match flags % 8 {
        0 => 1 << 63,
        1 => u64::MAX,
        2 => 0,
        _ => wide % 20_000,
    };
    let text = path.escape_ascii();
    let to = target.escape_ascii();
    match op % 40 {
        0..=5 => {
            let (how, rights) = (
                u32::from(small & 15),
                u64::from(flags & 2) | u64::from(flags & 4) << 4,
            );
            // Without `excl` mostly, and as a file mostly.
            let how = if wide & 3 == 0 { how } else { how & !6 };
            let fd_flags = u32::from(flags >> 4) & 5;
            let opened = open_at(directory, path, follow, how, rights, fd_flags);
            format!(
                "path_open({directory} {text} {follow} {how} {rights:x} {fd_flags}): {opened:?}"
            )
        }
        6 | 7 => format!(
            "fd_read({fd} {length}): {}",
            // Of nothing on standard input, whatever its number is by now, Wasmtime says that it was interrupted.
            if length == 0 {
                String::new()
            } else {
                outcome(read(fd, &[0, length]))
            }
        ),
        8..=10 => format!(
            "fd_write({fd} {length}): {}",
            if fd == 1 || fd == 2 {
                String::new()
            } else {
                counted(write(fd, &[b"", &bytes]))
            }
        ),
        11 => format!(
            "fd_pread({fd} {length} {offset}): {}",
            if length == 0 {
                String::new()
            } else {
                outcome(read_at(fd, &[length], offset))
            }
        ),
        12 => format!(
            "fd_pwrite({fd} {length} {offset}): {}",
            counted(write_at(fd, &[&bytes], offset))
        ),
        13 | 14 => {
            let offset = match flags % 8 {
                0 => i64::MAX,
                1 => i64::MIN,
                2 => 0,
                _ => (wide % 20_000) as i64 - 5000,
            };
            let whence = u32::from(small % 3);
            // A file that reaches to the end of all numbers depends on the host.
            let there = seek(fd, offset, whence);
            format!("fd_seek({fd} {offset} {whence}): {there}")
        }
        15 => format!("fd_tell({fd}): {}", tell(fd)),
        16 if fd > 2 && fd != ROOT => format!("fd_close({fd}): {}", wasi::fd_close(fd)),
        17 => {
            let to = u32::from(small % 20);
            // The program keeps its output and its root.
            let kept = |fd| (1..=ROOT).contains(&fd);
            if kept(fd) || kept(to) {
                return "-".into();
            }
            format!("fd_renumber({fd} {to}): {}", wasi::fd_renumber(fd, to))
        }
        18 => format!("fd_fdstat_get({fd}): {}", fd_stat(fd)),
        19 => format!("fd_filestat_get({fd}): {}", stat(fd)),
        20 => {
            let size = if flags % 8 == 0 {
                1 << 63
            } else {
                wide % 20_000
            };
            format!(
                "fd_filestat_set_size({fd} {size}): {}",
                wasi::fd_filestat_set_size(fd, size)
            )
        }
        21 => format!(
            "fd_fdstat_set_flags({fd} {small}): {}",
            wasi::fd_fdstat_set_flags(fd, u32::from(small % 32))
        ),
        22 => format!("fd_readdir({fd}): {:?}", entries(fd, 200 + length, 0)),
        // The core runtime syncs no directories.
        23 if is_directory(fd) => "-".into(),
        23 => format!(
            "fd_sync({fd}): {} {}",
            wasi::fd_sync(fd),
            wasi::fd_datasync(fd)
        ),
        24 => format!(
            "fd_advise({fd}): {}",
            wasi::fd_advise(fd, offset, wide, u32::from(small % 6))
        ),
        // Whether the root's own times can be set depends on how the host opened it.
        25 if fd == ROOT => "-".into(),
        25 => format!(
            "fd_filestat_set_times({fd}): {}",
            wasi::fd_filestat_set_times(fd, wide >> 4, wide >> 5, u32::from(small % 16))
        ),
        26 | 27 => format!(
            "path_create_directory({directory} {text}): {}",
            wasi::path_create_directory(directory, pointer, size)
        ),
        28 => format!(
            "path_remove_directory({directory} {text}): {}",
            wasi::path_remove_directory(directory, pointer, size)
        ),
        29 | 30 => format!(
            "path_unlink_file({directory} {text}): {}",
            wasi::path_unlink_file(directory, pointer, size)
        ),
        31 | 32 => format!(
            "path_rename({directory} {text} {to}): {}",
            wasi::path_rename(directory, pointer, size, ROOT, target_pointer, target_size)
        ),
        33 => format!(
            "path_link({directory} {text} {to}): {}",
            wasi::path_link(
                directory,
                0,
                pointer,
                size,
                ROOT,
                target_pointer,
                target_size
            )
        ),
        34 => format!(
            "path_symlink({text} {to}): {}",
            wasi::path_symlink(pointer, size, ROOT, target_pointer, target_size)
        ),
        35 => {
            let mut room = [b'_'; 12];
            let mut written = 0u32;
            let errno = wasi::path_readlink(
                directory,
                pointer,
                size,
                room.as_mut_ptr() as u32,
                u32::from(small % 13),
                &raw mut written as u32,
            );
            format!(
                "path_readlink({directory} {text}): {errno} {}",
                if errno == 0 {
                    room.escape_ascii().to_string()
                } else {
                    String::new()
                }
            )
        }
        36 | 37 => format!(
            "path_filestat_get({directory} {text} {follow}): {}",
            stat_at(directory, follow, path)
        ),
        // Without a time to set, Linux does not look for the file.
        38 => format!(
            "path_filestat_set_times({directory} {text}): {}",
            wasi::path_filestat_set_times(
                directory,
                follow,
                pointer,
                size,
                wide >> 4,
                wide >> 5,
                u32::from(small % 15 + 1)
            )
        ),
        _ => format!(
            "sock_shutdown({fd}): {}",
            wasi::sock_shutdown(fd, u32::from(small % 4))
        ),
    }
}
