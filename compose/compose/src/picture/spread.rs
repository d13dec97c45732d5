//! Moves intervals on a line apart, and as little as possible.

/// An interval that is to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Where its middle should be.
    pub(super) middle: f64,
    /// Its length.
    pub(super) length: f64,
}

/// The middles of intervals that keep their order and are at least `gap` apart, so that the sum of the squares of their ways
/// is the smallest. This is isotonic regression: intervals that meet are moved as one block from then on.
pub(super) fn spread(wishes: &[Wish], gap: f64) -> Vec<f64> {
    // The distance of each middle from the first if all intervals touch.
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut before: Option<(f64, f64)> = None;
    for wish in wishes {
        let offset = match before {
            None => 0.0,
            Some((offset, length)) => offset + (length + wish.length) / 2.0 + gap,
        };
        offsets.push(offset);
        before = Some((offset, wish.length));
    }
    // Blocks: the sum of where their intervals want the first of all to be, and their number.
    let mut blocks: Vec<(f64, f64)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut block = (wish.middle - offset, 1.0);
        while let Some(last) = blocks.pop_if(|last| last.0 / last.1 > block.0 / block.1) {
            block = (last.0 + block.0, last.1 + block.1);
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|(sum, count)| {
        let number = *count as usize;
        std::iter::repeat_n(sum / count, number)
    });
    starts
        .zip(&offsets)
        .map(|(start, offset)| start + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(wishes: &[(f64, f64)], gap: f64) -> Vec<f64> {
        let wishes: Vec<Wish> = wishes
            .iter()
            .map(|&(middle, length)| Wish { middle, length })
            .collect();
        spread(&wishes, gap)
    }

    #[test]
    fn intervals_that_fit_stay() {
        assert_eq!(placed(&[(0.0, 10.0), (30.0, 10.0)], 5.0), [0.0, 30.0]);
        assert_eq!(placed(&[], 5.0), [] as [f64; 0]);
    }

    #[test]
    fn intervals_that_meet_share_the_way() {
        assert_eq!(placed(&[(0.0, 10.0), (0.0, 10.0)], 0.0), [-5.0, 5.0]);
        // Thirds are not exact.
        let thirds = placed(&[(0.0, 10.0), (0.0, 10.0), (2.0, 10.0)], 2.0);
        let rounded: Vec<f64> = thirds.iter().map(|third| (3.0 * third).round()).collect();
        assert_eq!(rounded, [-34.0, 2.0, 38.0]);
    }
}
