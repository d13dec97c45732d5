//! Streams that read a file: from any offset, in any piece, to the end.

use guests_p2::{create, read_to_end, show, show_stream, text};
use wasip2::filesystem::types::Descriptor;
use wasip2::io::streams::InputStream;

fn main() {
    let file = create("file", b"0123456789abcdefghij");
    let stream = stream(&file, 0);
    show_stream("four", stream.blocking_read(4).map(|bytes| text(&bytes)));
    show_stream("skip three", stream.blocking_skip(3));
    show_stream("five", stream.blocking_read(5).map(|bytes| text(&bytes)));
    show_stream("the rest", read_to_end(&stream).map(|bytes| text(&bytes)));
    show_stream("after the end", stream.blocking_read(1));
    show_stream("skip after the end", stream.blocking_skip(1));
    show_stream(
        "from the middle",
        read_to_end(&self::stream(&file, 15)).map(|bytes| text(&bytes)),
    );
    show_stream(
        "from the end",
        read_to_end(&self::stream(&file, 20)).map(|bytes| text(&bytes)),
    );
    show_stream(
        "from beyond the end",
        read_to_end(&self::stream(&file, 1000)).map(|bytes| text(&bytes)),
    );
    show(
        "from as far as can be",
        file.read_via_stream(u64::MAX).map(|_| ()),
    );
    let two = (self::stream(&file, 0), self::stream(&file, 10));
    show_stream(
        "one of two",
        two.0.blocking_read(3).map(|bytes| text(&bytes)),
    );
    show_stream(
        "the other",
        two.1.blocking_read(3).map(|bytes| text(&bytes)),
    );
    show_stream(
        "the first again",
        two.0.blocking_read(3).map(|bytes| text(&bytes)),
    );
    show_stream("nothing", two.0.blocking_read(0).map(|bytes| text(&bytes)));
    show_stream("skip nothing", two.0.blocking_skip(0));
    show_stream(
        "far too much",
        two.0.blocking_read(u64::MAX).map(|bytes| text(&bytes)),
    );
}

fn stream(file: &Descriptor, offset: u64) -> InputStream {
    file.read_via_stream(offset).expect("a stream")
}
