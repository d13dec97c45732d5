//! Listing a directory that changes: what stays is listed exactly once.

use guests::show;
use std::collections::BTreeMap;
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir("d")?;
    for number in 0..300 {
        fs::write(format!("d/stays-{number:03}"), "")?;
        fs::write(format!("d/goes-{number:03}"), "")?;
    }
    let mut seen = BTreeMap::new();
    for (turn, entry) in fs::read_dir("d")?.enumerate() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("stays") {
            *seen.entry(name).or_insert(0) += 1;
        }
        if turn < 300 {
            fs::remove_file(format!("d/goes-{turn:03}"))?;
            fs::write(format!("d/new-{turn:03}"), "")?;
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
