//! The empty path names nothing.

use guests::{show, symlink};
use std::fs::{self, File};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    show("metadata", fs::metadata("").map(|_| ()));
    show("symlink_metadata", fs::symlink_metadata("").map(|_| ()));
    show("open", File::open("").map(|_| ()));
    show("create", File::create("").map(|_| ()));
    show("create_dir", fs::create_dir(""));
    show("list", fs::read_dir("").map(|_| ()));
    show("remove_file", fs::remove_file(""));
    show("remove_dir", fs::remove_dir(""));
    show("rename from", fs::rename("", "z"));
    show("rename to", fs::rename("file", ""));
    show("link from", fs::hard_link("", "z"));
    show("link to", fs::hard_link("file", ""));
    show("symlink", symlink("file", ""));
    show("read_link", fs::read_link(""));
    Ok(())
}
