//! `wasi:sockets`: what the host gives, wrapped one to one; or, in the build that does not forward, refused.
//!
//! No policy about the network lives here: what is allowed is the `network` filter's to judge, which stands below.

mod ask;
mod name_lookup;
mod network;
mod tcp;
mod udp;
