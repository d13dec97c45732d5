//! Writes until there is no more space, makes room, and goes on. Meant for a limit of one mebibyte.

use guests::{checksum, show};
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open("fill")?;
    let block = [7; 4096];
    let mut written = 0_u64;
    let error = loop {
        match file.write(&block) {
            Ok(count) => written += count as u64,
            Err(error) => break error,
        }
        if written > 4 << 20 {
            println!("no limit within four mebibytes");
            return Ok(());
        }
    };
    println!("{written} bytes, then: {error}");
    show("length", file.metadata().map(|metadata| metadata.len()));
    show("another byte", file.write(b"x"));
    show("a file without contents", fs::write("empty", ""));
    show("a file with contents", fs::write("more", "x"));
    show(
        "overwrite what is there",
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write(b"over")),
    );
    show("grow", file.set_len(8 << 20));
    show("make room", file.set_len(4096));
    show("a file with contents", fs::write("more", "x"));
    show("remove an open file", fs::remove_file("fill"));
    show(
        "it holds its space",
        fs::write("large", vec![1; (1 << 20) - 4096]),
    );
    drop(file);
    show(
        "until it is closed",
        fs::write("large", vec![1; (1 << 20) - 4096]),
    );
    show(
        "contents",
        fs::read("large").map(|bytes| (bytes.len(), checksum(&bytes))),
    );
    Ok(())
}
