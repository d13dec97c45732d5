//! What a component imports and exports.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;
use thiserror::Error;
use wac_types::{ItemKind, Package, Types};

use crate::interface::InterfaceName;

/// Why a surface could not be read.
#[derive(Debug, Error)]
#[error("the component's imports and exports cannot be read: {message}")]
pub struct SurfaceError {
    message: String,
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
    /// For an instance, the functions that it has, in its order. Empty if only its types are used.
    pub functions: Vec<String>,
}

impl Item {
    /// The name taken apart, if it is an interface's.
    pub fn interface(&self) -> Option<InterfaceName> {
        InterfaceName::parse(&self.name)
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
    /// Reads the surface of a valid component.
    ///
    /// # Errors
    /// [`SurfaceError`] when the bytes are not a component, or use a type that the composer does not know.
    pub fn of(component: &[u8]) -> Result<Self, SurfaceError> {
        let mut types = Types::new();
        let package = Package::from_bytes("application", None, component.to_vec(), &mut types)
            .map_err(|error| SurfaceError {
                message: format!("{error:#}"),
            })?;
        let world = &types[package.ty()];
        let items = |list: &IndexMap<String, ItemKind>| {
            list.iter()
                .map(|(name, kind)| item(&types, name, *kind))
                .collect()
        };
        Ok(Self {
            imports: items(&world.imports),
            exports: items(&world.exports),
        })
    }

    /// The import with exactly this name.
    pub fn import(&self, name: &str) -> Option<&Item> {
        self.imports.iter().find(|item| item.name == name)
    }

    /// The imports compatible with this interface, whatever their version in its track.
    pub fn imports_of(&self, interface: &InterfaceName) -> impl Iterator<Item = &Item> {
        self.imports.iter().filter(move |item| {
            item.interface()
                .is_some_and(|name| name.is_compatible(interface))
        })
    }

    /// The highest of the names under which an interface is imported in compatible versions: the one that imports
    /// merged with it get.
    pub fn highest_import_of(&self, interface: &InterfaceName) -> Option<String> {
        self.imports_of(interface)
            .filter_map(Item::interface)
            .max()
            .map(|name| name.to_string())
    }
}

fn item(types: &Types, name: &str, kind: ItemKind) -> Item {
    let (kind, functions) = match kind {
        ItemKind::Instance(id) => {
            let functions = types[id]
                .exports
                .iter()
                .filter(|(_, kind)| matches!(kind, ItemKind::Func(_)))
                .map(|(name, _)| name.clone())
                .collect();
            (Kind::Instance, functions)
        }
        ItemKind::Func(_) => (Kind::Function, Vec::new()),
        ItemKind::Component(_) => (Kind::Component, Vec::new()),
        ItemKind::Module(_) => (Kind::Module, Vec::new()),
        ItemKind::Type(_) => (Kind::Type, Vec::new()),
        ItemKind::Value(_) => (Kind::Value, Vec::new()),
    };
    Item {
        name: name.into(),
        kind,
        functions,
    }
}
