//! A pollable is dropped before its stream, and a stream is used by many pollables.

use guests_p2::{create, show_stream, text};

fn main() {
    let file = create("file", b"0123456789");
    let stream = file.read_via_stream(0).expect("a stream");
    for _ in 0..1000 {
        drop(stream.subscribe());
    }
    let many: Vec<_> = (0..100).map(|_| stream.subscribe()).collect();
    many.iter().for_each(|pollable| pollable.block());
    drop(many);
    show_stream("read", stream.blocking_read(10).map(|bytes| text(&bytes)));
    for _ in 0..1000 {
        let again = file.read_via_stream(3).expect("a stream");
        if again
            .blocking_read(2)
            .map(|bytes| bytes != b"34")
            .unwrap_or(true)
        {
            println!("something else was read");
        }
    }
    println!("done");
}
