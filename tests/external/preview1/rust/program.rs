//! Files, directories, time, variables, arguments and standard input through Rust's standard library for wasm32-wasip1.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime};
use std::{env, process, thread};

fn say<T: std::fmt::Debug>(what: &str, result: io::Result<T>) {
    match result {
        Ok(value) => println!("{what}: {value:?}"),
        Err(error) => println!("{what}: {:?}, {:?}", error.kind(), error.raw_os_error()),
    }
}

fn files() -> io::Result<()> {
    fs::create_dir("/r")?;
    say("create again", fs::create_dir("/r"));
    fs::write("/r/f", "abcdefghij")?;
    let mut file = OpenOptions::new().read(true).write(true).open("/r/f")?;
    let mut two = [0; 2];
    file.write_all(b"12")?;
    file.read_exact(&mut two)?;
    file.write_all(b"34")?;
    println!("between {:?}, then {:?}", two, fs::read_to_string("/r/f")?);
    say("position", file.stream_position());
    say("before the start", file.seek(SeekFrom::Current(-100)));
    say("beyond the end", file.seek(SeekFrom::End(5)));
    say("nothing there", file.read(&mut two));
    say("set length", file.set_len(4));
    say("synchronize", file.sync_all());
    let when = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5);
    say("set time", file.set_modified(when));
    say("time", file.metadata()?.modified().map(|time| time == when));
    let mut appended = OpenOptions::new().append(true).create(true).open("/r/a")?;
    appended.write_all(&[b'x'; 100_000])?;
    appended.seek(SeekFrom::Start(0))?;
    appended.write_all(b"end")?;
    println!("appended {}", fs::metadata("/r/a")?.len());
    say("create new", File::create_new("/r/a"));
    say("read of a writer", appended.read(&mut two));
    say("write of a reader", File::open("/r/a")?.write(b"x"));
    say("a directory as a file", fs::read("/r"));
    say("missing", fs::read("/r/no/such"));
    say("rename", fs::rename("/r/a", "/r/b"));
    say("hard link", fs::hard_link("/r/b", "/r/c"));
    say("copy", fs::copy("/r/b", "/r/d"));
    say("remove a directory", fs::remove_dir("/r"));
    say("create all", fs::create_dir_all("/r/x/y/z"));
    for number in 0..300 {
        fs::write(format!("/r/x/y/{number:0100}"), [0; 3])?;
    }
    let mut names = Vec::new();
    for entry in fs::read_dir("/r/x/y")? {
        let entry = entry?;
        names.push((entry.file_name(), entry.file_type()?.is_dir(), entry.metadata()?.is_file()));
    }
    names.sort();
    println!("{} entries, the last is {:?}", names.len(), names.last());
    say("remove all", fs::remove_dir_all("/r/x"));
    say("canonicalize", fs::canonicalize("/r/f"));
    Ok(())
}

fn main() {
    if let Err(error) = files() {
        println!("{error:?}");
    }
    let start = Instant::now();
    thread::sleep(Duration::from_millis(20));
    println!("slept {}", start.elapsed() >= Duration::from_millis(20));
    println!("arguments {:?}", env::args().skip(1).collect::<Vec<_>>());
    println!("variable {:?}", env::var("GREETING"));
    for line in io::stdin().lock().lines() {
        println!("line {line:?}");
    }
    eprintln!("to standard error");
    process::exit(7);
}
