//! Measures its filesystem, and prints a line per measurement: the name, a tab, nanoseconds.
//!
//! The first argument selects the measurement:
//! - `operations`: the calls that programs make most;
//! - `directory COUNT`: files in one directory;
//! - `append SIZE TOTAL`: writes of SIZE bytes at the end of a file until it has TOTAL;
//! - `depth`: paths through 1 to 64 directories.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The least time for which an operation is repeated: long compared with reading the clock.
const LEAST: Duration = Duration::from_millis(20);

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The file that is read and written 4 KiB at a time, large compared with the read-ahead of a filesystem.
const BLOCKS: u64 = 4096;
const BLOCK: usize = 4 * KIB;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    fs::create_dir("/bench")?;
    match arguments[..] {
        ["operations"] => operations(Path::new("/bench")),
        ["directory", count] => directory(Path::new("/bench"), number(count)?),
        ["append", size, total] => append(Path::new("/bench"), number(size)?, number(total)?),
        ["depth"] => depth(Path::new("/bench")),
        _ => Err(io::Error::other("it is not said what to measure")),
    }
}

fn number(argument: &str) -> io::Result<usize> {
    argument.parse().map_err(io::Error::other)
}

fn report(name: &str, total: Duration, count: usize) {
    println!("{name}\t{:.1}", total.as_nanos() as f64 / count as f64);
}

/// Repeats an operation, twice as often each time, until the repetitions take long enough to be measured.
fn measure(name: &str, mut operation: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let mut count = 1;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            operation()?;
        }
        let elapsed = start.elapsed();
        if elapsed >= LEAST {
            report(name, elapsed, count);
            return Ok(());
        }
        count *= 2;
    }
}

fn operations(base: &Path) -> io::Result<()> {
    let file = base.join("file");
    fs::write(&file, "contents")?;
    measure("metadata", || fs::metadata(&file).map(drop))?;
    measure("open, close", || File::open(&file).map(drop))?;
    let new = base.join("new");
    measure("create, unlink", || {
        File::create(&new)?;
        fs::remove_file(&new)
    })?;
    let directory = base.join("directory");
    fs::create_dir(&directory)?;
    for number in 0..1000 {
        File::create(directory.join(format!("file-{number}")))?;
    }
    measure("list 1,000 entries", || expect(list(&directory)?, 1000))?;
    blocks(&base.join("blocks"))?;
    for (size, name) in [(MIB, "1 MiB"), (64 * MIB, "64 MiB")] {
        let whole = base.join("whole");
        let contents = vec![1; size];
        measure(&format!("write {name}"), || fs::write(&whole, &contents))?;
        let mut contents = vec![0; size];
        measure(&format!("read {name}"), || {
            File::open(&whole)?.read_exact(&mut contents)
        })?;
        fs::remove_file(&whole)?;
    }
    Ok(())
}

/// Reads and writes of 4 KiB in a file of 16 MiB.
fn blocks(path: &Path) -> io::Result<()> {
    let mut block = [1; BLOCK];
    fs::write(path, vec![1; BLOCK * BLOCKS as usize])?;
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;

    let mut place = BLOCKS;
    let mut next = |file: &mut File| -> io::Result<()> {
        place += 1;
        if place >= BLOCKS {
            place = 0;
            file.rewind()?;
        }
        Ok(())
    };
    measure("read 4 KiB, sequential", || {
        next(&mut file)?;
        file.read_exact(&mut block)
    })?;
    measure("write 4 KiB, sequential", || {
        next(&mut file)?;
        file.write_all(&block)
    })?;

    // Marsaglia's xorshift; any generator of scattered numbers would do.
    let mut state = 88_172_645_463_325_252_u64;
    let mut jump = |file: &mut File| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.seek(SeekFrom::Start(state % BLOCKS * BLOCK as u64))
            .map(drop)
    };
    measure("read 4 KiB, random", || {
        jump(&mut file)?;
        file.read_exact(&mut block)
    })?;
    measure("write 4 KiB, random", || {
        jump(&mut file)?;
        file.write_all(&block)
    })
}

fn list(directory: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        entry?;
        count += 1;
    }
    Ok(count)
}

fn expect(count: usize, expected: usize) -> io::Result<()> {
    if count == expected {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "{count} entries instead of {expected}"
        )))
    }
}

/// Makes, queries, lists and removes files, repeatedly if they are few.
fn directory(base: &Path, count: usize) -> io::Result<()> {
    let files: Vec<PathBuf> = (0..count)
        .map(|number| base.join(format!("file-{number}")))
        .collect();
    let rounds = (20_000 / count).max(1);
    let mut create = Duration::ZERO;
    let mut stat = Duration::ZERO;
    let mut listing = Duration::ZERO;
    let mut remove = Duration::ZERO;
    for _ in 0..rounds {
        let start = Instant::now();
        for file in &files {
            File::create(file)?;
        }
        create += start.elapsed();

        let start = Instant::now();
        for file in &files {
            fs::metadata(file)?;
        }
        stat += start.elapsed();

        let start = Instant::now();
        expect(list(base)?, count)?;
        listing += start.elapsed();

        let start = Instant::now();
        for file in &files {
            fs::remove_file(file)?;
        }
        remove += start.elapsed();
    }
    for (name, total) in [
        ("create", create),
        ("stat", stat),
        ("list", listing),
        ("remove", remove),
    ] {
        report(name, total, rounds * count);
    }
    Ok(())
}

/// Appends to a file, and prints the time of a write in the first and in the last sixteenth of the file.
fn append(base: &Path, size: usize, total: usize) -> io::Result<()> {
    const PARTS: usize = 16;
    let bytes = vec![1; size];
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(base.join("file"))?;
    let writes = total / size / PARTS;
    for part in 1..=PARTS {
        let start = Instant::now();
        for _ in 0..writes {
            file.write_all(&bytes)?;
        }
        let elapsed = start.elapsed();
        match part {
            1 => report("first", elapsed, writes),
            PARTS => report("last", elapsed, writes),
            _ => {}
        }
    }
    let length = file.metadata()?.len();
    expect(length as usize, writes * PARTS * size)
}

fn depth(base: &Path) -> io::Result<()> {
    let mut directory = base.to_owned();
    for level in 1..=64_usize {
        let file = directory.join("file");
        File::create(&file)?;
        if level.is_power_of_two() {
            measure(&level.to_string(), || fs::metadata(&file).map(drop))?;
        }
        directory.push("directory");
        fs::create_dir(&directory)?;
    }
    Ok(())
}
