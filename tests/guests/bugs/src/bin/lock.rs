//! Writes a report, and keeps others of its kind away meanwhile with a lock file.
//!
//! The bug: the lock file outlives a program that cannot remove it any more. After a loss of power, no start succeeds until
//! somebody removes it by hand.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guests_bugs::{end, is_mended};

const LOCK: &str = "/report.lock";
const REPORT: &str = "/report";

/// How long one may keep the lock, in seconds.
const LEASE: u64 = 60;

fn main() -> ExitCode {
    end(run(is_mended()))
}

fn run(mended: bool) -> io::Result<()> {
    while !lock()? {
        if !mended {
            return Err(io::Error::other("another one is at work"));
        }
        wait_and_break()?;
    }
    let written = write();
    fs::remove_file(LOCK)?;
    written
}

/// Takes the lock, if nobody has it. It says until when it holds.
fn lock() -> io::Result<bool> {
    let new = OpenOptions::new().write(true).create_new(true).open(LOCK);
    match new {
        Ok(mut file) => write!(file, "{}", now() + LEASE).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Waits until the lock does not hold any more, and removes it if it is still the same one.
fn wait_and_break() -> io::Result<()> {
    let seen = text()?;
    // After a loss of power it may say nothing, or what nobody wrote; no lease is longer than the longest.
    let left = seen
        .parse()
        .map_or(LEASE, |until: u64| until.saturating_sub(now()));
    sleep(Duration::from_secs(left.min(LEASE)));
    if text()? == seen {
        fs::remove_file(LOCK)?;
    }
    Ok(())
}

fn text() -> io::Result<String> {
    match fs::read(LOCK) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        // The owner has just removed it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn write() -> io::Result<()> {
    let mut file = fs::File::create(REPORT)?;
    for line in 0..10 {
        writeln!(file, "line {line}")?;
    }
    Ok(())
}

/// Seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
