//! Files get the wall clock's time.

use std::fs;
use std::time::{Duration, SystemTime};

fn main() -> std::io::Result<()> {
    let before = SystemTime::now();
    fs::write("file", "x")?;
    let modified = fs::metadata("file")?.modified()?;
    let after = SystemTime::now();
    // A host's file system may count in steps of a few milliseconds.
    let slack = Duration::from_secs(1);
    println!(
        "within: {}",
        modified >= before - slack && modified <= after + slack
    );
    Ok(())
}
