//! Streams of descriptors that do not allow them.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags};

fn main() {
    drop(create("file", b"x"));
    let reader = open("file", OpenFlags::empty(), DescriptorFlags::READ).expect("a file");
    let writer = open("file", OpenFlags::empty(), DescriptorFlags::WRITE).expect("a file");
    let neither = open("file", OpenFlags::empty(), DescriptorFlags::empty()).expect("a file");
    for (name, file) in [
        ("reader", &reader),
        ("writer", &writer),
        ("neither", &neither),
        ("directory", &root()),
    ] {
        show(
            &format!("{name}: read"),
            file.read_via_stream(0).map(|_| ()),
        );
        show(
            &format!("{name}: write"),
            file.write_via_stream(0).map(|_| ()),
        );
        show(
            &format!("{name}: append"),
            file.append_via_stream().map(|_| ()),
        );
    }
}
