//! Reads at and beyond the end of a file.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    fs::write("file", "0123456789")?;
    let mut file = File::open("file")?;
    let mut buffer = [0; 7];
    show("within", file.read(&mut buffer));
    show("across the end", file.read(&mut buffer));
    show("at the end", file.read(&mut buffer));
    show("again", file.read(&mut buffer));
    show("nothing", file.read(&mut []));
    OpenOptions::new()
        .append(true)
        .open("file")?
        .write_all(b"more")?;
    show("after the file grew", file.read(&mut buffer));
    show(
        "exactly, too much",
        File::open("file")?.read_exact(&mut [0; 20]),
    );
    show("exactly, all", File::open("file")?.read_exact(&mut [0; 14]));
    show(
        "of an empty file",
        fs::write("empty", "").and_then(|()| File::open("empty")?.read(&mut buffer)),
    );
    Ok(())
}
