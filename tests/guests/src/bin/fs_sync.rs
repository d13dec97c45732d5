//! Synchronising files and directories succeeds and changes nothing.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut file = File::create("file")?;
    show("write", file.write(b"contents"));
    show("sync_data", file.sync_data());
    show("sync_all", file.sync_all());
    show("of a reader", File::open("file")?.sync_all());
    show(
        "of an appender",
        OpenOptions::new().append(true).open("file")?.sync_all(),
    );
    show("of the root", File::open("/")?.sync_all());
    show("contents", fs::read_to_string("file"));
    Ok(())
}
