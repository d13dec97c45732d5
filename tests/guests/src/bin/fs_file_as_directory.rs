//! A file where a path needs a directory.

use guests::{show, symlink, tree};
use std::fs::{self, File};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::write("other", "y")?;
    show("metadata", fs::metadata("file/x").map(|_| ()));
    show("open", File::open("file/x").map(|_| ()));
    show("create", File::create("file/x").map(|_| ()));
    show("create_dir", fs::create_dir("file/x"));
    show("list", fs::read_dir("file").map(|_| ()));
    show("list below", fs::read_dir("file/x").map(|_| ()));
    show("remove_file", fs::remove_file("file/x"));
    show("remove_dir", fs::remove_dir("file/x"));
    show("rename from", fs::rename("file/x", "z"));
    show("rename to", fs::rename("other", "file/x"));
    show("link from", fs::hard_link("file/x", "z"));
    show("link to", fs::hard_link("other", "file/x"));
    show("symlink", symlink("other", "file/x"));
    show("read_link", fs::read_link("file/x"));
    show("dot", fs::metadata("file/.").map(|_| ()));
    show("dot dot", fs::metadata("file/..").map(|_| ()));
    show("dot dot other", fs::metadata("file/../other").map(|_| ()));
    tree(".");
    Ok(())
}
