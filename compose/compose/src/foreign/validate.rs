//! Validates a binary whole, function bodies included.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

use super::apart::on_this_thread;

/// How many functions a thread takes at a time.
const AT_ONCE: usize = 64;

/// How many bytes of function bodies are worth another thread, since starting one takes as long as validating some thousands.
const WORTH_A_THREAD: usize = 256 << 10;

type Function<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Validates a binary. This is the only place where the bodies of an application's functions are validated; they take nearly
/// all of the time, so all processors share them.
///
/// # Errors
/// The error of a validator that reads from the start to the end, structure first and bodies after it.
pub(crate) fn validate(binary: &[u8]) -> Result<(), BinaryReaderError> {
    let mut functions = Vec::new();
    walk(binary, WasmFeatures::all(), |function| {
        functions.push(function)
    })?;
    bodies(functions)
}

/// Validates a binary whose function bodies were validated before, or are this project's own, as one that may have these
/// features.
///
/// # Errors
/// The error of a validator.
pub(crate) fn validate_structure(
    binary: &[u8],
    features: WasmFeatures,
) -> Result<(), BinaryReaderError> {
    walk(binary, features, drop)
}

/// Validates everything but the bodies of functions.
fn walk<'a>(
    binary: &'a [u8],
    features: WasmFeatures,
    mut function: impl FnMut(Function<'a>),
) -> Result<(), BinaryReaderError> {
    let mut validator = Validator::new_with_features(features);
    for payload in Parser::new(0).parse_all(binary) {
        if let ValidPayload::Func(resources, body) = validator.payload(&payload?)? {
            function((resources, body));
        }
    }
    Ok(())
}

/// Validates functions.
///
/// # Errors
/// The error of the first function in the order of the file that is not valid.
fn bodies(functions: Vec<Function<'_>>) -> Result<(), BinaryReaderError> {
    let bytes: usize = functions
        .iter()
        .map(|(_, body)| body.as_bytes().len())
        .sum();
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = processors.min(bytes / WORTH_A_THREAD).max(1);
    let queue = Mutex::new(functions.into_iter().enumerate());
    let take = |most: usize| -> Vec<_> {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.by_ref().take(most).collect()
    };
    let work = || -> Result<(), (usize, BinaryReaderError)> {
        let mut allocations = FuncValidatorAllocations::default();
        loop {
            let taken = take(AT_ONCE);
            if taken.is_empty() {
                return Ok(());
            }
            for (number, (function, body)) in taken {
                let mut validator = function.into_validator(allocations);
                if let Err(error) = validator.validate(&body) {
                    // The functions before this one are taken already, so an earlier error is found, too.
                    drop(take(usize::MAX));
                    return Err((number, error));
                }
                allocations = validator.into_allocations();
            }
        }
    };
    let results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| scope.spawn(|| on_this_thread(work)))
            .collect();
        let mut results = vec![work()];
        for other in others {
            match other.join() {
                Ok(Ok(result)) => results.push(result),
                // The caller's thread turns it into an error.
                Ok(Err(message)) => panic!("{message}"),
                Err(payload) => std::panic::resume_unwind(payload),
            }
        }
        results
    });
    let errors = results.into_iter().filter_map(Result::err);
    match errors.min_by_key(|(number, _)| *number) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with a module of so many functions. Those for which `is_wrong` returns true are not valid, and each of
    /// their errors is at another offset.
    fn component(functions: usize, is_wrong: impl Fn(usize) -> bool) -> Vec<u8> {
        let bodies: String = (0..functions)
            .map(|number| match is_wrong(number) {
                true => "(func (result i32) i64.const 1)".to_owned(),
                false => format!("(func {})", "i32.const 1 drop ".repeat(100)),
            })
            .collect();
        let text = format!("(component (core module {bodies}) (core module (func)))");
        wat::parse_str(text).expect("a component")
    }

    fn as_a_validator_does(binary: &[u8]) {
        let mut reference = Validator::new_with_features(WasmFeatures::all());
        let expected = reference.validate_all(binary).map(|_| ());
        assert_eq!(
            validate(binary).map_err(|error| error.to_string()),
            expected.map_err(|error| error.to_string())
        );
    }

    #[test]
    fn it_gives_what_a_validator_gives() {
        let wrong: [fn(usize) -> bool; 4] = [
            |_| false,
            |number| number == 4000,
            |number| number >= 17,
            |number| number % 1000 == 999,
        ];
        for functions in [3, 5000] {
            for is_wrong in wrong {
                as_a_validator_does(&component(functions, is_wrong));
            }
        }
    }

    #[test]
    fn the_structure_is_all_but_the_bodies() {
        let structure = |binary: &[u8]| validate_structure(binary, WasmFeatures::all());
        assert!(structure(&component(3, |_| true)).is_ok());
        let wrong = wat::parse_str("(component (core module (func (type 7))))");
        assert!(structure(&wrong.expect("a component")).is_err());
    }

    #[test]
    fn it_refuses_of_what_is_cut_short_what_a_validator_does() {
        let component = component(3, |_| false);
        for length in 9..component.len() {
            as_a_validator_does(&component[..length]);
        }
    }
}
