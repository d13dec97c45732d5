//! `cargo xtask adapters` writes what releases offer and what the package of the library carries.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Description {
    adapter: Vec<Adapter>,
}

#[derive(Deserialize)]
struct Adapter {
    name: String,
}

#[test]
fn every_adapter_is_written_as_a_component() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("adapters");
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("adapters")
        .arg(&written)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");

    let description = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../compose/compose/adapters.toml"
    );
    let Description { adapter } =
        toml::from_str(&fs::read_to_string(description).unwrap()).unwrap();
    let described: BTreeSet<String> = adapter
        .iter()
        .map(|adapter| format!("{}.wasm", adapter.name))
        .collect();
    let entries = fs::read_dir(&written).unwrap();
    let files: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, described);
    for file in &files {
        let bytes = fs::read(written.join(file)).unwrap();
        // A component, whose encoding has the version 13 and the layer 1, and not a module.
        assert!(bytes.starts_with(b"\0asm\x0d\0\x01\0"), "{file}");
    }
}
