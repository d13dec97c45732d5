//! Composing and the command line: the invariants of every composition, the commands with their statuses and messages,
//! and the configured adapters with other composers.

#[path = "../support/mod.rs"]
mod support;

mod builtin;
mod clocks;
mod command_line;
mod config;
mod control;
mod damaged;
mod denials;
mod faults;
mod functions;
mod grant;
mod graphs;
mod host_filesystem;
mod hostile;
mod hostile_files;
mod hostile_memory;
mod hostile_network;
mod http_errors;
mod http_headers;
mod interposers;
mod invariants;
mod learning;
mod library;
mod limits;
mod mounts;
mod network;
mod overlays;
mod paths;
mod peer_cases;
mod peers;
mod pictures;
mod plug;
mod preopened_sockets;
mod probes;
mod rebinding;
mod recordings;
mod requests;
mod runner;
mod running_0_3;
mod saving;
mod security;
mod serve;
mod serving_interposers;
mod spellings;
mod starting;
mod steady;
mod streams;
mod testing;
mod traces;
mod variations;
mod wasi_0_3;
