//! Renaming directories by all the rules of POSIX `rename`.

use guests::{show, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    for directory in ["full/inner", "empty", "other", "third/deep/deeper"] {
        fs::create_dir_all(directory)?;
    }
    fs::write("full/file", "x")?;
    fs::write("file", "y")?;
    show("onto an empty directory", fs::rename("full", "empty"));
    show("read", fs::read_to_string("empty/file"));
    show(
        "onto a directory that is not empty",
        fs::rename("other", "empty"),
    );
    show("directory onto file", fs::rename("other", "file"));
    show("file onto directory", fs::rename("file", "other"));
    show("into itself", fs::rename("third", "third/deep/x"));
    show("onto its own descendant", fs::rename("third", "third/deep"));
    show("onto its own parent", fs::rename("third/deep", "third"));
    show("onto itself", fs::rename("third", "third"));
    show("to a new name", fs::rename("third/deep", "moved"));
    show(
        "the parent stays",
        fs::metadata("third").map(|metadata| metadata.is_dir()),
    );
    show(
        ".. leads to the new parent",
        fs::metadata("moved/../file").map(|metadata| metadata.len()),
    );
    show("onto .", fs::rename("moved", "moved/."));
    show("from .", fs::rename("moved/.", "elsewhere"));
    show("from ..", fs::rename("moved/deeper/..", "elsewhere"));
    show("onto ..", fs::rename("other", "moved/deeper/.."));
    show("the root", fs::rename("/", "root"));
    show("onto the root", fs::rename("other", "/"));
    tree(".");
    Ok(())
}
