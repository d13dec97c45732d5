//! Any operations on an overlay over whatever tree others made: it does what a plain copy does, or, with a limit, keeps to
//! its invariants; the tree below stays as it is. The comparison is that of the property test.
#![no_main]

#[path = "../../components/core/filesystem/tests/overlay/below.rs"]
#[allow(dead_code)] // The property test looks at more.
mod below;
#[path = "../../components/core/filesystem/tests/overlay/compare.rs"]
mod compare;
#[path = "../../components/core/filesystem/tests/differential/memory.rs"]
mod memory;
#[path = "../../components/core/filesystem/tests/differential/operation.rs"]
mod operation;
mod paths;

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use interpose_filesystem::{Access, OpenOptions};
use libfuzzer_sys::fuzz_target;

use crate::operation::{Operation, Times};
use crate::paths::Path;

/// Operations in one sequence; more find nothing new, but take longer.
const MAX_OPERATIONS: usize = 120;
/// Bytes that one operation reads or writes at most: some chunks.
const MAX_LENGTH: u64 = 70_000;

#[derive(Arbitrary, Debug)]
struct Input {
    before: Vec<Any>,
    operations: Vec<Any>,
    /// `None` for no limit, and a comparison.
    max_bytes: Option<u32>,
}

/// An operation made of arbitrary parts.
#[derive(Debug)]
struct Any(Operation);

/// An offset or a size, often one at the end of a chunk or where something could overflow.
#[derive(Arbitrary)]
enum Number {
    Small(u16),
    NearChunk { number: u8, below: u8 },
    NearPower { exponent: u8, below: u8 },
    Any(u64),
}

impl Number {
    fn value(&self) -> u64 {
        match *self {
            Self::Small(value) => value.into(),
            Self::NearChunk { number, below } => {
                (u64::from(number % 8) << 14).saturating_sub(below.into())
            }
            Self::NearPower { exponent, below } => {
                (1u64 << (exponent % 64)).wrapping_sub(below.into())
            }
            Self::Any(value) => value,
        }
    }
}

fn length(u: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
    Ok(Number::arbitrary(u)?.value() % (MAX_LENGTH + 1))
}

fn short_length(u: &mut Unstructured<'_>) -> arbitrary::Result<usize> {
    Ok(usize::try_from(length(u)?).expect("it is short"))
}

/// A place in the table of descriptors.
fn place(u: &mut Unstructured<'_>) -> arbitrary::Result<usize> {
    Ok(u8::arbitrary(u)?.into())
}

fn path(u: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    Ok(Path::arbitrary(u)?.text())
}

fn options(u: &mut Unstructured<'_>) -> arbitrary::Result<OpenOptions> {
    Ok(OpenOptions {
        create: u.arbitrary()?,
        directory: u.arbitrary()?,
        exclusive: u.arbitrary()?,
        truncate: u.arbitrary()?,
        follow: u.arbitrary()?,
        synchronized: false,
        access: Access {
            read: u.arbitrary()?,
            write: u.arbitrary()?,
            mutate_directory: u.arbitrary()?,
        },
    })
}

fn times(u: &mut Unstructured<'_>) -> arbitrary::Result<Times> {
    let mut time = || -> arbitrary::Result<Option<Duration>> {
        let seconds: Option<u32> = u.arbitrary()?;
        Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
    };
    Ok(Times {
        accessed: time()?,
        modified: time()?,
    })
}

impl Arbitrary<'_> for Any {
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        use Operation::*;
        let operation = match u.int_in_range(0..=19u8)? {
            0 => Open {
                dir: place(u)?,
                path: path(u)?,
                options: options(u)?,
            },
            1 => Duplicate {
                descriptor: place(u)?,
            },
            2 => Close {
                descriptor: place(u)?,
            },
            3 => CreateDirectory {
                dir: place(u)?,
                path: path(u)?,
            },
            4 => RemoveDirectory {
                dir: place(u)?,
                path: path(u)?,
            },
            5 => UnlinkFile {
                dir: place(u)?,
                path: path(u)?,
            },
            6 => Link {
                old_dir: place(u)?,
                old_path: path(u)?,
                follow: u.arbitrary()?,
                new_dir: place(u)?,
                new_path: path(u)?,
            },
            7 => Rename {
                old_dir: place(u)?,
                old_path: path(u)?,
                new_dir: place(u)?,
                new_path: path(u)?,
            },
            8 => Symlink {
                target: path(u)?,
                dir: place(u)?,
                path: path(u)?,
            },
            9 => Readlink {
                dir: place(u)?,
                path: path(u)?,
            },
            10 => Stat {
                descriptor: place(u)?,
            },
            11 => StatAt {
                dir: place(u)?,
                path: path(u)?,
                follow: u.arbitrary()?,
            },
            12 => SetTimes {
                descriptor: place(u)?,
                times: times(u)?,
            },
            13 => SetTimesAt {
                dir: place(u)?,
                path: path(u)?,
                follow: u.arbitrary()?,
                times: times(u)?,
            },
            14 => List { dir: place(u)? },
            15 => Read {
                file: place(u)?,
                offset: Number::arbitrary(u)?.value(),
                length: length(u)?,
            },
            16 => Write {
                file: place(u)?,
                offset: Number::arbitrary(u)?.value(),
                length: short_length(u)?,
                byte: u.arbitrary()?,
            },
            17 => Append {
                file: place(u)?,
                length: short_length(u)?,
                byte: u.arbitrary()?,
            },
            18 => SetSize {
                file: place(u)?,
                size: Number::arbitrary(u)?.value(),
            },
            _ => IsSameObject {
                a: place(u)?,
                b: place(u)?,
            },
        };
        Ok(Self(operation))
    }
}

fn sequence(operations: Vec<Any>) -> Vec<Operation> {
    let operations = operations.into_iter().take(MAX_OPERATIONS);
    operations.map(|Any(operation)| operation).collect()
}

fuzz_target!(|input: Input| {
    let (before, operations) = (sequence(input.before), sequence(input.operations));
    let compared = match input.max_bytes {
        None => compare::does_what_a_copy_does(&before, &operations),
        Some(max_bytes) => {
            compare::keeps_to_its_limit(&before, &operations, u64::from(max_bytes) % 200_000)
        }
    };
    if let Err(difference) = compared {
        panic!("{difference}");
    }
});
