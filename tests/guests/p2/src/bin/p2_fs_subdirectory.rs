//! A descriptor of a directory is a root of its own: nothing above it can be named through it.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

fn main() {
    show("create", root().create_directory_at("d"));
    show("create", root().create_directory_at("d/e"));
    drop(create("outside", b"x"));
    drop(create("d/inside", b"y"));
    show(
        "link that leads out",
        root().symlink_at("../outside", "d/out"),
    );
    show("link that stays", root().symlink_at("e/../inside", "d/in"));
    let access = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let d = open("d", OpenFlags::DIRECTORY, access).expect("a directory");
    for path in [
        "inside",
        "e/../inside",
        "../outside",
        "out",
        "in",
        "e/../../outside",
        "..",
        "e/..",
    ] {
        show(
            path,
            d.open_at(
                PathFlags::SYMLINK_FOLLOW,
                path,
                OpenFlags::empty(),
                DescriptorFlags::READ,
            )
            .and_then(|f| f.get_type()),
        );
    }
    show(
        "from the root it can be followed",
        open("d/out", OpenFlags::empty(), DescriptorFlags::READ).and_then(|f| f.get_type()),
    );
    show(
        "rename between descriptors",
        d.rename_at("inside", &root(), "moved"),
    );
    show("rename back", root().rename_at("moved", &d, "e/inside"));
    show(
        "link between descriptors",
        root().link_at(PathFlags::empty(), "outside", &d, "linked"),
    );
    show(
        "remove the directory's parent name",
        root().rename_at("d", &root(), "f"),
    );
    show(
        "the descriptor moves along",
        d.stat_at(PathFlags::empty(), "linked")
            .map(|stat| stat.link_count),
    );
}
