//! What WASI lacks, std refuses.

use guests::show;
use std::env;
use std::fs::{self, File};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("d")?;
    let file = File::open("file")?;
    show("canonicalize", fs::canonicalize("file"));
    show("lock", file.lock());
    show("unlock", file.unlock());
    show("duplicate", file.try_clone().map(|_| ()));
    show("change directory", env::set_current_dir("d"));
    Ok(())
}
