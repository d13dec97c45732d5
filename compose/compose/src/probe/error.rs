//! Why there is no probe for an application.

use miette::Diagnostic;
use thiserror::Error;

use crate::link::LinkError;

/// Why an application cannot be observed.
#[derive(Debug, Error, Diagnostic)]
pub enum ProbeError {
    /// The imports of the application cannot be described in WIT.
    #[error(
        "the calls of this application cannot be observed: its imports cannot be read as WIT: {0:#}"
    )]
    #[diagnostic(
        code("probe::unreadable"),
        help("observe a component whose imports are interfaces, as bindings generators make them")
    )]
    Unreadable(anyhow::Error),
    /// The application imports something that no component can stand in front of.
    #[error("the calls of this application cannot be observed: its import `{import}` {reason}")]
    #[diagnostic(
        code("probe::unsupported"),
        help("run it without observing its calls, or observe a component that does not import it")
    )]
    Unsupported {
        /// The import.
        import: String,
        /// Why not.
        reason: &'static str,
    },
    /// A recording is to be replayed that was made of an application with other imports.
    #[error("this is not the application of the recording: its imports differ")]
    #[diagnostic(
        code("probe::other-application"),
        help("replay the application that was recorded, or record this one")
    )]
    OtherApplication,
    /// The probe could not be encoded.
    #[error("the probe of this application could not be encoded: {0:#}")]
    #[diagnostic(code("probe::not-encoded"))]
    Encode(anyhow::Error),
    /// The probe could not be connected with the application.
    #[error("the calls of this application cannot be observed: {0}")]
    #[diagnostic(code("probe::not-linked"))]
    Link(Box<LinkError>),
}

impl From<LinkError> for ProbeError {
    fn from(error: LinkError) -> Self {
        Self::Link(Box::new(error))
    }
}
