//! Random operations.

use std::time::Duration;

use interpose_filesystem::{Access, OpenOptions};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::operation::{Operation, Times};

fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        20 => select(vec!["a", "b", "c", "d"]),
        2 => Just("."),
        4 => Just(".."),
        1 => Just(""),
    ]
    .prop_map(String::from);
    let long = prop_oneof![
        Just("m".repeat(255)),
        Just("n".repeat(256)),
        Just("\0".to_string()),
        Just("é".into())
    ];
    let component = prop_oneof![60 => name, 1 => long];
    let ending = prop_oneof![12 => Just(""), 2 => Just("/"), 1 => Just("/."), 1 => Just("//"), 1 => Just("/..")];
    let start = prop_oneof![30 => Just(""), 1 => Just("/"), 1 => Just("./")];
    let normal = (start, vec(component, 1..5), ending)
        .prop_map(|(start, components, ending)| format!("{start}{}{ending}", components.join("/")));
    let odd = prop_oneof![
        Just(String::new()),
        Just("a/".repeat(2047) + "a"),
        Just("a/".repeat(2048)),
        Just("./".repeat(2047) + "b"),
        Just("./".repeat(2048)),
        Just("x".repeat(4090)),
        Just("x".repeat(5000)),
    ];
    prop_oneof![100 => normal, 1 => odd]
}

fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        10 => 0..100u64,
        10 => 0..100_000u64,
        2 => 16_000..17_000u64,
        1 => select(vec![u64::from(u32::MAX), 1 << 32, 1 << 40, i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX]),
    ]
}

/// An offset; also one whose end cannot be expressed, because that error does not depend on the host's file system.
fn place() -> impl Strategy<Value = u64> {
    prop_oneof![40 => offset(), 1 => Just(i64::MAX as u64)]
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0usize), 6 => 1..100usize, 3 => 1..40_000usize]
}

fn options() -> impl Strategy<Value = OpenOptions> {
    let rare = || prop::bool::weighted(0.15);
    (
        any::<bool>(),
        rare(),
        rare(),
        rare(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(create, directory, exclusive, truncate, follow, read, write)| OpenOptions {
                create,
                directory,
                exclusive,
                truncate,
                follow,
                synchronized: false,
                access: Access {
                    read,
                    write,
                    mutate_directory: false,
                },
            },
        )
}

fn times() -> impl Strategy<Value = Times> {
    // These are past times that every host's filesystem can store, in whole microseconds because some store no more.
    let time = || {
        (0..1_500_000_000u64, 0..1_000_000u32)
            .prop_map(|(seconds, micros)| Duration::new(seconds, micros * 1000))
    };
    prop_oneof![
        time().prop_map(|accessed| Times {
            accessed: Some(accessed),
            modified: None
        }),
        time().prop_map(|modified| Times {
            accessed: None,
            modified: Some(modified)
        }),
        (time(), time()).prop_map(|(accessed, modified)| Times {
            accessed: Some(accessed),
            modified: Some(modified)
        }),
    ]
}

pub fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    // Most operations use the root, so that they meet.
    let d = || prop_oneof![3 => Just(0usize), 2 => 0..16usize];
    let f = || 1..16usize;
    prop_oneof![
        12 => (d(), path(), options()).prop_map(|(dir, path, options)| Open { dir, path, options }),
        1 => f().prop_map(|descriptor| Duplicate { descriptor }),
        2 => f().prop_map(|descriptor| Close { descriptor }),
        10 => (d(), path()).prop_map(|(dir, path)| CreateDirectory { dir, path }),
        5 => (d(), path()).prop_map(|(dir, path)| RemoveDirectory { dir, path }),
        4 => (d(), path()).prop_map(|(dir, path)| UnlinkFile { dir, path }),
        4 => (d(), path(), prop::bool::weighted(0.1), d(), path()).prop_map(
            |(old_dir, old_path, follow, new_dir, new_path)| Link { old_dir, old_path, follow, new_dir, new_path }
        ),
        10 => (d(), path(), d(), path())
            .prop_map(|(old_dir, old_path, new_dir, new_path)| Rename { old_dir, old_path, new_dir, new_path }),
        8 => (path(), d(), path()).prop_map(|(target, dir, path)| Symlink { target, dir, path }),
        2 => (d(), path()).prop_map(|(dir, path)| Readlink { dir, path }),
        2 => d().prop_map(|descriptor| Stat { descriptor }),
        5 => (d(), path(), any::<bool>()).prop_map(|(dir, path, follow)| StatAt { dir, path, follow }),
        1 => (d(), times()).prop_map(|(descriptor, times)| SetTimes { descriptor, times }),
        2 => (d(), path(), any::<bool>(), times())
            .prop_map(|(dir, path, follow, times)| SetTimesAt { dir, path, follow, times }),
        2 => d().prop_map(|dir| List { dir }),
        4 => (f(), place(), 0..70_000u64).prop_map(|(file, offset, length)| Read { file, offset, length }),
        6 => (f(), place(), length(), any::<u8>())
            .prop_map(|(file, offset, length, byte)| Write { file, offset, length, byte }),
        3 => (f(), length(), any::<u8>()).prop_map(|(file, length, byte)| Append { file, length, byte }),
        3 => (f(), offset()).prop_map(|(file, size)| SetSize { file, size }),
        1 => (d(), d()).prop_map(|(a, b)| IsSameObject { a, b }),
    ]
}
