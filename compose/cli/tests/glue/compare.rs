//! Compares wired and fused programs: they agree on every byte of both memories, and on every trap.

use arbitrary::Unstructured;
use wasi_interpose::canonical::{Kind, Type};
use wasi_interpose::link::fuse::glue::Memories;

use crate::case::{Case, Step, owned_in_memory, owned_in_slots};
use crate::program::{self, LOG};
use crate::runs::{Dumps, Fused, Run, Wired};

/// How many numbers the programs may write down: the log of a case must not reach what follows it.
const LOGGED: usize = 240;

/// Runs the case that is made of some bytes in all forms.
///
/// # Panics
/// When they differ.
pub fn compare(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    let texts = [program::application(&case), program::callee(&case)];
    let mut wired = Wired::new(&case.package, &texts);
    let mut fused = [Memories::Multiple, Memories::Portable]
        .map(|form| Fused::new(&case.package, &texts, form));
    let mut owned = Vec::new();
    for answer in &case.answers {
        owned.extend(answer.made.iter().filter_map(|made| made.place));
    }
    let mut log = LOG;
    for (number, step) in case.steps.iter().enumerate() {
        let wanted = wired.step(number as u32);
        let got = fused.each_mut().map(|fused| fused.step(number as u32));
        for (form, got) in ["multiple", "portable"].into_iter().zip(&got) {
            assert_eq!(
                wanted.is_err(),
                got.is_err(),
                "step {number}, {form}: {:?} and {:?}",
                wanted.as_ref().err(),
                got.as_ref().err(),
            );
        }
        let Ok(wanted) = wanted else {
            return;
        };
        log = arguments(&case, step, log, &wanted[1], &mut owned);
        if (log - LOG) as usize > 8 * LOGGED {
            return;
        }
        let wanted = without(wanted, &owned);
        for (form, got) in ["multiple", "portable"].into_iter().zip(got) {
            let got = without(got.expect("no trap"), &owned);
            for (side, (wanted, got)) in ["application", "callee"]
                .iter()
                .zip(wanted.iter().zip(&got))
            {
                let differs = wanted.iter().zip(got).position(|(one, other)| one != other);
                assert_eq!(differs, None, "step {number}, {form}, {side}");
            }
        }
    }
}

/// Notes where in the callee's memory owned handles came as arguments, and returns where its log now ends.
fn arguments(case: &Case, step: &Step, log: u32, memory: &[u8], owned: &mut Vec<u32>) -> u32 {
    let Step::Call { function, .. } = step else {
        // A destructor writes one number.
        return log + 8;
    };
    let signature = &case.package.functions[*function].signature;
    let ty = &signature.arguments;
    let count = signature.lifted().parameters.len() as u32;
    let slots: Vec<u32> = (0..count).map(|index| log + 8 * index).collect();
    let mut end = log + 8 * count;
    if signature.has_arguments_in_memory() {
        let place = u32::from_le_bytes(memory[log as usize..][..4].try_into().expect("four bytes"));
        owned_in_memory(ty, place, memory, owned);
    } else {
        owned_in_slots(ty, &slots, memory, owned);
        let own = |ty: &Type| matches!(ty.kind, Kind::Own(_));
        if let Kind::Record(fields) = &ty.kind {
            end += 8 * fields.iter().filter(|field| own(&field.ty)).count() as u32;
        }
    }
    // The function after the call writes one more.
    end + 8
}

/// The memories without what lies at these places in the callee's.
fn without(mut memories: Dumps, places: &[u32]) -> Dumps {
    for place in places {
        if let Some(word) = memories[1].get_mut(*place as usize..*place as usize + 4) {
            word.fill(0);
        }
    }
    memories
}
