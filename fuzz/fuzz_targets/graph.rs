//! Any text as a graph of components: it is read or answered with problems that lie in it, and what was read is whole.
#![no_main]

use std::collections::BTreeSet;
use std::path::Path;

use interpose_policy::graph::{GraphFile, HOST};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    // A policy that is a path is read: what this machine holds is not what is looked at here.
    if source.contains('/') || source.contains(".toml") {
        return;
    }
    match GraphFile::parse("graph.toml", source, Path::new("")) {
        Ok(graph) => {
            let names = graph
                .components
                .iter()
                .map(|component| component.name.value.as_str());
            let names: BTreeSet<&str> = names.collect();
            assert_eq!(names.len(), graph.components.len());
            assert!(names.contains(graph.application.value.as_str()));
            for (_, from) in graph
                .components
                .iter()
                .flat_map(|component| &component.imports)
            {
                assert!(from.value == HOST || names.contains(from.value.as_str()));
                assert!(source.get(from.span.clone()).is_some());
            }
        }
        Err(errors) => {
            assert!(!errors.problems.is_empty());
            for problem in &errors.problems {
                let span = problem.span().expect("a problem of a text has a place");
                assert!(source.get(span).is_some());
            }
        }
    }
});
