//! Random reads, writes, appends and truncations of one file through several handles.

use guests::{Numbers, checksum};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

fn main() -> io::Result<()> {
    let mut numbers = Numbers(5);
    let mut open = OpenOptions::new();
    open.read(true).write(true).create(true);
    let mut handles: Vec<File> = (0..4)
        .map(|_| open.open("file"))
        .collect::<io::Result<_>>()?;
    let mut appender = OpenOptions::new().append(true).open("file")?;
    for turn in 0..1500 {
        let handle = &mut handles[numbers.below(4) as usize];
        let length = numbers.below(if turn % 50 == 0 { 60_000 } else { 600 }) as usize;
        let outcome = match numbers.below(8) {
            0..=2 => handle
                .write(&numbers.bytes(length))
                .map(|count| count as u64),
            3 | 4 => {
                let mut bytes = vec![0; length];
                handle
                    .read(&mut bytes)
                    .map(|count| checksum(&bytes[..count]))
            }
            5 => handle.seek(SeekFrom::Start(numbers.below(200_000))),
            6 => appender
                .write(&numbers.bytes(length))
                .map(|count| count as u64),
            _ if turn % 10 == 0 => handle.set_len(numbers.below(150_000)).map(|()| 0),
            _ => handle.seek(SeekFrom::End(-(numbers.below(1000) as i64))),
        };
        match outcome {
            Ok(value) => println!("{turn} {value:x} {}", handle.stream_position()?),
            Err(error) => println!("{turn} {error}"),
        }
    }
    let mut all = Vec::new();
    handles[0].rewind()?;
    handles[0].read_to_end(&mut all)?;
    println!("{} bytes, {:016x}", all.len(), checksum(&all));
    Ok(())
}
