//! Renaming over a file that is open: its handles keep the old file.

use guests::{rest, show, tree};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};

fn main() -> std::io::Result<()> {
    fs::write("target", "old contents")?;
    fs::write("source", "new contents")?;
    let mut old = OpenOptions::new().read(true).write(true).open("target")?;
    let source = File::open("source")?;
    show("rename", fs::rename("source", "target"));
    show("by name", fs::read_to_string("target"));
    show("by the old handle", rest(&old));
    show("by the source's handle", rest(&source));
    show("write to the old file", old.write(b", longer"));
    old.rewind()?;
    show("by the old handle", rest(&old));
    show("by name", fs::read_to_string("target"));
    show("rename while open", fs::rename("target", "elsewhere"));
    show(
        "length by handle",
        source.metadata().map(|metadata| metadata.len()),
    );
    tree(".");
    Ok(())
}
