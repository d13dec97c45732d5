//! Seeking in every way, also where it is an error.

use guests::show;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "0123456789")?;
    let mut file = OpenOptions::new().read(true).write(true).open("file")?;
    let mut two = [0; 2];
    for from in [
        SeekFrom::Start(4),
        SeekFrom::Current(2),
        SeekFrom::Current(-5),
        SeekFrom::End(-1),
        SeekFrom::End(0),
        SeekFrom::End(7),
        SeekFrom::Start(0),
    ] {
        show(&format!("{from:?}"), file.seek(from));
        show("read", file.read(&mut two));
    }
    for from in [
        SeekFrom::Current(-100),
        SeekFrom::End(-11),
        SeekFrom::Start(u64::MAX),
        SeekFrom::Start(1 << 63),
        SeekFrom::Current(i64::MIN),
        SeekFrom::End(i64::MAX),
    ] {
        show(&format!("{from:?}"), file.seek(from));
    }
    show("position after errors", file.stream_position());
    show("beyond the end", file.seek(SeekFrom::Start(15)));
    show("write there", file.write(b"end"));
    show("rewind", file.rewind());
    let mut all = Vec::new();
    show("read all", file.read_to_end(&mut all));
    println!("{}", all.escape_ascii());
    Ok(())
}
