//! `fd_write` and `fd_pwrite`.

use super::Case;
use crate::call::{
    APPEND, CREATE, READ, WRITE, contents, counted, open, outcome, read, seek, stat, tell, write,
    write_at,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_write::kinds", of_kinds),
    ("fd_write::nothing", nothing),
    ("fd_write::vectors", vectors),
    ("fd_write::far_positions", far),
    ("fd_write::large", large),
    ("fd_write::large_append", large_append),
    ("fd_write::large_output", large_output),
    ("fd_write::two_descriptors", two),
    ("fd_write::streams", streams),
    ("fd_pwrite::kinds", at_kinds),
    ("fd_pwrite::nothing", at_nothing),
    ("fd_pwrite::offsets", offsets),
    ("fd_pwrite::append", at_append),
    ("fd_pwrite::large", at_large),
];

/// Prints what is in the file of a kind of descriptor, for the kinds that have one.
fn show_contents(kind: &str) {
    let has_no_file = matches!(
        kind,
        "stdout"
            | "closed"
            | "never"
            | "huge"
            | "half"
            | "preopen"
            | "stdin"
            | "stderr"
            | "directory"
    );
    if !has_no_file {
        say!("{kind}: {}", contents(kind));
    }
}

fn of_kinds() {
    kinds::each(|kind, fd| {
        for buffers in [
            &[&b"X"[..]][..],
            &[b"", b"YZ"],
            &[b"", b"", b"1", b"2345"],
            &[b"abc", b"def"],
        ] {
            say!("{kind}: {} at {}", counted(write(fd, buffers)), tell(fd));
        }
        show_contents(kind);
    });
}

fn nothing() {
    kinds::each(|kind, fd| {
        for buffers in [&[][..], &[&b""[..]], &[b"", b""]] {
            say!(
                "{kind} {}: {} at {}",
                buffers.len(),
                counted(write(fd, buffers)),
                tell(fd)
            );
        }
        say!("{kind}: {}", stat(fd));
    });
}

fn vectors() {
    let fd = kinds::both("file", b"");
    let many: Vec<&[u8]> = vec![b"ab"; 3000];
    say!("{} at {}", counted(write(fd, &many)), tell(fd));
    let many: Vec<&[u8]> = [vec![&b""[..]; 5000], vec![&b"last"[..]]].concat();
    say!("{} at {}", counted(write(fd, &many)), tell(fd));
    say!("{}", contents("file"));
}

fn far() {
    let fd = kinds::both("file", b"0123456789");
    for offset in [i64::MAX - 1, i64::MAX] {
        say!(
            "{} {} at {}",
            seek(fd, offset, 0),
            counted(write(fd, &[b"x"])),
            tell(fd)
        );
        say!("{} at {}", counted(write(fd, &[b""])), tell(fd));
        say!("{} at {}", counted(write(fd, &[])), tell(fd));
    }
    seek(fd, 1, 1);
    say!("{} at {}", counted(write(fd, &[b"x"])), tell(fd));
    seek(fd, i64::MAX, 1);
    say!("{} at {}", counted(write(fd, &[b"x"])), tell(fd));
    seek(fd, 20, 0);
    say!("{} at {}", counted(write(fd, &[b"x"])), tell(fd));
    say!("{}", contents("file"));
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 % 251) as u8).collect()
}

fn large() {
    for length in [
        1,
        7,
        8,
        9,
        63,
        64,
        65,
        4095,
        4096,
        4097,
        65_536,
        100_000,
        1 << 20,
        (1 << 20) + 1,
        3_000_000,
    ] {
        let fd = kinds::both("file", b"0123456789");
        seek(fd, 3, 0);
        say!(
            "{length}: {} at {}",
            counted(write(fd, &[&pattern(length)])),
            tell(fd)
        );
        say!("{length}: {}", contents("file"));
        wasi::fd_close(fd);
    }
}

