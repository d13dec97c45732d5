//! The result of a run as text: status, standard output, standard error, and the files at the end.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest, Sha256};

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// The end of the run: `exit N`, or `trap: ` and the reason.
    pub status: String,
    /// The bytes on standard output.
    pub stdout: Vec<u8>,
    /// The bytes on standard error.
    pub stderr: Vec<u8>,
    /// The files at the end, one per line; `None` if they could not be read.
    pub tree: Option<Vec<String>>,
}

impl Transcript {
    /// The transcript as lines. Bytes that are not printable ASCII are escaped, so different bytes give different text.
    pub fn lines(&self) -> String {
        let mut text = format!("-- status\n{}\n", self.status);
        for (name, bytes) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let _ = writeln!(text, "-- {name}");
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                match line.split_last() {
                    Some((b'\n', line)) => writeln!(text, "{}", escape(line)),
                    _ => writeln!(text, "{}[no line end]", escape(line)),
                }
                .expect("a string takes everything");
            }
        }
        if let Some(tree) = &self.tree {
            text += "-- tree\n";
            tree.iter().for_each(|line| text += &format!("{line}\n"));
        }
        text
    }
}

/// UTF-8 stays as it is for the reader's sake; other bytes are escaped.
fn escape(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(text) if !text.contains(|c: char| c.is_control() || c == '\\') => text.into(),
        _ => line.escape_ascii().to_string(),
    }
}

/// The files below a directory: sorted paths, `/` behind directories, size and digest behind files, targets behind
/// links.
pub fn tree(root: &Path) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    collect(root, "", &mut lines)?;
    Ok(lines)
}

fn collect(directory: &Path, prefix: &str, lines: &mut Vec<String>) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = format!("{prefix}{}", escape(entry.file_name().as_encoded_bytes()));
        if kind.is_symlink() {
            lines.push(format!("{name} -> {}", fs::read_link(&path)?.display()));
        } else if kind.is_dir() {
            lines.push(format!("{name}/"));
            collect(&path, &format!("{name}/"), lines)?;
        } else {
            let contents = fs::read(&path)?;
            let digest = Sha256::digest(&contents);
            let digest: String = digest[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            lines.push(format!("{name} {} {digest}", contents.len()));
        }
    }
    Ok(())
}

/// The lines in which two texts differ: `-` in front of those of `one`, `+` in front of those of `two`.
pub fn differences(one: &str, two: &str) -> String {
    let diff = similar::TextDiff::from_lines(one, two);
    let changes = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes
        .map(|change| format!("{}{}", change.tag(), change.value()))
        .collect()
}
