//! Several handles of one file, each with a position of its own.

use guests::{rest, show};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "----------")?;
    let mut one = OpenOptions::new().write(true).open("file")?;
    let mut two = OpenOptions::new().write(true).open("file")?;
    let mut reader = File::open("file")?;
    one.write_all(b"ab")?;
    two.seek(SeekFrom::Start(5))?;
    two.write_all(b"xyz")?;
    let mut four = [0; 4];
    reader.read_exact(&mut four)?;
    println!("{}", four.escape_ascii());
    one.write_all(b"cdef")?;
    show("rest", rest(&reader));
    two.write_all(b"longer than before")?;
    show("what came after the end", rest(&reader));
    show("all", fs::read_to_string("file"));
    show("duplicate", one.try_clone().map(|_| ()));
    let handles: Vec<_> = (0..100)
        .map(|_| File::open("file"))
        .collect::<Result<_, _>>()?;
    show("a hundred handles", Ok(handles.len()));
    drop(one);
    show("one is closed, another writes", two.write(b"."));
    Ok(())
}
