//! Counts its starts in a settings file, which it replaces as a whole, so that nobody sees half of one.
//!
//! The bug: the new file gets the name of the old one before its contents are on the disk. If the power is lost then, the name
//! can be that of a file which is empty or torn, and the old file is gone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::process::ExitCode;

use guests_bugs::{end, is_mended};

const SETTINGS: &str = "/settings";
const NEW: &str = "/settings.new";

/// The last line, without which a file is not whole.
const LAST: &str = "end\n";

fn main() -> ExitCode {
    end(run(is_mended()))
}

fn run(mended: bool) -> io::Result<()> {
    let mut starts = match fs::read_to_string(SETTINGS) {
        Ok(text) => parse(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    // A start is counted when it begins and when it is over.
    for _ in 0..2 {
        starts += 1;
        save(&text(starts), mended)?;
    }
    println!("{starts}");
    Ok(())
}

fn save(text: &str, mended: bool) -> io::Result<()> {
    let mut file = File::create(NEW)?;
    file.write_all(text.as_bytes())?;
    if mended {
        file.sync_all()?;
    }
    fs::rename(NEW, SETTINGS)
}

fn text(starts: u64) -> String {
    let colours = (0..100).map(|number| format!("colour.{number} = {:06x}\n", number * 2053));
    format!("starts = {starts}\n{}{LAST}", colours.collect::<String>())
}

fn parse(text: &str) -> io::Result<u64> {
    let starts = text
        .strip_suffix(LAST)
        .and_then(|text| text.strip_prefix("starts = "))
        .and_then(|text| text.lines().next()?.parse().ok());
    starts.ok_or_else(|| io::Error::other("the settings are damaged"))
}
