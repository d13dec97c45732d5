//! The functions that a filter chooses.

use std::sync::Arc;

use crate::session::{Result, Session};
use interpose_recording::calls::Table;
use interpose_trace::{Filter, Functions};

/// The functions of one table that a filter chooses, which the user wrote; all of them without one. Warns of patterns that
/// choose none.
pub fn chosen(session: &Session, table: &Table, filter: Option<&str>) -> Result<Functions> {
    let filter: Filter = match filter {
        Some(filter) => filter.parse()?,
        None => Filter::default(),
    };
    let functions = Functions::new(Arc::new(table.clone()), &filter);
    let names: Vec<&str> = functions.names().collect();
    for unmatched in filter.unmatched(&names) {
        session.reporter.warning(&unmatched);
    }
    Ok(functions)
}
