//! A slash at the end of a path asks for a directory.

use guests::{kind, show, symlink, tree};
use std::fs::{self, File};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("directory")?;
    symlink("file", "filelink")?;
    symlink("directory", "dirlink")?;
    symlink("nowhere", "dangling")?;
    for name in [
        "file",
        "directory",
        "filelink",
        "dirlink",
        "dangling",
        "missing",
    ] {
        for path in [format!("{name}/"), format!("{name}//"), format!("{name}/.")] {
            show(
                &format!("metadata {path}"),
                fs::metadata(&path).map(|metadata| kind(&metadata)),
            );
            show(
                &format!("without following {path}"),
                fs::symlink_metadata(&path).map(|metadata| kind(&metadata)),
            );
            show(&format!("open {path}"), File::open(&path).map(|_| ()));
            show(
                &format!("list {path}"),
                fs::read_dir(&path).map(|entries| entries.count()),
            );
        }
    }
    show("create file", File::create("new/").map(|_| ()));
    show("create over a file", File::create("file/").map(|_| ()));
    show("create directory", fs::create_dir("newdir/"));
    show("create directory over a file", fs::create_dir("file/"));
    tree(".");
    Ok(())
}
