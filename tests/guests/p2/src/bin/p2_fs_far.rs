//! Files at the limit of their size. Where that is depends on the file system; this one is ext4's.

use guests_p2::{create, open, read_write, show, show_stream};
use wasip2::filesystem::types::{Descriptor, OpenFlags};
use wasip2::io::streams::{OutputStream, StreamError};

/// 16 TiB less a block of 4 KiB.
const LARGEST: u64 = ((1 << 32) - 1) * 4096;

fn main() {
    for offset in [LARGEST - 3, LARGEST, 1 << 62, i64::MAX as u64 - 8] {
        let file = create("file", b"x");
        show(&format!("write at {offset}"), file.write(b"abcd", offset));
        show(
            &format!("write nothing at {offset}"),
            file.write(b"", offset),
        );
        length(&file);
        show(
            &format!("read at {offset}"),
            file.read(4, offset).map(|(bytes, _)| bytes),
        );
        let stream = |name: &str, write: fn(&OutputStream) -> Result<(), StreamError>| {
            let file = create("streamed", b"x");
            let stream = file.write_via_stream(offset).expect("a stream");
            show_stream(&format!("stream, {name} at {offset}"), write(&stream));
            show_stream("afterwards", stream.check_write().map(|_| ()));
            length(&file);
        };
        stream("bytes", |stream| stream.blocking_write_and_flush(b"abcd"));
        stream("no bytes", |stream| stream.blocking_write_and_flush(b""));
        stream("zeroes", |stream| stream.blocking_write_zeroes_and_flush(4));
        stream("splice", |stream| {
            let from = create("from", b"0123")
                .read_via_stream(0)
                .expect("a stream");
            stream.blocking_splice(&from, 4).map(|_| ())
        });
        show(
            &format!("set size {offset}"),
            create("sized", b"x").set_size(offset),
        );
        show("append there", append("sized"));
    }
}

/// Appends to a file that is as large as could be.
fn append(path: &str) -> Result<Option<String>, wasip2::filesystem::types::ErrorCode> {
    let file = open(path, OpenFlags::empty(), read_write())?;
    let stream = file.append_via_stream()?;
    let appended = stream.blocking_write_and_flush(b"abcd");
    length(&file);
    Ok(appended.err().map(|error| match error {
        StreamError::Closed => "closed".to_owned(),
        StreamError::LastOperationFailed(error) => {
            format!(
                "{:?}",
                wasip2::filesystem::types::filesystem_error_code(&error)
            )
        }
    }))
}

fn length(file: &Descriptor) {
    show("length", file.stat().map(|stat| stat.size));
}
