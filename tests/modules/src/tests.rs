use std::{collections::BTreeMap, io, path::Path};

use super::*;

fn read(files: &[(&str, &str)]) -> Result<Modules, ReadError> {
    let files: BTreeMap<&Path, &str> = files
        .iter()
        .map(|(file, text)| (Path::new(*file), *text))
        .collect();
    let tree = Tree::read(Path::new("lib.rs"), &|file| match files.get(file) {
        Some(text) => Ok((*text).to_owned()),
        None => Err(io::ErrorKind::NotFound.into()),
    })?;
    Ok(Modules(Graph::new(&tree)))
}

fn modules(files: &[(&str, &str)]) -> Modules {
    read(files).unwrap()
}

/// The uses as `from to`, without `crate::`.
fn uses(files: &[(&str, &str)]) -> Vec<String> {
    let short = |path: &str| path.trim_start_matches("crate::").to_owned();
    let modules = modules(files);
    let uses = modules.uses();
    uses.map(|step| format!("{} {}", short(&step.from), short(&step.to)))
        .collect()
}

#[test]
fn a_circle_is_found_and_named() {
    let modules = modules(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "\n\nfn f() -> super::c::C {}"),
        ("c.rs", "use std::fmt; use super::{d, a::{A, Other as It}};"),
        ("d.rs", "use crate::a::A;"),
    ]);
    let circle = modules.circle().unwrap();
    assert_eq!(
        circle.to_string(),
        "these modules use each other in a circle:\n  \
         `crate::a` uses `crate::b` (a.rs:1: `crate::b::B`)\n  \
         `crate::b` uses `crate::c` (b.rs:3: `super::c::C`)\n  \
         `crate::c` uses `crate::a` (c.rs:1: `super::a::A`)"
    );
}

#[test]
#[should_panic(expected = "`crate::b` uses `crate::a` (b.rs:1: `crate::a::A`)")]
fn a_circle_fails_the_test() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::A;"),
    ];
    modules(&files).assert_no_circles();
}

#[test]
fn uses_without_a_circle_are_none() {
    let modules = modules(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::{b::B, c::C};"),
        ("b.rs", "use crate::c::C;"),
        ("c.rs", ""),
    ]);
    assert_eq!(modules.circle(), None);
}

#[test]
fn what_only_passes_names_on_is_no_part_of_a_circle() {
    let parent =
        "mod child; mod other; pub use child::Child; pub(crate) use self::other::{Other as It};";
    let files = [
        ("lib.rs", "mod parent; pub use parent::It;"),
        ("parent/mod.rs", parent),
        ("parent/child.rs", "use super::It; struct Child;"),
        ("parent/other.rs", "struct Other;"),
    ];
    assert_eq!(uses(&files), ["parent::child parent::other"]);
    // The name is re-exported by two modules, and begins a path.
    let files = [
        files[0],
        files[1],
        ("parent/child.rs", "fn f() { crate::It::new() }"),
        files[3],
    ];
    assert_eq!(uses(&files), ["parent::child parent::other"]);
}

#[test]
fn what_is_passed_on_and_used_too_is_a_use() {
    let parent = "pub mod child; pub use child::Child; fn f(_: Child) {}";
    let files = [
        ("lib.rs", "mod parent;"),
        ("parent.rs", parent),
        ("parent/child.rs", "use super::f;"),
    ];
    let circle = modules(&files).circle().unwrap();
    assert_eq!(circle.0.len(), 2);
}

#[test]
fn modules_are_found_by_names_that_were_brought_in() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b; fn f() { b::inner::g(); }"),
        ("b/mod.rs", "pub mod inner;"),
        ("b/inner.rs", "use crate::c as d; type T = d::T;"),
        ("c.rs", "use a::f; mod a { pub fn f() {} }"),
    ];
    assert_eq!(uses(&files), ["a b", "a b::inner", "b::inner c", "c c::a"]);
}

#[test]
fn all_names_of_a_module_are_those_that_are_mentioned() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::*; fn f(_: C) {}"),
        ("b.rs", "pub use crate::c::*; pub use crate::d::D;"),
        ("c.rs", "pub struct C;"),
        ("d.rs", "pub struct D;"),
    ];
    assert_eq!(uses(&files), ["a b", "a c"]);
    // A name without a visible definition may come from every glob import.
    let files = [
        files[0],
        ("a.rs", "use crate::b::Made;"),
        files[2],
        ("c.rs", "make!();"),
        files[4],
    ];
    assert_eq!(uses(&files), ["a b", "a c"]);
}

