//! Creating directories, also where it is an error.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    show("new", fs::create_dir("d"));
    show("again", fs::create_dir("d"));
    show("over a file", fs::create_dir("file"));
    show("below a file", fs::create_dir("file/d"));
    show("below what is missing", fs::create_dir("none/d"));
    show("link", symlink("d", "link"));
    show("over a link", fs::create_dir("link"));
    show("below a link", fs::create_dir("link/sub"));
    show("the root", fs::create_dir("/"));
    show(".", fs::create_dir("."));
    show("..", fs::create_dir("d/.."));
    show("with all parents", fs::create_dir_all("p/q/r"));
    show("again", fs::create_dir_all("p/q/r"));
    show("with a file in the way", fs::create_dir_all("file/q/r"));
    show("through a link", fs::create_dir_all("link/s/t"));
    tree(".");
    Ok(())
}
