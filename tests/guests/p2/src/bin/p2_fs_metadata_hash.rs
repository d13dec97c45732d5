//! Hashes of metadata: equal for one object, different for different ones.

use guests_p2::{create, root, show};
use wasip2::filesystem::types::{MetadataHashValue, PathFlags};

fn main() {
    let (one, two) = (create("one", b"same"), create("two", b"same"));
    let root = root();
    let same =
        |a: &MetadataHashValue, b: &MetadataHashValue| (a.lower, a.upper) == (b.lower, b.upper);
    let of = |path: &str| {
        root.metadata_hash_at(PathFlags::empty(), path)
            .expect("a hash")
    };
    let hash = one.metadata_hash().expect("a hash");
    println!(
        "twice: {}",
        same(&hash, &one.metadata_hash().expect("a hash"))
    );
    println!("by path: {}", same(&hash, &of("one")));
    println!(
        "another file: {}",
        same(&hash, &two.metadata_hash().expect("a hash"))
    );
    show(
        "hard link",
        root.link_at(PathFlags::empty(), "one", &root, "three"),
    );
    println!("two names: {}", same(&of("one"), &of("three")));
    show("symbolic link", root.symlink_at("one", "link"));
    println!("link itself: {}", same(&of("one"), &of("link")));
    let followed = root
        .metadata_hash_at(PathFlags::SYMLINK_FOLLOW, "link")
        .expect("a hash");
    println!("link followed: {}", same(&of("one"), &followed));
    println!(
        "directory: {}",
        same(&of("."), &root.metadata_hash().expect("a hash"))
    );
    show(
        "missing",
        root.metadata_hash_at(PathFlags::empty(), "missing")
            .map(|_| ()),
    );
}
