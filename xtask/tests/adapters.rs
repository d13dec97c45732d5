//! `cargo xtask adapters` writes what releases offer and what the package of the library carries.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use sha2::{Digest, Sha256};

/// The hashes of the adapters that the library embeds, which the suite `golden` checks.
const HASHES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/hashes.txt");

#[test]
fn the_adapters_that_the_library_embeds_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("adapters");
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("adapters")
        .arg(&written)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");

    let hashes = fs::read_to_string(HASHES).unwrap();
    let embedded: BTreeMap<String, String> = hashes
        .lines()
        .filter_map(|line| line.split_once(" adapter "))
        .map(|(hash, name)| (format!("{name}.wasm"), hash.to_owned()))
        .collect();
    let files = fs::read_dir(&written).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let hash = Sha256::digest(fs::read(entry.path()).unwrap());
        let hash = hash.iter().take(16).fold(String::new(), |mut hash, byte| {
            write!(hash, "{byte:02x}").unwrap();
            hash
        });
        (entry.file_name().into_string().unwrap(), hash)
    });
    assert_eq!(files.collect::<BTreeMap<_, _>>(), embedded);
}
