//! `wasi:sockets`, refused: no socket can be made and no name looked up.
//!
//! Resources that can therefore never exist are enums without variants, and their methods have nothing to do.

mod name_lookup;
mod network;
mod tcp;
mod udp;