#[test]
fn names_that_lead_to_each_other_come_to_an_end() {
    let files = [
        ("lib.rs", "mod a; mod b; use std::fmt; use fmt::fmt;"),
        (
            "a.rs",
            "pub use crate::b::*; pub use crate::b::X; fn f() { X::x() }",
        ),
        (
            "b.rs",
            "pub use crate::a::*; pub use super::a::X; use Y::Y;",
        ),
    ];
    assert_eq!(uses(&files), ["a b"]);
}

#[test]
fn tests_and_declarations_of_modules_are_no_uses() {
    let a = "
        pub(in crate::b) struct A(pub(super) u8);
        // crate::b::B
        /// crate::b::B
        const TEXT: &str = \"crate::b::B\";
        #[cfg(test)] use crate::b::B;
        #[cfg(test)] #[derive(Clone)] struct Test { b: crate::b::B }
        #[cfg(all(test, unix))] mod tests { use crate::{b::B}; }
        #[cfg(test)] mod missing;
        impl super::external::Trait for A { fn f() -> impl Sized + use<> { std::crate_b::b() } }
    ";
    let files = [
        (
            "lib.rs",
            "mod a; mod b; use ::b::B; mod external { pub trait Trait {} }",
        ),
        ("a.rs", a),
        (
            "b.rs",
            "#[cfg(not(test))] use crate::a::A; #[cfg(any(test, x))] pub(super) fn f(_: crate::a::A) {}",
        ),
    ];
    assert_eq!(uses(&files), ["a external", "b a"]);
}

#[test]
fn modules_within_a_file_may_use_each_other() {
    let inline = "mod inner { use super::f; } fn f() { inner::g(); }";
    let files = [("lib.rs", "mod a;"), ("a.rs", inline)];
    assert_eq!(modules(&files).circle(), None);
    // A circle through another file is reported.
    let files = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "mod inner { use super::super::b::B; pub struct I; }",
        ),
        ("b.rs", "use crate::a::inner::I;"),
    ];
    let circle = modules(&files).circle().unwrap();
    assert_eq!(circle.0[0].from, "crate::a::inner");
}

#[test]
fn modules_of_different_builds_are_one() {
    let root = "
        #[cfg(x)] mod a; #[cfg(not(x))] mod a;
        #[cfg(x)] mod b { pub use crate::c::C; } #[cfg(not(x))] mod b { pub use crate::d::C; }
        mod c { pub struct C; } mod d { pub struct C; }
    ";
    let files = [("lib.rs", root), ("a.rs", "use super::b::C;")];
    assert_eq!(uses(&files), ["a c", "a d"]);
}

#[test]
fn an_order_is_kept() {
    let files = [
        ("lib.rs", "mod model; mod ops;"),
        ("model/mod.rs", "mod node;"),
        ("model/node.rs", "fn f() { crate::ops::f() }"),
        ("ops.rs", "pub fn f() {}"),
    ];
    let modules = modules(&files);
    modules.assert_order(&["crate::ops", "crate::model"]);
    let panics = |groups: &[&str]| {
        let result = std::panic::catch_unwind(|| modules.assert_order(groups));
        *result.unwrap_err().downcast::<String>().unwrap()
    };
    assert_eq!(
        panics(&["crate::model", "crate::ops"]),
        "`crate::model::node` uses `crate::ops` (model/node.rs:1: `crate::ops::f`), but `crate::model` comes before \
         `crate::ops`"
    );
    assert_eq!(panics(&["crate::none"]), "there is no module `crate::none`");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for (files, error) in [
        (&[][..], "cannot read lib.rs: entity not found"),
        (
            &[("lib.rs", "\nmod a;")],
            "lib.rs:2 declares the module `a`, which has no file",
        ),
        (
            &[("lib.rs", "#[path = \"b.rs\"] mod a;")],
            "lib.rs:1 declares a module with a path, which is not supported",
        ),
    ] {
        assert_eq!(read(files).unwrap_err().to_string(), error);
    }
}

#[test]
fn this_crate_has_no_circle() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let modules = Modules::read(root).unwrap();
    assert!(modules.uses().count() > 5);
    modules.assert_no_circles();
}
