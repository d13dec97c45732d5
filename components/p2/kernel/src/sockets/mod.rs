//! `wasi:sockets`: the host's resources, wrapped one to one, or, in the build that does not forward, refusals.
//!
//! This module has no policy about the network: the `network` filter below the kernel decides what is allowed.

mod ask;
mod name_lookup;
mod network;
mod tcp;
mod udp;
