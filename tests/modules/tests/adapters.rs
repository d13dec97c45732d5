//! The modules of each adapter use each other in one direction. The adapters are compiled only for WebAssembly, so this
//! test cannot be in their own crates.

use std::{fs, path::Path};

use interpose_modules::Modules;

#[test]
fn no_module_of_an_adapter_uses_one_that_uses_it() {
    let components = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../components"));
    for (revision, least) in [("p2", 9), ("p3", 6)] {
        let mut read = 0;
        let adapters = fs::read_dir(components.join(revision));
        for adapter in adapters.expect("the folder of the adapters") {
            let root = adapter.expect("an adapter").path().join("src/lib.rs");
            let modules = Modules::read(&root).expect("the sources of the adapter");
            modules.assert_no_circles();
            read += 1;
        }
        assert!(
            read >= least,
            "only {read} adapters for {revision} were found"
        );
    }
}
