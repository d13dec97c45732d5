//! Shrinking and growing a file through a handle whose position stays.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "abcdefghij")?;
    let mut file = OpenOptions::new().read(true).write(true).open("file")?;
    file.seek(SeekFrom::Start(8))?;
    show("shrink", file.set_len(4));
    show("position", file.stream_position());
    show("read beyond the end", file.read(&mut [0; 4]));
    show("write beyond the end", file.write(b"Z"));
    show(
        "contents",
        fs::read("file").map(|bytes| bytes.escape_ascii().to_string()),
    );
    show("shrink", file.set_len(2));
    show("grow", file.set_len(6));
    show(
        "what was cut is zero",
        fs::read("file").map(|bytes| bytes.escape_ascii().to_string()),
    );
    show("to nothing", file.set_len(0));
    show("length", file.metadata().map(|metadata| metadata.len()));
    show(
        "without permission to write",
        File::open("file")?.set_len(3),
    );
    show("longer than can be", file.set_len(u64::MAX));
    show("length", file.metadata().map(|metadata| metadata.len()));
    Ok(())
}
