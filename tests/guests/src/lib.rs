//! What the programs share: printing what they observe, in a form that does not depend on the host.
//!
//! A program asserts nothing. It prints each outcome, so that two runs can be compared line by line.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::SystemTime;

/// Prints an outcome: the value, or the error with its WASI number.
pub fn show<T: Debug>(label: &str, result: io::Result<T>) {
    match result {
        Ok(value) => println!("{label}: {value:?}"),
        Err(error) => println!("{label}: error: {error}"),
    }
}

/// Creates a symbolic link. (`std::os::wasi` has a function for it that is not stable yet.)
pub fn symlink(target: &str, link: &str) -> io::Result<()> {
    #[allow(deprecated)]
    fs::soft_link(target, link)
}

/// Prints the tree below a directory: sorted paths with type, size and link target.
pub fn tree(path: &str) {
    match paths(Path::new(path)) {
        Ok(lines) if lines.is_empty() => println!("tree {path}: empty"),
        Ok(lines) => lines
            .iter()
            .for_each(|line| println!("tree {path}: {line}")),
        Err(error) => println!("tree {path}: error: {error}"),
    }
}

fn paths(directory: &Path) -> io::Result<Vec<String>> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    let mut lines = Vec::new();
    for entry in entries {
        let path = entry.path();
        let metadata = fs::symlink_metadata(&path)?;
        let name = path.display();
        if metadata.is_symlink() {
            lines.push(format!("{name} -> {}", fs::read_link(&path)?.display()));
        } else if metadata.is_dir() {
            lines.push(format!("{name}/"));
            lines.extend(paths(&path)?);
        } else {
            lines.push(format!("{name} {}", metadata.len()));
        }
    }
    Ok(lines)
}

/// The kind of a file, in a word.
pub fn kind(metadata: &fs::Metadata) -> &'static str {
    match metadata.file_type() {
        kind if kind.is_symlink() => "symlink",
        kind if kind.is_dir() => "directory",
        kind if kind.is_file() => "file",
        _ => "other",
    }
}

/// Reads what follows in a file, as text.
pub fn rest(mut file: &File) -> io::Result<String> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Bytes that look random but are the same in each run: splitmix64.
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// The next `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.draw() as u8).collect()
    }
}

/// A checksum of bytes: FNV-1a, 64 bits.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Seconds and nanoseconds since the Unix epoch.
pub fn timestamp(time: SystemTime) -> String {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(duration) => format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos()),
        Err(_) => "before the epoch".into(),
    }
}

/// Writes text to standard output without a line end, and flushes it.
pub fn put(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
