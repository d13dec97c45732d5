//! A stream that reached the end of a file, which then grows.

use guests_p2::{create, show, show_stream, text};

fn main() {
    let file = create("file", b"short");
    let stream = file.read_via_stream(0).expect("a stream");
    show_stream("all", stream.blocking_read(100).map(|bytes| text(&bytes)));
    show("grow", file.write(b", longer", 5));
    show_stream(
        "what was added",
        stream.blocking_read(100).map(|bytes| text(&bytes)),
    );
    show_stream(
        "the end",
        stream.blocking_read(100).map(|bytes| text(&bytes)),
    );
    show("grow", file.write(b" still", 13));
    show_stream(
        "a closed stream stays closed",
        stream.blocking_read(100).map(|bytes| text(&bytes)),
    );
}
