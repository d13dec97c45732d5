//! Keeps marks in a file, and tells the time.

#![allow(missing_docs, unsafe_code)] // The macros make functions that have none, and export them.

use std::fs::{OpenOptions, read_to_string};
use std::io::{self, Write};
use std::time::SystemTime;

wit_bindgen::generate!({ path: "wit", world: "library" });
export!(Library);

const FILE: &str = "/marks";

struct Library;

impl exports::test::library::marks::Guest for Library {
    fn add(line: String) -> Result<String, String> {
        append(&line).map_err(|error| error.to_string())
    }

    fn count() -> u32 {
        let lines = read_to_string(FILE).map(|text| text.lines().count());
        lines.map_or(0, |count| count as u32)
    }

    fn now() -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.expect("a time after 1970").as_secs()
    }
}

fn append(line: &str) -> io::Result<String> {
    let mut file = OpenOptions::new().create(true).append(true).open(FILE)?;
    writeln!(file, "{line}")?;
    read_to_string(FILE)
}
