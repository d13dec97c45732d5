//! Does as its arguments say and prints how each goes, also what ordinary hosts never show: `write PATH`, `read PATH`, `sync
//! PATH`, `list PATH`, `stdin`, `clock`, `sleep`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant, SystemTime};

fn main() {
    for argument in std::env::args().skip(1) {
        let (command, path) = argument.split_once(' ').unwrap_or((&argument, ""));
        let outcome = match command {
            "write" => write(path),
            "read" => read(File::open(path)),
            "sync" => File::create(path)
                .and_then(|file| file.sync_all())
                .map(|()| "synced".into()),
            "list" => list(path),
            "stdin" => read(Ok(io::stdin())),
            "clock" => clock(),
            "sleep" => {
                std::thread::sleep(Duration::from_secs(1));
                Ok("slept".into())
            }
            _ => Ok("no command".into()),
        };
        match outcome {
            Ok(outcome) => println!("{argument}: {outcome}"),
            Err(error) => println!("{argument}: {:?}: {error}", error.kind()),
        }
    }
}

fn write(path: &str) -> io::Result<String> {
    let mut file = File::create(path)?;
    // One call alone, which may write less.
    let bytes = vec![b'x'; 1 << 20];
    let written = file.write(&bytes)?;
    Ok(if written == bytes.len() {
        "all"
    } else {
        "some"
    }
    .into())
}

fn read(from: io::Result<impl Read>) -> io::Result<String> {
    let mut buffer = [0; 1000];
    let mut from = from?;
    let first = from.read(&mut buffer)?;
    let mut rest = Vec::new();
    from.read_to_end(&mut rest)?;
    let is_whole = rest.is_empty() || first == buffer.len();
    let how = if is_whole { "at once" } else { "in pieces" };
    Ok(format!("{} bytes {how}", first + rest.len()))
}

fn list(path: &str) -> io::Result<String> {
    let names: io::Result<Vec<String>> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect();
    Ok(names?.join(" "))
}

fn clock() -> io::Result<String> {
    let (instant, wall) = (Instant::now(), SystemTime::now());
    let passed = instant.elapsed().as_secs();
    let wall = match wall.elapsed() {
        Ok(passed) => passed.as_secs() as i64,
        Err(error) => -(error.duration().as_secs() as i64),
    };
    Ok(format!("{passed} s, and {wall} s on the wall"))
}
