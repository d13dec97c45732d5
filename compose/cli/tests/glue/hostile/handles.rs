//! Attacks with handles.

use super::{run, traps, works};
use crate::runs::Dumps;

pub const RESOURCES: &str = "
  resource r0; resource r1; make0: func() -> r0; make1: func() -> r1;
  inspect: func(a: borrow<r0>) -> u32; take: func(a: r0);
  both: func(a: borrow<r0>, b: r0); two: func(a: r0, b: r0);
  lists: func(a: list<borrow<r0>>, b: list<r0>);";

/// What the application imports of it.
pub const USES: &str = r#"
  (import "test:glue/functions" "make0" (func $make0 (result i32)))
  (import "test:glue/functions" "make1" (func $make1 (result i32)))
  (import "test:glue/functions" "inspect" (func $inspect (param i32) (result i32)))
  (import "test:glue/functions" "take" (func $take (param i32)))
  (import "test:glue/functions" "both" (func $both (param i32 i32)))
  (import "test:glue/functions" "two" (func $two (param i32 i32)))
  (import "test:glue/functions" "lists" (func $lists (param i32 i32 i32 i32)))
  (import "test:glue/functions" "[resource-drop]r0" (func $drop0 (param i32)))
  (import "test:glue/functions" "[resource-drop]r1" (func $drop1 (param i32)))
"#;

pub const OFFERS: &str = r#"
  (import "[export]test:glue/functions" "[resource-new]r0" (func $new0 (param i32) (result i32)))
  (import "[export]test:glue/functions" "[resource-new]r1" (func $new1 (param i32) (result i32)))
  (global $made (mut i32) (i32.const 100))
  (func $next (result i32)
    (global.set $made (i32.add (global.get $made) (i32.const 1))) (global.get $made))
  (func (export "test:glue/functions#make0") (result i32) (call $new0 (call $next)))
  (func (export "test:glue/functions#make1") (result i32) (call $new1 (call $next)))
  (func (export "test:glue/functions#inspect") (param i32) (result i32) (local.get 0))
  (func (export "test:glue/functions#take") (param i32))
  (func (export "test:glue/functions#both") (param i32 i32))
  (func (export "test:glue/functions#two") (param i32 i32))
  (func (export "test:glue/functions#lists") (param i32 i32 i32 i32))
  (func (export "test:glue/functions#[dtor]r0") (param i32)
    (i32.store (i32.const 512) (local.get 0)))
  (func (export "test:glue/functions#[dtor]r1") (param i32))
"#;

fn handles_trap(code: &str) {
    traps(RESOURCES, USES, code, OFFERS);
}

fn handles_work(code: &str) -> Dumps {
    works(RESOURCES, USES, code, OFFERS)
}

pub const MAKE: &str = "(drop (call $make0)) (drop (call $make0)) (drop (call $make1))";

#[test]
fn a_forged_handle_is_none() {
    handles_work(&format!("{MAKE} (drop (call $inspect (i32.const 1)))"));
    // None was made, a number that never is one, the next one, another type's.
    handles_trap("(drop (call $inspect (i32.const 1)))");
    for handle in [0, 4, 3] {
        handles_trap(&format!(
            "{MAKE} (drop (call $inspect (i32.const {handle})))"
        ));
        handles_trap(&format!("{MAKE} (call $take (i32.const {handle}))"));
        handles_trap(&format!("{MAKE} (call $drop0 (i32.const {handle}))"));
    }
    // Far away, and numbers whose place wraps around to that of handle 1; the callee's name for a resource.
    for handle in [
        4096,
        65536,
        0x1000_0001,
        0x2000_0001,
        0x8000_0001,
        0xffff_ffff_u32,
        101,
    ] {
        let handle = handle as i32;
        handles_trap(&format!(
            "{MAKE} (drop (call $inspect (i32.const {handle})))"
        ));
        handles_trap(&format!("{MAKE} (call $drop0 (i32.const {handle}))"));
    }
}

#[test]
fn a_stale_handle_is_none() {
    for end in ["drop0", "take"] {
        let code = format!("{MAKE} (call ${end} (i32.const 1))");
        handles_work(&code);
        handles_trap(&format!("{code} (drop (call $inspect (i32.const 1)))"));
        handles_trap(&format!("{code} (call $take (i32.const 1))"));
        handles_trap(&format!("{code} (call $drop0 (i32.const 1))"));
        // Its number is the next one's, which may be of another type.
        let again = format!("{code} (if (i32.ne (call $make1) (i32.const 1)) (then unreachable))");
        handles_work(&format!("{again} (call $drop1 (i32.const 1))"));
        handles_trap(&format!("{again} (call $drop0 (i32.const 1))"));
    }
}

#[test]
fn a_handle_is_not_both_lent_and_given() {
    handles_work(&format!("{MAKE} (call $both (i32.const 1) (i32.const 2))"));
    handles_trap(&format!("{MAKE} (call $both (i32.const 1) (i32.const 1))"));
    handles_trap(&format!("{MAKE} (call $two (i32.const 1) (i32.const 1))"));
    let lists = "(i32.store (i32.const 64) (i32.const 1)) (i32.store (i32.const 68) (i32.const 2))";
    let call = |lent: u32, given: u32| {
        format!(
            "{MAKE} {lists} (call $lists (i32.const {lent}) (i32.const 1) (i32.const {given}) (i32.const 1))"
        )
    };
    // The callee's memory then has a handle, or what stands for the resource.
    let outcomes = run(RESOURCES, USES, &call(64, 68), OFFERS);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    handles_trap(&call(64, 64));
    // What was lent in a call that is over can be given.
    handles_work(&format!(
        "{MAKE} (call $both (i32.const 1) (i32.const 2)) (call $take (i32.const 1))"
    ));
    handles_work(&format!(
        "{MAKE} (drop (call $inspect (i32.const 1))) (call $drop0 (i32.const 1))"
    ));
}

#[test]
fn handles_come_to_an_end() {
    let many = |count: u32| {
        format!(
            r#"(func (export "step") (param i32)
              (loop $again (drop (call $make0))
                (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {count}))))
              ;; The last of them is one, and the next number is none.
              (drop (call $inspect (i32.const {count}))))"#
        )
    };
    handles_work(&many(90_000));
    handles_trap(&many(90_000).replace("$inspect (i32.const 90000)", "$inspect (i32.const 90001)"));
    handles_trap(&many(110_000));
}

#[test]
fn a_destructor_gets_what_the_callee_made() {
    let [_, callee] = handles_work(&format!("{MAKE} (call $drop0 (i32.const 2))"));
    assert_eq!(callee[512..516], 102_u32.to_le_bytes());
}
