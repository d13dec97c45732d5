//! Reads a journal of records, each of a length, a checksum and contents.
//!
//! The bug: it takes for granted that a read fills the buffer. A file of the machine that one sits at always does that, and a
//! network file system, a pipe or a signal does not.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::process::ExitCode;

use guests_bugs::{end, is_mended};

const JOURNAL: &str = "/journal";
const RECORDS: u8 = 20;

/// The longest record.
const MOST: usize = 256;

fn main() -> ExitCode {
    end(run(is_mended()))
}

fn run(mended: bool) -> io::Result<()> {
    fs::write(JOURNAL, journal())?;
    let mut file = File::open(JOURNAL)?;
    let mut records = 0;
    while let Some(header) = read(&mut file, 2, mended)? {
        let [length, sum] = header[..] else {
            return Err(io::Error::other("a header is cut short"));
        };
        let contents = read(&mut file, length.into(), mended)?.unwrap_or_default();
        if checksum(&contents) != sum {
            return Err(io::Error::other("a record has another checksum"));
        }
        records += 1;
    }
    println!("{records} records");
    Ok(())
}

/// The next bytes of a file, or `None` at its end.
fn read(file: &mut File, length: usize, mended: bool) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = [0; MOST];
    if mended {
        return match file.read_exact(&mut buffer[..length]) {
            Ok(()) => Ok(Some(buffer[..length].to_vec())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        };
    }
    match file.read(&mut buffer[..length])? {
        0 => Ok(None),
        read => Ok(Some(buffer[..read].to_vec())),
    }
}

fn journal() -> Vec<u8> {
    let record = |number: u8| {
        let contents: Vec<u8> = (0..100 + number).map(|byte| byte ^ number).collect();
        [vec![contents.len() as u8, checksum(&contents)], contents].concat()
    };
    (0..RECORDS).flat_map(record).collect()
}

fn checksum(contents: &[u8]) -> u8 {
    let add = |sum: u8, byte: &u8| sum.rotate_left(1) ^ byte;
    contents.iter().fold(contents.len() as u8, add)
}
