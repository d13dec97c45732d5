//! Files in memory.

use std::ops::Deref;
use std::rc::Rc;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_filesystem::{Change, Descriptor, Error, Refusal};
use interpose_settings::Reason;

use super::lower::satisfy;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::mounts::{HAS_OVERLAYS, Mount};
use crate::state::{FileSystem, STATE};

/// A descriptor of the filesystem in memory that is closed when the last resource that uses it is dropped.
///
/// It must never be dropped while the state is borrowed.
pub struct OpenFile(Option<Descriptor>);

impl OpenFile {
    /// Takes a descriptor and closes it later.
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

/// Runs an operation on the filesystem in memory, and repeats it whenever it needs to know more about the lower layer
/// of an overlay.
pub fn files<R>(
    operation: impl FnMut(&mut FileSystem) -> Result<R, Error>,
) -> Result<R, ErrorCode> {
    repeated(operation).map_err(|failure| match failure {
        Failure::Memory(error) => error.into(),
        Failure::Host(code) => code,
    })
}

/// Why an operation failed.
enum Failure {
    /// The filesystem in memory refused it.
    Memory(Error),
    /// The host did not tell of the lower layer what the operation needed to know.
    Host(ErrorCode),
}

fn repeated<R>(
    mut operation: impl FnMut(&mut FileSystem) -> Result<R, Error>,
) -> Result<R, Failure> {
    loop {
        match with(&STATE, |kernel| operation(&mut kernel.files)) {
            Err(Error::Lower) if HAS_OVERLAYS => satisfy().map_err(Failure::Host)?,
            result => return result.map_err(Failure::Memory),
        }
    }
}

/// A call that changes something, as the host is told of it if the policy refuses it.
pub struct Changing<'a> {
    /// The function.
    pub function: &'a str,
    /// The file, or the directory that the path is relative to.
    pub file: &'a Descriptor,
    /// The path; empty for a function without one.
    pub path: &'a str,
    /// The object of the change.
    pub what: Change,
}

impl<'a> Changing<'a> {
    /// A change of the contents or times of an open file.
    pub fn file(function: &'a str, file: &'a Descriptor) -> Self {
        Self {
            function,
            file,
            path: "",
            what: Change::File,
        }
    }

    /// A change of the names that a path leads to.
    pub fn names(function: &'a str, file: &'a Descriptor, path: &'a str) -> Self {
        Self {
            function,
            file,
            path,
            what: Change::Names,
        }
    }

    /// Runs the operation, as [`files`], and tells the host if the policy refused it.
    pub fn files<R>(
        &self,
        operation: impl FnMut(&mut FileSystem) -> Result<R, Error>,
    ) -> Result<R, ErrorCode> {
        repeated(operation).map_err(|failure| match failure {
            Failure::Memory(error) => self.tell(error),
            Failure::Host(code) => code,
        })
    }

    /// Tells the host that the operation failed, if a rule of the policy is why.
    #[cold]
    #[inline(never)]
    fn tell(&self, error: Error) -> ErrorCode {
        let refusal = with(&STATE, |kernel| {
            let files = &kernel.files;
            let refusal = files.refusal(self.file, self.what, error)?;
            Some((refusal, files.is_root(self.file), kernel.preopens.clone()))
        });
        if let Some((refusal, is_root, preopens)) = refusal {
            let reason = match refusal {
                Refusal::ReadOnly => Reason::ReadOnly,
                Refusal::MaxBytes => Reason::MaxBytes,
                Refusal::MaxEntries => Reason::MaxEntries,
            };
            let mut mounts = preopens.mounts.iter();
            let mount = mounts.find_map(|mount| match mount {
                Mount::Memory { path, root } | Mount::Overlay { path, root } => {
                    (*root == self.file.root()).then_some(path.as_str())
                }
                Mount::Host { .. } | Mount::HostPreopens => None,
            });
            let mount = mount.unwrap_or_default().trim_end_matches('/');
            // Nobody keeps the paths of what was opened below the mount.
            let between = if is_root { "/" } else { "/…/" };
            let subject = Subject::Text(&[mount, between, self.path]);
            refused(reason, self.function, subject);
        }
        error.into()
    }
}

/// Waits until a disk has what is in a file or directory, and for a file perhaps its times. Without a test there is no
/// disk.
#[cfg(not(feature = "control"))]
pub fn sync(_file: &OpenFile, _times: bool) {}

/// Waits until the disk has what is in a file or directory, and for a file perhaps its times.
#[cfg(feature = "control")]
pub fn sync(file: &OpenFile, times: bool) {
    with(&STATE, |kernel| match times {
        true => kernel.files.sync(file),
        false => kernel.files.sync_data(file),
    });
}
