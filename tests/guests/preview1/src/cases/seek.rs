//! `fd_seek` and `fd_tell`.

use super::Case;
use crate::call::{CREATE, READ, WRITE, counted, open, seek, tell, write};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_seek::kinds", of_kinds),
    ("fd_seek::whence", whence),
    ("fd_seek::hole", hole),
    ("fd_tell::kinds", tell_kinds),
];

fn of_kinds() {
    kinds::each(|kind, fd| {
        for (offset, whence) in [
            (0, 0),
            (5, 0),
            (-1, 0),
            (2, 1),
            (-1, 1),
            (0, 2),
            (-3, 2),
            (4, 2),
        ] {
            say!(
                "{kind} {offset} {whence}: {} at {}",
                seek(fd, offset, whence),
                tell(fd)
            );
        }
    });
}

fn whence() {
    let fd = open("data.txt", 0, READ, 0);
    for whence in [0, 1, 2] {
        for offset in [
            0,
            1,
            -1,
            10,
            -10,
            -11,
            i64::MAX,
            i64::MIN,
            i64::MIN + 1,
            1 << 32,
        ] {
            say!(
                "{whence} {offset}: {} at {}",
                seek(fd, offset, whence),
                tell(fd)
            );
        }
    }
    seek(fd, i64::MAX, 0);
    for _ in 0..4 {
        say!("{} at {}", seek(fd, i64::MAX, 1), tell(fd));
    }
    say!("{} at {}", seek(fd, i64::MIN, 1), tell(fd));
}

fn hole() {
    let fd = open("file", CREATE, READ | WRITE, 0);
    say!("{} {}", seek(fd, 10_000, 0), counted(write(fd, &[b"end"])));
    say!(
        "{} {}",
        crate::call::stat(fd),
        crate::call::contents("file")
    );
    say!("{} {}", seek(fd, -5, 2), tell(fd));
    say!("{}", wasi::fd_filestat_set_size(fd, 3));
    say!("{} {}", seek(fd, 0, 2), tell(fd));
}

fn tell_kinds() {
    kinds::each(|kind, fd| say!("{kind}: {}", tell(fd)));
}
