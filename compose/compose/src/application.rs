//! Reads an application, and turns a WASI preview 1 module into a component.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use miette::Diagnostic;
use thiserror::Error;
use wasmparser::{BinaryReaderError, Parser, Payload};

use crate::foreign::{self, Fault, Limit, Limits, apart};
use crate::preview1::{self, Preview1, Preview1Error, StandardError, Target, standard};
use crate::sections::rewrite;

/// Why a file cannot be composed.
#[derive(Debug, Error, Diagnostic)]
pub enum ApplicationError {
    /// The file could not be read.
    #[error("the application `{}` cannot be read: {source}", path.display())]
    #[diagnostic(
        code("application::unreadable"),
        help("give the path of a component or of a WASI preview 1 module")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file is not an application.
    #[error("`{}`: {error}", path.display())]
    #[diagnostic(forward(error))]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: Box<ApplicationError>,
    },
    /// The file holds neither WebAssembly nor its text form.
    #[error("this is not WebAssembly: {message}")]
    #[diagnostic(
        code("application::not-wasm"),
        help("a component (`.wasm` or `.wat`) or a WASI preview 1 core module is expected")
    )]
    NotWasm {
        /// What the parser of the text form said, with line and column.
        message: String,
    },
    /// The file begins like WebAssembly but is truncated or damaged.
    #[error("the WebAssembly is not valid: {message}")]
    #[diagnostic(
        code("application::invalid"),
        help("the file may be cut short; build or download it again")
    )]
    Invalid {
        /// The error, with the offset in the file.
        message: String,
    },
    /// The file exceeds a size, depth or count that this tool reads.
    #[error("this is more than `interpose` reads: {0}")]
    #[diagnostic(transparent)]
    TooMuch(Limit),
    /// The component or module is in a version of the binary format that this tool does not read.
    #[error(
        "this {what} is in version {version} of the binary format, and `interpose` reads version {known}"
    )]
    #[diagnostic(code("application::other-format"), help("{}", other_format(*version, *known)))]
    OtherFormat {
        /// `component` or `module`.
        what: &'static str,
        /// The version of the file.
        version: u16,
        /// The version that this tool reads.
        known: u16,
    },
    /// A core module for WASI preview 1 that this project's adapter cannot be put into one component with.
    #[error("this is a core module: {error}")]
    #[diagnostic(forward(error))]
    Preview1 {
        /// Why not.
        error: Box<Preview1Error>,
    },
    /// A core module that the standard adapter cannot turn into a component.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Standard(StandardError),
}

/// The hint about another version of the binary format.
fn other_format(version: u16, known: u16) -> &'static str {
    if version > known {
        "it was made by newer tools than this version of `interpose` knows: use a newer one"
    } else {
        "it was made by tools from before the format was settled: build it again with newer ones"
    }
}

/// The form in which an application was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file was a component.
    Component,
    /// It was a core module for WASI preview 1, and is in one component with this project's adapter.
    Preview1,
    /// The file was a core module for WASI preview 1; the standard adapter turned it into a component.
    StandardPreview1,
}

/// An application: a valid component.
#[derive(Clone, Debug)]
pub struct Application {
    component: Bytes,
    form: Form,
    /// If it was a core module that accepts connections: the module, and the host for which it was made a component.
    accepting: Option<(Bytes, Target)>,
}

impl Application {
    /// Reads an application from a file: a component or a WASI preview 1 core module, in binary or in text form.
    ///
    /// # Errors
    /// [`ApplicationError`] when the file cannot be read or is none of these.
    pub fn read(path: &Path) -> Result<Self, ApplicationError> {
        Self::read_as(path, Preview1::default())
    }

