//! Whether two descriptors are one object.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

fn main() {
    let one = create("one", b"x");
    let root = root();
    let again = || open("one", OpenFlags::empty(), DescriptorFlags::READ).expect("a file");
    println!("itself: {}", one.is_same_object(&one));
    println!("opened again: {}", one.is_same_object(&again()));
    println!("another file: {}", one.is_same_object(&create("two", b"x")));
    println!("a directory: {}", one.is_same_object(&root));
    println!("the root: {}", root.is_same_object(&guests_p2::root()));
    show(
        "link",
        root.link_at(PathFlags::empty(), "one", &root, "name"),
    );
    let name = open("name", OpenFlags::empty(), DescriptorFlags::READ).expect("a file");
    println!("by another name: {}", one.is_same_object(&name));
    show("unlink", root.unlink_file_at("one"));
    let new = create("one", b"y");
    println!("a new file of the old name: {}", one.is_same_object(&new));
}
