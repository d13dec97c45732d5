//! Removing trees, with links in them that are not followed.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir_all("tree/a/b/c")?;
    fs::create_dir("kept")?;
    fs::write("kept/file", "kept")?;
    for directory in ["tree", "tree/a", "tree/a/b"] {
        for number in 0..20 {
            fs::write(format!("{directory}/file-{number}"), "x")?;
        }
    }
    symlink("../kept", "tree/link")?;
    symlink("nowhere", "tree/a/dangling")?;
    symlink("kept", "keptlink")?;
    show("tree", fs::remove_dir_all("tree"));
    show("what is missing", fs::remove_dir_all("tree"));
    show("a file", fs::remove_dir_all("kept/file"));
    show("a link", fs::remove_dir_all("keptlink"));
    tree(".");
    Ok(())
}
