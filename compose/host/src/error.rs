//! Why a component could not be run.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;
use wasi_interpose::configure::ConfigureError;
use wasi_interpose::surface::SurfaceError;

use crate::save::model::SaveError;

/// Why a component could not be run, or its files could not be saved.
#[derive(Debug, Error, Diagnostic)]
pub enum HostError {
    /// The runtime could not be set up.
    #[error("the runtime could not be started: {0:#}")]
    #[diagnostic(code("host::runtime"))]
    Runtime(wasmtime::Error),
    /// The component could not be compiled.
    #[error("the component could not be compiled: {0:#}")]
    #[diagnostic(code("host::compile"))]
    Compile(wasmtime::Error),
    /// The component could not be instantiated, because it imports something that this host does not provide.
    #[error("the component could not be instantiated: {0:#}")]
    #[diagnostic(code("host::instantiate"))]
    Instantiate(wasmtime::Error),
    /// The component is not a command.
    #[error(
        "the component exports no `wasi:cli/run` of WASI 0.2 or 0.3, so there is nothing to run"
    )]
    #[diagnostic(
        code("host::not-a-command"),
        help("`interpose compose` works for components that are not commands")
    )]
    NotACommand,
    /// The component handles no requests.
    #[error(
        "the component exports neither `wasi:http/incoming-handler` of WASI 0.2 nor `wasi:http/handler` of WASI 0.3, so there is nothing to serve"
    )]
    #[diagnostic(
        code("host::not-a-server"),
        help("`interpose compose` works for components that handle no requests")
    )]
    NotAServer,
    /// The component handles requests of other types than this host's, so this host cannot call it.
    #[error(
        "the component's handler of HTTP requests cannot be called: its requests are of types of its own, not of the host's ({0:#})"
    )]
    #[diagnostic(
        code("host::foreign-requests"),
        help(
            "a server cannot be plugged into what `interpose adapter` writes: `interpose serve --policy` and `interpose compose` put the policy around it"
        )
    )]
    ForeignRequests(wasmtime::Error),
    /// The component has asynchronous functions, streams or futures of the component model, or interfaces of WASI 0.3 that
    /// have, with which this host cannot do everything yet.
    #[error(
        "the component, or an interface of WASI 0.3 that it uses, has asynchronous functions, streams or futures: {what} yet"
    )]
    #[diagnostic(
        code("host::asynchronous"),
        help("build the component for WASI 0.2, for which this works")
    )]
    Asynchronous {
        /// What cannot be done, as part of a sentence.
        what: &'static str,
    },
    /// An adapter of an open composition could not be configured.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Configure(ConfigureError),
    /// The component's imports and exports could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Surface(#[from] SurfaceError),
    /// A directory could not be opened for the component.
    #[error("the directory `{}` cannot be opened: {reason}", path.display())]
    #[diagnostic(code("host::directory"), help("check the path and its permissions"))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The error of the system.
        reason: String,
    },
    /// The component's files could not be saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Save(#[from] SaveError),
    /// The grant has a limit of time or fuel, for which code must be compiled, and this host compiles without.
    #[error("this host does not hold a limit of time or fuel")]
    #[diagnostic(
        code("host::limits"),
        help("make the host, or the server, with `for_grant` and a grant that has the limit")
    )]
    Limits,
}
