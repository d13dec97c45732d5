//! Absolute paths and relative ones name the same files.

use guests::{show, tree};
use std::fs;

fn main() {
    show("write", fs::write("/file", "x"));
    show("create", fs::create_dir("/directory"));
    for path in [
        "file",
        "/file",
        "//file",
        "/./file",
        "/directory/../file",
        "/../file",
        "/directory/../../file",
        "",
    ] {
        show(&format!("read {path}"), fs::read_to_string(path));
    }
    for path in ["/", "//", "/.", "/..", ".", "./"] {
        show(
            &format!("list {path}"),
            fs::read_dir(path).map(|entries| entries.count()),
        );
    }
    show("rename", fs::rename("/file", "directory/file"));
    show("copy", fs::copy("directory/file", "/copy"));
    show("remove", fs::remove_file("/directory/file"));
    tree("/");
}
