//! A directory that was opened only to be read, and what can be changed through it.

use guests_p2::{create, open, read_write, show};
use wasip2::filesystem::types::{DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};

fn main() {
    show("create", guests_p2::root().create_directory_at("d"));
    drop(create("d/file", b"x"));
    let directory = open("d", OpenFlags::DIRECTORY, DescriptorFlags::READ).expect("a directory");
    let none = PathFlags::empty();
    let open_at = |path, how, access| directory.open_at(none, path, how, access).map(|_| ());
    show(
        "read",
        open_at("file", OpenFlags::empty(), DescriptorFlags::READ),
    );
    show(
        "write",
        open_at("file", OpenFlags::empty(), DescriptorFlags::WRITE),
    );
    show(
        "read and write",
        open_at("file", OpenFlags::empty(), read_write()),
    );
    show(
        "truncate",
        open_at("file", OpenFlags::TRUNCATE, DescriptorFlags::WRITE),
    );
    show(
        "create file",
        open_at("new", OpenFlags::CREATE, DescriptorFlags::WRITE),
    );
    show(
        "create file to read",
        open_at("new2", OpenFlags::CREATE, DescriptorFlags::READ),
    );
    show("create directory", directory.create_directory_at("e"));
    show("symbolic link", directory.symlink_at("file", "l"));
    show(
        "hard link",
        directory.link_at(none, "file", &directory, "name"),
    );
    show("rename", directory.rename_at("file", &directory, "moved"));
    show("unlink", directory.unlink_file_at("file"));
    show("remove directory", directory.remove_directory_at("e"));
    show(
        "times",
        directory.set_times_at(none, "file", NewTimestamp::NoChange, NewTimestamp::Now),
    );
    show(
        "stat",
        directory.stat_at(none, "file").map(|stat| stat.size),
    );
}
