//! Renaming files: to a new name, onto itself, into other directories, and where it is an error.

use guests::{show, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("a", "a")?;
    fs::create_dir_all("one/two")?;
    show("new name", fs::rename("a", "b"));
    show("old name", fs::metadata("a").map(|_| ()));
    show("onto itself", fs::rename("b", "b"));
    show(
        "onto itself, spelled otherwise",
        fs::rename("b", "one/../b"),
    );
    show("into a directory", fs::rename("b", "one/two/c"));
    show("read", fs::read_to_string("one/two/c"));
    show("and back", fs::rename("one/two/c", "d"));
    show("what is missing", fs::rename("missing", "e"));
    show("what is missing, onto a file", fs::rename("missing", "d"));
    show("into what is missing", fs::rename("d", "missing/d"));
    show("into a file", fs::rename("d", "d/e"));
    show("onto a directory", fs::rename("d", "one"));
    show("onto the parent directory", fs::rename("d", "."));
    show("empty source", fs::rename("", "d"));
    show("empty target", fs::rename("d", ""));
    tree(".");
    Ok(())
}