    /// Reads an application as [`Application::read`] does, and makes a component of a core module in the given way.
    ///
    /// # Errors
    /// [`ApplicationError`] when the file cannot be read or is no application.
    pub fn read_as(path: &Path, preview1: Preview1) -> Result<Self, ApplicationError> {
        let bytes = foreign::read(path).map_err(|source| ApplicationError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let application = match bytes {
            Ok(bytes) => Self::take(bytes.into(), Some(path), preview1),
            Err(limit) => Err(limit.into()),
        };
        application.map_err(|error| ApplicationError::File {
            path: path.to_owned(),
            error: Box::new(error),
        })
    }

    /// Takes an application from memory, see [`Application::read`].
    ///
    /// # Errors
    /// [`ApplicationError`] when the bytes are no application.
    pub fn parse(bytes: &[u8]) -> Result<Self, ApplicationError> {
        Self::parse_as(bytes, Preview1::default())
    }

    /// Takes an application from memory, see [`Application::read_as`].
    ///
    /// # Errors
    /// [`ApplicationError`] when the bytes are no application.
    pub fn parse_as(bytes: &[u8], preview1: Preview1) -> Result<Self, ApplicationError> {
        Self::take(Bytes::copy_from_slice(bytes), None, preview1)
    }

    fn take(
        bytes: Bytes,
        path: Option<&Path>,
        preview1: Preview1,
    ) -> Result<Self, ApplicationError> {
        foreign::check_length(&bytes)?;
        apart(|| Self::take_apart(bytes, path, preview1)).unwrap_or_else(|panic| {
            Err(ApplicationError::Invalid {
                message: format!("it cannot be parsed ({panic})"),
            })
        })
    }

    fn take_apart(
        bytes: Bytes,
        path: Option<&Path>,
        preview1: Preview1,
    ) -> Result<Self, ApplicationError> {
        // Text has no NUL, and a file that was cut short may be shorter than the magic number.
        let binary = if bytes.starts_with(b"\0") || bytes.is_empty() {
            bytes
        } else {
            foreign::check_text_length(&bytes)?;
            let parsed = wat::parse_bytes(&bytes).map_err(|mut error| {
                if let Some(path) = path {
                    error.set_path(path);
                }
                ApplicationError::NotWasm {
                    message: error.to_string(),
                }
            })?;
            parsed.into_owned().into()
        };
        check_format(&binary)?;
        foreign::check(&binary, Limits::FOREIGN)?;
        foreign::validate(&binary)?;
        if Parser::is_component(&binary) {
            // The validator accepts a component whose last nested module ends early, between two sections.
            rewrite(&binary, |_, _| Ok(true)).map_err(|error| ApplicationError::Invalid {
                message: format!("{error:#}"),
            })?;
            return Ok(Self {
                component: binary,
                form: Form::Component,
                accepting: None,
            });
        }
        foreign::check_module_imports(&binary)?;
        match preview1 {
            // A module that describes a world imports more than preview 1, with its own memory.
            Preview1::Own(target) if !describes_world(&binary)? => {
                let adapted = preview1::adapt(&binary, target, &[])?;
                let accepting = adapted.accepts.then_some((binary, target));
                Ok(Self {
                    component: adapted.component.into(),
                    form: Form::Preview1,
                    accepting,
                })
            }
            _ => Ok(Self {
                component: standard::adapt(&binary)?.into(),
                form: Form::StandardPreview1,
                accepting: None,
            }),
        }
    }

    /// The component with sockets that listen already when its program starts; `None` if it has no use for them,
    /// because it was no core module that accepts connections.
    ///
    /// # Errors
    /// [`ApplicationError::Preview1`] when it cannot be put together, which would be a fault of this crate.
    pub fn with_listeners(
        &self,
        listeners: &[SocketAddr],
    ) -> Result<Option<Self>, ApplicationError> {
        let Some((module, target)) = &self.accepting else {
            return Ok(None);
        };
        Ok(Some(Self {
            component: preview1::adapt(module, *target, listeners)?
                .component
                .into(),
            ..self.clone()
        }))
    }

    /// The component's bytes, which are shared when they are cloned.
    pub fn component(&self) -> &Bytes {
        &self.component
    }

    /// The form in which the application was read.
    pub fn form(&self) -> Form {
        self.form
    }
}

impl From<Preview1Error> for ApplicationError {
    fn from(error: Preview1Error) -> Self {
        Self::Preview1 {
            error: Box::new(error),
        }
    }
}

impl From<Limit> for ApplicationError {
    fn from(limit: Limit) -> Self {
        Self::TooMuch(limit)
    }
}

impl From<Fault> for ApplicationError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Limit(limit) => limit.into(),
            Fault::Damaged(error) => error.into(),
        }
    }
}

impl From<BinaryReaderError> for ApplicationError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid {
            message: error.to_string(),
        }
    }
}

impl From<StandardError> for ApplicationError {
    fn from(error: StandardError) -> Self {
        match error {
            StandardError::TooMuch(limit) => limit.into(),
            other => Self::Standard(other),
        }
    }
}

/// Refuses other versions of the binary format, which the parser would call damaged.
fn check_format(binary: &[u8]) -> Result<(), ApplicationError> {
    // The header: a magic number, the version, and the layer, which tells components from modules.
    let Some((b"\0asm", [v0, v1, l0, l1])) = binary.get(..8).map(|header| header.split_at(4))
    else {
        return Ok(());
    };
    let version = u16::from_le_bytes([*v0, *v1]);
    let (what, known) = match u16::from_le_bytes([*l0, *l1]) {
        0 => ("core module", MODULE_FORMAT),
        1 => ("component", COMPONENT_FORMAT),
        _ => return Ok(()),
    };
    if version == known {
        return Ok(());
    }
    Err(ApplicationError::OtherFormat {
        what,
        version,
        known,
    })
}

/// The existing versions of the binary format: that of modules since 2017, that of components since 2023.
const MODULE_FORMAT: u16 = 1;
const COMPONENT_FORMAT: u16 = 13;

/// Whether a core module describes a world that it is made for.
fn describes_world(module: &[u8]) -> Result<bool, ApplicationError> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = payload?
            && section.name().starts_with(foreign::SECTION)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