fn large_append() {
    for length in [1, 4096, 4097, 100_000, (1 << 20) + 1] {
        kinds::both("file", b"0123456789");
        let fd = open("file", 0, READ | WRITE, APPEND);
        say!(
            "{length}: {} at {}",
            counted(write(fd, &[&pattern(length)])),
            tell(fd)
        );
        say!(
            "{length}: {} at {}",
            counted(write(fd, &[&pattern(length)])),
            tell(fd)
        );
        say!("{length}: {} {}", outcome(read(fd, &[10])), stat(fd));
        say!("{length}: {}", contents("file"));
    }
}

/// Output in larger pieces than a stream takes at once.
fn large_output() {
    for length in [4096, 4097, 70_000, 2_000_000] {
        let letters: Vec<u8> = (0..length).map(|index| b'a' + (index % 23) as u8).collect();
        for fd in [1, 2] {
            let outcome = write(fd, &[&letters]);
            say!("");
            say!("{length} {fd}: {}", counted(outcome));
        }
    }
}

fn two() {
    let a = kinds::both("file", b"");
    let b = open("file", CREATE, READ | WRITE, 0);
    let c = open("file", 0, WRITE, APPEND);
    say!(
        "{} {}",
        counted(write(a, &[b"first"])),
        outcome(read(b, &[20]))
    );
    say!(
        "{} {}",
        counted(write(b, &[b" second"])),
        outcome(read(a, &[20]))
    );
    say!(
        "{} {}",
        counted(write(c, &[b" third"])),
        outcome(read(a, &[20]))
    );
    say!("{} {}", counted(write(a, &[b" fourth"])), contents("file"));
    say!("{} {} {}", tell(a), tell(b), tell(c));
}

fn streams() {
    say!("{}", counted(write(1, &[b"to ", b"stdout\n"])));
    say!("{}", counted(write(2, &[b"", b"to stderr\n"])));
    say!("{}", counted(write(0, &[b"to stdin\n"])));
    say!("{} {}", tell(1), seek(2, 0, 1));
}

fn at_kinds() {
    kinds::each(|kind, fd| {
        for buffers in [&[&b"X"[..]][..], &[b"", b"YZ"], &[b"abc", b"def"]] {
            say!(
                "{kind}: {} at {}",
                counted(write_at(fd, buffers, 4)),
                tell(fd)
            );
        }
        show_contents(kind);
    });
}

fn at_nothing() {
    kinds::each(|kind, fd| {
        for buffers in [&[][..], &[&b""[..]], &[b"", b""]] {
            say!(
                "{kind} {}: {} at {}",
                buffers.len(),
                counted(write_at(fd, buffers, 30)),
                tell(fd)
            );
        }
        say!("{kind}: {}", stat(fd));
    });
}

fn offsets() {
    let fd = kinds::both("file", b"0123456789");
    for offset in [
        0,
        3,
        10,
        15,
        i64::MAX as u64,
        1 << 63,
        u64::MAX - 2,
        u64::MAX,
    ] {
        say!(
            "{offset}: {} at {}",
            counted(write_at(fd, &[b"xyz"], offset)),
            tell(fd)
        );
    }
    say!("{}", contents("file"));
}

fn at_append() {
    kinds::both("file", b"0123456789");
    let fd = open("file", 0, READ | WRITE, APPEND);
    for offset in [0, 5, 100, 1 << 63, u64::MAX] {
        say!(
            "{offset}: {} at {}",
            counted(write_at(fd, &[b"xyz"], offset)),
            tell(fd)
        );
    }
    say!("{} at {}", counted(write(fd, &[b"end"])), tell(fd));
    say!("{}", contents("file"));
}

fn at_large() {
    for (length, flags) in [
        (4096, 0),
        (4097, 0),
        (1_100_000, 0),
        (4096, APPEND),
        (4097, APPEND),
        (1_100_000, APPEND),
    ] {
        kinds::both("file", b"0123456789");
        let fd = open("file", 0, WRITE, flags);
        say!(
            "{length} {flags}: {} at {}",
            counted(write_at(fd, &[&pattern(length)], 5)),
            tell(fd)
        );
        say!("{length} {flags}: {}", contents("file"));
    }
}
