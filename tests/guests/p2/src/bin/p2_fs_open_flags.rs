//! Every combination of open flags and access on a file, a directory, links, and what is missing.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, OpenFlags, PathFlags,
};

fn main() {
    let root = root();
    for bits in 0..16_u8 {
        let on = |bit: u8, flag: OpenFlags| {
            if bits >> bit & 1 == 1 {
                flag
            } else {
                OpenFlags::empty()
            }
        };
        let how = on(0, OpenFlags::CREATE)
            | on(1, OpenFlags::DIRECTORY)
            | on(2, OpenFlags::EXCLUSIVE)
            | on(3, OpenFlags::TRUNCATE);
        for access in [
            DescriptorFlags::READ,
            DescriptorFlags::WRITE,
            guests_p2::read_write(),
        ] {
            drop(create("file", b"x"));
            let _ = root.create_directory_at("d");
            let _ = root.symlink_at("file", "link");
            for path in ["file", "d", "link", "missing"] {
                for follow in [PathFlags::empty(), PathFlags::SYMLINK_FOLLOW] {
                    let opened = root.open_at(follow, path, how, access);
                    let label = format!("{path} {follow:?} {how:?} {access:?}");
                    show(
                        &label,
                        opened
                            .and_then(|opened| Ok((opened.get_type()?, opened.stat()?)))
                            .map(what),
                    );
                    if path == "missing" {
                        let _ = root.unlink_file_at("missing");
                        let _ = root.remove_directory_at("missing");
                    }
                }
            }
        }
    }
    show(
        "afterwards",
        open("file", OpenFlags::empty(), DescriptorFlags::READ).map(|_| ()),
    );
}

/// The type, and for a file whether it holds something.
fn what((kind, stat): (DescriptorType, DescriptorStat)) -> (DescriptorType, Option<bool>) {
    (
        kind,
        (kind == DescriptorType::RegularFile).then_some(stat.size > 0),
    )
}
