//! Copying files.

use guests::{Numbers, checksum, show, symlink, tree};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::write("small", "small contents")?;
    fs::write("large", Numbers(3).bytes(300_000))?;
    fs::create_dir("d")?;
    symlink("small", "link")?;
    show("small", fs::copy("small", "copy"));
    show("large", fs::copy("large", "d/large"));
    println!(
        "{:016x} {:016x}",
        checksum(&fs::read("large")?),
        checksum(&fs::read("d/large")?)
    );
    show("over a longer file", fs::copy("small", "d/large"));
    show("read", fs::read_to_string("d/large"));
    show("of a link", fs::copy("link", "d/copy"));
    show(
        "which is a file",
        fs::symlink_metadata("d/copy").map(|metadata| metadata.is_file()),
    );
    show("what is missing", fs::copy("missing", "x"));
    show("a directory", fs::copy("d", "x"));
    show("onto a directory", fs::copy("small", "d"));
    tree(".");
    Ok(())
}
