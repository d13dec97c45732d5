//! Any bytes to a filesystem that takes in an image of its files: they are refused and nothing changes, or the files encode
//! to an image that means the same, and the invariants hold.
#![no_main]

use interpose_filesystem::{FileSystem, Limits, Timestamp};
use libfuzzer_sys::fuzz_target;

fn empty() -> FileSystem {
    let mut files = FileSystem::new(Limits {
        max_bytes: 1 << 20,
        max_entries: 1000,
    });
    let now = Timestamp::default();
    files.add_root(false, now).expect("within the limits");
    files.add_overlay(true, now).expect("within the limits");
    files
}

fuzz_target!(|bytes: &[u8]| {
    let mut files = empty();
    let before = files.files();
    match files.restore(bytes) {
        Err(_) => assert_eq!(files.files(), before),
        Ok(()) => {
            let image = files.files();
            let mut again = empty();
            again.restore(&image).expect("an image of its own");
            assert_eq!(again.files(), image);
            assert_eq!(again.usage(), files.usage());
        }
    }
    files.check().expect("the invariants hold");
});
