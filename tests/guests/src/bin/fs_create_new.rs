//! Exclusive creation over each kind of file.

use guests::{show, symlink, tree};
use std::fs::{self, File};

fn main() {
    show("new", File::create_new("new").map(|_| ()));
    show("again", File::create_new("new").map(|_| ()));
    show("directory", fs::create_dir("directory"));
    show(
        "over a directory",
        File::create_new("directory").map(|_| ()),
    );
    show("link", symlink("new", "link"));
    show(
        "over a link to a file",
        File::create_new("link").map(|_| ()),
    );
    show("dangling", symlink("nowhere", "dangling"));
    show(
        "over a dangling link",
        File::create_new("dangling").map(|_| ()),
    );
    show(
        "through a dangling link",
        File::create("dangling").map(|_| ()),
    );
    tree(".");
}
