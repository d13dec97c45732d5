//! The imports and exports of a component.

mod read;

use std::fmt;

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;
use wasmparser::ComponentExternName;

use crate::foreign::{Fault, Limit};
use crate::interface::InterfaceName;

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

    /// The limit that the component exceeds, if that is the reason.
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

/// The imports and exports of a component, in the component's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Surface {
    /// The imports.
    pub imports: Vec<Item>,
    /// The exports.
    pub exports: Vec<Item>,
}

/// An import or export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The full name: that of an interface, such as `wasi:io/streams@0.2.0`, or a plain one.
    pub name: String,
    /// The kind of item.
    pub kind: Kind,
    /// Whether the item is a type of another import under its own name, as `use` in a world makes it.
    #[serde(skip)]
    pub is_alias: bool,
    /// The annotations beside the name of an import.
    #[serde(skip)]
    pub annotations: Annotations,
    /// The functions of an instance and its other items that are not types, in its order. Empty for an instance that is
    /// used only for its types.
    pub functions: Vec<String>,
    /// The names of the types of an instance.
    #[serde(skip)]
    pub types: Vec<String>,
    /// The other imports whose resources the item mentions, in the component's order.
    pub uses: Vec<String>,
    /// The imports whose types an instance exports under a name.
    pub types_of: Vec<String>,
}

impl Item {
    /// An instance of which only the name is known.
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

    /// The parsed name, if the item is an instance whose name without annotations is that of an interface; `None` for a
    /// function, module or component with such a name.
    pub fn interface(&self) -> Option<InterfaceName> {
        let is_plain = self.kind == Kind::Instance && self.annotations == Annotations::default();
        is_plain.then(|| InterfaceName::parse(&self.name)).flatten()
    }

    /// Whether an importer can do anything with the item. Types alone, including resources, carry no authority: there
    /// is no function to call and no way to get a handle.
    pub fn can_be_called(&self) -> bool {
        match self.kind {
            Kind::Instance => !self.functions.is_empty(),
            Kind::Type => false,
            Kind::Function | Kind::Component | Kind::Module | Kind::Value => true,
        }
    }
}

/// The annotations beside the name of an import, in the newer form of names in the component model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The interface that an instance under a plain name implements.
    pub implements: Option<String>,
    /// The rest of the version, if the name has only the part that must agree: `.3` behind `@0.2`.
    pub version_suffix: Option<String>,
    /// The identifier for the host.
    pub external_id: Option<String>,
}

impl Annotations {
    /// The annotations of a name in a component.
    pub(crate) fn of(name: &ComponentExternName<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            implements: owned(name.implements),
            version_suffix: owned(name.version_suffix),
            external_id: owned(name.external_id),
        }
    }
}

/// The kind of an import or export.
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

    /// The imports that are compatible with this interface, in any version of its track.
    pub fn imports_of(&self, interface: &InterfaceName) -> impl Iterator<Item = &Item> {
        self.imports.iter().filter(move |item| {
            item.interface()
                .is_some_and(|name| name.is_compatible(interface))
        })
    }

    /// The highest name under which compatible versions of an interface are imported; imports that are merged with them
    /// get this name. A name under which functions are imported precedes names of types alone, which no policy had to
    /// allow. A draft that is imported under exactly this name keeps it, because drafts are not merged.
    pub fn highest_import_of(&self, interface: &InterfaceName) -> Option<String> {
        let version = interface.version.as_ref();
        let is_draft = version.is_some_and(|version| !version.pre.is_empty());
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
