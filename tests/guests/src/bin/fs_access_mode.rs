//! A handle allows what it was opened for and nothing else.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "contents")?;
    let mut reader = File::open("file")?;
    let mut writer = OpenOptions::new().write(true).open("file")?;
    let mut appender = OpenOptions::new().append(true).open("file")?;
    show("write to a reader", reader.write(b"x"));
    show("shorten a reader", reader.set_len(0));
    show("read from a writer", writer.read(&mut [0; 4]));
    show("read from an appender", appender.read(&mut [0; 4]));
    show("shorten an appender", appender.set_len(4));
    show("read nothing from a writer", writer.read(&mut []));
    show("write nothing to a reader", reader.write(b""));
    show("sync a reader", reader.sync_all());
    show("sync a writer", writer.sync_data());
    show("contents", fs::read_to_string("file"));
    Ok(())
}
