//! `fd_readdir`.

use super::Case;
use crate::call::{DIRECTORY, Out, READ, ROOT, entries, file, open, open_at};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_readdir::kinds", of_kinds),
    ("fd_readdir::lengths", lengths),
    ("fd_readdir::cookies", cookies),
    ("fd_readdir::empty", empty),
    ("fd_readdir::removed_while_reading", removed),
    ("fd_readdir::added_while_reading", added),
    ("fd_readdir::rewound", rewound),
    ("fd_readdir::of_a_file_that_is_no_directory", no_directory),
];

fn of_kinds() {
    kinds::each(|kind, fd| {
        say!("{kind}: {:?}", entries(fd, 4096, 0));
        say!("{kind}: {:?}", entries(fd, 0, 0));
    });
}

/// How much is written for each length of the buffer; which names come first depends on the system.
fn lengths() {
    let fd = kinds::directory("directory");
    file("directory/name", b"");
    for length in 0..80 {
        let (mut buffer, mut out) = (vec![b'_'; 96], Out::<4>::new());
        let errno = wasi::fd_readdir(fd, buffer.as_mut_ptr() as u32, length, 0, out.at());
        let end = buffer
            .iter()
            .rposition(|byte| *byte != b'_')
            .map_or(0, |at| at + 1);
        say!(
            "{length}: {errno} {} {}",
            out.u32(0),
            end <= length as usize
        );
    }
    for room in [28, 40, 64, 100, 1000] {
        say!("{room}: {:?}", entries(fd, room, 0));
    }
}

fn cookies() {
    let fd = kinds::directory("directory");
    ["a", "b", "c"]
        .iter()
        .for_each(|name| file(&format!("directory/{name}"), b""));
    for cookie in [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        1000,
        1 << 31,
        1 << 32,
        (1 << 32) + 1,
        1 << 63,
        u64::MAX,
    ] {
        match entries(fd, 4096, cookie) {
            Ok(found) => say!("{cookie}: {}", found.len()),
            Err(errno) => say!("{cookie}: errno {errno}"),
        }
    }
}

fn empty() {
    let fd = kinds::directory("directory");
    say!("{:?}", entries(fd, 4096, 0));
    say!(
        "{:?}",
        open_at(ROOT, b"directory/.", 0, DIRECTORY, READ, 0).map(|fd| entries(fd, 4096, 0))
    );
    say!(
        "{}",
        wasi::path_remove_directory(ROOT, c"directory".as_ptr() as u32, 9)
    );
    match entries(fd, 4096, 0) {
        Ok(found) => say!("removed: {}", found.len()),
        Err(errno) => say!("removed: errno {errno}"),
    }
}

/// A program that removes what it reads, as `remove_dir_all` does, with a buffer that holds one entry or two.
fn removed() {
    let fd = kinds::directory("directory");
    for number in 0..20 {
        file(&format!("directory/{number:02}"), b"");
    }
    let (mut cookie, mut gone) = (0, 0);
    loop {
        let (mut buffer, mut out) = (vec![0; 60], Out::<4>::new());
        let errno = wasi::fd_readdir(fd, buffer.as_mut_ptr() as u32, 60, cookie, out.at());
        if errno != 0 || out.u32(0) < 26 {
            say!("{errno}: {gone} removed");
            break;
        }
        let (next, length) = (buffer[..8].to_vec(), buffer[16] as usize);
        cookie = u64::from_le_bytes(next.try_into().expect("eight bytes"));
        let name = &buffer[24..24 + length];
        if !name.starts_with(b".") {
            gone += u32::from(wasi::path_unlink_file(fd, name.as_ptr() as u32, length as u32) == 0);
        }
    }
    say!(
        "left: {}",
        entries(fd, 4096, 0).map_or(0, |left| left.len()) - 2
    );
}

fn added() {
    let fd = kinds::directory("directory");
    file("directory/a", b"");
    say!("{:?}", entries(fd, 4096, 0));
    file("directory/b", b"");
    say!("{:?}", entries(fd, 4096, 0));
    say!("{}", entries(fd, 4096, 2).map_or(0, |found| found.len()));
}

fn rewound() {
    let fd = open("dir", DIRECTORY, READ, 0);
    say!("{:?}", entries(fd, 4096, 0));
    say!("{:?}", entries(fd, 40, 0));
    let other = open("dir", DIRECTORY, READ, 0);
    say!("{:?}", entries(other, 4096, 0));
    say!("{:?}", entries(ROOT, 4096, 0));
    say!("{:?}", entries(ROOT, 48, 0));
}

fn no_directory() {
    let fd = kinds::both("file", b"");
    for cookie in [0, 1, u64::MAX] {
        say!("{:?}", entries(fd, 4096, cookie));
    }
}
