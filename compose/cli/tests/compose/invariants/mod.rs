//! The invariants of every composition, and attempts to break them: nothing is widened, nothing is left to chance,
//! equal inputs give equal bytes, denied calls return errors, and a configured adapter is sealed.

mod configuration;
mod reproducible;
mod results;
mod widening;
