//! Flags and types that descriptors report.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags};

fn main() {
    drop(create("file", b"x"));
    show("create directory", root().create_directory_at("d"));
    show("root type", root().get_type());
    let of = |flags: DescriptorFlags| {
        flags & (guests_p2::read_write() | DescriptorFlags::MUTATE_DIRECTORY)
    };
    for access in [
        DescriptorFlags::READ,
        DescriptorFlags::WRITE,
        guests_p2::read_write(),
    ] {
        let file = open("file", OpenFlags::empty(), access).expect("a file");
        show(&format!("{access:?}"), file.get_flags().map(of));
        show("type", file.get_type());
    }
    let directory = open("d", OpenFlags::DIRECTORY, DescriptorFlags::READ).expect("a directory");
    show("directory type", directory.get_type());
    show(
        "directory may be read",
        directory
            .get_flags()
            .map(|flags| flags.contains(DescriptorFlags::READ)),
    );
    let mutable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    show(
        "directory to change",
        open("d", OpenFlags::DIRECTORY, mutable)
            .and_then(|d| d.get_flags())
            .map(of),
    );
}
