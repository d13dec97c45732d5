//! What a malicious application would do to get at the callee's memory, or at a resource that it does not have. Each
//! program does the same to a runtime, as one of two components.

use wasi_interpose::link::fuse::glue::{self, Callee, Memories};
use wasmtime::{Instance, Memory, MemoryType, Module, Store};

use crate::package::{NAME, Package};
use crate::runs::{Dumps, ENGINE, Fused, Run, Wired};
use crate::value::SIZE;

const RESOURCES: &str = "
  resource r0; resource r1; make0: func() -> r0; make1: func() -> r1;
  inspect: func(a: borrow<r0>) -> u32; take: func(a: r0);
  both: func(a: borrow<r0>, b: r0); two: func(a: r0, b: r0);
  lists: func(a: list<borrow<r0>>, b: list<r0>);";

/// What the application imports of it.
const USES: &str = r#"
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

const OFFERS: &str = r#"
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

/// A program with memory, and a function that allocates if it has none of its own.
fn program(imports: &str, rest: &str) -> String {
    let own = rest.contains("cabi_realloc");
    let allocates = r#"
      (global $heap (mut i32) (i32.const 65536))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get 3))))"#;
    let allocates = if own { "" } else { allocates };
    format!(
        "(module {imports} {rest} (memory (export \"memory\") 2) {allocates}
        (func (export \"dump\") (result i32)
          (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const {SIZE}))
          (i32.const 0)))"
    )
}

/// Runs an application's code in each form.
fn run(items: &str, uses: &str, code: &str, offers: &str) -> [wasmtime::Result<Dumps>; 3] {
    let package = Package::new(items);
    let code = match code.contains("\"step\"") {
        true => code.to_owned(),
        false => format!("(func (export \"step\") (param i32) {code})"),
    };
    let texts = [program(uses, &code), program("", offers)];
    let fused = |form| Fused::new(&package, &texts, form).step(0);
    [
        Wired::new(&package, &texts).step(0),
        fused(Memories::Multiple),
        fused(Memories::Portable),
    ]
}

/// Runs an application's code, which must trap in each form.
fn traps(items: &str, uses: &str, code: &str, offers: &str) {
    for (form, outcome) in run(items, uses, code, offers).into_iter().enumerate() {
        assert!(outcome.is_err(), "form {form}: {code}");
    }
}

/// Runs an application's code, which must not trap, and returns the memories, which must be equal in all forms.
fn works(items: &str, uses: &str, code: &str, offers: &str) -> Dumps {
    let [wired, others @ ..] = run(items, uses, code, offers);
    let wired = wired.unwrap_or_else(|error| panic!("wired: {error:?}: {code}"));
    for (form, other) in others.into_iter().enumerate() {
        let other = other.unwrap_or_else(|error| panic!("form {form}: {error:?}: {code}"));
        assert!(other == wired, "form {form}: {code}");
    }
    wired
}

fn handles_trap(code: &str) {
    traps(RESOURCES, USES, code, OFFERS);
}

fn handles_work(code: &str) -> Dumps {
    works(RESOURCES, USES, code, OFFERS)
}

fn values_trap(code: &str) {
    traps(VALUES, CALLS, code, ANSWERS);
}

fn values_work(code: &str) -> Dumps {
    works(VALUES, CALLS, code, ANSWERS)
}

const MAKE: &str = "(drop (call $make0)) (drop (call $make0)) (drop (call $make1))";

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

#[test]
fn portable_glue_never_sees_two_memories() {
    let package = Package::new(VALUES);
    let functions: Vec<glue::Function> = package
        .functions
        .into_iter()
        .map(|function| glue::Function {
            export: function.name.clone(),
            callee: function.name,
            post_return: None,
            signature: function.signature,
        })
        .collect();
    let callee = Callee {
        memory: "memory".into(),
        realloc: Some("realloc".into()),
    };
    let memories = |module: &[u8]| -> Vec<String> {
        let module = Module::new(&ENGINE, module).expect("a module");
        let imported = module
            .imports()
            .filter(|import| import.ty().memory().is_some());
        imported.map(|import| import.module().to_owned()).collect()
    };
    let glue = |form| glue::with_memory(&functions, &callee, form);
    assert_eq!(memories(&glue(Memories::Portable)), ["application"]);
    assert_eq!(memories(&glue::copy(&callee)), ["callee"]);
    assert_eq!(memories(&glue(Memories::Multiple)).len(), 3);
    let direct = glue::direct(&[], &[]);
    assert_eq!(memories(&direct), [""; 0]);
}

#[test]
fn strings_are_utf8_as_the_standard_library_has_it() {
    const BYTES: [u8; 22] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
        0xed, 0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5,
    ];
    let callee = Callee {
        memory: "memory".into(),
        realloc: None,
    };
    let mut store = Store::new(&ENGINE, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("a memory");
    let module = Module::new(&ENGINE, glue::copy(&callee)).expect("a module");
    let instance = Instance::new(&mut store, &module, &[memory.into()]).expect("an instance");
    let utf8 = instance
        .get_typed_func::<(u32, u32), ()>(&mut store, "utf8")
        .expect("the function");
    let mut check = |text: &[u8]| {
        // At the end of the memory, where one byte too many would trap.
        let start = memory.data_size(&store) - text.len();
        memory.data_mut(&mut store)[start..].copy_from_slice(text);
        let valid = utf8
            .call(&mut store, (start as u32, text.len() as u32))
            .is_ok();
        assert_eq!(valid, std::str::from_utf8(text).is_ok(), "{text:x?}");
    };
    check(b"");
    for number in 0..BYTES.len().pow(4) {
        let digit = |place: u32| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
        let text = [digit(0), digit(1), digit(2), digit(3)];
        // One that is cut short, or has something behind it.
        for length in 1..=4 {
            if number < BYTES.len().pow(length) {
                check(&text[..length as usize]);
            }
        }
        if number % 7 == 0 {
            let mut long = b"eight by".to_vec();
            long.extend(text);
            long.extend(b"and so on");
            check(&long);
        }
    }
}
