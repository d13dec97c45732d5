//! Attacks with memory: pointers, lengths, and what an application does while it allocates.

use wasi_interpose::link::fuse::glue::Memories;

use super::handles::{MAKE, OFFERS, RESOURCES, USES};
use super::{program, traps, works};
use crate::package::{NAME, Package};
use crate::runs::{Dumps, Fused, Run, Wired};
use crate::value::SIZE;

/// Functions without resources.
const VALUES: &str = "
  say: func(a: string); numbers: func(a: list<u64>); text: func() -> string; other: func() -> u32;
  pair: func() -> tuple<u8, u64>; gaps: func() -> list<tuple<u8, option<u32>>>; none: func() -> option<u64>;";

const CALLS: &str = r#"
  (import "test:glue/functions" "say" (func $say (param i32 i32)))
  (import "test:glue/functions" "numbers" (func $numbers (param i32 i32)))
  (import "test:glue/functions" "text" (func $text (param i32)))
  (import "test:glue/functions" "other" (func $other (result i32)))
  (import "test:glue/functions" "pair" (func $pair (param i32)))
  (import "test:glue/functions" "gaps" (func $gaps (param i32)))
  (import "test:glue/functions" "none" (func $none (param i32)))
"#;

const ANSWERS: &str = r#"
  (data (i32.const 4096) "\00\20\00\00\05\00\00\00") ;; the text: 8192, 5
  (data (i32.const 8192) "hello")
  (data (i32.const 4112) "\01\ee\ee\ee\ee\ee\ee\ee\02\00\00\00\00\00\00\00") ;; the pair
  (data (i32.const 4128) "\00\30\00\00\02\00\00\00") ;; the list: 12288, 2
  (data (i32.const 12288) "\07\ee\ee\ee\00\ee\ee\ee\ee\ee\ee\ee\08\ee\ee\ee\01\ee\ee\ee\09\00\00\00")
  (func (export "test:glue/functions#say") (param i32 i32))
  (func (export "test:glue/functions#numbers") (param i32 i32))
  (func (export "test:glue/functions#text") (result i32) (i32.const 4096))
  (func (export "test:glue/functions#other") (result i32) (i32.const 1))
  (func (export "test:glue/functions#pair") (result i32) (i32.const 4112))
  (func (export "test:glue/functions#gaps") (result i32) (i32.const 4128))
  (func (export "test:glue/functions#none") (result i32) (i32.const 5000))
"#;

fn values_trap(code: &str) {
    traps(VALUES, CALLS, code, ANSWERS);
}

fn values_work(code: &str) -> Dumps {
    works(VALUES, CALLS, code, ANSWERS)
}

#[test]
fn pointers_and_lengths_stay_in_the_memory() {
    for (address, length) in [(SIZE - 5, 5), (SIZE, 0), (0, 0), (SIZE - 1, 1), (16, 65536)] {
        values_work(&format!(
            "(call $say (i32.const {address}) (i32.const {length}))"
        ));
    }
    for (address, length) in [
        (SIZE - 5, 6),
        (SIZE + 1, 0),
        (u32::MAX, 0),
        (u32::MAX, 2),
        (16, u32::MAX),
        (16, u32::MAX - 15),
        (0, 0x8000_0000),
        (SIZE, 1),
    ] {
        let (address, length) = (address as i32, length as i32);
        values_trap(&format!(
            "(call $say (i32.const {address}) (i32.const {length}))"
        ));
    }
    for (address, length) in [(SIZE - 8, 1), (SIZE, 0), (8, 3)] {
        values_work(&format!(
            "(call $numbers (i32.const {address}) (i32.const {length}))"
        ));
    }
    for (address, length) in [
        (4, 1),
        (SIZE - 8, 2),
        (SIZE + 8, 0),
        // So many bytes as fit, if only the lowest bits of their number counted.
        (8, 0x2000_0001),
        (8, 0x4000_0000),
        (0xffff_fff8, 1),
    ] {
        let address = address as i32;
        values_trap(&format!(
            "(call $numbers (i32.const {address}) (i32.const {length}))"
        ));
    }
}

