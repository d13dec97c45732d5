//! Synchronising every kind of descriptor.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags};

fn main() {
    let file = create("file", b"x");
    let reader = open("file", OpenFlags::empty(), DescriptorFlags::READ).expect("a file");
    for (name, descriptor) in [("file", &file), ("reader", &reader), ("root", &root())] {
        show(&format!("{name}: sync"), descriptor.sync());
        show(&format!("{name}: sync-data"), descriptor.sync_data());
    }
}
