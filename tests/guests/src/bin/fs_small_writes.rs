//! Ten thousand writes of one byte, and as many reads.

use guests::{Numbers, checksum, show};
use std::fs::{self, File};
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    let bytes = Numbers(4).bytes(10_000);
    let mut file = File::create("file")?;
    for byte in &bytes {
        file.write_all(&[*byte])?;
    }
    show("length", file.metadata().map(|metadata| metadata.len()));
    println!("equal: {}", fs::read("file")? == bytes);
    let mut file = File::open("file")?;
    let mut read = Vec::new();
    let mut byte = [0];
    while file.read(&mut byte)? == 1 {
        read.push(byte[0]);
    }
    println!("{} bytes, {:016x}", read.len(), checksum(&read));
    Ok(())
}
