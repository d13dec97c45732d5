//! What a component imports and exports.

mod read;

use std::fmt;

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;
use wasmparser::ComponentExternName;

use crate::foreign::{Fault, Limit};
use crate::interface::{InterfaceName, Track};

/// Why a surface could not be read.
#[derive(Debug, Error, Diagnostic)]
#[error("the component's imports and exports cannot be read: {message}")]
#[diagnostic(
    code("surface::unreadable"),
    help(
        "the component may use something of the component model that this tool does not know yet; `wasm-tools component wit` says whether others can read it"
    )
)]
pub struct SurfaceError {
    message: String,
    limit: Option<Limit>,
}

impl SurfaceError {
    fn new(message: String) -> Self {
        Self {
            message,
            limit: None,
        }
    }

    /// The bound that the component exceeds, if that is why.
    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }
}

impl From<Fault> for SurfaceError {
    fn from(fault: Fault) -> Self {
        let limit = match &fault {
            Fault::Limit(limit) => Some(*limit),
            Fault::Damaged(_) => None,
        };
        Self {
            message: fault.to_string(),
            limit,
        }
    }
}

/// What a component imports and exports, in the component's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Surface {
    /// What it asks its host for.
    pub imports: Vec<Item>,
    /// What it offers.
    pub exports: Vec<Item>,
}

/// Something imported or exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its full name, `wasi:io/streams@0.2.0` or a plain one.
    pub name: String,
    /// What sort of thing it is.
    pub kind: Kind,
    /// Whether it is a type of another import under a name of its own, as `use` in a world makes one.
    #[serde(skip)]
    pub is_alias: bool,
    /// What an import says of itself beside its name.
    #[serde(skip)]
    pub annotations: Annotations,
    /// For an instance, the functions that it has, and whatever else is no type, in its order. Empty if only its types are
    /// used.
    pub functions: Vec<String>,
    /// For an instance, the types that it has under a name.
    #[serde(skip)]
    pub types: Vec<String>,
    /// The imports, other than itself, whose resources it mentions, in the component's order.
    pub uses: Vec<String>,
    /// The imports whose types an instance has under a name.
    pub types_of: Vec<String>,
}

impl Item {
    /// An instance about which no more is known than its name.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Instance,
            is_alias: false,
            annotations: Annotations::default(),
            functions: Vec::new(),
            types: Vec::new(),
            uses: Vec::new(),
            types_of: Vec::new(),
        }
    }

    /// The name taken apart, if this is an instance of an interface and says so by its name alone. A function, module or
    /// component that is named like an interface is none.
    pub fn interface(&self) -> Option<InterfaceName> {
        let is_plain = self.kind == Kind::Instance && self.annotations == Annotations::default();
        is_plain.then(|| InterfaceName::parse(&self.name)).flatten()
    }

    /// Whether a component that imports this can do anything with it. Types alone, resources among them, carry no
    /// authority: there is nothing to call, and no handle to be had.
    pub fn can_be_called(&self) -> bool {
        match self.kind {
            Kind::Instance => !self.functions.is_empty(),
            Kind::Type => false,
            Kind::Function | Kind::Component | Kind::Module | Kind::Value => true,
        }
    }
}

/// What an import says of itself beside its name, in the newer form of names of the component model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The interface that an instance under a plain name implements.
    pub implements: Option<String>,
    /// The rest of its version, where the name holds no more than the part that must agree: `.3` behind `@0.2`.
    pub version_suffix: Option<String>,
    /// What the host is to know it by.
    pub external_id: Option<String>,
}

impl Annotations {
    /// Those of a name in a component.
    pub(crate) fn of(name: &ComponentExternName<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            implements: owned(name.implements),
            version_suffix: owned(name.version_suffix),
            external_id: owned(name.external_id),
        }
    }
}

/// What sort of thing is imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An instance of an interface.
    Instance,
    /// A function.
    Function,
    /// A component.
    Component,
    /// A core module.
    Module,
    /// A type.
    Type,
    /// A value.
    Value,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "instance",
            Self::Function => "function",
            Self::Component => "component",
            Self::Module => "module",
            Self::Type => "type",
            Self::Value => "value",
        })
    }
}

impl Surface {
    /// The import with exactly this name.
    pub fn import(&self, name: &str) -> Option<&Item> {
        self.imports.iter().find(|item| item.name == name)
    }

    /// The imports compatible with this interface, in any version of its track.
    pub fn imports_of(&self, interface: &InterfaceName) -> impl Iterator<Item = &Item> {
        self.imports.iter().filter(move |item| {
            item.interface()
                .is_some_and(|name| name.is_compatible(interface))
        })
    }

    /// The highest of the names under which an interface is imported in compatible versions: the one that imports
    /// merged with it get. Names under which there is something to call go before those of types alone, which no policy
    /// had to allow. A draft that is imported under this very name keeps it, because drafts are not merged.
    pub fn highest_import_of(&self, interface: &InterfaceName) -> Option<String> {
        let is_draft = matches!(interface.track(), Track::Exact(_));
        let same = |name: &InterfaceName| is_draft && name == interface;
        self.imports_of(interface)
            .filter_map(|item| {
                let name = item.interface()?;
                Some((same(&name), item.can_be_called(), name))
            })
            .max()
            .map(|(_, _, name)| name.to_string())
    }
}
