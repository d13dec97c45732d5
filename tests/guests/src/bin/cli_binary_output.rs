//! Writes every byte value, and text that is not UTF-8.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let all: Vec<u8> = (0..=255).collect();
    let mut stdout = io::stdout().lock();
    for _ in 0..3 {
        stdout.write_all(&all)?;
    }
    stdout.write_all(b"\xff\xfe\xc3\x28 \x1b[31m")?;
    stdout.flush()
}
