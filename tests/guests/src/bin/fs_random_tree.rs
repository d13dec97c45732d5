//! Thousands of random operations on a small set of names: every outcome is printed.

use guests::{Numbers, show, symlink, tree};
use std::fs;

const NAMES: &[&str] = &[
    "a", "b", "c", "a/x", "a/y", "b/x", "b/y", "c/x", "a/x/p", "b/x/p", "a/../b", "a/.", "c/",
    "b/y/",
];

fn main() {
    let mut numbers = Numbers(6);
    for turn in 0..4000 {
        let one = NAMES[numbers.below(NAMES.len() as u64) as usize];
        let two = NAMES[numbers.below(NAMES.len() as u64) as usize];
        match numbers.below(14) {
            0..=2 => show(&format!("{turn} create_dir {one}"), fs::create_dir(one)),
            3 | 4 => show(
                &format!("{turn} write {one}"),
                fs::write(one, turn.to_string()),
            ),
            5 => show(&format!("{turn} read {one}"), fs::read_to_string(one)),
            6 => show(&format!("{turn} remove_file {one}"), fs::remove_file(one)),
            7 => show(&format!("{turn} remove_dir {one}"), fs::remove_dir(one)),
            8..=10 => show(&format!("{turn} rename {one} {two}"), fs::rename(one, two)),
            11 => show(
                &format!("{turn} hard_link {one} {two}"),
                fs::hard_link(one, two),
            ),
            12 => show(&format!("{turn} symlink {one} {two}"), symlink(one, two)),
            _ => show(
                &format!("{turn} list {one}"),
                fs::read_dir(one).map(|entries| entries.count()),
            ),
        }
        if turn % 500 == 499 {
            tree(".");
        }
    }
}
