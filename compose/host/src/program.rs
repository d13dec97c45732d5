//! A compiled component, as it is run, served and tested.

use wasi_interpose::surface::Surface;
use wasmtime::component::Component;

use crate::error::HostError;
use crate::save::model::Save;

/// A compiled component.
pub struct Program {
    pub(crate) component: Component,
    pub(crate) surface: Surface,
    /// Whether the component was compiled with support for concurrency, see [`p3`](wasi_interpose::p3).
    pub(crate) is_asynchronous: bool,
}

impl Program {
    /// The interface and the function that run a command, in the component's own version of WASI.
    pub(crate) fn run_export(&self) -> Option<(String, String)> {
        let interface = self.surface.command()?;
        Some((interface.to_owned(), "run".to_owned()))
    }

    /// Refuses to save files of a component that may still run when its files are read.
    pub(crate) fn check_saves(&self, saves: &[Save]) -> Result<(), HostError> {
        match self.is_asynchronous && !saves.is_empty() {
            true => Err(HostError::Asynchronous {
                what: "files of such a component cannot be saved",
            }),
            false => Ok(()),
        }
    }
}