#[test]
fn a_result_is_written_where_it_fits() {
    for address in [SIZE - 16, 1024] {
        values_work(&format!("(call $pair (i32.const {address}))"));
    }
    for address in [SIZE - 8, SIZE - 12, 1028, SIZE, 0xffff_fff8, 0xffff_fff0] {
        values_trap(&format!("(call $pair (i32.const {}))", address as i32));
    }
    // Nothing is written to the bytes that are missing.
    values_work(&format!("(call $none (i32.const {}))", SIZE - 16));
    values_trap(&format!("(call $none (i32.const {}))", SIZE - 8));
}

#[test]
fn what_lies_between_values_is_not_copied() {
    let fill = "(memory.fill (i32.const 16) (i32.const 0x11) (i32.const 131056))";
    let [application, _] = values_work(&format!(
        "{fill} (call $pair (i32.const 1024)) (call $gaps (i32.const 2048))"
    ));
    assert!(!application.contains(&0xee));
    assert_eq!(
        application[1024..1040],
        *b"\x01\x11\x11\x11\x11\x11\x11\x11\x02\0\0\0\0\0\0\0"
    );
    let list =
        b"\x07\x11\x11\x11\0\x11\x11\x11\x11\x11\x11\x11\x08\x11\x11\x11\x01\x11\x11\x11\x09\0\0\0";
    assert_eq!(application[65536..65560], *list);
}

#[test]
fn nothing_can_be_called_while_the_application_allocates() {
    let allocating = |code: &str| {
        format!(
            r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {code} (i32.const 70000))
            (func (export "step") (param i32) (call $text (i32.const 1024)))"#
        )
    };
    values_work(&allocating(""));
    values_trap(&allocating("(drop (call $other))"));
    values_trap(&allocating("(call $text (i32.const 2048))"));
    values_trap(&allocating("(call $say (i32.const 0) (i32.const 0))"));

    let items = format!("{RESOURCES} text: func() -> string;");
    let uses = format!("{USES} (import {NAME:?} \"text\" (func $text (param i32)))");
    let offers = format!("{OFFERS} (func (export \"{NAME}#text\") (result i32) (i32.const 4096))
      (data (i32.const 4096) \"\\00\\20\\00\\00\\05\\00\\00\\00\") (data (i32.const 8192) \"hello\")");
    let dropping = |code: &str| {
        format!(
            r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {code} (i32.const 70000))
            (func (export "step") (param i32) {MAKE} (call $text (i32.const 1024)))"#
        )
    };
    works(&items, &uses, &dropping(""), &offers);
    traps(
        &items,
        &uses,
        &dropping("(call $drop0 (i32.const 1))"),
        &offers,
    );
    traps(&items, &uses, &dropping("(drop (call $make0))"), &offers);
}

#[test]
fn what_the_application_allocates_is_checked() {
    let allocating = |address: u32| {
        let address = address as i32;
        format!(
            r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const {address}))
            (func (export "step") (param i32) (call $text (i32.const 1024)) (call $gaps (i32.const 2048)))"#
        )
    };
    values_work(&allocating(SIZE - 24));
    for address in [
        SIZE - 4,
        SIZE,
        SIZE - 20,
        SIZE - 23,
        u32::MAX,
        0xffff_fff0,
        0xffff_ffe8,
    ] {
        values_trap(&allocating(address));
    }
}

#[test]
fn an_application_that_overwrites_its_memory_harms_only_itself() {
    let [_, callee] = values_work(
        r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (memory.fill (i32.const 16) (i32.const 0xff) (i32.const 131056)) (i32.const 70000))
        (func (export "step") (param i32)
          (call $text (i32.const 1024)) (call $gaps (i32.const 2048)) (call $pair (i32.const 512)))"#,
    );
    assert_eq!(callee[8192..8197], *b"hello");
    assert!(!callee.contains(&0xff));
}

#[test]
fn an_application_that_throws_while_it_allocates_can_call_nothing_more() {
    let package = Package::new(VALUES);
    let code = r#"
      (tag $out)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (throw $out))
      (func (export "step") (param i32)
        (if (local.get 0) (then (drop (call $other)) (return)))
        (block $caught (try_table (catch $out $caught) (call $text (i32.const 1024))) unreachable))"#;
    let texts = [program(CALLS, code), program("", ANSWERS)];
    // A runtime lets no exception out of a component.
    assert!(Wired::new(&package, &texts).step(0).is_err());
    for form in [Memories::Multiple, Memories::Portable] {
        let mut fused = Fused::new(&package, &texts, form);
        let _ = fused.step(0);
        assert!(fused.step(1).is_err());
    }
}
