//! Renaming with slashes at the end.

use guests::{show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("directory")?;
    symlink("directory", "link")?;
    show("file/ to new", fs::rename("file/", "new"));
    show("file to new/", fs::rename("file", "new/"));
    show("directory/ to new", fs::rename("directory/", "new"));
    show("new to directory/", fs::rename("new", "directory/"));
    show("directory/ to new//", fs::rename("directory/", "new//"));
    show("back", fs::rename("new", "directory"));
    show("missing/ to new", fs::rename("missing/", "new"));
    tree(".");
    Ok(())
}
