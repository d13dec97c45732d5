//! Hard links: several names of one file.

use guests::{show, symlink, tree};
use std::fs::{self, OpenOptions};
use std::io::Write;

fn main() -> std::io::Result<()> {
    fs::write("a", "shared")?;
    fs::create_dir("directory")?;
    symlink("a", "link")?;
    show("link", fs::hard_link("a", "b"));
    show("read", fs::read_to_string("b"));
    OpenOptions::new()
        .append(true)
        .open("b")?
        .write_all(b" by both")?;
    show("through the other name", fs::read_to_string("a"));
    show("over a file", fs::hard_link("a", "b"));
    show("over a directory", fs::hard_link("a", "directory"));
    show("of a directory", fs::hard_link("directory", "d"));
    show("of what is missing", fs::hard_link("missing", "m"));
    show("into what is missing", fs::hard_link("a", "none/a"));
    show("into a directory", fs::hard_link("a", "directory/a"));
    show("of a symbolic link", fs::hard_link("link", "link2"));
    show(
        "which is",
        fs::symlink_metadata("link2").map(|metadata| metadata.is_symlink()),
    );
    show("with a slash", fs::hard_link("a", "c/"));
    show("remove the first name", fs::remove_file("a"));
    show("the others stay", fs::read_to_string("directory/a"));
    show("the symbolic link does not", fs::read_to_string("link"));
    tree(".");
    Ok(())
}
