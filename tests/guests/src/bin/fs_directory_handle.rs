//! A directory opened as if it were a file.

use guests::{kind, show};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    fs::create_dir("d")?;
    let mut handle = File::open("d")?;
    show("kind", handle.metadata().map(|metadata| kind(&metadata)));
    show("read", handle.read(&mut [0; 4]));
    show("write", handle.write(b"x"));
    show("shorten", handle.set_len(0));
    show("seek", handle.seek(SeekFrom::Start(1)).map(|_| ()));
    show("sync", handle.sync_all());
    show(
        "open to write",
        OpenOptions::new().write(true).open("d").map(|_| ()),
    );
    show(
        "open to append",
        OpenOptions::new().append(true).open("d").map(|_| ()),
    );
    show(
        "open to read and write",
        OpenOptions::new()
            .read(true)
            .write(true)
            .open("d")
            .map(|_| ()),
    );
    show("create over it", File::create("d").map(|_| ()));
    show("read as text", fs::read_to_string("d"));
    show("remove while open", fs::remove_dir("d"));
    show("kind", handle.metadata().map(|metadata| kind(&metadata)));
    Ok(())
}
