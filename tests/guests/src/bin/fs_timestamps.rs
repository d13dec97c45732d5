//! Timestamps that are set are given back to the nanosecond.

use guests::{show, timestamp};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::time::{Duration, SystemTime};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("directory")?;
    let at = |seconds, nanoseconds| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    let file = OpenOptions::new().write(true).open("file")?;
    let both = FileTimes::new()
        .set_accessed(at(1_000_000_000, 123_456_789))
        .set_modified(at(1_500_000_000, 1));
    show("set both", file.set_times(both));
    print_times("file")?;
    show(
        "set modified",
        file.set_modified(at(1_700_000_000, 999_999_999)),
    );
    print_times("file")?;
    show(
        "set accessed",
        file.set_times(FileTimes::new().set_accessed(at(5, 0))),
    );
    print_times("file")?;
    show("set nothing", file.set_times(FileTimes::new()));
    print_times("file")?;
    show("the epoch", file.set_modified(at(0, 0)));
    print_times("file")?;
    show("after 2038", file.set_modified(at(1 << 33, 0)));
    print_times("file")?;
    show(
        "before the epoch",
        file.set_modified(SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
    );
    print_times("file")?;
    show(
        "of a file opened to read",
        File::open("file")?.set_modified(at(7, 7)),
    );
    print_times("file")?;
    show(
        "of a directory",
        File::open("directory")?.set_modified(at(8, 8)),
    );
    println!(
        "directory changed: {}",
        fs::metadata("directory")?.modified()? == at(8, 8)
    );
    show("rename keeps them", fs::rename("file", "renamed"));
    print_times("renamed")
}

fn print_times(path: &str) -> std::io::Result<()> {
    let metadata = fs::metadata(path)?;
    println!(
        "accessed {}, modified {}",
        timestamp(metadata.accessed()?),
        timestamp(metadata.modified()?)
    );
    Ok(())
}
