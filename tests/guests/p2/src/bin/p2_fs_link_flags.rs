//! Hard links with and without following symbolic ones.

use guests_p2::{create, root, show};
use wasip2::filesystem::types::PathFlags;

fn main() {
    drop(create("file", b"x"));
    let (root, none, follow) = (root(), PathFlags::empty(), PathFlags::SYMLINK_FOLLOW);
    show("symlink", root.symlink_at("file", "link"));
    show("directory", root.create_directory_at("d"));
    show("of a file", root.link_at(none, "file", &root, "one"));
    show("of a link itself", root.link_at(none, "link", &root, "two"));
    show("type", root.stat_at(none, "two").map(|stat| stat.type_));
    show(
        "of what a link leads to",
        root.link_at(follow, "link", &root, "three"),
    );
    show("of a directory", root.link_at(none, "d", &root, "four"));
    show("over something", root.link_at(none, "file", &root, "one"));
    show("over itself", root.link_at(none, "file", &root, "file"));
    show(
        "link count",
        root.stat_at(none, "file").map(|stat| stat.link_count),
    );
}
