//! Symbolic links: created, read, followed, or not followed.

use guests::{kind, show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir_all("d/e")?;
    fs::write("d/file", "in d")?;
    fs::write("file", "at the top")?;
    show("to a file", symlink("file", "l1"));
    show("to a directory", symlink("d", "l2"));
    show("in a directory, relative to it", symlink("file", "d/l3"));
    show("upwards within the root", symlink("../file", "d/l4"));
    show("through a link", symlink("l2/file", "l5"));
    show("to nothing", symlink("nowhere", "l6"));
    show("over a file", symlink("x", "file"));
    show("over a link", symlink("x", "l6"));
    show("into what is missing", symlink("x", "none/l"));
    show("empty target", symlink("", "l7"));
    show("empty name", symlink("x", ""));
    show("name with a slash", symlink("x", "l8/"));
    for name in ["l1", "l2", "d/l3", "d/l4", "l5", "l6", "l2/l4", "file"] {
        show(&format!("{name}: link"), fs::read_link(name));
        show(
            &format!("{name}: itself"),
            fs::symlink_metadata(name).map(|m| (kind(&m).to_string(), m.len())),
        );
        show(
            &format!("{name}: followed"),
            fs::metadata(name).map(|m| kind(&m).to_string()),
        );
        show(&format!("{name}: read"), fs::read_to_string(name));
    }
    show(
        "list through a link",
        fs::read_dir("l2").map(|entries| entries.count()),
    );
    show("write through a link", fs::write("l1", "changed"));
    show("its target", fs::read_to_string("file"));
    show("create through a dangling link", fs::write("l6", "made"));
    show("its target", fs::read_to_string("nowhere"));
    show("create below a link", fs::write("l2/new", "n"));
    show(
        "directory over a dangling link",
        symlink("gone", "l9").and_then(|()| fs::create_dir("l9")),
    );
    show("directory below a link", fs::create_dir("l2/sub"));
    tree(".");
    Ok(())
}
