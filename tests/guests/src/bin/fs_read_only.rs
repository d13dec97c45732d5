//! Every operation on a tree that must not change: `file`, `d/inner` and `link -> file` exist.

use guests::{show, symlink, tree};
use std::fs::{self, File, OpenOptions};
use std::time::SystemTime;

fn main() -> std::io::Result<()> {
    show("read", fs::read_to_string("file"));
    show("list", fs::read_dir("d").map(|entries| entries.count()));
    show("open to read", File::open("file").map(|_| ()));
    show(
        "open to write",
        OpenOptions::new().write(true).open("file").map(|_| ()),
    );
    show(
        "open to append",
        OpenOptions::new().append(true).open("file").map(|_| ()),
    );
    show("truncate", File::create("file").map(|_| ()));
    show("create", File::create("new").map(|_| ()));
    show(
        "create if missing, which it is not",
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open("file")
            .map(|_| ()),
    );
    show(
        "create new over a file",
        File::create_new("file").map(|_| ()),
    );
    show("create directory", fs::create_dir("e"));
    show("create directory over one", fs::create_dir("d"));
    show("remove file", fs::remove_file("file"));
    show("remove what is missing", fs::remove_file("missing"));
    show("remove directory", fs::remove_dir("d"));
    show("rename", fs::rename("file", "moved"));
    show("rename what is missing", fs::rename("missing", "moved"));
    show("hard link", fs::hard_link("file", "name"));
    show("symbolic link", symlink("file", "name"));
    show("shorten", File::open("file")?.set_len(0));
    show(
        "set times",
        File::open("file")?.set_modified(SystemTime::UNIX_EPOCH),
    );
    show("sync", File::open("file")?.sync_all());
    tree(".");
    Ok(())
}
