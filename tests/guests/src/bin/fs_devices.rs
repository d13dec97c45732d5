//! Reads and writes the devices in `/dev`, where there are some.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};

use guests::{show, tree};

fn main() {
    tree("/dev");
    for name in ["null", "zero", "urandom"] {
        show(&format!("read {name}"), read(name, 8));
        show(&format!("write {name}"), write(name, "text"));
        show(&format!("read {name} again"), read(name, 8));
    }
    show("create over null", replace("null"));
    show("read stdin", read("stdin", 11));
    show("what is left of it", read("stdin", 6));
    show("write stdin", write("stdin", "text"));
    for name in ["stdout", "stderr"] {
        show(
            &format!("write {name}"),
            write(name, &format!("to {name}\n")),
        );
        show(&format!("read {name}"), read(name, 8));
    }
}

fn read(name: &str, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(format!("/dev/{name}"))?
        .take(length)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(name: &str, text: &str) -> io::Result<usize> {
    let mut device = OpenOptions::new()
        .write(true)
        .open(format!("/dev/{name}"))?;
    device.write(text.as_bytes())
}

fn replace(name: &str) -> io::Result<()> {
    // Without a directory it would be a file's creation that fails.
    fs::metadata("/dev")?;
    File::create(format!("/dev/{name}"))?.write_all(b"text")
}
