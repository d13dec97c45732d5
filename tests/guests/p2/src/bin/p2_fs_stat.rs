//! Types, sizes and link counts.

use guests_p2::{create, root, show};
use wasip2::filesystem::types::PathFlags;

fn main() {
    let (file, root, none) = (create("file", b"contents"), root(), PathFlags::empty());
    let print = |label: &str, path: &str, flags: PathFlags| {
        show(
            label,
            root.stat_at(flags, path)
                .map(|stat| (stat.type_, stat.size, stat.link_count)),
        );
    };
    print("file", "file", none);
    show("link", root.link_at(none, "file", &root, "name"));
    print("two names", "file", none);
    show("by descriptor", file.stat().map(|stat| stat.link_count));
    show("unlink", root.unlink_file_at("file"));
    print("one name", "name", none);
    show("unlink", root.unlink_file_at("name"));
    show(
        "no name",
        file.stat().map(|stat| (stat.link_count, stat.size)),
    );
    show("symlink", root.symlink_at("target of link", "link"));
    print("symlink", "link", none);
    print("symlink followed", "link", PathFlags::SYMLINK_FOLLOW);
    show("directory", root.create_directory_at("d"));
    show("directory", root.stat_at(none, "d").map(|stat| stat.type_));
    show(
        "truncated",
        file.set_size(3)
            .and_then(|()| file.stat())
            .map(|stat| stat.size),
    );
}
