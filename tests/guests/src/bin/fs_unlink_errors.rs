//! Removing what cannot be removed.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir_all("full/inner")?;
    fs::create_dir("empty")?;
    symlink("empty", "link")?;
    symlink("file", "filelink")?;
    show("remove_file of a directory", fs::remove_file("empty"));
    show("remove_file of what is missing", fs::remove_file("missing"));
    show("remove_file with a slash", fs::remove_file("file/"));
    show("remove_file below a file", fs::remove_file("file/x"));
    show("remove_file of .", fs::remove_file("."));
    show("remove_file of /", fs::remove_file("/"));
    show("remove_dir of a file", fs::remove_dir("file"));
    show("remove_dir of what is missing", fs::remove_dir("missing"));
    show("remove_dir of what is not empty", fs::remove_dir("full"));
    show("remove_dir of .", fs::remove_dir("full/inner/."));
    show("remove_dir of ..", fs::remove_dir("full/inner/.."));
    show("remove_dir of /", fs::remove_dir("/"));
    show("remove_dir of a link", fs::remove_dir("link"));
    show("remove_dir with a slash", fs::remove_dir("empty/"));
    show("remove_file of a dangling link", fs::remove_file("link"));
    show("remove_file of a link", fs::remove_file("filelink"));
    tree(".");
    Ok(())
}
