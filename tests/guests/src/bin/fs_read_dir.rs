//! Listing directories.

use guests::{show, symlink};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir_all("d/sub")?;
    fs::create_dir("empty")?;
    for name in ["b", "a", "c.txt", "Ä", "A"] {
        fs::write(format!("d/{name}"), name)?;
    }
    symlink("a", "d/link")?;
    symlink("nowhere", "d/dangling")?;
    let mut entries = Vec::new();
    for entry in fs::read_dir("d")? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = [kind.is_file(), kind.is_dir(), kind.is_symlink()];
        entries.push((
            entry.file_name(),
            entry.path(),
            kind,
            entry.metadata()?.len(),
        ));
    }
    entries.sort();
    for (name, path, kind, length) in entries {
        println!(
            "{name:?} {path:?} file, directory, link: {kind:?} {}",
            if kind[0] { length } else { 0 }
        );
    }
    show(
        "empty",
        fs::read_dir("empty").map(|entries| entries.count()),
    );
    show("file", fs::read_dir("d/a").map(|entries| entries.count()));
    show(
        "missing",
        fs::read_dir("missing").map(|entries| entries.count()),
    );
    show(
        "link to a file",
        fs::read_dir("d/link").map(|entries| entries.count()),
    );
    show(
        "dangling link",
        fs::read_dir("d/dangling").map(|entries| entries.count()),
    );
    show(
        "twice at once",
        fs::read_dir("d").and_then(|one| fs::read_dir("d").map(|two| one.zip(two).count())),
    );
    Ok(())
}
