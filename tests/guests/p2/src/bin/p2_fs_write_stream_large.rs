//! A mebibyte through streams, as much at a time as they take.

use guests_p2::{contents, create, read_to_end, show_stream};
use wasip2::io::streams::StreamError;

fn main() {
    let file = create("file", b"");
    let bytes: Vec<u8> = (0..1_u32 << 20)
        .map(|number| ((number * 31) >> 7) as u8)
        .collect();
    let stream = file.write_via_stream(0).expect("a stream");
    let write = || -> Result<usize, StreamError> {
        let mut written = 0;
        while written < bytes.len() {
            stream.subscribe().block();
            let room = stream.check_write()? as usize;
            let end = bytes.len().min(written + room);
            stream.write(&bytes[written..end])?;
            written = end;
        }
        stream.flush()?;
        stream.subscribe().block();
        stream.check_write()?;
        Ok(written)
    };
    show_stream("write", write());
    println!("equal: {}", contents(&file) == bytes);
    let read = read_to_end(&file.read_via_stream(0).expect("a stream"));
    show_stream("read by stream", read.map(|read| read == bytes));
}
