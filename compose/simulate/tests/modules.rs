//! The modules of this crate use each other in one direction.

#[test]
fn no_module_uses_one_that_uses_it() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let modules = interpose_modules::Modules::read(root).expect("the sources of the crate");
    modules.assert_no_circles();
}
