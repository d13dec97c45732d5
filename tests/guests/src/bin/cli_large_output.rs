//! Writes a mebibyte at once, and another in odd pieces.

use guests::Numbers;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let bytes: Vec<u8> = Numbers(7)
        .bytes(1 << 20)
        .iter()
        .map(|byte| b' ' + byte % 90)
        .collect();
    let mut stdout = io::stdout().lock();
    stdout.write_all(&bytes)?;
    for piece in bytes.chunks(4099) {
        stdout.write_all(piece)?;
    }
    stdout.flush()
}
