use miette::Diagnostic;
use thiserror::Error;

use crate::foreign::{Fault, Limit, PackagesFault};

/// Why a core module is no program for WASI preview 1, or cannot become a component.
#[derive(Debug, Error, Diagnostic)]
pub enum Preview1Error {
    /// The module imports something that is not of WASI.
    #[error(
        "it imports `{name}` from `{module}`, and programs for preview 1 import functions of `wasi_snapshot_preview1` alone"
    )]
    #[diagnostic(code("application::foreign-import"), help("{help}"))]
    ForeignImport {
        /// The name of what is imported.
        name: String,
        /// The module that it is imported from.
        module: String,
        /// What would help.
        help: &'static str,
    },
    /// The module imports a function that preview 1 does not have.
    #[error("it imports `{name}` from `{module}`, which has no such function")]
    #[diagnostic(
        code("application::unknown-function"),
        help(
            "build it with the SDK of a WASI preview 1 target, such as wasm32-wasip1 or wasi-sdk"
        )
    )]
    UnknownFunction {
        /// The name of what is imported.
        name: String,
        /// The module that it is imported from.
        module: String,
    },
    /// The module imports a function of preview 1 with other parameters or results.
    #[error("it imports `{name}` from `{module}` as {found}, and the function is {expected}")]
    #[diagnostic(
        code("application::other-type"),
        help(
            "build it with the SDK of a WASI preview 1 target, such as wasm32-wasip1 or wasi-sdk"
        )
    )]
    OtherType {
        /// The name of what is imported.
        name: String,
        /// The module that it is imported from.
        module: String,
        /// The type that it is imported with.
        found: String,
        /// The type of the function.
        expected: String,
    },
    /// The module's memory is of a kind that preview 1 does not know.
    #[error("its memory is {kind}, and preview 1 has pointers of 32 bits into one memory")]
    #[diagnostic(code("application::other-memory"), help("{help}"))]
    OtherMemory {
        /// The kind.
        kind: &'static str,
        /// What would help.
        help: &'static str,
    },
    /// There is nothing in the module that could be called.
    #[error(
        "it has nothing to run: no `_start`, no start function, and no other function that it exports"
    )]
    #[diagnostic(
        code("application::nothing-to-run"),
        help("export `_start` for a program, or functions for a library (a reactor)")
    )]
    NothingToRun,
    /// An export of the module cannot be one of a component.
    #[error("it exports `{name}`, which a component cannot: {reason}")]
    #[diagnostic(code("application::other-export"), help("{help}"))]
    OtherExport {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
        /// What would help.
        help: &'static str,
    },
    /// The component could not be put together.
    #[error("this core module could not be turned into a component: {0:#}")]
    #[diagnostic(code("application::not-linked"))]
    Encode(anyhow::Error),
}

impl From<anyhow::Error> for Preview1Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Encode(error)
    }
}

impl From<wasmparser::BinaryReaderError> for Preview1Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Encode(error.into())
    }
}

/// Why the standard adapter cannot turn a core module into a component.
#[derive(Debug, Error, Diagnostic)]
pub enum StandardError {
    /// The worlds that the module describes exceed a limit of this tool.
    #[error(transparent)]
    #[diagnostic(transparent)]
    TooMuch(Limit),
    /// A core module that was not built for WASI preview 1.
    #[error("this is a core module, and it is not a WASI preview 1 program: {reason}")]
    #[diagnostic(
        code("application::not-preview1"),
        help(
            "build it for wasm32-wasip2 or wasm32-wasip1, or make a component of it with `wasm-tools component new`"
        )
    )]
    NotPreview1 {
        /// The reason why it cannot be a preview 1 program.
        reason: String,
    },
    /// A core module for WASI preview 1 whose runtime considers the whole memory its own. The standard adapter keeps
    /// its state in the module's memory, and the runtime would not know of that place.
    #[error(
        "this core module was compiled by Go, whose runtime would overwrite what the standard preview 1 adapter keeps in its memory"
    )]
    #[diagnostic(
        code("application::owns-its-memory"),
        help("leave out `--preview1 standard`: the adapter of this tool has memory of its own")
    )]
    OwnsItsMemory,
    /// A core module for WASI preview 1 that could not be turned into a component.
    #[error("this core module could not be turned into a component: {message}")]
    #[diagnostic(
        code("application::not-adapted"),
        help(
            "build it for wasm32-wasip2 or wasm32-wasip1, or make a component of it with `wasm-tools component new`"
        )
    )]
    Adapt {
        /// The error of the encoder.
        message: String,
    },
}

impl From<PackagesFault> for StandardError {
    fn from(fault: PackagesFault) -> Self {
        match fault {
            PackagesFault::Section(Fault::Limit(limit)) => Self::TooMuch(limit),
            other => Self::Adapt {
                message: other.to_string(),
            },
        }
    }
}

impl From<wasmparser::BinaryReaderError> for StandardError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Adapt {
            message: error.to_string(),
        }
    }
}

/// What would help where a module imports something that is not of WASI.
pub fn help(module: &str, name: &str) -> &'static str {
    match (module, name) {
        ("wasi", _) | ("env", "memory") => {
            "it was built for threads, which WASI 0.2 has not: build it without, for example for wasm32-wasip1 instead of wasm32-wasip1-threads"
        }
        ("canonical_abi", _) => {
            "it was built with a wit-bindgen from before the component model was settled: build it again with a newer one"
        }
        ("go" | "gojs", _) => "Go built it for JavaScript: build it with GOOS=wasip1",
        ("wbg" | "__wbindgen_placeholder__" | "__wbindgen_externref_xform__", _) => {
            "wasm-bindgen built it for JavaScript: build it for wasm32-wasip1 or wasm32-wasip2 without wasm-bindgen"
        }
        ("wasix_32v1" | "wasix_64v1", _) => {
            "it was built for WASIX, which only one runtime has: build it for WASI"
        }
        ("env", "__indirect_function_table") => "link it without `--import-table`",
        ("env", "emscripten_notify_memory_growth") => {
            "link it without -sALLOW_MEMORY_GROWTH, or build it with wasi-sdk"
        }
        ("env", _) => {
            "a function was left undefined when it was linked, or Emscripten left it to JavaScript: link a library that has it, or build with wasi-sdk"
        }
        _ if module.contains(':') || module.starts_with('$') => {
            "it is the core of a component: make the component with `wasm-tools component new`"
        }
        _ => {
            "describe the import in WIT and make a component with `wasm-tools component new`, or link what it needs into the module"
        }
    }
}
