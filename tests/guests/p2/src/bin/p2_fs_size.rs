//! `set-size` within and beyond every limit.

use guests_p2::{contents, create, open, root, show, text};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags};

fn main() {
    let file = create("file", b"0123456789");
    for size in [12, 5, 5, 8, 0, 3] {
        show(&format!("to {size}"), file.set_size(size));
        println!("{}", text(&contents(&file)));
    }
    show("to the largest number", file.set_size(u64::MAX));
    show(
        "to the largest signed number and one",
        file.set_size(1 << 63),
    );
    show("a directory", root().set_size(0));
    let reader = open("file", OpenFlags::empty(), DescriptorFlags::READ).expect("a file");
    show("to read only", reader.set_size(0));
    println!("{}", text(&contents(&file)));
}
