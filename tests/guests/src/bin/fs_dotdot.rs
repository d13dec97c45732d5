//! `.` and `..` in paths: within the root, and out of it.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir_all("a/b/c")?;
    fs::write("file", "top")?;
    fs::write("a/file", "in a")?;
    symlink("a/b", "link")?;
    for path in [
        "a/../file",
        "a/b/../file",
        "./file",
        "a/./b/.././file",
        "a/b/c/../../../file",
        "a//file",
        ".//.//file",
        "missing/../file",
        "file/../file",
        "file/.",
        "a/.",
        "a/..",
        "link/../file",
        "../file",
        "a/../../file",
        "..",
        "../..",
        "./..",
        "a/b/../../..",
        "a/b/c/../../../../file",
        "...",
        "a/.../file",
    ] {
        show(
            &format!("metadata {path}"),
            fs::metadata(path).map(|metadata| metadata.is_dir()),
        );
        show(&format!("read {path}"), fs::read_to_string(path));
    }
    for path in ["a/../new", "../new", "a/new/..", "a/new/.", "link/../new2"] {
        show(&format!("write {path}"), fs::write(path, "x"));
        show(&format!("create_dir {path}"), fs::create_dir(path));
    }
    tree(".");
    Ok(())
}
