//! The build without sockets: none can be made, so nothing here runs, and `wasi:sockets` is not imported.

use interpose_preview1::{Errno, FdFlags, FdStat, Span};

use crate::poll::Wait;

/// A socket. There is none.
pub enum Socket {}

/// The listening sockets of the policy.
pub fn preopened() -> [Socket; 0] {
    []
}

impl Socket {
    pub fn read(&mut self, _span: Span, _peek: bool, _all: bool) -> Result<u32, Errno> {
        match *self {}
    }

    pub fn write(&mut self, _span: Span) -> Result<u32, Errno> {
        match *self {}
    }

    pub fn accept(&mut self, _flags: FdFlags) -> Result<Self, Errno> {
        match *self {}
    }

    pub fn shutdown(&mut self, _receive: bool, _send: bool) -> Result<(), Errno> {
        match *self {}
    }

    pub fn set_flags(&mut self, _flags: FdFlags) -> Result<(), Errno> {
        match *self {}
    }

    pub fn fd_stat(&self) -> FdStat {
        match *self {}
    }

    pub fn wait(&self, _writing: bool) -> Result<Wait, Errno> {
        match *self {}
    }
}
