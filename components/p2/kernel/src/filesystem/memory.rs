//! Files in memory.

use std::ops::Deref;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_filesystem::{Descriptor, Error, FileSystem};

use super::lower::satisfy;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::mounts::HAS_OVERLAYS;
use crate::state::STATE;

/// A descriptor of the filesystem in memory that is closed when the last resource that uses it is dropped.
///
/// Never to be dropped while the state is borrowed.
pub struct OpenFile(Option<Descriptor>);

impl OpenFile {
    /// Takes a descriptor, to close it later.
    pub fn new(descriptor: Descriptor) -> Rc<Self> {
        Rc::new(Self(Some(descriptor)))
    }
}

impl Deref for OpenFile {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        self.0
            .as_ref()
            .expect("a descriptor is only taken out by drop")
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if let Some(descriptor) = self.0.take() {
            with(&STATE, |kernel| kernel.files.close(descriptor));
        }
    }
}

/// Does something with the filesystem in memory, once more whenever it needs to know more of what lies under an overlay.
pub fn files<R>(
    mut operation: impl FnMut(&mut FileSystem) -> Result<R, Error>,
) -> Result<R, ErrorCode> {
    loop {
        match with(&STATE, |kernel| operation(&mut kernel.files)) {
            Err(Error::Lower) if HAS_OVERLAYS => satisfy()?,
            result => return Ok(result?),
        }
    }
}
