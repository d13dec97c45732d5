//! The standard hash map, which seeds itself from the host, holds what was put into it.

use std::collections::HashMap;

fn main() {
    let map: HashMap<_, _> = (0..1000)
        .map(|number| (format!("key {number}"), number))
        .collect();
    let mut keys: Vec<_> = map.iter().collect();
    keys.sort();
    println!(
        "{} keys, first {:?}, last {:?}",
        keys.len(),
        keys[0],
        keys[999]
    );
}
