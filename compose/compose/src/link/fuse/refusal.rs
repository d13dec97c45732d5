//! Why two parts of a composition stay components of their own.

use serde::Serialize;
use thiserror::Error;

/// Why a part is wired and not fused with what it answers. Its text completes "it is wired, because …".
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The composition as a whole was to be wired.
    #[error("the composition was to be wired")]
    Wanted,
    /// No part that can be fused has imports that this one answers.
    #[error("it does not answer the application alone")]
    NotAlone,
    /// One of the two is composed of components itself.
    #[error("the {side} is a composition of components")]
    Composition {
        /// Which of the two.
        side: Side,
    },
    /// One of the two is asynchronous.
    #[error("the {side} has asynchronous functions")]
    Asynchronous {
        /// Which of the two.
        side: Side,
    },
    /// A memory is shared, has 64-bit addresses, or is another one than that of other functions.
    #[error("the {side} has several memories, or one that is shared or of 64 bits")]
    Memory {
        /// Which of the two.
        side: Side,
    },
    /// Strings are encoded in another way than UTF-8.
    #[error("the {side} has strings that are not UTF-8")]
    Encoding {
        /// Which of the two.
        side: Side,
    },
    /// Both sides use the same resources of the host. One component has one table of handles, so one side could use the
    /// other one's.
    #[error("both sides use the host's `{resource}` of `{interface}`")]
    SharedResource {
        /// The interface that defines the type, without its version.
        interface: String,
        /// The type.
        resource: String,
    },
    /// Both sides import the same name, which need not have the same answer or type.
    #[error("both sides import `{import}`")]
    SharedImport {
        /// The name.
        import: String,
    },
    /// The resources that it hands out are those of what is below it, or nothing destroys them.
    #[error("the resources `{resource}` are not its own, or have no destructor")]
    NotItsOwn {
        /// The type.
        resource: String,
    },
    /// A function has more values than generated code can move.
    #[error("the types of `{function}` are too large")]
    TooHeavy {
        /// The function.
        function: String,
    },
    /// The application hands resources or functions of the callee on, to an import or an export of its own.
    #[error("the application hands on what it imports from `{interface}`")]
    HandedOn {
        /// The interface.
        interface: String,
    },
    /// The host calls it when the application has ended. A runtime does not let anybody enter a component that `exit` or a
    /// trap has left.
    #[error("the host calls it when the application has ended")]
    Exposed,
    /// The types of both sides differ. Wiring reports how.
    #[error("`{import}` differs from what answers it")]
    Mismatch {
        /// The import.
        import: String,
    },
    /// The form of one of the two is not known.
    #[error("its form is not known: {0}")]
    Form(String),
}

/// One of the two that are to be fused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The one that imports.
    Application,
    /// The one that answers.
    Adapter,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Application => "application",
            Self::Adapter => "adapter",
        })
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Form(format!("{error:#}"))
    }
}
