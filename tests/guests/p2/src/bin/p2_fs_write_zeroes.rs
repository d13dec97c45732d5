//! Zeroes written through streams.

use guests_p2::{contents, create, show_stream, text};

fn main() {
    let file = create("file", b"################");
    let stream = file.write_via_stream(4).expect("a stream");
    show_stream("and flush", stream.blocking_write_zeroes_and_flush(3));
    println!("{}", text(&contents(&file)));
    stream.subscribe().block();
    show_stream("there is room", stream.check_write().map(|room| room >= 2));
    show_stream("without flush", stream.write_zeroes(2));
    show_stream("flush", stream.blocking_flush());
    println!("{}", text(&contents(&file)));
    show_stream(
        "beyond the end",
        stream.blocking_write_zeroes_and_flush(4000),
    );
    let all = contents(&file);
    println!(
        "{} bytes, {} zero",
        all.len(),
        all.iter().filter(|byte| **byte == 0).count()
    );
    show_stream("none", stream.blocking_write_zeroes_and_flush(0));
    println!("{} bytes", contents(&file).len());
}
