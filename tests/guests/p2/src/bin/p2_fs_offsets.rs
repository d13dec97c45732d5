//! Reads and writes at any offset, also at the limits of numbers.

use guests_p2::{contents, create, root, show, text};

fn main() {
    let file = create("file", b"0123456789");
    let read = |length, offset| {
        file.read(length, offset)
            .map(|(bytes, end)| (text(&bytes), end))
    };
    show("some", read(4, 3));
    show("none", read(0, 3).map(|(bytes, _)| bytes));
    show("more than there is", read(100, 5).map(|(bytes, _)| bytes));
    show("at the end", read(5, 10));
    show("beyond the end", read(5, 1 << 40));
    show("as far as can be signed", read(5, i64::MAX as u64));
    show(
        "as much as can be",
        read(u64::MAX, 8).map(|(bytes, _)| bytes),
    );
    show("write in the middle", file.write(b"##", 4));
    show("write at the end", file.write(b"ab", 10));
    show("write beyond the end", file.write(b"cd", 14));
    show("write nothing far away", file.write(b"", 1000));
    println!("{}", text(&contents(&file)));
    show("length", file.stat().map(|stat| stat.size));
    show("read a directory", root().read(1, 0).map(|_| ()));
    show("write a directory", root().write(b"x", 0));
}
