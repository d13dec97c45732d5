//! Random numbers.

use std::ops::RangeInclusive;

/// A number out of a range, each as likely as any other.
pub fn number(range: RangeInclusive<u64>) -> Result<u64, getrandom::Error> {
    let count = range.end() - range.start() + 1;
    // Numbers beyond the last whole multiple of `count` would make some results likelier than others.
    let limit = u64::MAX - u64::MAX % count;
    loop {
        let drawn = getrandom::u64()?;
        if drawn < limit {
            return Ok(range.start() + drawn % count);
        }
    }
}
