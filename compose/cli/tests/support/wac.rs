//! The compositions of other composers: the commands `wac plug` and `wac compose`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use indexmap::IndexMap;
use wac_graph::types::{BorrowedPackageKey, Package};
use wac_graph::{CompositionGraph, EncodeOptions};
use wac_parser::Document;
use wasi_interpose::interface::InterfaceName;

/// Names without their versions.
pub fn unversioned(names: &BTreeSet<String>) -> BTreeSet<String> {
    let path = |name: &String| InterfaceName::parse(name).map_or(name.clone(), |name| name.path());
    names.iter().map(path).collect()
}

/// The composition of `wac plug app --plug world`.
pub fn plug(app: &[u8], world: &[u8]) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: &[u8]| {
        let package = Package::from_bytes(name, None, bytes.to_vec(), graph.types_mut());
        graph
            .register_package(package.expect("a component"))
            .expect("a package")
    };
    let (socket, plug) = (register("test:app", app), register("test:world", world));
    wac_graph::plug(&mut graph, vec![plug], socket).expect("the plug fits");
    graph
        .encode(EncodeOptions::default())
        .expect("the plugged component")
}

/// The composition of a script by `wac compose --deps-dir deps`.
pub fn compose_script(directory: &Path, script: &str) -> Vec<u8> {
    let source = fs::read_to_string(directory.join(script)).expect("the script");
    let document = Document::parse(&source).expect("a script");
    let mut components = Vec::new();
    for entry in fs::read_dir(directory.join("deps/wasi-interpose")).expect("the components") {
        let path = entry.expect("an entry").path();
        let name = format!(
            "wasi-interpose:{}",
            path.file_stem().expect("a name").to_string_lossy()
        );
        components.push((name, fs::read(&path).expect("a component")));
    }
    let packages: IndexMap<_, _> = components
        .iter()
        .filter(|(name, _)| source.contains(&format!("new {name} ")))
        .map(|(name, bytes)| {
            (
                BorrowedPackageKey::from_name_and_version(name, None),
                bytes.clone(),
            )
        })
        .collect();
    assert_eq!(packages.len(), components.len(), "every component is used");
    let resolved = document.resolve(packages).expect("a script that resolves");
    resolved
        .encode(EncodeOptions::default())
        .expect("the composed component")
}
