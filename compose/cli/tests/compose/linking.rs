//! The ways in which the parts of a composition become one component.

use std::fs;

use serde_json::Value;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{ComposeError, Composer};
use wasi_interpose::link::fuse::Refusal;
use wasi_interpose::link::fuse::glue::Memories;
use wasi_interpose::link::{LinkError, Linking};
use wasmparser::{Validator, WasmFeatures};

use crate::support::tools::{
    GuestFile, builtin, cache_directory, finish, guest, imports, interpose, policy, text,
};

/// A program that uses files, clocks and random numbers.
const PROGRAM: &str = "demo";

fn composer(linking: Linking) -> Composer {
    let cache = CompilationCache::in_directory(cache_directory());
    let composer = Composer::new(&cache).expect("a composer");
    composer.linked(linking)
}

#[test]
fn all_ways_give_what_the_application_does() {
    let program = GuestFile::new(PROGRAM);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut printed = Vec::new();
    for link in ["wired", "auto", "portable", "fused"] {
        let out = text(&directory.path().join(format!("{link}.wasm")));
        let arguments = [
            "compose",
            &program.path(),
            "-p",
            "deterministic",
            "-o",
            &out,
        ];
        let composed = finish(interpose().args(arguments).args(["--link", link]));
        assert_eq!(composed.status, 0, "{composed:?}");
        let ran = finish(interpose().args(["run", "-p", "inherit", &out]));
        assert_eq!(ran.status, 0, "{ran:?}");
        printed.push(ran.stdout);
        let bytes = fs::read(&out).expect("the result");
        let one_memory = WasmFeatures::all() - WasmFeatures::MULTI_MEMORY;
        let is_portable = Validator::new_with_features(one_memory)
            .validate_all(&bytes)
            .is_ok();
        assert_eq!(is_portable, link != "fused", "{link}");
        assert!(bytes.len() < 100 << 20, "{link}");
    }
    assert!(
        printed.iter().all(|other| *other == printed[0]),
        "{printed:?}"
    );
}

#[test]
fn what_is_fused_imports_no_more_than_what_is_wired() {
    for name in ["deterministic", "sandbox", "memory-filesystem"] {
        let compose = |linking| {
            let composed = composer(linking).compose(&guest(PROGRAM), &builtin(name));
            composed.expect("a composition")
        };
        let wired = compose(Linking::Wired);
        assert!(
            wired
                .fates
                .iter()
                .all(|fate| fate.refusal == Some(Refusal::Wanted))
        );
        for memories in [Memories::Portable, Memories::Multiple] {
            let fused = compose(Linking::AllFused(memories));
            assert!(fused.fates.iter().all(|fate| fate.refusal.is_none()));
            assert_eq!(fused.fates.len(), fused.plan.layers.len());
            let (own, all) = (imports(&fused.component), imports(&wired.component));
            assert!(own.is_subset(&all), "{name}: {own:?} and {all:?}");
            assert!(fused.component.len() < wired.component.len(), "{name}");
        }
    }
}

#[test]
fn fusing_again_gives_the_same_bytes() {
    let compose = || {
        let composer = composer(Linking::Fused(Memories::Portable));
        let composed = composer.compose(&guest(PROGRAM), &builtin("sandbox"));
        composed.expect("a composition").component
    };
    assert_eq!(compose(), compose());
}

#[test]
fn what_cannot_be_fused_is_wired_with_a_reason() {
    // The host's requests pass through a component beside the kernel.
    let server = guest("p2_http_server");
    let policy = policy(
        "version = 1\ndefault = \"inherit\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n",
    );
    let fused = composer(Linking::Fused(Memories::Portable)).compose(&server, &policy);
    let fates = fused.expect("a composition").fates;
    let kernel = fates.iter().find(|fate| fate.part.starts_with("kernel"));
    assert_eq!(kernel.expect("a kernel").refusal, Some(Refusal::NotAlone));
    let refused = composer(Linking::AllFused(Memories::Portable)).compose(&server, &policy);
    assert!(matches!(
        refused.expect_err("it is refused"),
        ComposeError::Graph(LinkError::NotFused {
            refusal: Refusal::NotAlone,
            ..
        })
    ));
}

#[test]
fn the_command_line_says_what_was_fused() {
    let program = GuestFile::new(PROGRAM);
    let arguments = ["inspect", &program.path(), "-p", "deterministic"];
    let shown = finish(interpose().args(arguments));
    assert!(shown.stdout.contains(" bytes fused\n"), "{shown:?}");
    let shown = finish(interpose().args(arguments).arg("--json"));
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let adapters = shown["adapters"].as_array().expect("adapters");
    let fused = |adapter: &&Value| adapter["fused"] == true;
    assert_eq!(adapters.iter().filter(fused).count(), 3, "{shown}");
    assert!(
        adapters
            .iter()
            .all(|adapter| adapter["wiredBecause"].is_null())
    );
}
