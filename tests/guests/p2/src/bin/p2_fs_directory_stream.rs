//! Listings through directory streams: two at once, dropped early, of an empty directory, of a file.

use guests_p2::{create, open, root, show};
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, DirectoryEntryStream, OpenFlags};

fn main() {
    let root = root();
    show("empty", root.read_directory().map(|stream| names(&stream)));
    let file = create("file", b"x");
    show("directory", root.create_directory_at("d"));
    show("symlink", root.symlink_at("x", "link"));
    for number in 0..50 {
        drop(create(&format!("d/{number:02}"), b""));
    }
    show("all", root.read_directory().map(|stream| names(&stream)));
    let d = open("d", OpenFlags::DIRECTORY, DescriptorFlags::READ).expect("a directory");
    let (one, two) = (list(&d), list(&d));
    show(
        "first of one",
        one.read_directory_entry().map(|entry| entry.is_some()),
    );
    show("all of two", Ok(names(&two).len()));
    show("the rest of one", Ok(names(&one).len()));
    show(
        "after the end",
        one.read_directory_entry().map(|entry| entry.is_some()),
    );
    for _ in 0..100 {
        show_none(list(&d).read_directory_entry().is_ok());
    }
    let stream = list(&d);
    drop(d);
    show("the descriptor is gone", Ok(names(&stream).len()));
    show("of a file", file.read_directory().map(|_| ()));
}

fn list(directory: &Descriptor) -> DirectoryEntryStream {
    directory.read_directory().expect("a listing")
}

fn names(stream: &DirectoryEntryStream) -> Vec<String> {
    let mut names = Vec::new();
    while let Ok(Some(entry)) = stream.read_directory_entry() {
        names.push(format!("{} {:?}", entry.name, entry.type_));
    }
    names.sort();
    names
}

fn show_none(listed: bool) {
    if !listed {
        println!("an entry could not be read");
    }
}
