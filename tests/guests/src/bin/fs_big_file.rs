//! Sixteen mebibytes written, read back in order and at random, and changed in the middle.

use guests::{Numbers, checksum, show};
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

const SIZE: u64 = 16 << 20;

fn main() -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open("big")?;
    let mut block = Numbers(1).bytes(1 << 16);
    for number in 0..SIZE >> 16 {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&block)?;
    }
    show("length", file.metadata().map(|metadata| metadata.len()));
    file.rewind()?;
    let mut all = Vec::new();
    show("read", file.read_to_end(&mut all));
    println!("{:016x}", checksum(&all));
    let mut numbers = Numbers(2);
    for _ in 0..200 {
        let offset = numbers.below(SIZE);
        let length = numbers.below(100_000).min(SIZE - offset) as usize;
        file.seek(SeekFrom::Start(offset))?;
        if numbers.below(2) == 0 {
            let bytes = numbers.bytes(length.min(5000));
            file.write_all(&bytes)?;
            all[offset as usize..offset as usize + bytes.len()].copy_from_slice(&bytes);
        } else {
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            if bytes != all[offset as usize..offset as usize + length] {
                println!("{length} bytes at {offset} differ");
            }
        }
    }
    println!("{:016x}", checksum(&fs::read("big")?));
    println!("as expected: {}", fs::read("big")? == all);
    Ok(())
}
