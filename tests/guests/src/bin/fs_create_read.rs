//! Writes files, reads them back and asks for their metadata.

use guests::{kind, show};
use std::fs::{self, File};

fn main() {
    show("write", fs::write("a.txt", "first contents"));
    show("read", fs::read_to_string("a.txt"));
    show("overwrite with less", fs::write("a.txt", "second"));
    show("read", fs::read_to_string("a.txt"));
    show(
        "length",
        fs::metadata("a.txt").map(|metadata| metadata.len()),
    );
    show(
        "kind",
        fs::metadata("a.txt").map(|metadata| kind(&metadata)),
    );
    show(
        "kind of /",
        fs::metadata("/").map(|metadata| kind(&metadata)),
    );
    show("write nothing", fs::write("empty", ""));
    show("read", fs::read("empty"));
    show("read what is missing", fs::read("missing"));
    show(
        "metadata of what is missing",
        fs::metadata("missing").map(|_| ()),
    );
    show("open what is missing", File::open("missing").map(|_| ()));
    show(
        "create where the parent is missing",
        File::create("none/a").map(|_| ()),
    );
}
