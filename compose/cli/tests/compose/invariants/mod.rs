//! What every composition keeps, and attempts to break it: nothing is widened, nothing is left to chance, the same
//! input gives the same bytes, denied is an error, and a configured adapter is sealed.

mod configuration;
mod reproducible;
mod results;
mod widening;
