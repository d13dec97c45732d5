//! The functions of some interfaces, and the layouts of their types.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

/// The position of a type in a [`Table`].
pub type TypeId = u32;

/// The functions of some interfaces, and the types that they use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The functions.
    pub functions: Vec<Function>,
    /// The types. Each stands behind those that it consists of.
    pub types: Vec<Type>,
    /// The types of resources.
    pub resources: Vec<ResourceType>,
}

/// A function of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The interface's name with its version; empty for a function outside of interfaces.
    pub interface: String,
    /// The function's name as WIT's binary form has it, such as `[method]descriptor.read`.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The type of its result.
    pub result: Option<TypeId>,
    /// Whether the arguments lie in memory, because there are too many to pass each as a number.
    pub arguments_in_memory: bool,
    /// Whether the result lies in memory.
    pub result_in_memory: bool,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Where it lies if the arguments are in memory: how many bytes from their beginning.
    pub offset: u32,
}

/// A type of resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceType {
    /// The name of the interface that defines it, with its version.
    pub interface: String,
    /// Its name, such as `descriptor`.
    pub name: String,
}

/// A type, and its layout in the canonical ABI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Type {
    /// How many bytes a value takes in memory.
    pub size: u32,
    /// What the address of a value is a multiple of.
    pub alignment: u32,
    /// How many numbers a value is passed as, where it does not lie in memory.
    pub flat: u32,
    /// What the type is.
    pub kind: Kind,
}

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// `bool`.
    Bool,
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Unsigned,
    /// A signed integer of 1, 2, 4 or 8 bytes.
    Signed,
    /// A floating-point number of 4 or 8 bytes.
    Float,
    /// `char`.
    Char,
    /// `string`, encoded as UTF-8.
    String,
    /// A list of this type.
    List(TypeId),
    /// A record, or a tuple: its fields have no names then.
    Record(Vec<Field>),
    /// A variant, or something that is laid out as one.
    Variant {
        /// How WIT writes it.
        style: Style,
        /// The size of the discriminant in bytes: 1, 2 or 4.
        tag: u32,
        /// Where the payload lies: how many bytes from the beginning.
        payload: u32,
        /// The cases.
        cases: Vec<Case>,
    },
    /// Flags with these names.
    Flags(Vec<String>),
    /// The ownership of a resource of this type, which is a position in [`Table::resources`].
    Own(u32),
    /// A resource of this type that is lent for the time of the call.
    Borrow(u32),
}

/// How WIT writes a type that is laid out as a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    /// `variant`.
    Variant,
    /// `enum`.
    Enum,
    /// `option`: the cases are `none` and `some`.
    Option,
    /// `result`: the cases are `ok` and `err`.
    Result,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; empty for a tuple's.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Where it lies in memory: how many bytes from the record's beginning.
    pub offset: u32,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The type of its payload.
    pub ty: Option<TypeId>,
}

/// Why a table that was read from a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableError;

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type has no parts, or a type or a function refers to one that does not stand before it")
    }
}

impl core::error::Error for TableError {}

impl Table {
    /// Checks a table that comes from a file: that each type stands behind those that it consists of, so that no type
    /// contains itself, that none has no parts, and that all types and resources are there.
    ///
    /// # Errors
    /// [`TableError`] when they are not.
    pub fn check(&self) -> Result<(), TableError> {
        let is_before = |ty: &TypeId, end: usize| usize::try_from(*ty).is_ok_and(|ty| ty < end);
        for (end, ty) in self.types.iter().enumerate() {
            let holds = match &ty.kind {
                Kind::List(element) => is_before(element, end),
                // A value of a type without parts would take no byte, and a list of any length none either.
                Kind::Record(fields) => {
                    !fields.is_empty() && fields.iter().all(|field| is_before(&field.ty, end))
                }
                Kind::Flags(names) => !names.is_empty(),
                Kind::Variant { cases, .. } => cases
                    .iter()
                    .all(|case| case.ty.is_none_or(|ty| is_before(&ty, end))),
                Kind::Own(resource) | Kind::Borrow(resource) => {
                    is_before(resource, self.resources.len())
                }
                _ => true,
            };
            if !holds {
                return Err(TableError);
            }
        }
        let end = self.types.len();
        let mut functions = self.functions.iter();
        let hold = functions.all(|function| {
            let mut parameters = function.parameters.iter();
            parameters.all(|parameter| is_before(&parameter.ty, end))
                && function.result.is_none_or(|ty| is_before(&ty, end))
        });
        hold.then_some(()).ok_or(TableError)
    }

    /// The type with this position.
    ///
    /// # Panics
    /// When there is none, which [`Table::check`] finds out.
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id as usize]
    }

    /// Whether the result of a function has lists or texts, which lie where room was allocated for them.
    pub fn returns_pointers(&self, function: &Function) -> bool {
        function.result.is_some_and(|ty| self.has_pointers(ty))
    }

    fn has_pointers(&self, ty: TypeId) -> bool {
        match &self.ty(ty).kind {
            Kind::String | Kind::List(_) => true,
            Kind::Record(fields) => fields.iter().any(|field| self.has_pointers(field.ty)),
            Kind::Variant { cases, .. } => cases
                .iter()
                .filter_map(|case| case.ty)
                .any(|ty| self.has_pointers(ty)),
            _ => false,
        }
    }
}
