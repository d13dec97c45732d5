//! WASI paths are relative: absolute ones, and ones that lead out, are refused by every function.

use guests_p2::{create, root, show};
use wasip2::filesystem::types::{DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};

fn main() {
    drop(create("file", b"x"));
    let (root, none) = (root(), PathFlags::empty());
    for path in [
        "/file",
        "/",
        "../file",
        "..",
        "a/../../file",
        "/../file",
        "//file",
        "file/../../file",
    ] {
        show(
            &format!("open {path}"),
            root.open_at(none, path, OpenFlags::empty(), DescriptorFlags::READ)
                .map(|_| ()),
        );
        show(
            &format!("stat {path}"),
            root.stat_at(none, path).map(|_| ()),
        );
        show(
            &format!("hash {path}"),
            root.metadata_hash_at(none, path).map(|_| ()),
        );
        show(
            &format!("times {path}"),
            root.set_times_at(none, path, NewTimestamp::NoChange, NewTimestamp::NoChange),
        );
        show(
            &format!("create directory {path}"),
            root.create_directory_at(path),
        );
        show(
            &format!("link from {path}"),
            root.link_at(none, path, &root, "new"),
        );
        show(
            &format!("link to {path}"),
            root.link_at(none, "file", &root, path),
        );
        show(
            &format!("rename from {path}"),
            root.rename_at(path, &root, "new"),
        );
        show(
            &format!("rename to {path}"),
            root.rename_at("file", &root, path),
        );
        show(&format!("symlink at {path}"), root.symlink_at("file", path));
        show(&format!("readlink {path}"), root.readlink_at(path));
        show(&format!("unlink {path}"), root.unlink_file_at(path));
        show(
            &format!("remove directory {path}"),
            root.remove_directory_at(path),
        );
    }
    show(
        "symlink to an absolute path",
        root.symlink_at("/file", "link"),
    );
    show(
        "symlink that leads out",
        root.symlink_at("../../file", "link2"),
    );
    show(
        "open it",
        root.open_at(
            PathFlags::SYMLINK_FOLLOW,
            "link2",
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
        .map(|_| ()),
    );
}
