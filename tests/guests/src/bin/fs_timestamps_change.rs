//! Which operations change the modification time.

use guests::{show, symlink};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

fn main() -> std::io::Result<()> {
    fs::write("file", "contents")?;
    fs::create_dir("d")?;
    changes("reading", || {
        File::open("file")?.read(&mut [0; 4]).map(|_| ())
    });
    changes("writing", || {
        OpenOptions::new()
            .write(true)
            .open("file")?
            .write(b"C")
            .map(|_| ())
    });
    changes("writing nothing", || {
        OpenOptions::new()
            .write(true)
            .open("file")?
            .write(b"")
            .map(|_| ())
    });
    changes("appending", || {
        OpenOptions::new()
            .append(true)
            .open("file")?
            .write(b"!")
            .map(|_| ())
    });
    changes("shrinking", || {
        OpenOptions::new().write(true).open("file")?.set_len(3)
    });
    changes("growing", || {
        OpenOptions::new().write(true).open("file")?.set_len(5)
    });
    changes("the same length", || {
        OpenOptions::new().write(true).open("file")?.set_len(5)
    });
    changes("truncating", || File::create("file").map(|_| ()));
    changes("truncating an empty file", || {
        File::create("file").map(|_| ())
    });
    changes("opening to write", || {
        OpenOptions::new().write(true).open("file").map(|_| ())
    });
    changes("linking", || fs::hard_link("file", "d/name"));
    changes("renaming another name", || fs::rename("d/name", "d/name2"));
    changes("unlinking another name", || fs::remove_file("d/name2"));
    changes("creating a file", || fs::write("d/a", ""));
    changes("writing to a file in it", || fs::write("d/a", "more"));
    changes("creating a directory", || fs::create_dir("d/b"));
    changes("creating in a directory in it", || fs::write("d/b/c", ""));
    changes("creating a link", || symlink("a", "d/l"));
    changes("renaming within", || fs::rename("d/a", "d/a2"));
    changes("renaming out", || fs::rename("d/a2", "a3"));
    changes("renaming in", || fs::rename("a3", "d/a4"));
    changes("unlinking", || fs::remove_file("d/a4"));
    changes("removing a directory", || {
        fs::remove_file("d/b/c").and_then(|()| fs::remove_dir("d/b"))
    });
    changes("an error", || fs::remove_dir("d"));
    show(
        "creation time",
        fs::metadata("file")
            .and_then(|metadata| metadata.created())
            .map(|_| ()),
    );
    Ok(())
}

/// Sets the times of `file` and `d` far back, acts, and prints which of them is recent afterwards.
fn changes(label: &str, act: impl Fn() -> std::io::Result<()>) {
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    for path in ["file", "d"] {
        if let Err(error) = File::open(path).and_then(|file| file.set_modified(past)) {
            println!("{path}: {error}");
        }
    }
    show(label, act());
    for path in ["file", "d"] {
        let changed = fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .map(|time| time != past);
        show(&format!("  modifies {path}"), changed);
    }
}
