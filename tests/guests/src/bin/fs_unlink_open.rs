//! A file without a name lives on for those who have it open.

use guests::{rest, show, tree};
use std::fs::{self, OpenOptions};
use std::io::{Seek, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "contents")?;
    let mut file = OpenOptions::new().read(true).write(true).open("file")?;
    show("remove", fs::remove_file("file"));
    show("open", fs::read("file"));
    show("read", rest(&file));
    show("write", file.write(b", and more"));
    show("rewind", file.rewind());
    show("read", rest(&file));
    show("shorten", file.set_len(4));
    show("length", file.metadata().map(|metadata| metadata.len()));
    show("a new file of the same name", fs::write("file", "another"));
    show("rewind", file.rewind());
    show("the old one", rest(&file));
    show("the new one", fs::read_to_string("file"));
    tree(".");
    Ok(())
}
