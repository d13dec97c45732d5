//! A file is truncated by one handle while others read and write it.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "0123456789")?;
    let mut reader = File::open("file")?;
    let mut writer = OpenOptions::new().write(true).open("file")?;
    let mut three = [0; 3];
    show("read", reader.read(&mut three));
    show("write", writer.write(b"abcd"));
    let truncated = File::create("file")?;
    show(
        "length",
        truncated.metadata().map(|metadata| metadata.len()),
    );
    show("read at 3 of an empty file", reader.read(&mut three));
    show("write at 4 of an empty file", writer.write(b"efg"));
    show("read what came instead", reader.read(&mut three));
    println!("{}", three.escape_ascii());
    show(
        "contents",
        fs::read("file").map(|bytes| bytes.escape_ascii().to_string()),
    );
    Ok(())
}
