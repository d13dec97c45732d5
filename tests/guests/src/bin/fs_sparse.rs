//! Holes: they read as zeroes wherever they are, and count in the length.

use guests::{checksum, show};
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

fn main() -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open("sparse")?;
    show("grow", file.set_len(1 << 20));
    show(
        "write in the middle",
        file.seek(SeekFrom::Start(700_000))
            .and_then(|_| file.write(b"middle")),
    );
    show(
        "write far away",
        file.seek(SeekFrom::Start(5 << 20))
            .and_then(|_| file.write(b"far")),
    );
    show(
        "length",
        fs::metadata("sparse").map(|metadata| metadata.len()),
    );
    for (offset, length) in [(0, 16), (699_998, 10), (700_003, 5000), ((5 << 20) - 2, 16)] {
        let mut bytes = vec![0xff; length];
        file.seek(SeekFrom::Start(offset))?;
        show(&format!("read {length} at {offset}"), file.read(&mut bytes));
        println!("{:016x}", checksum(&bytes));
    }
    let all = fs::read("sparse")?;
    println!(
        "{} bytes, {} not zero, {:016x}",
        all.len(),
        all.iter().filter(|b| **b != 0).count(),
        checksum(&all)
    );
    Ok(())
}
