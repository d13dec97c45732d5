//! Puts an application and what answers its imports into one component, with generated core functions between them in
//! place of the runtime's.

pub mod glue;
