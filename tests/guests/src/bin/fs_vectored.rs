//! Reads into several buffers and writes from several.

use guests::show;
use std::fs::{self, File};
use std::io::{IoSlice, IoSliceMut, Read, Write};

fn main() -> std::io::Result<()> {
    let mut file = File::create("file")?;
    let parts = [
        IoSlice::new(b"one "),
        IoSlice::new(b""),
        IoSlice::new(b"two "),
        IoSlice::new(b"three"),
    ];
    let mut written = file.write_vectored(&parts)?;
    let all = b"one two three";
    while written < all.len() {
        written += file.write(&all[written..])?;
    }
    show("contents", fs::read_to_string("file"));
    let mut file = File::open("file")?;
    let (mut first, mut second) = ([0; 4], [0; 20]);
    let read =
        file.read_vectored(&mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)])?;
    println!("something was read: {}", read > 0);
    println!("{}", first[..read.min(4)].escape_ascii());
    Ok(())
}
