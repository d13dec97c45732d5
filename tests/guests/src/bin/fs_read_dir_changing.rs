//! Listing a directory that changes: what stays is listed exactly once.

use guests::show;
use std::collections::BTreeMap;
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir("d")?;
    for number in 0..300 {
        fs::write(format!("d/stays-{number:03}"), "")?;
        // As long as the others, and not of a length that fills the buffer of a preview 1 library exactly: the standard
        // adapter then lists from the start again and skips as many entries as were listed, present or not.
        fs::write(format!("d/goes-{number:04}"), "")?;
    }
    let mut seen = BTreeMap::new();
    let mut gone = 0;
    for entry in fs::read_dir("d")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // Only what was listed already is removed: a library may ask for the metadata of what it lists next.
        if name.starts_with("goes") {
            fs::remove_file(format!("d/{name}"))?;
            fs::write(format!("d/new-{gone:03}"), "")?;
            gone += 1;
        }
        if !name.starts_with("new") {
            *seen.entry(name).or_insert(0) += 1;
        }
    }
    println!(
        "{} seen, each once: {}",
        seen.len(),
        seen.values().all(|count| *count == 1)
    );
    show(
        "afterwards",
        fs::read_dir("d").map(|entries| entries.count()),
    );
    let listing = fs::read_dir("d")?;
    fs::remove_dir_all("d")?;
    show("removed while listed", fs::metadata("d").map(|_| ()));
    drop(listing);
    Ok(())
}
