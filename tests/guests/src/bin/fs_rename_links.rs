//! Renaming links, and names of one file onto each other.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("directory")?;
    fs::hard_link("file", "name")?;
    symlink("file", "link")?;
    symlink("directory", "dirlink")?;
    symlink("nowhere", "dangling")?;
    show(
        "one name of a file onto another",
        fs::rename("file", "name"),
    );
    show(
        "both stay",
        fs::metadata("file").and(fs::metadata("name")).map(|_| ()),
    );
    show("a link moves, not its target", fs::rename("link", "moved"));
    show("read link", fs::read_link("moved"));
    show("a dangling link", fs::rename("dangling", "dangled"));
    show(
        "a file onto a link",
        fs::write("new", "n").and_then(|()| fs::rename("new", "moved")),
    );
    show("the link's target", fs::read_to_string("file"));
    show(
        "a directory onto a link to a directory",
        fs::create_dir("d").and_then(|()| fs::rename("d", "dirlink")),
    );
    show(
        "a link onto a directory",
        fs::rename("dirlink", "directory"),
    );
    show("through a link", fs::rename("name", "dirlink/name"));
    show("a link to a directory", fs::rename("dirlink", "dl"));
    tree(".");
    Ok(())
}
