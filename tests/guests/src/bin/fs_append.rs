//! Handles that append: alone, several at once, after a truncation, and with a position that was moved.

use guests::show;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    fs::write("log", "start\n")?;
    let mut one = OpenOptions::new().append(true).open("log")?;
    let mut two = OpenOptions::new().append(true).read(true).open("log")?;
    for turn in 0..3 {
        writeln!(one, "one {turn}")?;
        writeln!(two, "two {turn}")?;
    }
    show("interleaved", fs::read_to_string("log"));
    show("position", two.stream_position());
    show("seek", two.seek(SeekFrom::Start(0)));
    let mut start = [0; 5];
    show("read", two.read(&mut start));
    show("what", Ok(String::from_utf8_lossy(&start)));
    show("write after a read in the middle", two.write(b"end\n"));
    show("position", two.stream_position());
    show("shorten", two.set_len(6));
    show("append", one.write(b"after\n"));
    show("contents", fs::read_to_string("log"));
    show("grow", one.set_len(20));
    show("append", one.write(b"!"));
    show(
        "contents",
        fs::read("log").map(|bytes| bytes.escape_ascii().to_string()),
    );
    Ok(())
}
