//! Streams of a file whose last name and descriptor are gone.

use guests_p2::{create, read_to_end, root, show, show_stream, text};

fn main() {
    let file = create("file", b"contents of a file without name");
    let reader = file.read_via_stream(9).expect("a stream");
    let writer = file.write_via_stream(0).expect("a stream");
    show("unlink", root().unlink_file_at("file"));
    drop(file);
    show_stream("write", writer.blocking_write_and_flush(b"CONTENTS OF"));
    show_stream("read", read_to_end(&reader).map(|bytes| text(&bytes)));
    show(
        "the name is gone",
        root()
            .stat_at(wasip2::filesystem::types::PathFlags::empty(), "file")
            .map(|_| ()),
    );
}
